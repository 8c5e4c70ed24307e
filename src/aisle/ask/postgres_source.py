"""Asking a ledger in PostgreSQL, so that a question can neither change anything, nor see more than the views.

PostgreSQL has no authorizer to be asked about every name. Here every word of a statement must be on a list before it is
sent: keywords of a SELECT, a few functions, the views and their columns. It runs as a cursor, which takes nothing but
one SELECT, in a transaction that is READ ONLY, with a time limit of the server's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from aisle.errors import BusyError, UserError
from aisle.shop.postgres import connect, ledger_exists, translated
from aisle.shop.postgres_address import parse_postgres
from aisle.sql.execution import FUNCTIONS, Cell, RefusedError, Rows, RunLimits
from aisle.sql.render import POSTGRES, Dialect

_TOKEN = re.compile(r"\s*('(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\d+(?:\.\d+)?|[^\W\d]\w*|<>|!=|<=|>=|[-(),.*=<>])")
_KEYWORDS = frozenset(
    {
        "select", "distinct", "from", "where", "and", "or", "not", "in", "between", "like", "ilike", "escape", "is",
        "null", "group", "by", "having", "order", "desc", "asc", "nulls", "first", "last", "limit",
    }
)  # fmt: skip
_BEFORE_A_PARENTHESIS = frozenset(["in", "and", "or", "not", "where", "having", "from", "by"])
_LONGEST = 20_000
_OWN_SECONDS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class PostgresSource:
    """A ledger that a `postgresql:` URI names."""

    uri: str
    tables: Mapping[str, frozenset[str]]
    """Columns by view; nothing else can be named."""
    views: Mapping[str, str]

    @property
    def dialect(self) -> Dialect:
        """PostgreSQL's."""
        return POSTGRES

    def run(self, sql: str, limits: RunLimits) -> Rows:
        """As `Source`."""
        check_select(sql, self.tables)
        started = time.monotonic()
        with self._reading(limits.seconds) as connection, connection.cursor(name="aisle_question") as cursor:
            cursor.execute(f"{self._with_views()} {sql}".encode())
            rows = cursor.fetchmany(limits.rows + 1)
            columns = tuple(one.name for one in cursor.description)
        return Rows(
            columns=columns,
            rows=tuple(tuple(_cell(value) for value in row) for row in rows[: limits.rows]),
            more=len(rows) > limits.rows,
            seconds=time.monotonic() - started,
        )

    def own(self, *statements: str) -> list[list[tuple[Cell, ...]]]:
        """As `Source`."""
        with self._reading(_OWN_SECONDS) as connection:
            return [connection.execute(f"{self._with_views()} {one}".encode()).fetchall() for one in statements]

    def _with_views(self) -> str:
        return "WITH " + ", ".join(f"{name} AS ({select})" for name, select in self.views.items())

    @contextmanager
    def _reading(self, seconds: float) -> Iterator[Any]:
        """A connection in a transaction that can only read and that the server ends in time."""
        from psycopg import errors

        address = parse_postgres(self.uri)
        with translated(address):
            connection = connect(address, read_only=True)
            try:
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                connection.execute(f"SET LOCAL statement_timeout = {max(1, round(1000 * seconds))}")
                yield connection
            except errors.QueryCanceled as error:
                raise RefusedError(f"the query was stopped after {seconds:g} seconds; ask for less at once") from error
            except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
                raise BusyError("the database is locked by another process; try again") from error
            except (errors.ProgrammingError, errors.DataError, errors.NotSupportedError) as error:
                raise RefusedError(f"the query is refused: {' '.join(str(error).split())[:200]}") from error
            finally:
                connection.close()


def postgres_source(uri: str, tables: Mapping[str, frozenset[str]], views: Mapping[str, str]) -> PostgresSource:
    """Raises UserError where there is no ledger, AwayError where the database does not answer."""
    if not ledger_exists(uri):
        raise UserError(f"{uri}: there is no ledger here; make a shop with: aisle shop create SHOP --ledger URI")
    return PostgresSource(uri=uri, tables=tables, views=views)


def check_select(sql: str, tables: Mapping[str, frozenset[str]]) -> None:
    """Raises RefusedError for anything but one SELECT whose every word is a keyword, a harmless function, or one of
    the tables and their columns."""
    if len(sql) > _LONGEST:
        raise RefusedError(f"the query has {len(sql):,} letters, and at most {_LONGEST:,} are run")
    tokens = list(_tokens(sql))
    if not tokens or tokens[0].lower() != "select":
        raise RefusedError("only a SELECT is run")
    names = {name.lower() for table, columns in tables.items() for name in (table, *columns)}
    for token, following in zip(tokens, [*tokens[1:], ""], strict=True):
        word = token.strip('"').lower() if token[0] == '"' else token.lower()
        if not (word[:1].isalpha() or token[0] in '"_'):
            continue
        called = following == "("
        known = word in FUNCTIONS or word in _BEFORE_A_PARENTHESIS if called else word in names or word in _KEYWORDS
        if not known or (token[0] == '"' and word not in names):
            raise RefusedError(f"the query is refused: {token[:60]} may not be used")


def _tokens(sql: str) -> Iterator[str]:
    place, end = 0, len(sql.rstrip())
    while place < end:
        match = _TOKEN.match(sql, place)
        if match is None:
            raise RefusedError(f"the query is refused at {sql[place : place + 20]!r}: it is no plain SELECT")
        yield match[1]
        place = match.end()


def _cell(value: object) -> Cell:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)
