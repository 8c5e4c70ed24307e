"""What a shop's log teaches: pairs for training its towers, without the queries that are held out for the gate."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from aisle.mining.pair import Pair
from aisle.mining.pairs import MinedPairs, mine_pairs
from aisle.progress import Progress, silent
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
from aisle.storefront.gate import held_out
from aisle.storefront.place import ledger_place


def mined(shop: Path, products: Sequence[Product], progress: Progress = silent) -> MinedPairs:
    """All pairs of the shop's log.

    Raises
        UserError: the log teaches nothing; the message says what became of its events.
    """
    # Beside the ledger, because it may need about as much room, and a temporary directory may be memory.
    with Ledger.open(ledger_place(shop), read_only=True) as ledger, tempfile.TemporaryDirectory(dir=shop) as scratch:
        return mine_pairs(ledger, products, scratch=Path(scratch), progress=progress)


def for_training(pairs: Sequence[Pair]) -> list[Pair]:
    """Without the pairs of held-out queries."""
    return [pair for pair in pairs if not held_out(pair.query)]
