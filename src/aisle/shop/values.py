"""One cell of a catalogue or a log into the value of a field, or a `BadValueError` that says what is wrong with it.

A cell is a text (from CSV and TSV) or whatever JSON and Parquet hold. Nothing is cut to fit: what is too long, out of
range or of the wrong kind is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from aisle.errors import UserError
from aisle.json_text import from_json

_CURRENCY = r"(?:[A-Z]{0,3}[$€£¥₹]|[A-Z]{3})"
_PRICE = re.compile(rf"{_CURRENCY}?\s*(?P<sign>-?)\s*(?P<number>[0-9.,'’\s]*[0-9])\s*{_CURRENCY}?")
_GROUPED = re.compile(r"[0-9]{1,3}(?:(?P<mark>[,'’\s])[0-9]{3})(?:(?P=mark)[0-9]{3})*(?:\.[0-9]+)?")
_GROUPED_BY_DOTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+")
_GROUPED_BY_SPACES = re.compile(r"[0-9]{1,3}(?:\s[0-9]{3})+,[0-9]{1,2}")
_POINT = re.compile(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+")
_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}")
HIGHEST_PRICE = 1e9

_YES = {"true", "t", "yes", "y", "in stock", "instock", "available", "limited availability", "preorder", "backorder"}
_NO = {"false", "f", "no", "n", "out of stock", "outofstock", "oos", "unavailable", "not available", "sold out"}
_JOINED_WORDS = re.compile(r"(?<=[a-z])[-_](?=[a-z])")
_BOOLEANS = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}

_BETWEEN_STORES = re.compile(r"[;|,\n]")
# A comma between two digits belongs to a number ("1,5 l"), not to a list.
_BETWEEN_ATTRIBUTES = re.compile(r"[;|\n]|(?<![0-9]),|,(?![0-9])")


class BadValueError(UserError):
    """A value that its field does not allow."""


def text(value: Any, field: str, limit: int) -> str:
    """A text on one line: white space is collapsed, whole numbers lose a ".0". Empty for None and NaN."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        value = _number_text(value, field)
    value = " ".join(value.split())
    if "\0" in value or not (value.isascii() or _is_unicode(value)):
        raise BadValueError(f"{field} {shown(value)} holds a NUL or half a surrogate pair")
    if len(value) > limit:
        raise BadValueError(f"{field} has {len(value):,} characters; at most {limit:,} are allowed")
    return str(value)


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number_text(value: Any, field: str) -> str:
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return str(value)
        except ValueError:
            raise BadValueError(f"{field} is a number with too many digits") from None
    raise BadValueError(f"{field} is {_kind(value)}; give a text")


def identifier(value: Any, field: str, limit: int = 200) -> str:
    """A text that names something: no control characters, so that it can stand in a URL, a log and a message."""
    name = text(value, field, limit)
    if not name.isprintable():
        bad = next(char for char in name if not char.isprintable())
        raise BadValueError(f"{field} {shown(name)} holds the unprintable character U+{ord(bad):04X}")
    return name


def price(value: Any) -> float | None:
    """A price ≥ 0, or None where there is none.

    Allowed texts: `3.50`, `$3.50`, `3.50 EUR`, `1,234.50`, `1 234.50`, and the decimal comma where it cannot be
    anything else: `3,50`, `1.234,50`. A single comma or group of three digits is a thousands mark: `1,234` is 1234.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str):
        amount = _price_text(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and math.isnan(value):
            return None
        amount = max(-math.inf, min(value, math.inf))
    else:
        raise BadValueError(f"price is {_kind(value)}; give a number")
    if amount < 0:
        raise BadValueError(f"price {shown(value)} is negative")
    if amount > HIGHEST_PRICE:
        raise BadValueError(f"price {shown(value)} is above {HIGHEST_PRICE:,.0f}")
    return float(amount)


def _price_text(value: str) -> float:
    match = _PRICE.fullmatch(value)
    number = match["number"].strip() if match and len(value) <= 50 else ""
    if _POINT.fullmatch(number):
        plain = number
    elif _COMMA.fullmatch(number):
        plain = number.replace(",", ".")
    elif _GROUPED.fullmatch(number):
        plain = re.sub(r"[,'’\s]", "", number)
    elif _GROUPED_BY_DOTS.fullmatch(number) or _GROUPED_BY_SPACES.fullmatch(number):
        plain = re.sub(r"[.\s]", "", number).replace(",", ".")
    else:
        raise BadValueError(f"price {shown(value)} is not a price; write it like 3.50, $3.50 or 1,234.50")
    return -float(plain) if match and match["sign"] else float(plain)


def boolean(value: Any, field: str) -> bool:
    """Whether something can be bought: the usual words, or how many there are. True where it is empty."""
    if value is None:
        return True
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        if isinstance(value, float) and math.isnan(value):
            return True
        if value >= 0:
            return value > 0
    if isinstance(value, str):
        word = " ".join(_JOINED_WORDS.sub(" ", value.lower()).split())
        if not word:
            return True
        if word in _BOOLEANS:
            return _BOOLEANS[word]
        if re.fullmatch(r"[0-9]{1,15}(?:\.0+)?", word):
            return float(word) > 0
    raise BadValueError(f"{field} {shown(value)} is neither yes nor no; write true, false or the number in stock")


def store_list(value: Any) -> tuple[str, ...]:
    """Ids of stores: a list, a JSON list, or a text with `;`, `|` or `,` between them. Each one once, in order."""
    if value is None or value == "":
        return ()
    cells = _listed(value, "stores", _BETWEEN_STORES.split)
    return _limited((identifier(cell, "a store", 100) for cell in cells), "stores", 10_000)


def category_path(value: Any) -> tuple[str, ...]:
    """A path of categories, widest first: a text with `>` between the levels, or a list."""
    if value is None or value == "":
        return ()
    return _path_of_text(value) if isinstance(value, str) else _path(_listed(value, "category", _one))


@lru_cache(maxsize=4096)
def _path_of_text(value: str) -> tuple[str, ...]:
    return _path(_listed(value, "category", _one))


def _path(cells: list[Any]) -> tuple[str, ...]:
    levels = [level for cell in cells for level in text(cell, "category", 2_000).split(">")]
    path = tuple(name for level in levels if (name := text(level, "a category level", 200)))
    if len(path) > 10:
        raise BadValueError(f"category has {len(path)} levels; at most 10 are allowed")
    return path


def attribute_list(value: Any) -> tuple[str, ...]:
    """Short facts: a list, an object (as "key: value"), either as JSON, or a text with `;`, `|` or `,` between them."""
    if value is None or value == "":
        return ()
    cells = _listed(value, "attributes", _BETWEEN_ATTRIBUTES.split)
    return _limited((text(cell, "an attribute", 500) for cell in cells), "attributes", 200)


def _one(value: str) -> list[str]:
    return [value]


def _limited(names: Iterable[str], field: str, limit: int) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(name for name in names if name))
    if len(found) > limit:
        raise BadValueError(f"{field} has {len(found):,} entries; at most {limit:,} are allowed")
    return found


def _listed(value: Any, field: str, split: Any) -> list[Any]:
    if isinstance(value, float) and math.isnan(value):
        return []
    if isinstance(value, str):
        start = value.lstrip()[:1]
        if start not in ("[", "{"):
            return list(split(value))
        try:
            value = from_json(value)
        except ValueError:
            raise BadValueError(f"{field} {shown(value)} starts like JSON but is not; write a JSON list") from None
    if isinstance(value, dict):
        lists = ((key, found if isinstance(found, list) else [found]) for key, found in value.items())
        return [f"{key}: {entry}" for key, found in lists for item in found if (entry := text(item, field, 500))]
    if isinstance(value, list | tuple):
        return list(value)
    return [value]


def shown(value: Any) -> str:
    """A value as messages show it: quoted, and short."""
    whole = repr(value)
    return whole if len(whole) <= 60 else f"{whole[:57]}..."


def _kind(value: Any) -> str:
    kinds = {bool: "true or false", list: "a list", tuple: "a list", dict: "an object"}
    return kinds.get(type(value), type(value).__name__)
