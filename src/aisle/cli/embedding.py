"""The encoder of an evaluation, which counts what it could not read, so that a command can say it.

Legend: N texts, D vector length.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from aisle.cli.output import notices
from aisle.evaluation.baselines import baseline as make_baseline
from aisle.evaluation.result import Embed
from aisle.runtime.settings import EngineSettings, Precision
from aisle.sentence.encoder import SentenceEncoder


class EvaluatedEncoder:
    """Texts to vectors (N, D) as they come from the pooling; adds up what was cut and what was skipped."""

    def __init__(self, name: str, encoder: SentenceEncoder | None, embed: Embed | None) -> None:
        self.name = name
        self.truncated_texts = 0
        self.truncated_tokens = 0
        self.unknown_words = 0
        self._encoder = encoder
        self._embed = embed

    def __call__(self, texts: Sequence[str]) -> NDArray[Any]:
        if self._encoder is None:
            assert self._embed is not None
            return self._embed(texts)
        encoded = self._encoder.encode_counted(texts)
        self.truncated_texts += encoded.truncated_texts
        self.truncated_tokens += encoded.truncated_tokens
        self.unknown_words += encoded.unknown_words
        return encoded.vectors

    def report(self) -> dict[str, object]:
        """What was measured and what was cut, for JSON."""
        return {
            "encoder": self.name,
            "truncated": self.truncated_texts,
            "truncated_tokens": self.truncated_tokens,
            **({"unknown_words": self.unknown_words} if self.unknown_words else {}),
        }

    def remark(self) -> None:
        """Say on standard error what was cut or skipped, if anything was."""
        if self.unknown_words:
            notices.print(f"{self.unknown_words} words have no vector in this encoder and were skipped")
        if self.truncated_texts and self._encoder is not None:
            notices.print(
                f"{self.truncated_texts} texts were longer than {self._encoder.max_tokens} tokens and were cut"
                f" by {self.truncated_tokens} tokens in all"
            )


@contextmanager
def evaluated(name: str, precision: Precision, baseline: str) -> Iterator[EvaluatedEncoder]:
    """The encoder `name`, or one of its baselines in its place."""
    settings = EngineSettings(precision=precision)
    if not baseline:
        yield EvaluatedEncoder(name, SentenceEncoder.load(name, settings=settings), None)
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield EvaluatedEncoder(f"{name}:{baseline}", None, make_baseline(baseline, name, Path(scratch), settings))
