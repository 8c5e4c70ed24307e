"""What a trained sentence encoder is compared with: averaged word vectors, and other poolings of the same checkpoint.

Letters: N texts, T tokens of all texts, V vocabulary, D dimensions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.evaluation.result import Embed
from aisle.model.checkpoint import read_weights, weight_files
from aisle.model.config import EncoderConfig
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder
from aisle.text.tokenizer import Tokenizer
from aisle.text.tokenizer_files import TOKENIZER_FILES

BASELINES = ("static", "cls", "mean", "max")


def baseline(kind: str, encoder: str | Path, scratch: Path, settings: EngineSettings | None = None) -> Embed:
    """The baseline `kind` of a checkpoint: "static" averages its token table; the others pool its last layer.

    Vectors keep their lengths, as SentEval takes them. `scratch` is an empty directory that must outlive the answer.
    """
    directory = find_checkpoint(encoder)
    if kind == "static":
        return TokenAverage(directory)
    if kind not in BASELINES:
        raise UserError(f"there is no baseline {kind!r}; choose one of {', '.join(BASELINES)}")
    pooled = SentenceEncoder.load(pooled_checkpoint(directory, kind, scratch / kind), settings=settings)
    return lambda texts: pooled.encode(texts, normalize=False)


class TokenAverage:
    """Averaged word vectors: the mean of a checkpoint's own token embeddings, no position, no layer, order unseen.

    For encoders what averaged GloVe vectors are in papers: what is left without the Transformer. No text is cut; a
    text without tokens has the zero vector.
    """

    def __init__(self, directory: Path) -> None:
        self._tokenizer = Tokenizer.load(directory)
        self._table_VD: NDArray[np.float32] = read_weights(directory)["embeddings.word_embeddings.weight"]

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        special = {self._tokenizer.special.cls, self._tokenizer.special.sep}
        pieces = [
            [token for token in ids if token not in special] for ids in self._tokenizer.encode_batch(list(texts)).ids
        ]
        counts_N = np.array([len(ids) for ids in pieces])
        owners_T = np.repeat(np.arange(len(pieces)), counts_N)
        sums_ND = np.zeros((len(pieces), self._table_VD.shape[1]), np.float32)
        np.add.at(sums_ND, owners_T, self._table_VD[np.concatenate([np.empty(0, np.intp), *pieces]).astype(np.intp)])
        return np.asarray(sums_ND / np.maximum(counts_N, 1)[:, None], np.float32)


def pooled_checkpoint(directory: Path, mode: str, target: Path) -> Path:
    """The checkpoint with another pooling, at `target`: links to its files, and its own pooling files."""
    target.mkdir(parents=True)
    small = [directory / name for name in ("config.json", *TOKENIZER_FILES)]
    for path in (*small, *weight_files(directory)):
        if path.is_file() and not (target / path.name).exists():
            (target / path.name).symlink_to(path.resolve())
    pooling = dataclasses.replace(PoolingConfig.load(directory), mode=mode, normalize=False)
    pooling.save(target, EncoderConfig.load(directory))
    return target
