"""The filter language: conditions on fields, put together with `and`, `or`, `not` and parentheses.

    in_stock and price < 5
    brand in ("Fernwood", "Oakley Dairy") and not category = "Dairy > Cheese"
    price between 2 and 4.50 or attribute = "organic" or attribute.size = "1 gal"

Texts stand in quotes and are compared without regard to case and accents; `category` also holds for everything below
the path. `and` binds closer than `or`, `not` closer than both.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NoReturn, TypeAlias, TypeVar

from aisle.search.filter_tokens import Kind, Token, refuse, tokens

NUMBERS = ("price",)
TEXTS = ("brand", "category", "store", "attribute", "product_id")
TRUTHS = ("in_stock",)
_NAMES = (*NUMBERS, *TEXTS, *TRUTHS)
_KEYWORDS = ("and", "or", "not", "in", "between", "true", "false")
_DEEPEST = 32
_MOST_VALUES = 500

Operator: TypeAlias = Literal["<", "<=", ">", ">="]
_Value = TypeVar("_Value", float, str)


@dataclass(frozen=True, slots=True)
class InStock:
    """The product can be bought now."""


@dataclass(frozen=True, slots=True)
class PriceCompare:
    """The price is known and stands in this relation to a number."""

    operator: Operator
    value: float


@dataclass(frozen=True, slots=True)
class PriceIn:
    """The price is one of these."""

    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TextIn:
    """A text field has one of these values."""

    field: str
    """One of `TEXTS`, or `attribute.` and the name of a fact such as `size`."""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Filter


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of these."""

    parts: tuple[Filter, ...]


Filter: TypeAlias = InStock | PriceCompare | PriceIn | TextIn | Not | And | Or


def parse_filter(expression: str) -> Filter | None:
    """The meaning of an expression; None for an empty one, which keeps everything.

    Raises UserError with the place and what is allowed there.
    """
    parser = _Parser(expression)
    if parser.ended():
        return None
    found = parser.either(0)
    if not parser.ended():
        parser.expected("`and`, `or`, or the end")
    return found


class _Parser:
    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._tokens = tokens(expression)
        self._place = 0

    @property
    def now(self) -> Token:
        return self._tokens[self._place]

    def ended(self) -> bool:
        return self.now.kind == "end"

    def expected(self, what: str) -> NoReturn:
        given = "the filter ends" if self.ended() else f"found {self.now.written[:40]}"
        refuse(self._expression, self.now.at, f"expected {what}; {given}")

    def take(self) -> Token:
        token = self.now
        self._place += 1
        return token

    def word(self, *allowed: str) -> bool:
        """Step over the next token if it is one of these keywords or signs."""
        hit = self.now.kind in ("name", "sign") and self.now.written.lower() in allowed
        self._place += hit
        return hit

    def need(self, sign: str) -> None:
        if not self.word(sign):
            self.expected(f"`{sign}`")

    def either(self, depth: int) -> Filter:
        return self._chain("or", lambda: self._all(depth), Or)

    def _all(self, depth: int) -> Filter:
        return self._chain("and", lambda: self._one(depth), And)

    def _chain(self, keyword: str, part: Callable[[], Filter], kind: type[And] | type[Or]) -> Filter:
        parts = [part()]
        while self.word(keyword):
            parts.append(part())
        return parts[0] if len(parts) == 1 else kind(tuple(parts))

    def _one(self, depth: int) -> Filter:
        if depth > _DEEPEST:
            refuse(self._expression, self.now.at, f"more than {_DEEPEST} parentheses or `not` inside each other")
        if self.word("not"):
            return Not(self._one(depth + 1))
        if self.word("("):
            inside = self.either(depth + 1)
            self.need(")")
            return inside
        return self._condition()

    def _condition(self) -> Filter:
        token = self.now
        if token.kind != "name" or token.written.lower() in _KEYWORDS:
            self.expected(f"a field ({', '.join(_NAMES)}), `not` or `(`")
        self.take()
        name = token.written if token.written.startswith("attribute.") else token.written.lower()
        if name in TRUTHS:
            return self._truth()
        if name in NUMBERS:
            return self._number()
        if name in TEXTS or name.startswith("attribute."):
            return self._text(name)
        near = difflib.get_close_matches(name, _NAMES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return refuse(
            self._expression, token.at, f"there is no field {name[:40]}; fields are {', '.join(_NAMES)}{hint}"
        )

    def _truth(self) -> Filter:
        if self.word("=", "=="):
            if self.word("true"):
                return InStock()
            if self.word("false"):
                return Not(InStock())
            self.expected("true or false")
        return InStock()

    def _number(self) -> Filter:
        if self.word("between"):
            low = self._number_value()
            self.need("and")
            high = self._number_value()
            return And((PriceCompare(">=", low), PriceCompare("<=", high)))
        negated = self.word("not")
        if self.word("in"):
            inside: Filter = PriceIn(self._values(self._number_value))
            return Not(inside) if negated else inside
        if negated or self.now.kind != "sign" or self.now.written not in ("=", "==", "!=", "<", "<=", ">", ">="):
            self.expected("`in`" if negated else "= != < <= > >= `between` or `in` after price")
        sign = self.take().written
        value = self._number_value()
        if sign in ("=", "=="):
            return PriceIn((value,))
        return Not(PriceIn((value,))) if sign == "!=" else PriceCompare(sign, value)  # type: ignore[arg-type]

    def _text(self, name: str) -> Filter:
        negated = self.word("not")
        if self.word("in"):
            found: Filter = TextIn(name, self._values(self._text_value))
        else:
            if negated or self.now.written not in ("=", "==", "!="):
                self.expected("`in`" if negated else f"= != or `in` after {name}")
            negated = self.take().written == "!="
            found = TextIn(name, (self._text_value(),))
        return Not(found) if negated else found

    def _values(self, value: Callable[[], _Value]) -> tuple[_Value, ...]:
        self.need("(")
        found = [value()]
        while self.word(","):
            found.append(value())
            if len(found) > _MOST_VALUES:
                refuse(self._expression, self.now.at, f"more than {_MOST_VALUES} values in one list")
        self.need(")")
        return tuple(found)

    def _number_value(self) -> float:
        return float(self._value("number", "a number such as 4.50"))

    def _text_value(self) -> str:
        return self._value("text", 'a text in quotes such as "Fernwood"')

    def _value(self, kind: Kind, what: str) -> str:
        if self.now.kind != kind:
            self.expected(what)
        token = self.take()
        return token.text if kind == "text" else token.written
