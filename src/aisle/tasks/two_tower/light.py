"""A light query tower: fewer layers, or a static table, that gives a query nearly the vector of the full tower.

The products keep their vectors, so nothing of a catalogue is encoded again. Source of the objective: Reimers and
Gurevych 2020 (arXiv 2004.09813); of starting a student from its teacher's layers: Sanh et al. 2019 (DistilBERT, arXiv
1910.01108), section 2; of a table that starts from the teacher's vectors of single pieces: model2vec (MinishLab 2024).

Legend: B texts, D vector length, V pieces of the vocabulary.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from aisle.errors import UserError
from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.model.some_layers import keep_layers
from aisle.model.word_config import WordConfig
from aisle.model.word_encoder import WordEncoder
from aisle.objectives.distillation import distillation_loss
from aisle.runtime.settings import EngineSettings
from aisle.runtime.word_engine import WordEngine
from aisle.sentence.encoder import SentenceEncoder, copy_checkpoint
from aisle.sentence.towers import PRODUCT_FOLDER, Towers, TowersConfig
from aisle.tasks.siamese.model import Siamese, WordTowers, encode
from aisle.tasks.siamese.model import Towers as Student
from aisle.tasks.siamese.words import word_table
from aisle.tasks.two_tower.light_settings import LightSettings
from aisle.tasks.two_tower.light_texts import LightTexts
from aisle.tasks.two_tower.pieces import alone
from aisle.text.tokenizer import Tokenizer
from aisle.text.word_level import SPECIALS
from aisle.training.packed import PackedBatch, TokenTable
from aisle.training.settings import TrainingSettings
from aisle.training.task import Loss, Task

_RARE = 1e-3
"""A piece that makes up this share of the texts starts with half the weight of one that is never seen: frequent pieces
say less (Arora et al. 2017, "A simple but tough-to-beat baseline for sentence embeddings", a / (a + p))."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LightBatch:
    """Texts, and the vectors that the teacher gives them."""

    texts: PackedBatch
    targets_BD: Tensor

    def to(self, device: torch.device) -> LightBatch:
        """The same on a device."""
        return LightBatch(texts=self.texts.to(device), targets_BD=self.targets_BD.to(device))


class LightTask(Task):
    """Texts and the teacher's vectors."""

    def __init__(
        self,
        student: Student,
        tokenizer: Tokenizer,
        teacher: Towers,
        table: TokenTable,
        targets_BD: NDArray[np.float32],
        *,
        held_out: tuple[TokenTable, NDArray[np.float32]] | None,
        token_budget: int,
    ) -> None:
        """`table` holds the tokens of the texts, `targets_BD` their vectors of unit length; `held_out` the same of
        texts that are only looked at."""
        self.module: Student = student
        self.dev_metric = "" if held_out is None else "cosine"
        self._tokenizer, self._teacher = tokenizer, teacher
        self._table, self._targets_BD = table, targets_BD
        self._held_out = held_out
        self._token_budget = token_budget

    def num_examples(self) -> int:
        return len(self._table)

    def lengths(self) -> Sequence[int]:
        lengths: list[int] = self._table.lengths_B.tolist()
        return lengths

    def batch(self, examples: Sequence[int]) -> LightBatch:
        rows_B = np.asarray(examples, np.int64)
        return LightBatch(texts=self._table.pack(rows_B), targets_BD=torch.from_numpy(self._targets_BD[rows_B]))

    def loss(self, batch: LightBatch) -> Loss:
        vectors_BD = normalize(self.module.vectors(batch.texts).float(), dim=1)
        # Times D: of unit vectors that is their squared distance, 2 - 2 cosine, however long they are.
        value = distillation_loss(vectors_BD, batch.targets_BD) * vectors_BD.shape[1]
        return Loss(value, len(batch.targets_BD), batch.texts.tokens)

    def evaluate(self) -> Mapping[str, float]:
        if self._held_out is None:
            return {}
        table, targets_BD = self._held_out
        vectors_BD = normalize(encode(self.module, table, self._token_budget), dim=1).cpu().numpy()
        return {"cosine": float((vectors_BD * targets_BD).sum(axis=1).mean())}

    def save(self, directory: Path) -> None:
        """The light tower, and beside it the product tower and the pieces as they were."""
        self.module.save(directory, self._tokenizer)
        product = directory / PRODUCT_FOLDER
        # What a killed run left.
        shutil.rmtree(product, ignore_errors=True)
        copy_checkpoint(self._teacher.product_directory, product)
        if self._teacher.pieces is not None:
            self._teacher.pieces.save(directory)
        TowersConfig(template=self._teacher.template, tied=False, dim=self.module.dim).save(directory)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedLight:
    """A task that is ready to train."""

    task: LightTask
    truncated: int
    """Texts longer than the towers read; they are learnt as the full tower reads them, cut."""
    pieces: int
    """Pieces of words that the texts show; those of a table that they do not keep the vector they start from."""


def load_light(
    encoder: str | Path, texts: LightTexts, settings: LightSettings, training: TrainingSettings
) -> LoadedLight:
    """The student, and what the teacher says of every text.

    Raises
        UserError: the layers asked for are not there, or the teacher is no Transformer.
    """
    # One that is a table already has no layers, and nothing is lighter.
    teacher = Towers.load(encoder, settings=EngineSettings(precision="f32"))
    full = teacher.queries
    if isinstance(full.engine, WordEngine):
        raise UserError(f"the query tower of {encoder} is no Transformer; distil one from the full towers")
    # Whatever the tower is always given in front is part of what it reads.
    front = full.prompts.get(full.default_prompt, "")
    if settings.keep_layers:
        learnt = full.tokenizer.encode_batch([front + text for text in texts.learnt], max_tokens=full.max_tokens)
        held = full.tokenizer.encode_batch([front + text for text in texts.held_out], max_tokens=full.max_tokens)
        student: Student = _with_layers(teacher, settings)
        tables = TokenTable(learnt.ids), TokenTable(held.ids)
    else:
        learnt = full.tokenizer.encode_batch(texts.learnt, max_tokens=full.max_tokens)
        held = full.tokenizer.encode_batch(texts.held_out, max_tokens=full.max_tokens)
        student = _table(full, learnt.ids)
        tables = word_table(learnt.ids), word_table(held.ids)
    task = LightTask(
        student,
        full.tokenizer,
        teacher,
        tables[0],
        full.encode(texts.learnt),
        held_out=(tables[1], full.encode(texts.held_out)) if texts.held_out else None,
        token_budget=training.token_budget,
    )
    seen = len({piece for ids in learnt.ids for piece in ids})
    return LoadedLight(task=task, truncated=learnt.truncated_texts, pieces=seen)


def _with_layers(teacher: Towers, settings: LightSettings) -> Student:
    encoder = Encoder.load(teacher.directory)
    keep_layers(encoder, settings.keep_layers)
    pooling = dataclasses.replace(PoolingConfig.load(teacher.directory), normalize=True)
    return Siamese(encoder, pooling)


def _table(full: SentenceEncoder, ids: Sequence[Sequence[int]]) -> Student:
    """One vector a piece: what the full tower says of it alone, frequent ones shorter, special tokens next to nothing.

    The length of a piece's vector is its weight in the mean, so that weights need no place of their own.
    """
    tokenizer = full.tokenizer
    special = {full_id for full_id in dataclasses.astuple(tokenizer.special) if full_id is not None}
    # An encoder over word vectors never reads the first few ids.
    first = tokenizer.tokens(range(min(len(SPECIALS), tokenizer.vocab_size)))
    readable = [name for place, name in enumerate(first) if place not in special and not name.startswith("[unused")]
    if readable:
        raise UserError(
            f"a static table needs a vocabulary whose first {len(SPECIALS)} tokens are special, and here "
            f"{readable[0]!r} is among them; give --keep-layers"
        )
    V = tokenizer.vocab_size
    vectors_VD = full.engine.run(alone(tokenizer))
    vectors_VD = vectors_VD / np.maximum(np.linalg.norm(vectors_VD, axis=1, keepdims=True), 1e-12)
    counts_V = np.bincount(np.concatenate([np.asarray(row, np.int64) for row in ids]), minlength=V).astype(np.float64)
    counts_V[list(special)] = 0
    weights_V = _RARE / (_RARE + counts_V / max(counts_V.sum(), 1))
    # Not nothing at all: a text of special tokens alone would have no direction.
    weights_V[list(special)] = _RARE
    config = WordConfig(architecture="average", vocab_size=V, word_size=full.dim, max_tokens=full.max_tokens)
    encoder = WordEncoder(config)
    with torch.no_grad():
        encoder.words.weight.copy_(torch.from_numpy((vectors_VD * weights_V[:, None]).astype(np.float32)))
    return WordTowers(encoder)
