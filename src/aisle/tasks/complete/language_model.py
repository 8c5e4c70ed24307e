"""What a completer asks of a language model, and the decoder that remembers what it has read.

Legend: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from aisle.model.generation.next_tokens import NextTokens
from aisle.runtime.decoder import NOTHING_READ, DecoderRows, NumpyDecoder, Reading, token_row

_MOST_REMEMBERED = 32


class LanguageModel(Protocol):
    """Something that says what may come next after a context."""

    max_tokens: int
    """The longest context and continuation together."""

    def after(self, context: Sequence[int]) -> NextTokens:
        """One row that has read the context."""
        ...


class RememberingDecoder:
    """A decoder that keeps the contexts read last: a keystroke costs only the tokens that it adds.

    Safe to use from many threads.
    """

    def __init__(self, decoder: NumpyDecoder) -> None:
        self.decoder = decoder
        self.max_tokens = decoder.config.max_positions
        self._remembered: OrderedDict[tuple[int, ...], Reading] = OrderedDict()
        self._lock = threading.Lock()

    def after(self, context: Sequence[int]) -> NextTokens:
        """One row that has read the context."""
        wanted = tuple(context)
        known, reading = self._longest_known(wanted)
        if known < len(wanted):
            _, reading = self.decoder.read(token_row(wanted[known:]), reading)
        with self._lock:
            self._remembered[wanted] = reading
            self._remembered.move_to_end(wanted)
            while len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return DecoderRows(self.decoder, reading)

    def _longest_known(self, wanted: tuple[int, ...]) -> tuple[int, Reading]:
        """How many of the first tokens have been read in some context, and what was kept of them."""
        with self._lock:
            contexts = list(self._remembered.items())
        best, found = 0, NOTHING_READ
        for context, reading in reversed(contexts):
            same = _common(context, wanted)
            if same > best:
                best, found = same, reading
        return best, found.first(best) if best else NOTHING_READ


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many first tokens are the same."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))
