"""Queries that nobody has searched for yet, written by a language model of those that people did. Free of torch.

At build time the model writes many queries from its own probabilities, and goes on from the beginnings of known ones.
What comes of it are proposals: whoever builds the suggestions keeps those that have results.

Legend: B rows, T tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aisle.errors import UserError
from aisle.model.generation.beam import beam_search
from aisle.model.generation.next_tokens import Continuation
from aisle.model.generation.one_by_one import sampler, write_rows
from aisle.model.generation.settings import Beam, Limits, Sampling
from aisle.runtime.decoder import DecoderRows, NumpyDecoder
from aisle.tasks.complete.marks import SPECIAL, TEXT
from aisle.tasks.complete.vocabulary import CompleterVocabulary

_BATCH = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryWriting:
    """How many queries are written, and how daring they are."""

    draws: int = 4_000
    """Queries drawn from the model's own probabilities; many come several times."""
    temperature: float = 0.9
    """Below 1 what is usual, above 1 what is odd."""
    top_p: float = 0.95
    """Each piece is drawn among the likeliest that have this probability together."""
    beginnings: int = 500
    """First words of known queries, the commonest first, that are gone on from."""
    width: int = 4
    """Queries written from each beginning."""
    max_tokens: int = 14
    """The most pieces of a query; what has not ended by then is no query."""
    seed: int = 0
    """Same seed, same model: same queries."""

    def __post_init__(self) -> None:
        for name in ("draws", "beginnings"):
            if getattr(self, name) < 0:
                raise UserError(f"{name} is {getattr(self, name)}; it must not be negative")


class QueryWriter:
    """A language model of queries as a function: known queries in, others like them out.

    It is what `aisle.suggest.mining.mine` takes as `complete`.
    """

    def __init__(self, decoder: NumpyDecoder, vocabulary: CompleterVocabulary, how: QueryWriting | None = None) -> None:
        self.decoder, self.vocabulary, self.how = decoder, vocabulary, how or QueryWriting()
        room = decoder.config.max_positions - 8
        self._limits = Limits(max_tokens=min(self.how.max_tokens, room), end_ids=frozenset(range(len(SPECIAL))))

    @classmethod
    def load(cls, directory: str | Path, how: QueryWriting | None = None) -> QueryWriter:
        """Read what `aisle train queries` wrote.

        Raises
            UserError: the directory holds no such model.
        """
        folder = Path(directory).expanduser()
        if not folder.is_dir():
            raise UserError(f"there is no model of queries at {folder}; train one with: aisle train queries SHOP")
        return cls(NumpyDecoder.load(folder), CompleterVocabulary.load(folder), how)

    def __call__(self, searched: Sequence[str]) -> list[str]:
        """Queries that are not among `searched`, the likeliest first."""
        known = {" ".join(text.lower().split()) for text in searched}
        written = Counter(self.drawn())
        for beginning in _beginnings(searched, self.how.beginnings):
            written.update(self.from_beginning(beginning))
        ordered = sorted(written.items(), key=lambda entry: (-entry[1], entry[0]))
        return [text for text, _ in ordered if text.lower() not in known]

    def drawn(self) -> Iterable[str]:
        """Queries from the model's own probabilities."""
        how = self.how
        choose = sampler(Sampling(temperature=how.temperature, top_p=how.top_p, seed=how.seed))
        mark = SPECIAL.index(TEXT)
        for first in range(0, how.draws, _BATCH):
            prompts_BT = np.full((min(_BATCH, how.draws - first), 1), mark, np.int64)
            for row in write_rows(DecoderRows(self.decoder), prompts_BT, choose, self._limits):
                yield from self._text("", row)

    def from_beginning(self, beginning: str) -> Iterable[str]:
        """The likeliest queries that begin with these whole words."""
        prompt_T = np.array([SPECIAL.index(TEXT), *self.vocabulary.encode(f" {beginning}")], np.int64)
        if len(prompt_T) + self._limits.max_tokens > self.decoder.config.max_positions:
            return
        for row in beam_search(DecoderRows(self.decoder), prompt_T, Beam(width=self.how.width), self._limits):
            yield from self._text(f" {beginning}", row)

    def _text(self, beginning: str, row: Continuation) -> Iterable[str]:
        """The query, if the model has ended it."""
        text = " ".join((beginning + self.vocabulary.decode(row.tokens)).split())
        if row.ending == "end" and text and "\ufffd" not in text:
            yield text


def _beginnings(searched: Sequence[str], most: int) -> list[str]:
    """The first words of queries, the commonest first."""
    counts = Counter(text.split()[0] for text in searched if text.split())
    return [word for word, _ in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))[:most]]
