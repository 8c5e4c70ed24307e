"""One completion, as it is handed out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Match: TypeAlias = Literal["prefix", "word", "fuzzy", "generated"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One completion."""

    text: str
    """To be shown, and searched for when it is taken."""

    score: float
    """What it is worth: by popularity alone sessions, else odds times the chance of a cart-add. An exact match stands
    first whatever its score, and a text that is matched by its letters above every one that is not."""

    match: Match
    """Whether the typed text stands at the beginning (prefix), or at the start of a later word or word by word in
    another order (word), whether slips were forgiven (fuzzy), or whether nobody has searched for it yet (generated)."""

    start: int
    """Where in `text` the typed part begins, in characters."""

    end: int
    """Where it ends."""

    category: str = ""
    """The kind of product it leads to; empty where it leads to many."""

    image: str = ""
    """Name or address of a picture of its most wanted product."""

    why: Mapping[str, Any] | None = None
    """What its place rests on, where that was asked for."""
