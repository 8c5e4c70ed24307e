"""The tokens that stand for no text, and how a text is kept from containing them."""

from __future__ import annotations

END, TEXT, SUBJECT, PRIVATE = "<end>", "<text>", "<subject>", "<private>"
# In the order of their ids. None of them is ever shown.
SPECIAL = (END, TEXT, SUBJECT, PRIVATE)


def without_marks(text: str) -> str:
    """The text with a space inside every mark that it has."""
    for mark in SPECIAL:
        text = text.replace(mark, f"{mark[0]} {mark[1:]}")
    return text
