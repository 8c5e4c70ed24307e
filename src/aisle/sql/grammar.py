"""The grammar of queries: after any symbols, which may come next; and the tree that a whole line of them means.

It is written as a recursive-descent parser that asks for one symbol at a time (`yield`, with all that may come) and
is sent the one that came. So one page says what may be written, how it is read, and what it means:

    query      = table+ SELECT [DISTINCT] item+ [WHERE condition+] [GROUP column+ [HAVING aggregate op number]]
                 [ORDER expression ASC|DESC [LIMIT number]] END
    item       = column | COUNT(*) | aggregate column
    condition  = column op literal (OR literal)* | column = column | column =( query | column IN( query | …
    literal    = value | first word, last word

The tables come first, so that every column after them can be checked against them. Nothing is offered that cannot be
finished: an operator only where there is something to compare with. Nesting and lengths are bounded, so every line of
allowed symbols ends.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

from aisle.sql.schema import singular
from aisle.sql.sheet import CODES, KEYWORDS, Sheet, Value
from aisle.sql.tree import Condition, Expression, Having, Literal, Period, Query

Asks = Generator[list[int], int, Query | None]

DEEPEST = 5
"""Queries inside one another."""
MOST_TABLES, MOST_ITEMS, MOST_CONDITIONS, MOST_GROUPS, MOST_LITERALS = 3, 3, 4, 2, 4
MOST_INNER = 6
"""Inner queries of one whole query."""
LONGEST_SPAN = 8
"""Words of the longest text that is copied."""
MOST_SYMBOLS = (MOST_INNER + 1) * (
    MOST_TABLES + 3 + 2 * MOST_ITEMS + 1 + MOST_CONDITIONS * (2 + 3 * MOST_LITERALS) + MOST_GROUPS + 14
)
"""No query has more symbols."""

_AGGREGATES = {
    CODES["COUNT"]: ("COUNT", False),
    CODES["COUNT DISTINCT"]: ("COUNT", True),
    CODES["SUM"]: ("SUM", False),
    CODES["AVG"]: ("AVG", False),
    CODES["MIN"]: ("MIN", False),
    CODES["MAX"]: ("MAX", False),
}
_OF_NUMBERS = (CODES["SUM"], CODES["AVG"])
_INNER = {CODES["=("]: "=", CODES[">("]: ">", CODES["<("]: "<", CODES["IN("]: "IN", CODES["NOT IN("]: "NOT IN"}
_ORDERED = tuple(CODES[sign] for sign in ("<", ">", "<=", ">="))
_COMPARED = (CODES["="], CODES["<>"], *_ORDERED)


class NotAllowedError(ValueError):
    """A symbol that the grammar does not allow there."""


class Grammar:
    """What may be written about one sheet."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._inner = 0

    def allowed(self, symbols: Sequence[int]) -> list[int]:
        """The symbols that may follow these; none where they are a whole query.

        Raises
            NotAllowedError: one of the symbols was not allowed itself.
        """
        return self._walk(symbols)[0]

    def tree(self, symbols: Sequence[int]) -> Query | None:
        """What a whole line of symbols means; None for UNKNOWN.

        Raises
            NotAllowedError: a symbol is not allowed, or the line is not whole.
        """
        allowed, query, _ = self._walk(symbols)
        if allowed:
            raise NotAllowedError("the symbols stop within the query")
        return query

    def steps(self, symbols: Sequence[int]) -> list[list[int]]:
        """What was allowed in the place of each of these symbols, the symbols themselves among it."""
        return self._walk(symbols)[2]

    def _walk(self, symbols: Sequence[int]) -> tuple[list[int], Query | None, list[list[int]]]:
        self._inner = 0
        asking = self._line()
        allowed = next(asking)
        steps = []
        for place, symbol in enumerate(symbols):
            if symbol not in allowed:
                raise NotAllowedError(f"symbol {symbol} in place {place} is none of {len(allowed)} that are allowed")
            steps.append(allowed)
            try:
                allowed = asking.send(symbol)
            except StopIteration as end:
                if place + 1 < len(symbols):
                    raise NotAllowedError(f"the query ends in place {place}, and more follows") from None
                return [], end.value, steps
        return allowed, None, steps

    # The grammar -------------------------------------------------------------------------------------------------

    def _line(self) -> Asks:
        first = yield [CODES["UNKNOWN"], *self._tables()]
        if first == CODES["UNKNOWN"]:
            return None
        return (yield from self._query(1, first))

    def _query(self, depth: int, first_table: int | None = None, *, one_item: bool = False) -> Asks:
        tables = [(yield self._tables()) if first_table is None else first_table]
        while True:
            more = [table for table in self._tables() if table not in tables] if len(tables) < MOST_TABLES else []
            symbol = yield [CODES["SELECT"], *more]
            if symbol == CODES["SELECT"]:
                break
            tables.append(symbol)
        columns = self._columns(tables)

        # Items
        distinct, items = False, list[Expression]()
        starts = self._starts(columns)
        symbol = yield [CODES["DISTINCT"], *starts]
        if symbol == CODES["DISTINCT"]:
            distinct = True
            symbol = yield starts
        clauses = [CODES["GROUP"], CODES["ORDER"], CODES["END"]]
        where = [CODES["WHERE"]] if self._comparable(columns, depth) else []
        while True:
            items.append((yield from self._expression(symbol, columns)))
            # What is selected once is not selected again.
            chosen = {
                self.sheet.first_column + one.column for one in items if one.column is not None and not one.aggregate
            }
            more = [] if one_item or len(items) == MOST_ITEMS else [one for one in starts if one not in chosen]
            symbol = yield [*where, *clauses, *more]
            if symbol in where or symbol in clauses:
                break

        # WHERE
        conditions = list[Condition]()
        if symbol == CODES["WHERE"]:
            left = yield self._comparable(columns, depth)
            while True:
                condition, symbol = yield from self._condition(left, columns, depth, clauses, len(conditions))
                conditions.append(condition)
                if symbol in clauses:
                    break
                left = symbol

        # GROUP BY and HAVING
        group, having = list[int](), None
        if symbol == CODES["GROUP"]:
            symbol = yield columns
            while symbol in columns:
                group.append(symbol)
                more = [c for c in columns if c not in group] if len(group) < MOST_GROUPS else []
                numbers = [CODES["HAVING"]] if self._numbers() else []
                symbol = yield [*numbers, CODES["ORDER"], CODES["END"], *more]
            if symbol == CODES["HAVING"]:
                start = yield [CODES["COUNT(*)"], *(a for a in self._aggregates(columns))]
                expression = yield from self._expression(start, columns)
                operator = KEYWORDS[(yield list(_COMPARED))]
                number = self._value((yield self._numbers()))
                having = Having(expression=expression, operator=operator, literal=number.value)
                symbol = yield [CODES["ORDER"], CODES["END"]]

        # ORDER BY and LIMIT
        order, descending, limit = None, False, None
        if symbol == CODES["ORDER"]:
            # Without groups there is nothing to count by.
            counted = bool(group) or any(item.aggregate for item in items)
            order = yield from self._expression((yield starts if counted else columns), columns)
            descending = (yield [CODES["ASC"], CODES["DESC"]]) == CODES["DESC"]
            limits = self._limits()
            symbol = yield [*([CODES["LIMIT"]] if limits else []), CODES["END"]]
            if symbol == CODES["LIMIT"]:
                limit = int(str(self._value((yield limits)).value))
                yield [CODES["END"]]

        return Query(
            tables=tuple(table - self.sheet.first_table for table in tables),
            items=tuple(items),
            distinct=distinct,
            where=tuple(conditions),
            group=tuple(column - self.sheet.first_column for column in group),
            having=having,
            order=order,
            descending=descending,
            limit=limit,
        )

    def _expression(self, symbol: int, columns: list[int]) -> Generator[list[int], int, Expression]:
        """The expression that starts with a symbol that has come already."""
        if symbol == CODES["COUNT(*)"]:
            return Expression(column=None, aggregate="COUNT")
        if symbol in _AGGREGATES:
            name, distinct = _AGGREGATES[symbol]
            column = yield self._aggregated(symbol, columns)
            return Expression(column=column - self.sheet.first_column, aggregate=name, distinct=distinct)
        return Expression(column=symbol - self.sheet.first_column)

    def _condition(
        self, left: int, columns: list[int], depth: int, ends: list[int], before: int
    ) -> Generator[list[int], int, tuple[Condition, int]]:
        """A condition whose column has come already, and the symbol behind it."""
        operators = self._operators(left, columns, depth)
        symbol = yield operators
        column = left - self.sheet.first_column
        after = self._comparable(columns, depth) if before + 1 < MOST_CONDITIONS else []
        if symbol in _INNER:
            self._inner += 1
            query = yield from self._query(depth + 1, one_item=True)
            # An inner query may have used up what the conditions offered before could be compared with.
            after = self._comparable(columns, depth) if after else []
            return Condition(column=column, operator=_INNER[symbol], query=query), (yield [*ends, *after])
        operator = KEYWORDS[symbol]
        literals = self._literals(left, symbol)
        others = self._others(left, columns) if symbol == CODES["="] else []
        chosen = yield [*literals, *others]
        if chosen in others:
            other = chosen - self.sheet.first_column
            return Condition(column=column, operator="=", other=other), (yield [*ends, *after])
        found, used = [(yield from self._literal(chosen, pattern=operator == "LIKE"))], set[int]()
        while True:
            others_left = any(value not in used and value != chosen for value in literals)
            several = symbol in _COMPARED[:2] and len(found) < MOST_LITERALS and others_left
            more = [CODES["OR"]] if several else []
            following = yield [*ends, *after, *more]
            if following != CODES["OR"]:
                return Condition(column=column, operator=operator, literals=tuple(found)), following
            # A value is named once: the same again would say nothing.
            used.add(chosen)
            chosen = yield [value for value in literals if value not in used]
            found.append((yield from self._literal(chosen)))

    def _literal(self, symbol: int, *, pattern: bool = False) -> Generator[list[int], int, Literal]:
        """The literal that starts with a symbol that has come already."""
        sheet = self.sheet
        if symbol >= sheet.first_value:
            return self._value(symbol).value
        last = yield list(range(symbol, min(symbol + LONGEST_SPAN, sheet.first_table)))
        text = sheet.span(symbol - sheet.first_word, last - sheet.first_word)
        return singular(text) if pattern else text

    # What there is to choose from --------------------------------------------------------------------------------

    def _tables(self) -> list[int]:
        return list(range(self.sheet.first_table, self.sheet.first_column))

    def _columns(self, tables: Sequence[int]) -> list[int]:
        sheet = self.sheet
        return [sheet.first_column + c for t in tables for c in sheet.schema.columns_of(t - sheet.first_table)]

    def _kind(self, column: int) -> str:
        return self.sheet.schema.columns[column - self.sheet.first_column].kind

    def _aggregated(self, aggregate: int, columns: Sequence[int]) -> list[int]:
        """The columns that an aggregate may be of."""
        kinds = ("number", "any") if aggregate in _OF_NUMBERS else ("number", "date", "text", "any")
        return [column for column in columns if self._kind(column) in kinds]

    def _aggregates(self, columns: Sequence[int]) -> list[int]:
        return [aggregate for aggregate in _AGGREGATES if self._aggregated(aggregate, columns)]

    def _starts(self, columns: Sequence[int]) -> list[int]:
        """What an expression may start with."""
        return [CODES["COUNT(*)"], *self._aggregates(columns), *columns]

    def _value(self, symbol: int) -> Value:
        return self.sheet.values[symbol - self.sheet.first_value]

    def _numbers(self) -> list[int]:
        return [self.sheet.first_value + v for v, value in enumerate(self.sheet.values) if _is_plain_number(value)]

    def _limits(self) -> list[int]:
        return [v for v in self._numbers() if isinstance(n := self._value(v).value, int) and 1 <= n <= 1000]

    def _comparable(self, columns: list[int], depth: int) -> list[int]:
        """The columns for which a condition can be finished."""
        return [column for column in columns if self._operators(column, columns, depth)]

    def _operators(self, column: int, columns: list[int], depth: int) -> list[int]:
        kind = self._kind(column)
        operators = [code for code in (*_COMPARED, CODES["LIKE"], CODES["WITHIN"]) if self._literals(column, code)]
        if self._others(column, columns) and CODES["="] not in operators:
            operators.append(CODES["="])
        if depth < DEEPEST and self._inner < MOST_INNER:
            inner = ("=(", "IN(", "NOT IN(", *((">(", "<(") if kind in ("number", "any") else ()))
            operators += [CODES[name] for name in inner]
        return operators

    def _others(self, column: int, columns: list[int]) -> list[int]:
        """Columns of the other tables that a column may be joined with."""
        sheet = self.sheet
        own = sheet.schema.table_of(column - sheet.first_column)
        same = (self._kind(column), "any")
        return [c for c in columns if sheet.schema.table_of(c - sheet.first_column) != own and self._kind(c) in same]

    def _literals(self, column: int, operator: int) -> list[int]:
        """Values and first words that a column may be compared with."""
        sheet, kind = self.sheet, self._kind(column)
        words = list(range(sheet.first_word, sheet.first_table))
        if operator == CODES["WITHIN"]:
            fits = [isinstance(value.value, Period) for value in sheet.values] if kind == "date" else []
        elif operator == CODES["LIKE"]:
            return words if kind == "text" else []
        elif kind == "date" or (kind == "text" and operator in _ORDERED):
            return []
        else:
            # Without knowing the contents any words may be a value; with them, only what is linked to the column.
            fits = [_fits(value, column - sheet.first_column, kind) for value in sheet.values]
        found = [sheet.first_value + v for v, fit in enumerate(fits) if fit]
        return found if sheet.schema.closed or operator == CODES["WITHIN"] else [*found, *words]


def _is_plain_number(value: Value) -> bool:
    return value.is_number and value.columns is None


def _fits(value: Value, column: int, kind: str) -> bool:
    if isinstance(value.value, Period):
        return False
    if value.columns is not None:
        return column in value.columns
    return value.is_number and kind in ("number", "any")
