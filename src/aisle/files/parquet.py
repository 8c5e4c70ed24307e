"""Parquet through DuckDB, which is imported only when a Parquet file is read."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aisle.errors import UserError
from aisle.files.rows import BadRow, Row, Table

_ROWS_AT_ONCE = 2_000


def read_parquet(path: str | Path) -> Table:
    """Rows of a Parquet file; times come as ISO 8601 texts, decimals as floats. Raises `UserError` without DuckDB."""
    try:
        import duckdb
    except ImportError:
        raise UserError(
            f"{path}: reading Parquet needs DuckDB; install it with: pip install 'aisle[parquet]'"
        ) from None
    if not Path(path).exists():
        raise UserError(f"{path}: there is no such file")
    rows = _rows(duckdb, Path(path))
    columns: tuple[str, ...] = next(rows)
    return Table(columns, rows, "parquet")


def _rows(duckdb: Any, path: Path) -> Iterator[Any]:
    # A fixed link name, because DuckDB takes * ? [ in a file's name for a pattern.
    with TemporaryDirectory(prefix="aisle-parquet-") as folder, duckdb.connect(":memory:") as connection:
        link = Path(folder) / "table.parquet"
        link.symlink_to(path.resolve())
        try:
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute("SET threads = 1")
            connection.execute(f"SELECT {_selection(connection, str(link))} FROM read_parquet(?)", [str(link)])
            columns = tuple(column[0] for column in connection.description)
            yield columns
            number = 0
            while found := connection.fetchmany(_ROWS_AT_ONCE):
                for values in found:
                    number += 1
                    yield _row(number, columns, values)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0].replace(str(link), str(path))
            raise UserError(f"{path}: is not a Parquet file that can be read ({reason})") from None


def _selection(connection: Any, link: str) -> str:
    # DuckDB hands out times with a zone only where another package is installed; as plain times in UTC they need none.
    connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [link])
    zoned = [name for name, kind, *_ in connection.fetchall() if kind == "TIMESTAMP WITH TIME ZONE"]
    quoted = ['"' + name.replace('"', '""') + '"' for name in zoned]
    return (
        f"* REPLACE ({', '.join(f'make_timestamp(epoch_us({name})) AS {name}' for name in quoted)})" if zoned else "*"
    )


def _row(number: int, columns: tuple[str, ...], values: tuple[Any, ...]) -> Row | BadRow:
    row: dict[str, Any] = {}
    for column, value in zip(columns, values, strict=True):
        if isinstance(value, str) and "\0" in value:
            return BadRow(number, f"NUL byte in column {column!r}", repr(values))
        if isinstance(value, bytes | bytearray | memoryview):
            return BadRow(number, f"bytes and no text in column {column!r}", repr(values))
        row[column] = value if value is None or type(value) in _PLAIN_TYPES else _plain(value)
    return Row(number, row)


_PLAIN_TYPES = {str, int, float, bool}


def _plain(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta | uuid.UUID):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value
