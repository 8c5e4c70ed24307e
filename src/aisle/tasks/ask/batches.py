"""Examples side by side, as tensors.

Legend: B questions, P word pieces, N texts of schemas, E the encoder's vector length, S things, M marks, T symbols, K
keywords, V = K + S.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.sql.sheet import KEYWORDS
from aisle.tasks.ask.engine import LONGEST_NAME, link_shares
from aisle.tasks.ask.examples import Example
from aisle.tasks.ask.model import AskBatch
from aisle.tasks.ask.settings import START
from aisle.tasks.ask.things import MARKS
from aisle.text.tokenizer import Tokenizer


class Batches:
    """Puts examples together; texts of schemas are read once."""

    def __init__(self, tokenizer: Tokenizer, names: Callable[[Sequence[int]], Tensor]) -> None:
        """`names` gives the vector of a text's pieces."""
        self.tokenizer = tokenizer
        self._read = names
        self._names: dict[str, Tensor] = {}

    def of(self, examples: Sequence[Example]) -> AskBatch:
        """The batch of these examples."""
        texts = list(dict.fromkeys(text for one in examples for text in one.things.texts if text)) or ["nothing"]
        number = {text: n for n, text in enumerate(texts)}
        pieces_BP, piece_mask_BP = _padded([list(one.things.pieces) for one in examples], self.tokenizer.special.pad)
        vectors = [self._name(text) for text in texts]
        names_NE = torch.stack([*vectors, torch.zeros_like(vectors[0])])
        B, S, P = len(examples), max(len(one.things) for one in examples), pieces_BP.shape[1]
        T = max(len(one.symbols) for one in examples)
        name_of_BS = np.full((B, S), len(texts), np.int64)
        words_BSP, links_BSS = np.zeros((B, S, P), np.float32), np.zeros((B, S, S), np.float32)
        marks_BSM, thing_mask_BS = np.zeros((B, S, len(MARKS)), np.float32), np.zeros((B, S), np.bool_)
        target_BT = np.zeros((B, T + 1), np.int64)
        told_BT = np.zeros((B, T), np.bool_)
        allowed_BTV = np.zeros((B, T, len(KEYWORDS) + S), np.bool_)
        allowed_BTV[:, :, 0] = True  # behind the end something must be allowed, so that no softmax is over nothing
        for b, one in enumerate(examples):
            size, length = len(one.things), len(one.symbols)
            for thing, (text, (first, end)) in enumerate(zip(one.things.texts, one.things.spans_S2, strict=True)):
                if text:
                    name_of_BS[b, thing] = number[text]
                else:
                    words_BSP[b, thing, first:end] = 1 / (end - first)
            links_BSS[b, :size, :size] = link_shares(one.things)
            marks_BSM[b, :size] = one.things.marks_SM
            thing_mask_BS[b, :size] = True
            target_BT[b, 0] = START
            target_BT[b, 1 : length + 1] = one.symbols
            for t, allowed in enumerate(one.allowed):
                allowed_BTV[b, t] = False
                allowed_BTV[b, t, list(allowed)] = True
                # With one way to go on there is nothing to learn.
                told_BT[b, t] = len(allowed) > 1
        return AskBatch(
            pieces_BP=torch.from_numpy(pieces_BP),
            piece_mask_BP=torch.from_numpy(piece_mask_BP),
            names_NE=names_NE,
            name_of_BS=torch.from_numpy(name_of_BS),
            words_BSP=torch.from_numpy(words_BSP),
            marks_BSM=torch.from_numpy(marks_BSM),
            links_BSS=torch.from_numpy(links_BSS),
            thing_mask_BS=torch.from_numpy(thing_mask_BS),
            target_BT=torch.from_numpy(target_BT),
            told_BT=torch.from_numpy(told_BT),
            allowed_BTV=torch.from_numpy(allowed_BTV),
        )

    def _name(self, text: str) -> Tensor:
        if text not in self._names:
            self._names[text] = self._read(self.tokenizer.encode_batch([text], max_tokens=LONGEST_NAME).ids[0])
        return self._names[text]


def _padded(rows: Sequence[list[int]], pad: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    ids = np.full((len(rows), max(map(len, rows))), pad, np.int64)
    mask = np.zeros(ids.shape, np.float32)
    for n, row in enumerate(rows):
        ids[n, : len(row)] = row
        mask[n, : len(row)] = 1
    return ids, mask
