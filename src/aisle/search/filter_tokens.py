"""A filter expression taken apart: names, texts in quotes, numbers, signs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn, TypeAlias

from aisle.errors import UserError

MOST_CHARACTERS = 4000
_SHOWN = 30

Kind: TypeAlias = Literal["name", "text", "number", "sign", "end"]
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<name>[^\W\d]\w*(?:\.\w+)?)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?![\w.]))
    |(?P<sign><=|>=|!=|==|[=<>(),])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of an expression."""

    kind: Kind
    written: str
    at: int
    """Place of its first character, counted from 0."""

    @property
    def text(self) -> str:
        """What a text in quotes says: a backslash makes the next character a plain one."""
        return re.sub(r"\\(.)", r"\1", self.written[1:-1], flags=re.DOTALL)


def tokens(expression: str) -> list[Token]:
    """All tokens in order, with one of kind "end" behind them. Raises UserError at the first that is none."""
    if len(expression) > MOST_CHARACTERS:
        raise UserError(
            f"the filter has {len(expression)} characters; {MOST_CHARACTERS} are allowed; use `in (…)` for many values"
        )
    found: list[Token] = []
    at = 0
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            if expression[at] in "\"'":
                refuse(expression, at, "a text that is never closed; end it with the quotation mark it begins with")
            refuse(expression, at, 'expected a field, a number, a text in "quotes", or one of = != < <= > >= ( ) ,')
        kind = match.lastgroup
        if kind != "space":
            assert kind is not None
            found.append(Token(kind, match.group(), at))  # type: ignore[arg-type]
        at = match.end()
    found.append(Token("end", "", len(expression)))
    return found


def refuse(expression: str, at: int, why: str) -> NoReturn:
    """Raise a UserError that shows the place in the expression."""
    rest = " ".join(expression[at : at + _SHOWN].split())
    place = f'at character {at + 1} ("{rest}{"…" if len(expression) > at + _SHOWN else ""}")' if rest else "at its end"
    raise UserError(f"filter, {place}: {why}")
