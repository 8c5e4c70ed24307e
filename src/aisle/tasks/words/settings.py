"""What training word vectors can be told. Free of gensim."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from aisle.errors import UserError

Method: TypeAlias = Literal["skip-gram", "fasttext"]


# Without slots, so that a command can extend it.
@dataclass(frozen=True, kw_only=True)
class WordVectorSettings:
    """Which words get vectors, and how they are learnt."""

    method: Method = "skip-gram"
    """`skip-gram`: a word foretells its neighbours (arXiv 1310.4546); `fasttext`: so do its letters (arXiv 1607.04606),
    which helps rare words and takes several times as long."""
    word_size: int = 300
    """Length of a word's vector."""
    most_words: int = 50_000
    """The most frequent words get vectors, at most so many."""
    at_least: int = 5
    """Words that are seen less often get none."""
    window: int = 5
    """Words to either side that are neighbours, at most."""
    negatives: int = 5
    """Words at random that each neighbour is told from."""
    subsample: float = 1e-5
    """Words that make up more than this share of the text are passed over, the more often the more frequent they are; 0
    to pass over none."""
    epochs: int = 3
    """How often the text is gone through."""
    threads: int = 1
    """Threads; with more than one it is faster, and no two runs are the same."""
    seed: int = 0
    """Decides every random number."""
    columns: tuple[str, ...] = ()
    """Read tables, and of them these columns, such as `sentence1 sentence2`; none for plain text."""

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            raise UserError(f"method {self.method!r} is not one of {', '.join(get_args(Method))}")
        for name in ("word_size", "most_words", "at_least", "window", "negatives", "epochs", "threads"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in ("seed", "subsample"):
            if getattr(self, name) < 0:
                raise UserError(f"{name} is {getattr(self, name)}; it must not be negative")
