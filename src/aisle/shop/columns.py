"""Which column of a file is which field: as the user says, by the field's own name, or by a usual other name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aisle.errors import UserError

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GAPS = re.compile(r"[\s\-.]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """The fields that a kind of file can have, and the names that files give them."""

    kind: str
    """What the file holds, for messages: `catalogue` or `events`."""
    fields: tuple[str, ...]
    """All of them, in the order in which messages list them."""
    required: tuple[str, ...]
    """The ones without which a file is of no use."""
    aliases: Mapping[str, tuple[str, ...]]
    """Usual names of a field's column, as `plain_name` gives them."""
    paths: Mapping[str, tuple[tuple[str, ...], ...]]
    """Usual sets of columns that together make one field, tried in order."""
    mapping_hint: str
    """How a line of the mapping file looks, with `{field}` and `{column}` to fill in."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer for one file."""

    columns: Mapping[str, tuple[str, ...]]
    """Field to the columns it is read from; a field that no column holds is not in it."""
    recognised: Mapping[str, tuple[str, ...]]
    """The part of `columns` that was taken from another name than the field's own."""
    ambiguous: Mapping[str, tuple[str, ...]]
    """Optional fields left empty because several columns could be meant."""
    unused: tuple[str, ...]
    """Columns that nothing is read from."""

    def notes(self) -> list[str]:
        """What a user should know about the choice, a sentence a line."""
        notes = [f"{field} is read from {_quoted(columns, ' > ')}" for field, columns in self.recognised.items()]
        notes += [
            f"{field} stays empty: it could be {_quoted(columns, ' or ')}; name one in the mapping file"
            for field, columns in self.ambiguous.items()
        ]
        return notes + ([f"not read: {_quoted(self.unused, ', ')}"] if self.unused else [])


def plain_name(column: str) -> str:
    """A column's name without regard to case and style: "Product ID", "productId" and "product-id" are product_id."""
    return _GAPS.sub("_", _CAMEL.sub("_", column.strip())).lower()


def resolve(
    chosen: Mapping[str, tuple[str, ...]], columns: Sequence[str], vocabulary: Vocabulary, name: str
) -> Resolution:
    """Find the columns of every field. `chosen` is what the user said; it wins and must exist.

    Raises `UserError`, with the file's columns, for a chosen column that is not there and for a required field that
    cannot be found or could be several columns.
    """
    found: dict[str, tuple[str, ...]] = {}
    for field, wanted in chosen.items():
        for column in wanted:
            if column not in columns:
                raise UserError(_no_such_column(field, column, columns, name))
        if wanted:
            found[field] = wanted
    taken = {column for wanted in found.values() for column in wanted}
    taken |= _own_names(found, columns, vocabulary, taken)
    said = {field for field, wanted in chosen.items() if wanted}
    recognised, ambiguous = _other_names(found, columns, vocabulary, taken, said)
    found |= recognised
    for field in vocabulary.required:
        if field not in found:
            left = [column for column in columns if column not in taken]
            raise UserError(_missing(field, ambiguous.get(field, ()), left, columns, vocabulary, name))
    used = {column for wanted in found.values() for column in wanted}
    unused = tuple(column for column in columns if column not in used)
    return Resolution(found, recognised, ambiguous, unused)


def _own_names(
    found: dict[str, tuple[str, ...]], columns: Sequence[str], vocabulary: Vocabulary, taken: set[str]
) -> set[str]:
    new: set[str] = set()
    for field in vocabulary.fields:
        if field in found:
            continue
        alike = [column for column in columns if plain_name(column) == field and column not in taken]
        column = field if field in alike else alike[0] if len(alike) == 1 else None
        if column is not None:
            found[field] = (column,)
            new.add(column)
    return new


def _other_names(
    found: Mapping[str, tuple[str, ...]],
    columns: Sequence[str],
    vocabulary: Vocabulary,
    taken: set[str],
    said: set[str],
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    recognised: dict[str, tuple[str, ...]] = {}
    ambiguous: dict[str, tuple[str, ...]] = {}
    for field in vocabulary.fields:
        if field in said:
            continue
        own = found.get(field, ())
        free = {plain_name(column): column for column in columns if column not in taken or column in own}
        paths = [path for path in vocabulary.paths.get(field, ()) if all(part in free for part in path)]
        # A path may extend the field's own column, never take its place.
        path = next((path for path in paths if not own or free[path[0]] in own), None)
        if path is not None:
            recognised[field] = tuple(free[part] for part in path)
        elif not own:
            candidates = tuple(free[alias] for alias in vocabulary.aliases.get(field, ()) if alias in free)
            if len(candidates) == 1:
                recognised[field] = candidates
            elif candidates:
                ambiguous[field] = candidates
        taken.update(recognised.get(field, ()))
    return recognised, ambiguous


def _missing(
    field: str,
    candidates: Sequence[str],
    left: Sequence[str],
    columns: Sequence[str],
    vocabulary: Vocabulary,
    name: str,
) -> str:
    likely = (*candidates, *left, "its column")[0]
    example = vocabulary.mapping_hint.format(field=field, column=likely)
    if candidates:
        return f"{name}: {field} could be {_quoted(candidates, ' or ')}; say which in a mapping file (--map): {example}"
    return (
        f"{name}: no column for {field}, which {vocabulary.kind} files need; the columns are "
        f"{_quoted(columns, ', ')}; say which one it is in a mapping file (--map): {example}"
    )


def _no_such_column(field: str, column: str, columns: Sequence[str], name: str) -> str:
    near = difflib.get_close_matches(column, columns, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{name}: {field} is mapped to the column {column!r}, which is not there; there are {_quoted(columns)}{hint}"


def _quoted(names: Iterable[str], between: str = ", ") -> str:
    shown = [repr(name) for name in names]
    return between.join(shown[:30]) + (f"{between}… ({len(shown)} in all)" if len(shown) > 30 else "")
