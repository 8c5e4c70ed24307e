"""Chance that depends on a text alone: the same in every process, on every machine."""

from __future__ import annotations

import hashlib


def unit(text: str) -> float:
    """A number in [0, 1), evenly spread over different texts."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:6], "big") / 2**48
