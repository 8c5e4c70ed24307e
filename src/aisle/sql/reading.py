"""SQL of the kind that the grammar writes, read into a tree: for training on questions whose SQL people wrote.

Names may carry their table or its alias in front, and keywords any case. What the grammar cannot say is refused, so
that the share of a data set that can be learned is known. One form is rewritten into an equal one: a maximum over a
derived table of counts becomes ORDER BY … LIMIT 1 (they differ where several groups share the maximum).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aisle.sql.schema import Schema
from aisle.sql.tree import AGGREGATES, COMPARISONS, Condition, Expression, Having, Literal, Query

_TOKEN = re.compile(r"""\s*("(?:[^"]|"")*"|'(?:[^']|'')*'|\d+(?:\.\d+)?|[A-Za-z_][\w]*|<>|!=|<=|>=|[-(),.;*=<>/+])""")
_CLAUSES = ("WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", ")", ";", "")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")

# FROM ( SELECT <items> FROM … GROUP BY g ) AS d WHERE d.f = ( SELECT MAX( e.f ) FROM ( … ) AS e )
_DERIVED = re.compile(
    r"FROM \( SELECT (?P<items>[^()]*(?:\([^()]*\)[^()]*)*?) (?P<rest>FROM [^()]* GROUP BY [^()]*?) \) AS (?P<d>\w+) "
    r"WHERE (?P=d)\.\w+ = \( SELECT (?P<most>MAX|MIN)\( (?P<e>\w+)\.\w+ \) "
    r"FROM \( SELECT [^()]*(?:\([^()]*\)[^()]*)*? \) AS (?P=e) \)"
)
_HAVING = re.compile(
    r"HAVING (?P<count>COUNT\( [^()]* \)) = \( SELECT (?P<most>MAX|MIN)\( (?P<e>\w+)\.\w+ \) "
    r"FROM \( SELECT [^()]*(?:\([^()]*\)[^()]*)*? \) AS (?P=e) \)"
)
_COUNTED = re.compile(r"(COUNT\( [^()]* \)) AS \w+")


class UnreadableError(ValueError):
    """SQL that the grammar cannot say."""


def read_sql(sql: str, schema: Schema) -> Query:
    """The tree of a statement.

    Raises
        UnreadableError: the grammar has no way to say it, or it names what the schema lacks.
    """
    reader = _Reader(_tokens(_without_derived(sql)), schema)
    query = reader.query()
    reader.skip(";")
    if reader.next:
        raise UnreadableError(f"{reader.next!r} follows the query")
    return query


def _without_derived(sql: str) -> str:
    def order(match: re.Match[str]) -> str:
        count = _COUNTED.search(match["items"])
        if count is None:
            return match.group()
        direction = "DESC" if match["most"] == "MAX" else "ASC"
        return f"{match['rest']} ORDER BY {count.group(1)} {direction} LIMIT 1"

    found = _DERIVED.search(sql)
    while found:
        # Outside, the derived table's columns go by the names of the real ones.
        plain = re.sub(rf"SELECT {found['d'][:-1]}\d\.(\w+) $", r"SELECT \1 ", sql[: found.start()])
        replaced = order(found)
        if replaced == found.group():
            break
        sql = plain + replaced + sql[found.end() :]
        found = _DERIVED.search(sql)
    return _HAVING.sub(
        lambda m: f"ORDER BY {m['count']} {'DESC' if m['most'] == 'MAX' else 'ASC'} LIMIT 1",
        sql,
    )


def _tokens(sql: str) -> list[str]:
    tokens, place = [], 0
    sql = sql.strip()
    while place < len(sql):
        match = _TOKEN.match(sql, place)
        if match is None:
            raise UnreadableError(f"{sql[place : place + 20]!r} is no SQL that is read here")
        tokens.append(match.group(1))
        place = match.end()
    return tokens


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: Sequence[str], schema: Schema) -> None:
        self.tokens, self.schema, self.place = tokens, schema, 0

    @property
    def next(self) -> str:
        """The next token, keywords in capitals; empty at the end."""
        if self.place >= len(self.tokens):
            return ""
        token = self.tokens[self.place]
        return token if token[:1] in "\"'" else token.upper()

    def take(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1] if self.place <= len(self.tokens) else ""

    def skip(self, *tokens: str) -> bool:
        """Pass over these tokens if they come next."""
        here = self.place
        for token in tokens:
            if self.next != token:
                self.place = here
                return False
            self.place += 1
        return True

    def need(self, *tokens: str) -> None:
        if not self.skip(*tokens):
            raise UnreadableError(f"{' '.join(tokens)} is expected, not {self.next!r}")

    # Clauses -----------------------------------------------------------------------------------------------------

    def query(self) -> Query:
        self.need("SELECT")
        distinct = self.skip("DISTINCT")
        items_at, names = self.place, dict[str, int]()
        self._past_items()
        self.need("FROM")
        tables = self._tables(names)
        end = self.place
        self.place = items_at
        items = [self._expression(names)]
        while self.skip(","):
            items.append(self._expression(names))
        if self.next != "FROM":
            raise UnreadableError(f"{self.next!r} among the selected columns")
        self.place = end
        where = self._conditions(names) if self.skip("WHERE") else []
        group, having, order, descending, limit = list[int](), None, None, False, None
        if self.skip("GROUP", "BY"):
            group = [self._grouped(names)]
            while self.skip(","):
                group.append(self._grouped(names))
        if self.skip("HAVING"):
            expression = self._expression(names)
            having = Having(expression=expression, operator=self._operator(), literal=self._literal())
        if self.skip("ORDER", "BY"):
            order = self._expression(names)
            descending = self.skip("DESC")
            self.skip("ASC")
            self.skip("NULLS", "LAST")
        if self.skip("LIMIT"):
            limit = int(self.take())
        if self.next not in (")", ";", ""):
            raise UnreadableError(f"{self.next!r} follows the query")
        if limit is not None and order is None:
            raise UnreadableError("a LIMIT without an order")
        return Query(
            tables=tuple(tables),
            items=tuple(items),
            distinct=distinct,
            where=tuple(where),
            group=tuple(group),
            having=having,
            order=order,
            descending=descending,
            limit=limit,
        )

    def _past_items(self) -> None:
        depth = 0
        while self.next and (depth or self.next != "FROM"):
            depth += (self.next == "(") - (self.next == ")")
            self.place += 1

    def _tables(self, names: dict[str, int]) -> list[int]:
        tables: list[int] = []
        while True:
            name = _unquoted(self.take())
            number = next((n for n, t in enumerate(self.schema.tables) if t.name.lower() == name.lower()), None)
            if number is None or number in tables:
                raise UnreadableError(f"FROM {name}: no table of the schema, or one that is there already")
            tables.append(number)
            names[name.lower()] = number
            if self.skip("AS") or (self.next not in (*_CLAUSES, ",") and self.next[:1].isalpha()):
                names[self.take().lower()] = number
            if not self.skip(","):
                return tables

    def _expression(self, names: dict[str, int]) -> Expression:
        if self.next in AGGREGATES:
            aggregate = self.take().upper()
            self.need("(")
            distinct = self.skip("DISTINCT")
            if self.next in ("*", "1"):
                self.take()
                column = None
            else:
                column = self._column(names)
            self.need(")")
            if column is None and aggregate != "COUNT":
                raise UnreadableError(f"{aggregate}(*)")
            # The greatest of distinct values is the greatest.
            return Expression(column=column, aggregate=aggregate, distinct=distinct and aggregate == "COUNT")
        return Expression(column=self._column(names))

    def _grouped(self, names: dict[str, int]) -> int:
        inside = self.skip("(")
        column = self._column(names)
        if inside:
            self.need(")")
        return column

    def _column(self, names: dict[str, int]) -> int:
        first = _unquoted(self.take())
        if self.skip("."):
            table = names.get(first.lower())
            name = _unquoted(self.take())
            found = None if table is None else self.schema.place(self.schema.tables[table].name, name)
        else:
            name = first
            places = [
                self.schema.place(self.schema.tables[table].name, name) for table in dict.fromkeys(names.values())
            ]
            found = next((place for place in places if place is not None), None)
        if found is None:
            raise UnreadableError(f"no column {name!r} in the tables of its query")
        return found

    def _conditions(self, names: dict[str, int]) -> list[Condition]:
        conditions = self._condition(names)
        while self.next in ("AND", "OR"):
            joined = self.take().upper()
            more = self._condition(names)
            if joined == "AND":
                conditions += more
                continue
            before, other = conditions[-1], more[0]
            if before.operator != "=" or other.operator != "=" or before.column != other.column or not other.literals:
                raise UnreadableError("OR between different columns")
            conditions[-1] = Condition(column=before.column, operator="=", literals=(*before.literals, *other.literals))
        return conditions

    def _condition(self, names: dict[str, int]) -> list[Condition]:
        if self.next == "(" and self.tokens[self.place + 1 : self.place + 2] != ["SELECT"]:
            self.take()
            inner = self._conditions(names)
            self.need(")")
            return inner
        column = self._column(names)
        if self.skip("NOT", "IN"):
            return [self._in(column, "NOT IN")]
        if self.skip("IN"):
            return [self._in(column, "IN")]
        if self.skip("LIKE"):
            text = self._literal()
            return [Condition(column=column, operator="LIKE", literals=(str(text).strip("%"),))]
        operator = self._operator()
        if self.skip("("):
            query = self.query()
            self.need(")")
            if operator not in ("=", "<", ">"):
                raise UnreadableError(f"{operator} before a query")
            return [Condition(column=column, operator=operator, query=query)]
        if self.next[:1] in "\"'" or _NUMBER.fullmatch(self.next) or self.next == "-":
            return [Condition(column=column, operator=operator, literals=(self._literal(),))]
        other = self._column(names)
        if operator != "=":
            raise UnreadableError(f"{operator} between columns")
        return [Condition(column=column, operator="=", other=other)]

    def _in(self, column: int, operator: str) -> Condition:
        self.need("(")
        if self.next == "SELECT":
            query = self.query()
            self.need(")")
            return Condition(column=column, operator=operator, query=query)
        literals = [self._literal()]
        while self.skip(","):
            literals.append(self._literal())
        self.need(")")
        return Condition(column=column, operator="=" if operator == "IN" else "<>", literals=tuple(literals))

    def _operator(self) -> str:
        operator = self.take().replace("!=", "<>")
        if operator not in COMPARISONS:
            raise UnreadableError(f"{operator!r} is no comparison that is read here")
        return operator

    def _literal(self) -> Literal:
        token = self.take()
        if token[:1] in "\"'" and token:
            return _unquoted(token)
        if token == "-":
            token += self.take()
        try:
            return float(token) if "." in token else int(token)
        except ValueError:
            raise UnreadableError(f"{token!r} is no literal") from None


def _unquoted(token: str) -> str:
    if len(token) > 1 and token[0] in "\"'" and token[-1] == token[0]:
        return token[1:-1].replace(token[0] * 2, token[0])
    return token
