"""A log file into events: a flat table, or UBI records in JSON Lines (or Parquet), told apart by their columns."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aisle.files.opening import shown_name
from aisle.files.tables import BadRow, Row, open_table
from aisle.shop import ubi
from aisle.shop.clock import AHEAD_ALLOWED_MS, now_ms
from aisle.shop.columns import Resolution
from aisle.shop.event import Event
from aisle.shop.event_rules import checked_event
from aisle.shop.mapping import EventMap
from aisle.shop.rejects import Reject, reject_row
from aisle.shop.values import BadValueError
from aisle.shop.vocabularies import EVENTS


def read_events(
    path: str | Path,
    event_map: EventMap | None = None,
    *,
    format: str | None = None,  # noqa: A002 - the name the readers of tables give it
    hits_as_impressions: bool = False,
) -> EventsReading:
    """Open a log. Raises `UserError` at once for a file or a mapping that cannot be used.

    `hits_as_impressions` makes one impression of every id in a UBI query's `query_response_hit_ids`; for logs that do
    not record what was really shown.
    """
    return EventsReading(path, event_map or EventMap(), format, hits_as_impressions)


def event_from(record: Mapping[str, Any], log: EventMap | None = None) -> Event:
    """One event from a UBI record, as the HTTP interface takes it. Raises `BadValueError` for an unusable one."""
    return checked_event(ubi.values_of(record), log or EventMap(), now_ms() + AHEAD_ALLOWED_MS)


class EventsReading(Iterator[Event | Reject]):
    """The events of a log in the order of the file, with a `Reject` for each row that is none."""

    def __init__(self, path: str | Path, log: EventMap, format: str | None, hits_as_impressions: bool) -> None:  # noqa: A002
        table = open_table(path, format=format)
        flat_only = table.format in ("csv", "tsv") or "action" in table.columns or bool(log.action)
        self.is_ubi = not flat_only and not ubi.UBI_KEYS.isdisjoint(table.columns)
        """Whether the file holds UBI records; otherwise it is a flat table."""
        self.resolution: Resolution | None = None if self.is_ubi else log.resolve(table.columns, shown_name(path))
        """Which column each field of a flat table is read from."""
        self.actions: Counter[str] = Counter()
        """Events yielded so far by action."""
        self.rejected = 0
        """Rejects yielded so far."""
        self.hits_not_read = 0
        """Ids in `query_response_hit_ids` that made no impression because `hits_as_impressions` is off."""
        self._rows = table.rows
        self._log = log
        # Rows of JSON Lines may differ in their keys: a field that the first rows lack is looked for by its own name.
        self._columns = {field: field for field in EVENTS.fields} if table.format == "jsonl" else {}
        if self.resolution is not None:
            self._columns |= {field: names[0] for field, names in self.resolution.columns.items()}
        self._hits_as_impressions = hits_as_impressions
        self._latest_ms = now_ms() + AHEAD_ALLOWED_MS
        self._waiting: deque[tuple[Row, dict[str, Any]]] = deque()

    @property
    def events(self) -> int:
        """Events yielded so far."""
        return self.actions.total()

    def __next__(self) -> Event | Reject:
        if self._waiting:
            row, values = self._waiting.popleft()
            return self._checked(row, values)
        found = next(self._rows)
        if isinstance(found, BadRow):
            return self._rejected(found)
        if not self.is_ubi:
            return self._checked(found, {field: found.values.get(name) for field, name in self._columns.items()})
        try:
            values = ubi.values_of(found.values)
        except BadValueError as error:
            return self._rejected(found, str(error))
        hits = ubi.hits_of(found.values)
        if self._hits_as_impressions:
            self._waiting.extend((found, seen) for seen in ubi.impressions(values, hits, self._log.first_position))
        else:
            self.hits_not_read += len(hits)
        return self._checked(found, values)

    def _checked(self, row: Row, values: Mapping[str, Any]) -> Event | Reject:
        try:
            event = checked_event(values, self._log, self._latest_ms)
        except BadValueError as error:
            return self._rejected(row, str(error))
        self.actions[event.action] += 1
        return event

    def _rejected(self, row: Row | BadRow, reason: str = "") -> Reject:
        self.rejected += 1
        return reject_row(row, reason)
