"""What distilling a light query tower can be told, beside what every training run can. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.errors import UserError

SUITED_TABLE = (10.0, 3e-3)
SUITED_LAYERS = (3.0, 3e-4)


# Without slots, so that a command can extend it and TrainingSettings.
@dataclass(frozen=True, kw_only=True)
class LightSettings:
    """What the light tower is, and which texts it learns from."""

    keep_layers: tuple[int, ...] = ()
    """Layers of the full query tower, counted from 0, that the light one keeps, such as `0 5`; none: it is a static
    table, one vector for each piece of a word, whose mean is the query's."""
    title_queries: float = 1.0
    """For each product so many further texts made of words of its title, so that words nobody has typed yet are learnt
    too; 0 for none."""

    def __post_init__(self) -> None:
        if self.title_queries < 0:
            raise UserError(f"title_queries is {self.title_queries}; it must not be negative")

    def suited(self) -> tuple[float, float]:
        """How often to go through the texts, and the highest learning rate, where neither is asked for."""
        return SUITED_LAYERS if self.keep_layers else SUITED_TABLE
