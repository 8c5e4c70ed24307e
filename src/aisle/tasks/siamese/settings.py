"""What training a sentence encoder can be told, beside what every training run can. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from aisle.errors import UserError
from aisle.model.word_config import Architecture

ObjectiveName: TypeAlias = Literal["softmax", "cosine", "triplet", "in-batch", "distill"]


# How often to go through the data, and the highest learning rate. Regression on a few thousand scores takes more of
# both than the large sets of pairs that the others are for; softmax is as in the paper.
SUITED: dict[ObjectiveName, tuple[float, float]] = {
    "softmax": (1.0, 2e-5),
    "cosine": (4.0, 6e-5),
    "triplet": (1.0, 2e-5),
    "in-batch": (1.0, 2e-5),
    "distill": (1.0, 1e-4),
}

# Over word vectors most weights are fresh, and a pass over the data takes little time.
SUITED_WORDS = (5.0, 1e-3)


def suited(objective: ObjectiveName, *, over_words: bool) -> tuple[float, float]:
    """How often to go through the data, and the highest learning rate, where neither is asked for."""
    return SUITED_WORDS if over_words else SUITED[objective]


# Without slots, so that a command can extend it and TrainingSettings.
@dataclass(frozen=True, kw_only=True)
class WordTowerSettings:
    """What stands over word vectors. Only for encoders that `aisle train words` made, or that were made from them."""

    architecture: Architecture | Literal[""] = ""
    """Over word vectors: `bilstm` (InferSent) or `dan` (dense layers over the average, as in the Universal Sentence
    Encoder); empty for what the checkpoint is."""
    hidden_size: int = 512
    """Width of a dense layer, or of the LSTM in one direction, which makes vectors twice as long."""
    dense_layers: int = 2
    """Dense layers of a `dan`."""
    bigram_rows: int = 5_000
    """Vectors that neighbouring pairs of words share in a `dan`; 0 for none."""
    word_dropout: float = 0.0
    """Share of numbers dropped in training, of words' vectors or before each dense layer."""
    word_vectors: Literal["", "fixed", "trained"] = ""
    """Whether the words' vectors are trained as well; empty: only of an average, which has nothing else. Some ten
    thousand pairs move the words that they have and leave the others where they were, and a step takes many times as
    long."""


# Without slots, so that a command can extend it and TrainingSettings.
@dataclass(frozen=True, kw_only=True)
class SiameseSettings:
    """Which objective, over which vectors, of which columns."""

    objective: ObjectiveName
    """`softmax` over labels, `cosine` regression on scores, `triplet`, `in-batch` negatives, or `distill`: the vectors
    of a teacher."""
    concatenation: str = "u,v,|u-v|"
    """For softmax: what the label is told from; a row of Table 6 in the SBERT paper, such as "|u-v|,u*v"."""
    pooling: Literal["", "mean", "max", "cls"] = ""
    """How token vectors become one vector; empty for what the checkpoint says (mean where it says nothing)."""
    normalize: bool = False
    """Scale vectors to unit length, in training and in the saved encoder."""
    margin: float = 1.0
    """For triplet: how much nearer the positive must be."""
    scale: float = 20.0
    """For in-batch: what cosines are multiplied with."""
    teacher: str = ""
    """For distill: `minilm` or a checkpoint directory whose vectors are to be learnt, of the same length."""
    keep_layers: tuple[int, ...] = ()
    """Start from these layers of the encoder alone, counted from 0, such as 0 2 4: a smaller, faster encoder."""
    matryoshka: tuple[int, ...] = ()
    """Train these shorter lengths of the vector as well, such as 64 128 256; not with softmax."""
    max_tokens: int = 0
    """The longest input, special tokens included; 0 for what the checkpoint says."""
    first_column: str = ""
    """Column of the first text; empty for `sentence1`, `anchor`, `question1` or `query`."""
    second_column: str = ""
    """Column of the second text; empty for `sentence2`, `positive`, `question2` or `title`."""
    negative_column: str = ""
    """Column of a text that does not belong; empty for `negative`, if the table has one."""
    label_column: str = ""
    """Column of the label; empty for `label` or `entailment`."""
    score_column: str = ""
    """Column of the score; empty for `score` or `relatedness`."""
    score_range: tuple[float, float] | None = None
    """The scores that mean nothing in common and the same; without it the least and the greatest of each file."""
    positive_score: float = 0.8
    """For in-batch and scored pairs: pairs from this share of the range on belong together; the others are left out."""

    def __post_init__(self) -> None:
        if self.margin < 0:
            raise UserError(f"margin is {self.margin}; it must not be negative")
        if self.scale <= 0:
            raise UserError(f"scale is {self.scale}; it must be greater than 0")
        if self.matryoshka and self.objective in ("softmax", "distill"):
            raise UserError(
                f"matryoshka lengths cannot be had with the {self.objective} objective; use cosine, triplet or in-batch"
            )
        if (self.objective == "distill") != bool(self.teacher):
            raise UserError("the objective distill needs a --teacher, and no other objective has one")
        if self.score_range is not None and self.score_range[0] >= self.score_range[1]:
            raise UserError(f"score_range {self.score_range} is no range; give the lower number first")
