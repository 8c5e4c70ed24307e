"""What the blocks of every family need to know of a config. Free of torch."""

from __future__ import annotations

from typing import Protocol


class BlockShape(Protocol):
    """The part of a config that attention and feed-forward network read; encoders and decoders both have it."""

    @property
    def hidden_size(self) -> int:
        """The length D of a token's vector."""

    @property
    def num_heads(self) -> int:
        """How many attention heads a layer has."""

    @property
    def feed_forward_size(self) -> int:
        """The inner width F of the feed-forward network."""

    @property
    def hidden_act(self) -> str:
        """The function inside the feed-forward network."""

    @property
    def attention_dropout(self) -> float:
        """Share of attention weights dropped in training."""
