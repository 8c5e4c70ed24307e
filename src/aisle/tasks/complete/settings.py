"""What training a completer, and completing, can be told. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.errors import UserError


# Without slots, so that a command can extend it and TrainingSettings.
@dataclass(frozen=True, kw_only=True)
class CompleterSettings:
    """The shape of the model, and what it may not give away."""

    layers: int = 4
    """Transformer layers."""
    hidden_size: int = 192
    """Length of a token's vector. With this and `vocab_size`, a keystroke stays within 60 ms of one core."""
    heads: int = 6
    """Attention heads of a layer."""
    vocab_size: int = 4_096
    """Pieces of the vocabulary that is made from the corpus; at most 65,536."""
    context: int = 128
    """The longest text in tokens, subject and previous message included; what stands before that is not looked at."""
    dropout: float = 0.0
    """Share of numbers dropped in training; above 0 only where the corpus is gone through several times."""
    smoothing: float = 0.0
    """Share of the probability that is aimed at to all tokens alike (label smoothing)."""
    min_documents: int = 3
    """Phrases of five words that fewer documents than this have are never written out; 1 holds nothing back."""
    coverage: float = 0.2
    """Share of places in held-out text at which a completion is to be shown: sets how sure it must be."""

    def __post_init__(self) -> None:
        for name in ("layers", "hidden_size", "heads", "min_documents"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.context < 32:
            raise UserError(f"context is {self.context} tokens; it must be at least 32")
        if not 260 <= self.vocab_size <= 65_536:
            raise UserError(f"vocab_size is {self.vocab_size}; it must be from 260 to 65,536")
        for name in ("dropout", "smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be from 0 to below 1")
        if not 0 < self.coverage <= 1:
            raise UserError(f"coverage is {self.coverage}; it is a share, greater than 0 and at most 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class CompletionSettings:
    """How a completion is looked for."""

    beams: int = 3
    """Beginnings that are followed side by side."""
    max_tokens: int = 12
    """The most tokens written beyond what has been typed."""
    min_characters: int = 5
    """The fewest characters of a completion: shorter ones cost more to look at than to type."""
    coverage: float = 0.0
    """Share of places at which a completion is to be shown; 0 for what the model was trained with."""
    neutral_pronouns: bool = True
    """Never write he, she and their forms after an occupation: the text does not say, and the model would guess."""
    hold_back: bool = True
    """Never write out phrases that few documents of the corpus had."""
    blocked: tuple[str, ...] = ()
    """Words that are never written, beside those of the package's own list."""

    def __post_init__(self) -> None:
        for name in ("beams", "max_tokens", "min_characters"):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if not 0 <= self.coverage <= 1:
            raise UserError(f"coverage is {self.coverage}; it is a share from 0 to 1")
