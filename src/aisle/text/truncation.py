"""How many tokens of a text, or of each text of a pair, fit under a limit."""

from __future__ import annotations


def pair_lengths(first: int, second: int, room: int) -> tuple[int, int]:
    """How much to keep of two texts that share `room` tokens: the longer one gives way first.

    A text that needs no more than half the room is kept whole. If both need more, each gets half, and an odd token goes
    to the longer one, or to the second if they are as long. This is the rule of Hugging Face's `longest_first`.
    """
    if first + second <= room:
        return first, second
    shorter, longer = min(first, second), max(first, second)
    kept_short = min(shorter, room // 2)
    kept_long = min(longer, room - kept_short)
    return (kept_long, kept_short) if first > second else (kept_short, kept_long)
