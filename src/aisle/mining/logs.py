"""Log files as SQL: a SELECT over one file whose columns have our names, for flat tables and for UBI records.

DuckDB parses the files itself, so that tens of millions of rows take minutes. What a row means is what
`aisle.shop.ubi` and `aisle.shop.columns` say.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.errors import UserError
from aisle.files.tables import open_table
from aisle.mining.database import sql_text
from aisle.shop.mapping import EventMap
from aisle.shop.ubi import UBI_KEYS

FIELDS = ("action", "moment", "session", "query", "query_id", "product", "position")
"""The columns of a `LogSelect`: `moment` is milliseconds since 1970 or NULL, the others are texts."""

_FIELD_OF = {"moment": "timestamp", "session": "session_id", "product": "product_id"}
_UBI_COLUMNS = (
    "action_name", "user_query", "query_id", "session_id", "client_id", "user_id", "timestamp", "message",
    "message_type", "event_attributes", "query_attributes", "_source",
)  # fmt: skip
_OBJECTS = ("event_attributes", "query_attributes", "_source")
_LARGEST_LINE = 16_000_000


@dataclass(frozen=True, slots=True)
class LogSelect:
    """One log file for DuckDB."""

    sql: str
    """A SELECT of `FIELDS`; its only parameter is the path."""
    rejects: str
    """A SELECT of the number of lines that could not be parsed and are not among its rows; empty where there is no
    such thing."""
    notes: tuple[str, ...]
    """What the owner of the log should know of how its columns were read."""


def select_log(connection: Any, path: str | Path, link: Path, log: EventMap) -> LogSelect:
    """How to read the log at `path`, which `link` is a plain name of. Raises `UserError` for a file that is no log."""
    table = open_table(path)
    table.rows.close()  # type: ignore[attr-defined]
    columns = table.columns
    if not columns:
        raise UserError(f"{path}: has no columns; give a log of events")
    flat_only = table.format in ("csv", "tsv") or "action" in columns or bool(log.action)
    if not flat_only and not UBI_KEYS.isdisjoint(columns):
        return _ubi(table.format, columns)
    return _flat(connection, path, link, table.format, columns, log)


def _flat(
    connection: Any, path: str | Path, link: Path, kind: str, columns: tuple[str, ...], log: EventMap
) -> LogSelect:
    resolution = log.resolve(columns, str(path))
    names = {field: found[0] for field, found in resolution.columns.items()}
    if kind == "jsonl":
        # Rows of JSON Lines may differ in their keys: a field that the first rows lack is looked for by its own name.
        wanted = {field: names.get(_FIELD_OF.get(field, field), _FIELD_OF.get(field, field)) for field in FIELDS}
    else:
        wanted = {field: names.get(_FIELD_OF.get(field, field), "") for field in FIELDS}
    source, rejects = _source(kind, columns, sorted(set(filter(None, wanted.values()))))
    types = _types(connection, link, source)
    expressions = {
        field: _quoted(column) if column else "NULL" for field, column in wanted.items()
    }  # fmt: skip
    expressions["moment"] = _milliseconds(expressions["moment"], types.get(wanted["moment"], "VARCHAR"))
    chosen = ", ".join(
        f"{expression if field == 'moment' else _text(expression)} AS {field}"
        for field, expression in expressions.items()
    )
    return LogSelect(f"SELECT {chosen} FROM {source}", rejects, tuple(resolution.notes()))


def _ubi(kind: str, columns: Sequence[str]) -> LogSelect:
    there = [name for name in _UBI_COLUMNS if kind == "jsonl" or name in columns]
    source, rejects = _source(kind, columns, there)
    wrapped = "_source" in columns

    def field(name: str) -> str:
        inside = f"json_extract_string(_source, '$.{name}')" if wrapped else "NULL"
        outside = _text(_quoted(name)) if name in there else "NULL"
        return f"nullif(coalesce({inside}, {outside}), '')"

    def attribute(kind_of: str, place: str) -> str:
        found = [f"json_extract_string(_source, '$.{kind_of}.{place}')"] if wrapped else []
        if kind_of in there:
            column = _quoted(kind_of) if kind == "jsonl" else f"to_json({_quoted(kind_of)})"
            found.append(f"json_extract_string({column}, '$.{place}')")
        return f"nullif(coalesce({', '.join(found) or 'NULL'}), '')"

    action = field("action_name")
    message = f"CASE upper({field('message_type')}) WHEN 'QUERY' THEN {field('message')} END"
    ordinal = f"coalesce({attribute('event_attributes', 'position.ordinal')}, "
    ordinal += f"{attribute('event_attributes', 'position.ordinal.index')})"
    session = ", ".join(
        (field("session_id"), attribute("event_attributes", "session_id"), attribute("query_attributes", "session_id"),
         field("client_id"), field("user_id"))
    )  # fmt: skip
    sql = f"""SELECT
        coalesce({action}, CASE WHEN {field("user_query")} IS NOT NULL THEN 'search' END) AS action,
        {_milliseconds(field("timestamp"), "VARCHAR")} AS moment,
        coalesce({session}) AS session,
        coalesce({field("user_query")}, {attribute("event_attributes", "user_query")}, {message}) AS query,
        {field("query_id")} AS query_id,
        {attribute("event_attributes", "object.object_id")} AS product,
        {ordinal} AS position
        FROM {source}"""
    return LogSelect(sql, rejects, ())


def _source(kind: str, columns: Sequence[str], wanted: Sequence[str]) -> tuple[str, str]:
    """The table function that reads a file, and how to count the lines it leaves out."""
    if kind == "parquet":
        return "read_parquet(?)", ""
    if kind == "jsonl":
        types = ", ".join(
            f"{sql_text(name)}: '{'JSON' if name in _OBJECTS else 'VARCHAR'}'" for name in wanted
        )  # fmt: skip
        # A line that is no object comes as a row of NULLs, and is counted as such.
        read = f"read_json(?, format = 'newline_delimited', columns = {{{types}}}, ignore_errors = true, "
        return read + f"maximum_object_size = {_LARGEST_LINE})", ""
    names = ", ".join(f"{sql_text(name)}: 'VARCHAR'" for name in columns)
    dialect = "delim = '\t', quote = '', escape = ''" if kind == "tsv" else "delim = ',', quote = '\"', escape = '\"'"
    read = f"read_csv(?, columns = {{{names}}}, header = true, auto_detect = false, {dialect}, "
    read += f"ignore_errors = true, store_rejects = true, max_line_size = {_LARGEST_LINE})"
    return read, "SELECT count(DISTINCT line) FROM reject_errors"


def _types(connection: Any, link: Path, source: str) -> dict[str, str]:
    connection.execute(f"DESCRIBE SELECT * FROM {source}", [str(link)])
    return {name: kind for name, kind, *_ in connection.fetchall()}


def _milliseconds(expression: str, kind: str) -> str:
    """A time as `aisle.shop.clock` reads it; NULL for what is none."""
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"epoch_ms(CAST({expression} AS TIMESTAMPTZ))"
    number = expression if kind != "VARCHAR" else f"TRY_CAST({expression} AS DOUBLE)"
    scaled: Callable[[str], str] = lambda value: (  # noqa: E731
        f"CASE WHEN {value} < 1e11 THEN {value} * 1e3 WHEN {value} < 1e14 THEN {value} ELSE {value} / 1e3 END"
    )
    as_number = f"CAST(CASE WHEN {number} BETWEEN 1e9 AND 1e17 THEN {scaled(number)} END AS BIGINT)"
    if kind != "VARCHAR":
        return as_number
    return f"coalesce(epoch_ms(TRY_CAST({expression} AS TIMESTAMPTZ)), {as_number})"


def _text(expression: str) -> str:
    return expression if expression == "NULL" else f"CAST({expression} AS VARCHAR)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
