"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, NoReturn

from aisle.errors import UserError
from aisle.files.opening import Line
from aisle.files.rows import BadRow, Row, Table

ROWS_READ_AHEAD = 100


def read_jsonl(lines: Iterator[Line], name: str) -> Table:
    """Objects of a JSON Lines file. Its columns are the keys of the first `ROWS_READ_AHEAD` rows, in order of sight."""
    rows = _rows(lines, name)
    ahead = list(islice(rows, ROWS_READ_AHEAD))
    if not ahead:
        raise UserError(f"{name}: is empty; give one JSON object a line")
    columns = dict.fromkeys(key for row in ahead if isinstance(row, Row) for key in row.values)
    return Table(tuple(columns), chain(ahead, rows), "jsonl")


def _rows(lines: Iterator[Line], name: str) -> Iterator[Row | BadRow]:
    first = True
    for line in lines:
        text = line.text.strip()
        if line.problem:
            yield BadRow(line.number, line.problem, text)
        elif text:
            if first and text.startswith("["):
                raise UserError(f"{name}: starts like a JSON array; JSON Lines has one object a line and no brackets")
            first = False
            yield _row(line.number, text)


def _row(number: int, text: str) -> Row | BadRow:
    try:
        values = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        return BadRow(number, f"not JSON at column {error.colno}: {error.msg}", text)
    except _RefusedError as error:
        return BadRow(number, str(error), text)
    except RecursionError:
        return BadRow(number, "JSON nested too deep", text)
    except ValueError:
        return BadRow(number, "a number with too many digits", text)
    if not isinstance(values, dict):
        return BadRow(number, f"not a JSON object but {_kind(values)}", text)
    # Only an escape can bring in half a surrogate pair or a NUL: the line itself is valid UTF-8 without one.
    if "\\u" in text and (problem := _unusable_text(values)):
        return BadRow(number, problem, text)
    return Row(number, values)


class _RefusedError(Exception):
    pass


def _refuse_constant(word: str) -> NoReturn:
    raise _RefusedError(f"{word} is not JSON")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RefusedError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} appears twice")
    return found


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_unique_keys)


def _unusable_text(value: Any) -> str:
    if isinstance(value, dict):
        return next((found for item in chain(value, value.values()) if (found := _unusable_text(item))), "")
    if isinstance(value, list):
        return next((found for item in value if (found := _unusable_text(item))), "")
    if isinstance(value, str):
        if "\0" in value:
            return "an escaped NUL (\\u0000) in a text"
        if any("\ud800" <= char <= "\udfff" for char in value):
            return "half a surrogate pair (\\ud800 to \\udfff) in a text"
    return ""


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}[type(value)]
