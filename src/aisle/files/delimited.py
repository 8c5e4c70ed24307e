"""CSV and TSV with a header. CSV quotes with `"` and doubles it inside; TSV has no quoting, as in most exports."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator

from aisle.errors import UserError
from aisle.files.opening import Line
from aisle.files.rows import BadRow, Row, Table

# Also bounds how often a line is read again after a quote that is never closed.
_LINES_IN_A_RECORD = 500

_PLAIN_REASONS = {
    "unexpected end of data": "a quoted field is never closed",
    "',' expected after '\"'": 'text after a closing quote (a quote inside a quoted field is written "")',
    "field larger than field limit": "a field is too long, or its quote is never closed",
    "too many lines": "a quoted field is never closed, or a record has more than 500 lines",
    "new-line character seen in unquoted field": "a bare carriage return outside quotes",
}


def read_csv(lines: Iterator[Line], name: str) -> Table:
    """Records of a CSV file. A broken record costs its first line only: reading goes on with the line after it."""
    source = _Source(lines)
    records = _csv_records(source)
    return _table(records, name, separators=";\t|", kind="csv")


def read_tsv(lines: Iterator[Line], name: str) -> Table:
    """Records of a tab-separated file; a field can hold neither a tab nor a line end."""
    return _table(_tsv_records(lines), name, separators=",;|", kind="tsv")


_Record = tuple[int, list[str], str, str]
"""Line number, fields, problem ("" for none), raw text."""


def _table(records: Iterator[_Record], name: str, *, separators: str, kind: str) -> Table:
    header = next(records, None)
    if header is None:
        raise UserError(f"{name}: is empty; the first line must name the columns")
    line, fields, problem, _ = header
    if problem:
        raise UserError(f"{name}, line {line} (the header): {problem}")
    columns = tuple(field.strip() or f"column {place}" for place, field in enumerate(fields, 1))
    if not any(field.strip() for field in fields):
        raise UserError(f"{name}, line {line}: the header names no columns")
    repeated = sorted({column for column in columns if columns.count(column) > 1})
    if repeated:
        raise UserError(f"{name}: the header names {', '.join(repeated)} more than once; give each column its own name")
    if len(columns) == 1 and (found := [mark for mark in separators if mark in columns[0]]):
        wanted = "commas" if kind == "csv" else "tabs"
        raise UserError(
            f"{name}: the header is one column, {columns[0]!r}; a {kind} file separates columns by {wanted}, "
            f"this one seems to use {found[0]!r}: save it with {wanted} or name its format"
        )
    return Table(columns, _rows(records, columns), kind)


def _rows(records: Iterator[_Record], columns: tuple[str, ...]) -> Iterator[Row | BadRow]:
    width = len(columns)
    for line, fields, problem, raw in records:
        if problem:
            yield BadRow(line, problem, raw)
        elif len(fields) == width:
            yield Row(line, dict(zip(columns, fields, strict=True)))
        else:
            yield BadRow(line, _ragged(len(fields), columns), raw)


def _ragged(found: int, columns: tuple[str, ...]) -> str:
    counts = f"{found} field{'s' * (found != 1)} where the header has {len(columns)} columns"
    if found < len(columns):
        return f"{counts}: nothing for column {columns[found]!r}"
    return f"{counts}: more after column {columns[-1]!r}"


def _tsv_records(lines: Iterator[Line]) -> Iterator[_Record]:
    for line in lines:
        text = line.text.removesuffix("\n").removesuffix("\r")
        if text or line.problem:
            yield line.number, text.split("\t"), line.problem, text


class _Source:
    """Physical lines for the csv module, remembering those of the current record so that they can be read again."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self.record: list[Line] = []

    def __iter__(self) -> _Source:
        return self

    def __next__(self) -> str:
        if len(self.record) == _LINES_IN_A_RECORD:
            raise csv.Error("too many lines")
        line = self._again.popleft() if self._again else next(self._lines)
        self.record.append(line)
        return line.text

    def put_back_all_but_first(self) -> None:
        self._again.extendleft(reversed(self.record[1:]))


def _csv_records(source: _Source) -> Iterator[_Record]:
    # strict: without it the csv module silently drops quotes and accepts a quote that is never closed.
    reader = csv.reader(source, strict=True)
    while True:
        source.record = []
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            first = source.record[0]
            yield first.number, [], first.problem or _reason(error, first.text), _shown(first)
            source.put_back_all_but_first()
            continue
        first = source.record[0]
        if len(source.record) == 1:
            if fields or first.problem:
                yield first.number, fields, first.problem, _shown(first)
            continue
        problems = [f"{line.problem}, line {line.number}" for line in source.record if line.problem]
        yield first.number, fields, "; ".join(problems), "".join(line.text for line in source.record)


def _shown(line: Line) -> str:
    return line.text.removesuffix("\n").removesuffix("\r")


def _reason(error: csv.Error, text: str) -> str:
    message = str(error)
    plain = next((words for start, words in _PLAIN_REASONS.items() if message.startswith(start)), message)
    column = _broken_quote(text)
    return f"{plain}, column {column}" if column else plain


def _broken_quote(text: str) -> int:
    """Column of the character where the quoting of a line goes wrong, or 0."""
    place = 0
    while place < len(text):
        if text[place] == '"':
            close = place
            while True:
                close = text.find('"', close + 1)
                if close < 0:
                    return place + 1
                if text[close + 1 : close + 2] != '"':
                    break
                close += 1
            if text[close + 1 : close + 2] not in ("", ",", "\r", "\n"):
                return close + 2
            place = close + 2
        else:
            comma = text.find(",", place)
            if comma < 0:
                return 0
            place = comma + 1
    return 0
