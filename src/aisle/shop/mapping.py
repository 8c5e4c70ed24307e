"""The mapping file: which column of a catalogue or a log is which field, in TOML or JSON.

title = "product_name"                  # catalogue fields stand at the top
category = ["department", "aisle"]      # several columns make one path

[events]                                # the columns of a flat log
query = "search_term"

[actions]                               # the shop's own names of actions
product_view = "click"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from aisle.errors import UserError
from aisle.json_text import from_json
from aisle.shop.actions import ACTIONS
from aisle.shop.columns import Resolution, Vocabulary, resolve
from aisle.shop.vocabularies import CATALOGUE, EVENTS


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnMap:
    """Columns of a catalogue. A field left empty is looked for by its own name and by usual other names."""

    product_id: str = ""
    """The shop's own number of a product."""
    title: str = ""
    """What a shopper reads first."""
    brand: str = ""
    """Brand name."""
    category: tuple[str, ...] = ()
    """One column with `>` between the levels, or one column a level, widest first."""
    attributes: tuple[str, ...] = ()
    """Columns that each hold one or more short facts."""
    description: str = ""
    """Free text."""
    price: str = ""
    """A number, with or without its currency."""
    stores: str = ""
    """Ids of the stores that carry it."""
    in_stock: str = ""
    """Yes or no, or how many there are."""
    image: str = ""
    """Name or address of its picture."""

    def resolve(self, columns: list[str] | tuple[str, ...], name: str) -> Resolution:
        """The columns to read of a file called `name`; see `aisle.shop.columns.resolve`."""
        return resolve(_chosen(self, CATALOGUE), columns, CATALOGUE, name)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventMap:
    """Columns of a flat log, and how it writes actions and positions."""

    action: str = ""
    """What happened."""
    timestamp: str = ""
    """When, ISO 8601 or a number since 1970."""
    session_id: str = ""
    """Which visit."""
    query: str = ""
    """The query as submitted."""
    query_id: str = ""
    """Joins what followed to its search."""
    product_id: str = ""
    """The product seen, clicked, carted or bought."""
    position: str = ""
    """Place in the list shown."""
    store: str = ""
    """Store of the session."""
    prefix: str = ""
    """What had been typed so far."""
    first_position: int = 1
    """Number the log gives to the first place of a list: 1 or 0. Holds for UBI logs too."""
    actions: Mapping[str, str] = field(default_factory=dict)
    """The log's own names of actions to ours. Holds for UBI logs too."""

    def resolve(self, columns: list[str] | tuple[str, ...], name: str) -> Resolution:
        """The columns to read of a file called `name`; see `aisle.shop.columns.resolve`."""
        return resolve(_chosen(self, EVENTS), columns, EVENTS, name)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileMapping:
    """What a mapping file says."""

    catalogue: ColumnMap
    """The top of the file."""
    events: EventMap
    """Its tables `[events]` and `[actions]`."""


def load_column_map(path: str | Path) -> ColumnMap:
    """The catalogue's part of a mapping file; the whole file is checked."""
    return load_mapping(path).catalogue


def load_event_map(path: str | Path) -> EventMap:
    """The log's part of a mapping file; the whole file is checked."""
    return load_mapping(path).events


def load_mapping(path: str | Path) -> FileMapping:
    """Read a mapping file. Unknown keys and values of the wrong kind are `UserError`s that say what is allowed."""
    values = _read(Path(path))
    events = values.pop("events", {})
    actions = values.pop("actions", {})
    if not isinstance(events, dict) or not isinstance(actions, dict):
        raise UserError(f"{path}: events and actions must be tables of names, such as [events]")
    for key, value in actions.items():
        if value not in ACTIONS:
            allowed = ", ".join(ACTIONS)
            raise UserError(f"{path}: the action {key!r} is mapped to {value!r}; allowed are {allowed}")
    first = events.pop("first_position", 1)
    if isinstance(first, bool) or first not in (0, 1):
        raise UserError(f"{path}: first_position is {first!r}; it must be 1 or 0")
    return FileMapping(
        catalogue=ColumnMap(**_checked(values, ColumnMap, CATALOGUE, path)),
        events=EventMap(**_checked(events, EventMap, EVENTS, path), first_position=first, actions=actions),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        content = path.read_text(encoding="utf-8-sig")
        values = from_json(content) if path.suffix.lower() == ".json" else tomllib.loads(content)
    except OSError as error:
        raise UserError(f"{path}: the mapping file cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise UserError(f'{path}: not a {kind} mapping file ({error}); write lines such as title = "name"') from None
    if not isinstance(values, dict):
        raise UserError(f"{path}: the mapping must be an object of field names and column names")
    return values


def _checked(values: dict[str, Any], kind: type, vocabulary: Vocabulary, path: str | Path) -> dict[str, Any]:
    several = {entry.name for entry in fields(kind) if entry.default == ()}
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in vocabulary.fields:
            extra = ", events, actions" if kind is ColumnMap else ", first_position"
            allowed = ", ".join(vocabulary.fields) + extra
            raise UserError(f"{path}: unknown key {key!r} for a {vocabulary.kind} mapping; allowed are {allowed}")
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            raise UserError(f"{path}: {key} must be the name of a column" + (" or a list of names" * (key in several)))
        if len(names) > 1 and key not in several:
            allowed = ", ".join(sorted(several)) or "no field of events"
            raise UserError(f"{path}: {key} is read from one column; a list is allowed for {allowed}")
        checked[key] = tuple(names) if key in several else names[0]
    return checked


def _chosen(column_map: ColumnMap | EventMap, vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    chosen: dict[str, tuple[str, ...]] = {}
    for name in vocabulary.fields:
        value: str | tuple[str, ...] = getattr(column_map, name)
        chosen[name] = ((value,) if value else ()) if isinstance(value, str) else tuple(value)
    return chosen
