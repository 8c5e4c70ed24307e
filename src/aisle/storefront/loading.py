"""Files into a shop's ledger: what is usable is loaded, the rest is set aside with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from aisle.errors import UserError
from aisle.progress import Progress
from aisle.shop.catalogue import CatalogueReading
from aisle.shop.event import Event
from aisle.shop.events_file import EventsReading
from aisle.shop.product import Product
from aisle.shop.rejects import Reject, RejectsWriter, rejects_file
from aisle.storefront.shop import Shop

Record = TypeVar("Record", Product, Event)
REPORT_EVERY = 2000


def load_catalogue(shop: Shop, reading: CatalogueReading, strict: bool, progress: Progress) -> dict[str, Any]:
    """Load products, all of them or (on an error or a kill) none; `strict` stops at the first bad row."""
    target = shop.path / "rejects-catalogue.jsonl"
    with rejects_file(target) as rejects:
        count = shop.put_products(_usable(reading, rejects, strict, "load products", progress))
    return {
        "products": shop.ledger.count_products(),
        "inserted": count.inserted,
        "updated": count.updated,
        "unchanged": count.unchanged,
        "duplicates": reading.duplicates,
        "rejected": reading.rejected,
        "rejects_file": str(target) if reading.rejected else "",
        "columns": {field: list(names) for field, names in reading.resolution.columns.items()},
        "events": shop.ledger.count_events(),
    }


def load_events(shop: Shop, reading: EventsReading, strict: bool, progress: Progress) -> dict[str, Any]:
    """Load events, all of them or none; `strict` stops at the first bad row."""
    target = shop.path / "rejects-events.jsonl"
    with rejects_file(target) as rejects:
        added = shop.add_events(_usable(reading, rejects, strict, "load events", progress))
    return {
        "events": shop.ledger.count_events(),
        "events_added": added,
        "events_rejected": reading.rejected,
        "events_rejects_file": str(target) if reading.rejected else "",
    }


def _usable(
    records: Iterable[Record | Reject], rejects: RejectsWriter, strict: bool, stage: str, progress: Progress
) -> Iterator[Record]:
    done = 0
    for record in records:
        if isinstance(record, Reject):
            if strict:
                raise UserError(f"{record}; correct the row, or leave --strict out to set bad rows aside")
            rejects.add(record)
            continue
        done += 1
        if done % REPORT_EVERY == 0:
            progress(stage, done, 0)
        yield record
    progress(stage, done, done)
