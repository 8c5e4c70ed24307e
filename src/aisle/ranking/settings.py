"""How a ranker is learned."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class RankerSettings:
    """Settings of learning a ranker."""

    trees: int = 200
    """Most trees; learning stops earlier where further ones do not help on the queries held out for that."""

    levels: int = 4
    """Questions of a tree, of so many features it can look at one product together."""

    rate: float = 0.1
    """How much of its step each tree goes."""

    depth: int = 200
    """Candidates of a query that are learned from, the best by words and meaning."""

    regularisation: float = 5.0
    """Weight that each leaf is drawn to zero with."""

    popularity: bool = False
    """Look at how often a product is put into carts. What was shown more is carted more, whatever it is, so a log
    speaks for this feature even where it does harm (docs/results.md)."""

    seed: int = 0
    """Of the draw of queries for each tree."""

    def __post_init__(self) -> None:
        for name, least, most in (("trees", 1, 5000), ("levels", 1, 8), ("depth", 10, 1000)):
            if not least <= getattr(self, name) <= most:
                raise UserError(f"{name} is {getattr(self, name)}; it must be from {least} to {most}")
        if not 0 < self.rate <= 1:
            raise UserError(f"rate is {self.rate}; it must be above 0 and at most 1")
        if not self.regularisation > 0:
            raise UserError(f"regularisation is {self.regularisation}; it must be above 0")
