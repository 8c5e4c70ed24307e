"""A corpus cut into rows: as many tokens as fit between `[CLS]` and `[SEP]`, never of two documents.

Rows are made when they are asked for, so every epoch has other masks and other pairs. A row is full unless its document
ends, and rows of different lengths go through the encoder unpadded: that is packing.

Legend: R rows, D documents, N tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.objectives.next_sentence import FOLLOWS, RANDOM
from aisle.tasks.pretrain.token_files import TokenFiles
from aisle.text.tokenizer import SpecialTokens

_MANY_DOCUMENTS = 10


@dataclass(frozen=True, slots=True)
class Rows:
    """Places of rows in the token file."""

    starts_R: NDArray[np.int64]
    lengths_R: NDArray[np.int64]
    documents_R: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts_R)

    def take(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> Rows:
        """Some of the rows."""
        return Rows(self.starts_R[places], self.lengths_R[places], self.documents_R[places])


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stretches of tokens and whether the second follows the first."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    label: int


class Corpus:
    """Token files, and how rows are cut from them."""

    def __init__(self, files: TokenFiles, special: SpecialTokens, max_tokens: int) -> None:
        self.files, self.special, self.max_tokens = files, special, max_tokens
        self.bounds = files.document_bounds()

    def rows(self) -> Rows:
        """All rows, with room for `[CLS]` and `[SEP]` in each."""
        room = self.max_tokens - 2
        lengths_D = np.diff(self.bounds)
        rows_D = -(-lengths_D // room)
        documents_R = np.repeat(np.arange(len(lengths_D)), rows_D)
        place_R = np.arange(len(documents_R)) - np.repeat(np.cumsum(rows_D) - rows_D, rows_D)
        starts_R = self.bounds[documents_R] + place_R * room
        return Rows(starts_R, np.minimum(self.bounds[documents_R + 1] - starts_R, room), documents_R)

    def tokens(self, start: int, length: int) -> NDArray[np.int64]:
        """The ids in a stretch of the file."""
        return self.files.tokens_N[start : start + length].astype(np.int64)

    def single(self, rows: Rows, row: int) -> NDArray[np.int64]:
        """`[CLS] text [SEP]`."""
        text = self.tokens(int(rows.starts_R[row]), int(rows.lengths_R[row]))
        return np.concatenate([[self.special.cls], text, [self.special.sep]])

    def pair(self, rows: Rows, row: int, random: np.random.Generator) -> Pair:
        """The row cut in two where a sentence begins; in one case of two its second part is of another document.

        The last token of a full row makes room for the second `[SEP]`. A row within one long sentence is cut in its
        middle. The other document is any of those that the rows are of,
        with the same chance, and any of its sentences may be the beginning; the second part is as long as the row
        leaves room for, or as that document has.
        """
        start, length = int(rows.starts_R[row]), min(int(rows.lengths_R[row]), self.max_tokens - 3)
        cut = self._cut(start, length, random)
        first = self.tokens(start, cut)
        if random.random() < 0.5:
            return Pair(first, self.tokens(start + cut, length - cut), FOLLOWS)
        low, high = self._other_document(rows, int(rows.documents_R[row]), random)
        begin = self._sentence_start(low, high, random)
        return Pair(first, self.tokens(begin, min(self.max_tokens - 3 - cut, high - begin)), RANDOM)

    def _cut(self, start: int, length: int, random: np.random.Generator) -> int:
        """How many tokens the first part has."""
        ends = self.files.sentence_ends_S
        low, high = np.searchsorted(ends, (start, start + length), side="right")
        inside = np.asarray(ends[low:high])
        inside = inside[(inside > start) & (inside < start + length)]
        return int(random.choice(inside)) - start if len(inside) else max(length // 2, 1)

    def _other_document(self, rows: Rows, own: int, random: np.random.Generator) -> tuple[int, int]:
        """The stretch of the token file that another document's rows cover."""
        first, last = int(rows.documents_R[0]), int(rows.documents_R[-1])
        if first == last:
            # All rows are of one document (held-out text of a small corpus): any other one serves.
            other = int(random.integers(len(self.bounds) - 2))
            other += other >= own
            return int(self.bounds[other]), int(self.bounds[other + 1])
        while True:
            other = int(random.integers(first, last + 1))
            low, high = np.searchsorted(rows.documents_R, (other, other + 1))
            if other != own and low < high:
                return int(rows.starts_R[low]), int(rows.starts_R[high - 1] + rows.lengths_R[high - 1])

    def _sentence_start(self, low: int, high: int, random: np.random.Generator) -> int:
        """Where one of the sentences in a stretch begins; the stretch's beginning where none does."""
        ends = self.files.sentence_ends_S
        first, last = np.searchsorted(ends, (low, high))
        # A sentence begins where the one before it ends; the first of all has none before it.
        at_the_start = low == 0
        chosen = int(random.integers(first - at_the_start, max(last, first + 1 - at_the_start)))
        return low if chosen < first or chosen >= last else int(ends[chosen])


def check_documents(corpus: Corpus) -> None:
    """Next sentence needs another document to take the wrong ones from.

    Raises
        UserError: there is only one.
    """
    if len(corpus.bounds) < 3:
        raise UserError(
            "the corpus is a single document, and next-sentence prediction takes its wrong sentences from another one; "
            "separate documents by blank lines, give more files, or train without it (--recipe-name budget)"
        )


def split(rows: Rows, share: float, most: int, *, seed: int = 0) -> tuple[Rows, Rows]:
    """Rows to train on, and rows to evaluate on that are of documents of their own.

    Of at least ten documents a share is held out whole (at least eight, or a tenth of them, while they are few), and
    `most` of their rows, evenly spread, are evaluated on. Of fewer documents each one's last rows are held out.

    Raises
        UserError: there is only one row.
    """
    if len(rows) < 2:
        raise UserError("the corpus fills a single row of tokens; give more text")
    documents, firsts, counts = np.unique(rows.documents_R, return_index=True, return_counts=True)
    if len(documents) >= _MANY_DOCUMENTS:
        number = min(max(round(share * len(documents)), 8), len(documents) // 10)
        chosen = np.random.default_rng(seed).choice(documents, number, replace=False)
        held_R = np.isin(rows.documents_R, chosen)
    else:
        held_R = np.zeros(len(rows), bool)
        for first, count in zip(firsts, counts, strict=True):
            tail = min(max(round(share * count), 1), count - 1)
            held_R[first + count - tail : first + count] = True
        if not held_R.any():
            held_R[-1] = True
    held = rows.take(held_R)
    if len(held) > most:
        held = held.take(np.linspace(0, len(held) - 1, most).round().astype(np.int64))
    return rows.take(~held_R), held
