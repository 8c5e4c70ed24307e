"""`Inspector`: one checkpoint, ready to be walked through.

Legend: T tokens, D hidden size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.inspection.trace import Trace
from aisle.model.encoder import Encoder
from aisle.model.pooling import pool
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.sentence.encoder import fingerprint, max_tokens
from aisle.text.tokenizer import Tokenizer


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """What the encoder is given: `[CLS] text [SEP]`, or `[CLS] text [SEP] pair [SEP]`."""

    ids: list[int]
    """T token ids."""
    tokens: list[str]
    """The same as pieces."""
    segments: list[int]
    """0 for the text, 1 for its pair."""
    special: list[bool]
    """Which of them stand for no text."""
    cut: int
    """Tokens that did not fit."""


class Inspector:
    """Follows texts through a checkpoint's encoder with the forward pass that trains and encodes."""

    def __init__(self, directory: Path, name: str) -> None:
        self.directory = directory
        self.name = name
        self.encoder = Encoder.load(directory)
        self.tokenizer = Tokenizer.load(directory)
        self.pooling = PoolingConfig.load(directory).mode
        self.fingerprint = fingerprint(directory)
        self.max_tokens = max_tokens(directory)

    @classmethod
    def load(cls, name_or_dir: str | Path) -> Inspector:
        """Load `minilm` or a checkpoint directory.

        Raises
            UserError: it is not there, or it is no encoder.
        """
        directory = find_checkpoint(name_or_dir)
        return cls(directory, str(name_or_dir) if str(name_or_dir) == "minilm" else directory.name)

    def tokens(self, text: str, pair: str = "", *, limit: int | None = None) -> Tokens:
        """The input of the encoder; what is over `limit` (its positions, if None) is cut and counted.

        Raises
            UserError: the text is empty, or holds what no text can.
        """
        if not text.strip():
            raise UserError("there is no text to walk through; give at least one word")
        limit = limit or self.encoder.config.max_tokens
        batch = self.tokenizer.encode_batch([text], [pair] if pair else None, max_tokens=limit)
        ids = batch.ids[0]
        special = self.tokenizer.special
        return Tokens(
            ids=ids,
            tokens=self.tokenizer.tokens(ids),
            segments=batch.segments[0] if batch.segments else [0] * len(ids),
            special=[token in (special.cls, special.sep) for token in ids],
            cut=batch.cut[0],
        )

    def trace(self, text: str, pair: str = "", *, steps: Sequence[str] = ("*",)) -> Trace:
        """Run the encoder over one input and keep the intermediates whose names match `steps`.

        Only what is asked for is kept, so that a long text through a large encoder fits in memory; the shapes of all
        steps are there in any case. Every pooling is recorded.
        """
        tokens = self.tokens(text, pair)
        kept = Trace(steps)
        ids_BT = torch.tensor([tokens.ids])
        segments_BT = torch.tensor([tokens.segments])
        with torch.inference_mode():
            hidden_BTD = self.encoder(ids_BT, segments_BT, recorder=kept)
            for mode in ("mean", "max", "cls", *(("pooler",) if self.encoder.pooler else ())):
                pool(hidden_BTD, None, mode, pooler=self.encoder.pooler, recorder=kept)
        return kept

    def last_hidden_state(self, text: str, pair: str = "", *, limit: int | None = None) -> NDArray[np.float32]:
        """The last layer's vectors (T, D), computed without a recorder."""
        tokens = self.tokens(text, pair, limit=limit)
        with torch.inference_mode():
            hidden_BTD = self.encoder(torch.tensor([tokens.ids]), torch.tensor([tokens.segments]))
        array: NDArray[np.float32] = hidden_BTD[0].numpy()
        return array

    def position_table(self) -> NDArray[np.float32]:
        """The learned position vectors, one row a position."""
        weight: NDArray[np.float32] = self.encoder.embeddings.position.weight.detach().numpy()
        return weight[self.encoder.config.position_offset :]


def trace(name_or_dir: str | Path, text: str, pair: str = "", *, steps: Sequence[str] = ("*",)) -> Trace:
    """The intermediates of one input: `trace("minilm", "oat milk")["layer.3.attention.scores"]`."""
    return Inspector.load(name_or_dir).trace(text, pair, steps=steps)
