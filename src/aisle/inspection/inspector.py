"""`Inspector`: one checkpoint, ready to be walked through.

Legend: T tokens, D hidden size, P positions.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.inspection.positions import sinusoidal
from aisle.inspection.tokens import Tokens, tokens
from aisle.inspection.trace import Trace
from aisle.model.encoder import Encoder
from aisle.model.pooling import pool
from aisle.model.pooling_config import PoolingConfig
from aisle.model.recorder import Recorder
from aisle.model.source import MINILM, find_checkpoint
from aisle.sentence.encoder import fingerprint, max_tokens
from aisle.sentence.towers import PRODUCT_FOLDER, TowersConfig
from aisle.text.tokenizer import Tokenizer


class Inspector:
    """Follows texts through a checkpoint's encoder with the forward pass that trains and encodes."""

    def __init__(self, directory: Path, name: str) -> None:
        """Use `Inspector.load`."""
        self.directory = directory
        self.name = name
        self.encoder = Encoder.load(directory)
        self.tokenizer = Tokenizer.load(directory)
        pooling = PoolingConfig.load(directory)
        self.pooling = pooling.mode
        self.prompt = pooling.prompts.get(pooling.default_prompt, "")
        """What the checkpoint's sentence vectors put in front of every text; the walk shows texts as they are given."""
        self.fingerprint = fingerprint(directory)
        self.max_tokens = max_tokens(directory)
        """Tokens that the checkpoint's sentence vectors read; the walk goes on to the last position."""

    @classmethod
    def load(cls, name_or_dir: str | Path) -> Inspector:
        """Load `minilm` or a checkpoint directory.

        Raises
            UserError: it is not there, or it is no encoder.
        """
        directory = find_checkpoint(name_or_dir)
        return cls(directory, "all-MiniLM-L6-v2" if str(name_or_dir) == MINILM else directory.name)

    @cached_property
    def products(self) -> Inspector:
        """What reads products: a tower of its own where the checkpoint has two that differ; else this encoder."""
        if TowersConfig.load(self.directory).tied:
            return self
        return Inspector(find_checkpoint(self.directory / PRODUCT_FOLDER), f"{self.name}/{PRODUCT_FOLDER}")

    def tokens(self, text: str, pair: str = "", *, limit: int | None = None) -> Tokens:
        """The input of the encoder; what is over `limit` (its positions, if None) is cut and counted.

        Raises
            UserError: the text is empty, or holds what no text can.
        """
        return tokens(self.tokenizer, text, pair, limit=limit or self.encoder.config.max_tokens)

    def trace(self, text: str, pair: str = "", *, steps: Sequence[str] = ("*",), also: Recorder | None = None) -> Trace:
        """Run the encoder over one input and keep the intermediates whose names match `steps`.

        Only what is asked for is kept, so that a long text through a large encoder fits in memory; the shapes of all
        steps are there in any case. Every pooling is recorded. `also` is told the same intermediates.

        Raises
            UserError: no intermediate matches one of `steps`, or the text is empty.
        """
        read = self.tokens(text, pair)
        kept = Trace(steps, also=also)
        with torch.inference_mode():
            hidden_BTD = self.encoder(torch.tensor([read.ids]), torch.tensor([read.segments]), recorder=kept)
            for mode in ("mean", "max", "cls", *(("pooler",) if self.encoder.pooler else ())):
                pool(hidden_BTD, None, mode, pooler=self.encoder.pooler, recorder=kept)
        kept.refuse_idle_patterns()
        return kept

    def last_hidden_state(self, text: str, pair: str = "", *, limit: int | None = None) -> NDArray[np.float32]:
        """The last layer's vectors (T, D), computed without a recorder."""
        read = self.tokens(text, pair, limit=limit)
        with torch.inference_mode():
            hidden_BTD = self.encoder(torch.tensor([read.ids]), torch.tensor([read.segments]))
        array: NDArray[np.float32] = hidden_BTD[0].numpy()
        return array

    def table(self, name: str) -> NDArray[np.float32]:
        """Numbers that are no text's: the learned `position` vectors (P, D), the `sinusoidal` ones beside them, or a
        parameter by the name that `encoder.state_dict()` gives it, such as `layers.0.attention.query.weight`.

        Raises
            UserError: there is no such table.
        """
        config = self.encoder.config
        if name == "sinusoidal":
            return sinusoidal(config.max_tokens, config.hidden_size)
        parameters = self.encoder.state_dict()
        full = "embeddings.position.weight" if name == "position" else name
        if full not in parameters:
            near = difflib.get_close_matches(name, parameters, n=3)
            hint = f"; did you mean {' or '.join(near)}" if near else ""
            raise UserError(f"there is no table {name[:80]!r}{hint}; there are position, sinusoidal and the parameters")
        array: NDArray[np.float32] = parameters[full].numpy()
        # RoBERTa's first rows stand for padding and are no position.
        return array[config.position_offset :] if name == "position" else array


def trace(name_or_dir: str | Path, text: str, pair: str = "", *, steps: Sequence[str] = ("*",)) -> Trace:
    """The intermediates of one input: `trace("minilm", "oat milk")["layer.3.attention.scores"]`."""
    return Inspector.load(name_or_dir).trace(text, pair, steps=steps)
