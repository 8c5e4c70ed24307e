"""Two recipes: BERT's own, and one made for minutes in place of days. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.tasks.pretrain.settings import RecipeName
from aisle.training.settings import Schedule


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """Everything in which the two differ."""

    pre_norm: bool
    """Layers normalise what they read and not what they return."""
    next_sentence: bool
    head_start: bool
    """Begin with the frequencies of words and with waves for positions."""
    mask_rate: float
    dropout: float
    learning_rate: float
    """For hidden size 256; it falls with the square root of the size."""
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
        learning_rate=1.5e-3,
        schedule="one-cycle",
        warmup=0.1,
        beta2=0.98,
        clip=0.5,
        batch_size=16,
    ),
}


def learning_rate(recipe: Recipe, hidden_size: int) -> float:
    """The highest learning rate for a size: wider networks take smaller steps."""
    return recipe.learning_rate if recipe.next_sentence else recipe.learning_rate * (256 / hidden_size) ** 0.5
