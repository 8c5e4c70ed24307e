"""JSON of any origin: what cannot be read is a `ValueError`, however it cannot."""

from __future__ import annotations

import json
from typing import Any


def from_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises
        ValueError: it is no JSON, or nested deeper than Python's parser goes, which it tells by a `RecursionError`.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
