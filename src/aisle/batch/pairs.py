"""Training pairs of a shop's log, in shards of its sessions.

The log is read once and shared out to Parquet files, whole sessions each. Leaving out programs and gathering what each
session did is done shard by shard; the bias of places, the rates and the lifts are worked out of all of it when the
shards are joined. An event that names no query of its own
has that of the search with its id only where both are of one session, as they are in any log that this package writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from aisle.batch.shard import Shard
from aisle.mining.database import scratch_database
from aisle.mining.intake import Share
from aisle.mining.output import pairs_file
from aisle.mining.pairs import pairs_of_sessions, see_sessions, share_out_sessions
from aisle.mining.parts import load_parts, save_part
from aisle.mining.settings import PairSettings
from aisle.progress import silent
from aisle.shop.ledger import Ledger
from aisle.shop.mapping import EventMap
from aisle.storefront.place import ledger_place


@dataclass(frozen=True, kw_only=True, slots=True)
class PairsJob:
    """Which product answers which query, by what sessions did."""

    KIND: ClassVar[str] = "pairs"
    shop: str
    """Directory of the shop."""
    settings: dict[str, Any] = field(default_factory=dict)
    """Fields of `PairSettings` that are not the usual ones."""

    def identity(self) -> dict[str, Any]:
        """As `Job`."""
        PairSettings(**self.settings)
        with self._ledger() as ledger:
            return {"events": ledger.count_events(), "revision": ledger.revision()}

    def share_out(self, place: Path, shards: int) -> None:
        """As `Job`: the events of each shard's sessions."""
        with self._ledger() as ledger, scratch_database(place, PairSettings(**self.settings)) as connection:
            share_out_sessions(connection, ledger, place, shards)

    def run(self, shard: Shard, place: Path, target: Path) -> None:
        """As `Job`."""
        settings = PairSettings(**self.settings)
        with self._ledger() as ledger, scratch_database(target.parent, settings) as connection:
            products = list(ledger.products())
            seen = see_sessions(connection, Share(place, shard.index), products, EventMap(), settings, silent)
            save_part(connection, seen, target)

    def join(self, parts: Sequence[Path], output: Path) -> dict[str, Any]:
        """As `Job`: a file of pairs as `aisle shop pairs --output` writes it."""
        settings = PairSettings(**self.settings)
        with self._ledger() as ledger, scratch_database(parts[0].parent, settings) as connection:
            products = list(ledger.products())
            seen = load_parts(connection, parts, products)
            with (
                pairs_of_sessions(connection, seen, products, settings, silent) as (pairs, report),
                pairs_file(output) as writer,
            ):
                writer.add(pairs)
        return report.as_dict()

    def _ledger(self) -> Ledger:
        return Ledger.open(ledger_place(Path(self.shop)), read_only=True)
