"""Query parameters, declared once: what reads them is also what /openapi.json says about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from aisle.serve.problems import ProblemError


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text parameter."""

    name: str
    """Name in the query string."""
    description: str
    """One sentence for /docs."""
    default: str | None = ""
    """Value when it is not given; None: it must be given."""
    max_length: int = 200
    """Most characters accepted."""
    choices: tuple[str, ...] = ()
    """Allowed values; empty: any text."""

    def parse(self, given: str) -> str:
        """The value; ValueError says what is wrong."""
        if len(given) > self.max_length:
            raise ValueError(f"it has {len(given)} characters; at most {self.max_length} are allowed")
        if self.choices and given not in self.choices:
            raise ValueError(f"it is {given[:40]!r}; allowed: {', '.join(self.choices)}")
        return given

    def schema(self) -> dict[str, Any]:
        """JSON schema."""
        schema: dict[str, Any] = {"type": "string", "maxLength": self.max_length}
        return schema | ({"enum": list(self.choices)} if self.choices else {})


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A whole number within bounds."""

    name: str
    """Name in the query string."""
    description: str
    """One sentence for /docs."""
    default: int
    """Value when it is not given."""
    least: int
    """Smallest value."""
    most: int
    """Largest value."""

    def parse(self, given: str) -> int:
        """The value; ValueError says what is wrong."""
        # Only ASCII digits, and few of them: int() takes "1_0", " 7 " and "٣", and is slow on a million digits.
        digits = given.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 12):
            raise ValueError(f"it is {given[:40]!r}; a whole number from {self.least} to {self.most} is needed")
        value = int(given)
        if not self.least <= value <= self.most:
            raise ValueError(f"it is {value}; allowed: {self.least} to {self.most}")
        return value

    def schema(self) -> dict[str, Any]:
        """JSON schema."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, kw_only=True, slots=True)
class Flag:
    """A parameter that is true or false."""

    name: str
    """Name in the query string."""
    description: str
    """One sentence for /docs."""
    default: bool = False
    """Value when it is not given."""

    def parse(self, given: str) -> bool:
        """The value; ValueError says what is wrong."""
        try:
            return {"true": True, "1": True, "false": False, "0": False}[given]
        except KeyError:
            raise ValueError(f"it is {given[:40]!r}; allowed: true, false") from None

    def schema(self) -> dict[str, Any]:
        """JSON schema."""
        return {"type": "boolean"}


Parameter = Text | Number | Flag


def read(parameters: Sequence[Parameter], query_string: bytes) -> dict[str, Any]:
    """Values by name, defaults filled in.

    Raises ProblemError that names every wrong, unknown, missing or repeated parameter at once: none is ignored.
    Bytes that are not UTF-8 become the replacement character, as browsers do.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    errors: list[dict[str, Any]] = []

    def complain(name: str, problem: str) -> None:
        errors.append({"where": f"query.{name[:60]}", "problem": problem})

    try:
        pairs = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise ProblemError("bad-parameter", "There are more than 50 parameters.") from None
    for name, given in pairs:
        parameter = known.get(name)
        if parameter is None:
            complain(name, f"there is no such parameter; allowed: {', '.join(known)}")
        elif name in values:
            complain(name, "it is given more than once")
        else:
            try:
                values[name] = parameter.parse(given)
            except ValueError as error:
                values[name] = None
                complain(name, str(error))
    for name, parameter in known.items():
        if name not in values:
            if parameter.default is None:
                complain(name, "it is missing")
            values[name] = parameter.default
    if errors:
        first = errors[0]
        more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        raise ProblemError("bad-parameter", f"{first['where']}: {first['problem']}{more}", errors=errors)
    return values


def describe(parameters: Sequence[Parameter]) -> list[dict[str, Any]]:
    """The same parameters for /openapi.json."""
    described = []
    for parameter in parameters:
        schema = parameter.schema()
        if parameter.default is not None:
            schema["default"] = parameter.default
        described.append(
            {
                "name": parameter.name,
                "in": "query",
                "required": parameter.default is None,
                "description": parameter.description,
                "schema": schema,
            }
        )
    return described
