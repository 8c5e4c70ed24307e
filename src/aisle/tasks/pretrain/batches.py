"""Rows to tensors: pairs cut, tokens masked, texts packed without padding.

Legend: R rows, N tokens of all rows together, M tokens to be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.errors import UserError
from aisle.objectives.masked_language_model import MaskingTable, mask_tokens
from aisle.tasks.pretrain.rows import Corpus, Pair, Rows
from aisle.tasks.pretrain.settings import PretrainSettings
from aisle.text.tokenizer import SpecialTokens, Tokenizer
from aisle.training.packed import PackedBatch, TokenTable


@dataclass(frozen=True, kw_only=True, slots=True)
class PretrainingBatch:
    """Masked rows."""

    packed: PackedBatch
    at_M: Tensor
    """Places of the tokens to be told among those of the packed rows."""
    targets_M: Tensor
    follows_R: Tensor | None
    """Labels of next sentence in the order in which rows were asked for; None without it."""

    @property
    def tokens(self) -> int:
        """Tokens of all rows."""
        return self.packed.tokens

    def to(self, device: torch.device) -> PretrainingBatch:
        """The same on a device."""
        return replace(
            self,
            packed=self.packed.to(device),
            at_M=self.at_M.to(device),
            targets_M=self.targets_M.to(device),
            follows_R=None if self.follows_R is None else self.follows_R.to(device),
        )


def masking_table(tokenizer: Tokenizer, *, whole_word: bool) -> MaskingTable:
    """What masking has to know of a tokenizer's vocabulary.

    Raises
        UserError: there is no mask token, or words cannot be told from pieces.
    """
    special = tokenizer.special
    if special.mask is None:
        raise UserError("the tokenizer has no mask token ([MASK]), so nothing can be hidden; use another tokenizer")
    size = tokenizer.vocab_size
    names = tokenizer.tokens(range(size))
    special_V = np.zeros(size, bool)
    special_V[[special.cls, special.sep, special.pad, special.mask]] = True
    not_ordinary_V = special_V.copy()
    not_ordinary_V[special.unk] = True
    not_ordinary_V[[place for place, name in enumerate(names) if name.startswith("[unused")]] = True
    continues_V = np.array([name.startswith("##") for name in names])
    if whole_word and not continues_V.any():
        raise UserError("whole words are kept together by WordPiece's ##, which this tokenizer does not have")
    return MaskingTable(
        mask=special.mask,
        ordinary=np.flatnonzero(~not_ordinary_V),
        special_V=special_V,
        continues_V=continues_V if whole_word else None,
    )


class BatchMaker:
    """Makes batches of rows of one corpus."""

    def __init__(self, corpus: Corpus, table: MaskingTable, settings: PretrainSettings) -> None:
        self.corpus, self.table, self.settings = corpus, table, settings

    def singles(
        self, rows: Rows, places: Sequence[int] | NDArray[np.int64], random: np.random.Generator
    ) -> PretrainingBatch:
        """Every row a text of its own."""
        texts = [self.corpus.single(rows, int(place)) for place in places]
        return self._masked(texts, None, None, random)

    def pairs(
        self, rows: Rows, places: Sequence[int] | NDArray[np.int64], random: np.random.Generator
    ) -> PretrainingBatch:
        """Every row a pair that follows or does not."""
        pairs = [self.corpus.pair(rows, int(place), random) for place in places]
        texts, segments = zip(*(_joined(pair, self.corpus.special) for pair in pairs), strict=True)
        return self._masked(texts, segments, [pair.label for pair in pairs], random)

    def _masked(
        self,
        texts: Sequence[NDArray[np.int64]],
        segments: Sequence[NDArray[np.int64]] | None,
        labels: list[int] | None,
        random: np.random.Generator,
    ) -> PretrainingBatch:
        order_R = np.argsort([len(text) for text in texts], kind="stable")
        packed = TokenTable.of_arrays(texts, segments).pack(np.arange(len(texts)))
        texts_N = np.repeat(np.arange(len(texts)), [len(texts[row]) for row in order_R])
        masked = mask_tokens(packed.ids_N.numpy(), texts_N, self.settings.mask_rate, self.table, random)
        return PretrainingBatch(
            packed=replace(packed, ids_N=torch.from_numpy(masked.ids_N)),
            at_M=torch.from_numpy(masked.at_M),
            targets_M=torch.from_numpy(masked.targets_M),
            follows_R=None if labels is None else torch.tensor(labels),
        )


def _joined(pair: Pair, special: SpecialTokens) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """`[CLS] A [SEP] B [SEP]` and its segments."""
    ids = np.concatenate([[special.cls], pair.first, [special.sep], pair.second, [special.sep]])
    segments = np.repeat([0, 1], [len(pair.first) + 2, len(pair.second) + 1])
    return ids, segments
