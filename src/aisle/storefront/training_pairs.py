"""What a shop teaches its towers: its wares, and the pairs of its log without the queries held out for the gate."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from aisle.mining.pair import Pair
from aisle.mining.pairs import MinedPairs, mine_pairs
from aisle.progress import Progress, silent
from aisle.shop.encoded_text import encoded_text
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
from aisle.storefront.gate import held_out
from aisle.storefront.place import ledger_place
from aisle.tasks.two_tower.data import Wares
from aisle.text.templates import Template


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


def wares(products: Sequence[Product], template: Template) -> Wares:
    """The catalogue as the product tower reads it."""
    return Wares(
        product_ids=tuple(product.product_id for product in products),
        titles=tuple(product.title for product in products),
        texts=tuple(encoded_text(product, template) for product in products),
        brands=tuple(product.brand for product in products),
        categories=tuple(product.category[-1] if product.category else "" for product in products),
    )
