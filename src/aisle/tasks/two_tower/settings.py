"""What training two towers can be told, beside what every training run can. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from aisle.errors import UserError
from aisle.text.templates import TEMPLATES, Template

Negatives: TypeAlias = Literal["vanilla", "self-adversarial", "hardness"]
Form: TypeAlias = Literal["softmax", "sigmoid"]
Stages: TypeAlias = Literal["single", "cascade"]
Towers: TypeAlias = Literal["", "tied", "untied"]


# Without slots, so that a command can extend it and TrainingSettings.
@dataclass(frozen=True, kw_only=True)
class TwoTowerSettings:
    """Which objective, in how many stages, over which pairs and texts."""

    negatives: Negatives = "vanilla"
    """How other products count against a query: `vanilla` all alike, `self-adversarial` the more the nearer the encoder
    itself finds them, `hardness` as in sentence-transformers."""
    form: Form = "softmax"
    """For self-adversarial negatives: a query's candidates in one `softmax`, or each pair by itself (`sigmoid`)."""
    alpha: float = 1.0
    """For self-adversarial negatives and hardness: how steeply the weight rises with the cosine; 0 weighs all alike."""
    scale: float = 20.0
    """What cosines are multiplied with."""
    stages: Stages = "single"
    """`single`, or `cascade`: first on all pairs with shared weights, then on the pairs of high quality."""
    towers: Towers = ""
    """`tied`: queries and products share all weights. `untied`: each has its own, starting from the same. Empty: untied
    in the second stage of a cascade, else tied."""
    least_weight: float | None = None
    """Pairs of less weight are left out. Without it 2.33 where the column is `relevance` (from 1 to 3), else none."""
    weight: float | None = None
    """Pairs from this weight on are of high quality. Without it: those that the column `quality` calls `high`, else
    those of the greatest weight in the file."""
    irrelevant: float = 1.67
    """Where the column is `relevance`: pairs up to this are known wrong answers, and serve as hard negatives."""
    template: Template | Literal["auto"] = "auto"
    """How a product becomes text: `plain` words, `labels` in words, trained `markers`; `auto` takes markers where any
    product has a brand, a category or attributes, else plain."""
    heads: float = 0.1
    """Weight of telling brand and category from a product's vector, where there are any; 0 for no such heads."""
    hard_negatives: int = 0
    """Known wrong answers that each pair brings along, where the file of pairs has any; 0 for none. They cost as much
    as the right ones, and brought nothing where it was measured (docs/results.md)."""
    title_queries: float = 0.0
    """For each pair so many further queries made of words of its product's title; 0 for none. They too cost as much as
    they are many; for a catalogue of which much was never searched for."""
    title_weight: float = 0.3
    """How much the loss of these counts beside that of the real ones."""
    typos: float = 0.15
    """Share of queries that are misspelt in training, so that misspelt ones are understood."""
    pieces: bool = True
    """Learn a vector for each piece of a word as well, by which a search lets every word of a query meet the words of a
    product (late interaction). Adds 4 bytes a piece and number of a vector to the towers: 47 MB for MiniLM."""
    pieces_rate: float = 30.0
    """So many times the learning rate for these: each is seen in few texts."""
    pieces_negatives: int = 512
    """Further products of the catalogue, drawn for each step, that these are told apart from."""
    guide: float | None = None
    """Leave out negatives that the encoder, as it was before training, finds nearer to the query than the right answer
    less this margin; without it nothing is left out for that reason."""
    query_tokens: int = 32
    """The longest query in training, special tokens included; the rest is cut and counted."""
    product_tokens: int = 64
    """The longest product text in training; the rest is cut and counted."""
    second_epochs: float = 1.0
    """For a cascade: how often the pairs of high quality are gone through."""
    second_learning_rate: float = 5e-5
    """For a cascade: the highest learning rate of its second stage."""

    def __post_init__(self) -> None:
        for name, allowed in (
            ("negatives", get_args(Negatives)),
            ("form", get_args(Form)),
            ("stages", get_args(Stages)),
            ("towers", get_args(Towers)),
            ("template", ("auto", *TEMPLATES)),
        ):
            if getattr(self, name) not in allowed:
                raise UserError(f"{name} {getattr(self, name)!r} is not one of {', '.join(filter(None, allowed))}")
        for name in ("alpha", "heads", "hard_negatives", "title_queries", "title_weight", "pieces_negatives"):
            if getattr(self, name) < 0:
                raise UserError(f"{name} is {getattr(self, name)}; it must not be negative")
        for name in ("scale", "pieces_rate", "second_epochs", "second_learning_rate"):
            if getattr(self, name) <= 0:
                raise UserError(f"{name} is {getattr(self, name)}; it must be greater than 0")
        for name in ("query_tokens", "product_tokens"):
            if getattr(self, name) < 4:
                raise UserError(f"{name} is {getattr(self, name)}; it must be at least 4")
        if not 0 <= self.typos <= 1 or not 0 <= self.title_queries <= 1:
            raise UserError("typos and title_queries are shares from 0 to 1")
