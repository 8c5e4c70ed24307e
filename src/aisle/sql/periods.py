"""Times in a question as days: "last quarter", "in March 2024", "the past five years", "since 2022".

Everything is reckoned from one day, `today`, which is given. "last year" is the calendar year before; "the past year"
is the twelve months up to today.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from aisle.sql.tree import Period

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
)  # fmt: skip
SMALL_NUMBERS = {word: number for number, word in enumerate(_SMALL)}
SMALL_NUMBERS |= {"dozen": 12, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "thousand": 1000}
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "last": 4}
EARLIEST = date(1970, 1, 1)

_N = rf"(?P<n>\d{{1,3}}|{'|'.join(SMALL_NUMBERS)})"
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_WHICH = r"(?P<which>first|second|third|fourth|last|1st|2nd|3rd|4th)"
_IN = r"(?:(?:in|during|over|within|for|of|on|throughout)\s+)?(?:the\s+)?"


@dataclass(frozen=True, slots=True)
class FoundPeriod:
    """A period and the letters of the question that name it."""

    period: Period
    start: int
    end: int


def find_periods(question: str, today: date) -> list[FoundPeriod]:
    """The periods that a question names, longest first where they overlap, each letter in one of them only."""
    # Letter by letter, and none whose small form is two: places in the text stay places in the question.
    text = "".join(small if len(small := letter.lower()) == 1 else letter for letter in question)
    found: list[FoundPeriod] = []
    for pattern, meaning in _PATTERNS:
        for match in pattern.finditer(text):
            period = meaning(match, today)
            if period is not None and not any(match.start() < f.end and f.start < match.end() for f in found):
                found.append(FoundPeriod(period, match.start(), match.end()))
    return sorted(found, key=lambda one: one.start)


def _whole(unit: str, day: date) -> Period:
    """The day, week (from Monday), month, quarter or year that a day lies in."""
    if unit == "day":
        return Period(day, day)
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6))
    if unit == "month":
        return _months(day.year, day.month, 1)
    if unit == "quarter":
        return _months(day.year, (day.month - 1) // 3 * 3 + 1, 3)
    return _months(day.year, 1, 12)


def _months(year: int, month: int, count: int) -> Period:
    last = _shifted(date(year, month, 1), count - 1)
    return Period(date(year, month, 1), last.replace(day=calendar.monthrange(last.year, last.month)[1]))


def _shifted(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    year = max(year, 1)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _back(day: date, count: int, unit: str) -> date:
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is None:
        return max(EARLIEST, day - timedelta(days=min(count, 20_000) * (7 if unit == "week" else 1)))
    return max(EARLIEST, _shifted(day, -min(count * months, 600)))


def _number(text: str) -> int:
    return SMALL_NUMBERS[text] if text in SMALL_NUMBERS else int(text)


def _rolling(match: re.Match[str], today: date) -> Period | None:
    count = _number(match["n"]) if match["n"] else 1
    return Period(_back(today, count, match["unit"]) + timedelta(days=1), today) if count else None


def _before_this(match: re.Match[str], today: date) -> Period:
    return _whole(match["unit"], _whole(match["unit"], today).first - timedelta(days=1))


def _this(match: re.Match[str], today: date) -> Period:
    return _whole(match["unit"], today)


def _quarter(match: re.Match[str], today: date) -> Period | None:
    number = int(match["q"]) if match["q"] else _ORDINALS[match["which"]]
    year = int(match["year"]) if match["year"] else today.year
    if not match["year"] and date(year, number * 3 - 2, 1) > today:
        year -= 1
    return _months(year, number * 3 - 2, 3)


def _half(match: re.Match[str], today: date) -> Period | None:
    number = _ORDINALS[match["which"]]
    year = int(match["year"]) if match["year"] else today.year
    return _months(year, 1 if number == 1 else 7, 6) if number in (1, 2, 4) else None


def _month(match: re.Match[str], today: date) -> Period:
    month = _MONTHS[match["month"]]
    year = int(match["year"]) if match["year"] else today.year - (month > today.month)
    return _months(year, month, 1)


def _day(match: re.Match[str], today: date) -> Period | None:
    month = _MONTHS[match["month"]]
    year = int(match["year"]) if match["year"] else today.year
    return _one_day(year, month, int(match["day"]))


def _iso(match: re.Match[str], _: date) -> Period | None:
    return _one_day(int(match["year"]), int(match["m"]), int(match["day"]))


def _one_day(year: int, month: int, day: int) -> Period | None:
    try:
        return Period(date(year, month, day), date(year, month, day))
    except ValueError:
        return None


def _point(text: str, today: date) -> Period | None:
    """The period that a text names as a whole."""
    for pattern, meaning in _POINTS:
        match = pattern.fullmatch(text.strip())
        if match:
            return meaning(match, today)
    return None


def _between(match: re.Match[str], today: date) -> Period | None:
    last = _point(match["to"], today)
    first = _point(match["from"], today)
    if first is not None and last is not None and first.first > last.last:
        # "from March to May 2024": the year of the second is that of the first too.
        first = _point(f"{match['from'].strip()} {last.first.year}", today)
    return Period(first.first, last.last) if first and last and first.first <= last.last else None


def _since(match: re.Match[str], today: date) -> Period | None:
    point = _point(match["from"], today)
    return Period(point.first, max(today, point.first)) if point else None


def _after(match: re.Match[str], today: date) -> Period | None:
    point = _point(match["from"], today)
    return Period(point.last + timedelta(days=1), max(today, point.last + timedelta(days=1))) if point else None


def _until(match: re.Match[str], today: date) -> Period | None:
    point = _point(match["to"], today)
    return Period(EARLIEST, point.last) if point else None


def _before(match: re.Match[str], today: date) -> Period | None:
    point = _point(match["to"], today)
    return Period(EARLIEST, point.first - timedelta(days=1)) if point and point.first > EARLIEST else None


def _all_year(match: re.Match[str], _: date) -> Period:
    return _months(int(match["year"]), 1, 12)


def _yesterday(match: re.Match[str], today: date) -> Period:
    day = today - timedelta(days=match.group().strip().endswith("yesterday"))
    return Period(day, day)


Meaning = Callable[[re.Match[str], date], Period | None]


def _compiled(rows: list[tuple[str, Meaning]], frame: str = "{}") -> list[tuple[re.Pattern[str], Meaning]]:
    return [(re.compile(frame.format(text)), meaning) for text, meaning in rows]


_SAID: list[tuple[str, Meaning]] = [
    (rf"{_YEAR}-(?P<m>\d\d)-(?P<day>\d\d)", _iso),
    (rf"{_MONTH}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?", _day),
    (rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH}(?:\s+{_YEAR})?", _day),
    (rf"(?:q(?P<q>[1-4])|{_WHICH}\s+quarter)(?:\s+(?:of\s+|in\s+)?{_YEAR})", _quarter),
    (rf"{_YEAR}(?:\s+|-)(?:q(?P<q>[1-4])|(?:the\s+)?{_WHICH}\s+quarter)", _quarter),
    (rf"{_WHICH}\s+half(?:\s+of)?(?:\s+{_YEAR})?", _half),
    (rf"{_MONTH}(?:\s+of)?,?\s+{_YEAR}", _month),
]
_ALONE: list[tuple[str, Meaning]] = [
    (r"q(?P<q>[1-4])(?P<which>)(?P<year>)", _quarter),
    (
        r"(?P<q>)(?P<which>first|second|third|fourth|1st|2nd|3rd|4th)\s+quarter(?:\s+of\s+(?:the|this)\s+year)?"
        r"(?P<year>)",
        _quarter,
    ),
    (_YEAR, _all_year),
]
_POINTS = _compiled(
    [
        *_SAID,
        *_ALONE,
        (rf"{_MONTH}(?P<year>)", _month),
        (rf"(?:the\s+)?(?:last|previous)\s+{_UNIT}", _before_this),
        (rf"this\s+{_UNIT}", _this),
        (r"today|yesterday", _yesterday),
    ]
)

_ANY_MONTH = rf"(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})"
_ANY_YEAR = r"(?:19|20)\d\d"
_POINT = (
    rf"(?:(?:the\s+)?(?:\w+\s+(?:quarter|half)\s+(?:of\s+)?|q[1-4]\s+(?:of\s+)?)?{_ANY_YEAR}(?:-\d\d-\d\d)?"
    rf"|{_ANY_MONTH}(?:\s+\d{{1,2}}(?:st|nd|rd|th)?,?)?(?:\s+{_ANY_YEAR})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_ANY_MONTH}(?:\s+{_ANY_YEAR})?"
    r"|(?:last|previous|this)\s+(?:week|month|quarter|year)|q[1-4]|today|yesterday)"
)
_FROM, _TO = rf"(?P<from>{_POINT})", rf"(?P<to>{_POINT})"
_PATTERNS = [
    *_compiled(
        [
            (rf"(?:between|from)\s+{_FROM}\s+(?:and|to|until|till|through|-|–)\s+{_TO}", _between),
            (rf"{_FROM}\s*(?:to|through|until|-|–)\s*{_TO}", _between),
            (rf"(?:since|starting(?:\s+in|\s+from)?|from)\s+{_FROM}(?:\s+(?:on|onwards?))?", _since),
            (rf"after\s+{_FROM}", _after),
            (rf"(?:until|till|up\s+to|through)\s+{_TO}", _until),
            (rf"before\s+{_TO}", _before),
            (rf"{_IN}(?:last|past|previous|recent|latest|trailing)\s+{_N}\s+{_UNIT}s", _rolling),
            (rf"{_IN}(?P<n>)(?:past|trailing)\s+{_UNIT}", _rolling),
            (rf"{_IN}(?:last|previous|preceding)\s+(?:calendar\s+)?{_UNIT}", _before_this),
            (rf"{_IN}(?:this|current)\s+{_UNIT}(?:\s+so\s+far)?", _this),
        ],
        r"\b{}\b",
    ),
    *_compiled(_SAID, rf"\b{_IN}{{}}\b"),
    *_compiled(_ALONE, rf"\b{_IN}{{}}\b"),
    # A month alone needs a preposition: "may" and "march" are other words too.
    *_compiled([(rf"(?:in|during|of|for|throughout|last|this)\s+{_MONTH}(?P<year>)", _month)], r"\b{}\b"),
    *_compiled([(r"(?:today|yesterday)", _yesterday)], r"\b{}\b"),
]
