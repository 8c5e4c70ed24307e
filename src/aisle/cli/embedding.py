"""An encoder for evaluations that counts what it could not read, so that a command can say it.

Legend: N texts, D vector length.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.cli.output import notices
from aisle.sentence.encoder import SentenceEncoder


class CountingEmbedder:
    """Texts to vectors (N, D); adds up the texts and tokens that were cut."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self.encoder = encoder
        self.truncated_texts = 0
        self.truncated_tokens = 0

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        encoded = self.encoder.encode_counted(texts)
        self.truncated_texts += encoded.truncated_texts
        self.truncated_tokens += encoded.truncated_tokens
        return encoded.vectors

    def report(self) -> dict[str, object]:
        """What was cut, for JSON."""
        return {
            "encoder": self.encoder.name,
            "truncated": self.truncated_texts,
            "truncated_tokens": self.truncated_tokens,
        }

    def remark(self) -> None:
        """Say on standard error what was cut, if anything was."""
        if self.truncated_texts:
            notices.print(
                f"{self.truncated_texts} texts were longer than {self.encoder.max_tokens} tokens and were cut"
                f" by {self.truncated_tokens} tokens in all"
            )
