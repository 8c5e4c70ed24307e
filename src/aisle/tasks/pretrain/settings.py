"""What pre-training can be told. Free of torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from aisle.errors import UserError
from aisle.model.config import EncoderConfig

RecipeName: TypeAlias = Literal["bert", "budget"]
Size: TypeAlias = Literal["tiny", "mini", "small", "medium", "base"]
Documents: TypeAlias = Literal["blank-line", "file", "line"]

# Layers and hidden size as published (github.com/google-research/bert, arXiv 1908.08962). A head has 64 numbers, the
# feed-forward network is four times as wide.
SIZES: dict[str, tuple[int, int]] = {
    "tiny": (2, 128),
    "mini": (4, 256),
    "small": (4, 512),
    "medium": (8, 512),
    "base": (12, 768),
}


@dataclass(frozen=True, kw_only=True)
class CorpusSettings:
    """How raw text is read."""

    documents: Documents = "blank-line"
    """What ends a document: `blank-line` and the end of a file, only the end of a `file`, or every `line`."""
    columns: tuple[str, ...] = ()
    """Read tables, each row a document of these columns, such as `title description`; none for plain text."""
    processes: int = 0
    """Processes that cut and tokenize; 0 for as many as there are cores. The tokens do not depend on it."""


@dataclass(frozen=True, kw_only=True)
class PretrainSettings:
    """What is learnt from which rows of tokens."""

    mask_rate: float = 0.15
    """Share of a text's tokens that is to be told from the others."""
    whole_word: bool = False
    """Hide all pieces of a word or none."""
    next_sentence: bool = False
    """Tell as well whether the second half of a row follows the first or comes from another document."""
    max_tokens: int = 128
    """Tokens of a row, special ones included; the encoder gets as many positions."""
    held_out: float = 0.01
    """Share of the text that is not trained on but evaluated on."""
    held_out_rows: int = 512
    """The most rows to evaluate on."""
    head_start: bool = False
    """Begin a fresh encoder with counted word vectors, the frequencies of words and waves for positions."""
    beta2: float = 0.999
    """AdamW's second beta: how slowly it forgets the size of old gradients."""

    def __post_init__(self) -> None:
        if not 0 < self.mask_rate < 1:
            raise UserError(f"mask_rate is {self.mask_rate}; it is a share of the tokens, between 0 and 1")
        if self.max_tokens < 8:
            raise UserError(f"max_tokens is {self.max_tokens}; a row needs at least 8")
        if not 0 < self.held_out <= 0.5:
            raise UserError(f"held_out is {self.held_out}; it is a share of the text, up to 0.5")
        if self.held_out_rows < 1:
            raise UserError(f"held_out_rows is {self.held_out_rows}; it must be at least 1")
        if not 0 < self.beta2 < 1:
            raise UserError(f"beta2 is {self.beta2}; it must be between 0 and 1")


def fresh_config(size: Size, vocab_size: int, max_tokens: int, *, pre_norm: bool, dropout: float) -> EncoderConfig:
    """The shape of an encoder of one of the published sizes."""
    layers, hidden = SIZES[size]
    return EncoderConfig(
        family="roberta-prelayernorm" if pre_norm else "bert",
        vocab_size=vocab_size,
        hidden_size=hidden,
        num_layers=layers,
        num_heads=hidden // 64,
        feed_forward_size=4 * hidden,
        # A family that counts positions from the padding id + 1 needs one more.
        max_positions=max_tokens + pre_norm,
        dropout=dropout,
        attention_dropout=dropout,
    )
