"""Times of events: whatever a log writes, as milliseconds since 1970 in UTC, and back as ISO 8601."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from aisle.shop.values import BadValueError, shown

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_NUMBER = re.compile(r"[0-9]{10,16}(?:\.[0-9]+)?")
AHEAD_ALLOWED_MS = 24 * 3600 * 1000
"""How far a clock may run ahead of ours: a day, since logs without a time zone are read as UTC."""


def now_ms() -> int:
    """This machine's clock, milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def parse_timestamp(value: Any, latest_ms: int | None = None) -> int:
    """Milliseconds since 1970, UTC.

    Allowed are ISO 8601 (no time zone means UTC) and seconds, milliseconds or microseconds since 1970. Raises
    `BadValueError` for anything else, for times before 1990 (a clock that was never set), and for times after
    `latest_ms` where it is given.
    """
    if not isinstance(value, str):
        value = _written(value)
    try:
        moment = _moment(value.strip())
    except (ValueError, OverflowError):
        if not value.strip():
            raise BadValueError("timestamp is missing") from None
        raise BadValueError(f"timestamp {shown(value)} is no time; write it like 2025-03-01T17:04:05Z") from None
    if moment < _EARLIEST:
        raise BadValueError(f"timestamp {shown(value)} is before 1990: a clock that was never set?")
    milliseconds = round(moment.timestamp() * 1000)
    if latest_ms is not None and milliseconds > latest_ms:
        raise BadValueError(f"timestamp {shown(value)} is in the future; a clock runs ahead by more than a day")
    return milliseconds


def utc_timestamp(value: Any, latest_ms: int | None = None) -> str:
    """A time as `parse_timestamp` reads it, in the one form that events carry: ISO 8601 in UTC."""
    milliseconds = parse_timestamp(value, latest_ms)
    return value if isinstance(value, str) and _CANONICAL.fullmatch(value) else format_timestamp(milliseconds)


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e17:
        return f"{value:.3f}"
    raise BadValueError(f"timestamp {shown(value)} is no time; write it like 2025-03-01T17:04:05Z")


def _moment(value: str) -> datetime:
    if _NUMBER.fullmatch(value):
        digits = len(value.split(".")[0])
        scale = 1 if digits <= 11 else 1_000 if digits <= 14 else 1_000_000
        return _EPOCH + timedelta(seconds=float(value) / scale)
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def format_timestamp(milliseconds: int) -> str:
    """ISO 8601 in UTC; fractions only where there are any."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    timespec = "milliseconds" if milliseconds % 1000 else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
