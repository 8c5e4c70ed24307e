"""Recipes: BERT's own, one made for minutes in place of days, and one to go on with an encoder. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.tasks.pretrain.settings import RecipeName
from aisle.training.settings import Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """Everything in which they differ."""

    pre_norm: bool
    """Layers normalise what they read and not what they return."""
    next_sentence: bool
    head_start: bool
    """Begin with counted word vectors, the frequencies of words and waves for positions."""
    mask_rate: float
    dropout: float
    learning_rate: float
    """The highest one, for hidden size 256."""
    falls_with_size: bool
    """Whether wider encoders take smaller steps, as 256 over their hidden size (arXiv 2203.03466, table 3)."""
    schedule: Schedule
    warmup: float
    """Share of the steps, or of the time."""
    beta2: float
    clip: float
    batch_size: int
    """Rows a step."""


RECIPES: dict[RecipeName, Recipe] = {
    # arXiv 1810.04805, appendix A.2. There a step has 256 rows; 32 are taken here because an hour on two cores would
    # have but a few hundred steps of 256.
    "bert": Recipe(
        pre_norm=False,
        next_sentence=True,
        head_start=False,
        mask_rate=0.15,
        dropout=0.1,
        learning_rate=1e-4,
        falls_with_size=False,
        schedule="linear",
        warmup=0.01,
        beta2=0.999,
        clip=1.0,
        batch_size=32,
    ),
    # After arXiv 2212.14034 (cramming) and 2202.08005 (masking).
    "budget": Recipe(
        pre_norm=True,
        next_sentence=False,
        head_start=True,
        mask_rate=0.30,
        dropout=0.0,
        learning_rate=2.1e-3,
        falls_with_size=True,
        schedule="one-cycle",
        warmup=0.1,
        beta2=0.98,
        clip=0.5,
        batch_size=16,
    ),
}


# On with an encoder that is there, on text of one's own: careful steps, what it has is to be kept. Pre-norm, head start
# and dropout are the checkpoint's and not the recipe's.
GOING_ON = Recipe(
    pre_norm=False,
    next_sentence=False,
    head_start=False,
    mask_rate=0.15,
    dropout=0.1,
    learning_rate=5e-5,
    falls_with_size=False,
    schedule="linear",
    warmup=0.1,
    beta2=0.999,
    clip=1.0,
    batch_size=32,
)


def learning_rate(recipe: Recipe, hidden_size: int) -> float:
    """The highest learning rate for a hidden size."""
    return recipe.learning_rate * (256 / hidden_size if recipe.falls_with_size else 1)
