"""Made-up letters between a shop and its customers, from patterns: what the package's own small completer learns from.

Simulated: nobody wrote these letters, and nobody's data is in them. The patterns are in `data/letters.txt`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from aisle.tasks.complete.threads import Thread


def letters(number: int, *, seed: int = 0) -> Iterator[Thread]:
    """So many made-up conversations: a letter and, every second time, the answer to it.

    Same number, same seed: same letters.
    """
    source = random.Random(seed)
    for _ in range(number):
        messages = tuple(_letter(source) for _ in range(source.choice((1, 2))))
        subject = _written(source.choice(patterns()["subjects"]), source) if source.random() < 0.6 else ""
        yield Thread(messages=messages, subject=subject)


@cache
def patterns() -> dict[str, list[str]]:
    """The sections of `data/letters.txt`, each a list of lines."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in files("aisle.tasks.complete").joinpath("data/letters.txt").read_text("utf-8").splitlines():
        if match := re.fullmatch(r"\[([$\w]+)\]", line):
            lines = sections.setdefault(match[1], [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return sections


def _letter(source: random.Random) -> str:
    parts = patterns()
    lines = [source.choice(parts["openings"])] if source.random() < 0.8 else []
    lines += source.sample(parts["middles"], source.choice((1, 1, 2, 3)))
    lines += [source.choice(parts["endings"])] if source.random() < 0.8 else []
    return " ".join(_written(line, source) for line in lines)


def _written(pattern: str, source: random.Random) -> str:
    """One wording of a pattern."""
    text = re.sub(r"\{([^}]*)\}", lambda match: source.choice(match[1].split("|")), pattern)
    text = re.sub(r"\$\w+", lambda match: source.choice(patterns()[match[0]]), text)
    text = re.sub(r"\s+([.,?])", r"\1", " ".join(text.split()))
    return text[0].upper() + text[1:]
