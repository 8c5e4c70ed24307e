"""One layer of a decoder: causal attention and feed-forward network, each with its norm in front.

Legend: B rows, T tokens of each, D hidden size.
"""

from __future__ import annotations

from torch import Tensor, nn

from aisle.model.causal_attention import CausalAttention
from aisle.model.decoder_config import DecoderConfig
from aisle.model.feed_forward import FeedForward
from aisle.model.key_values import LayerCache


class DecoderLayer(nn.Module):
    """The pre-norm layer of GPT-2: x + f(LayerNorm(x)), twice. Source: Radford et al. 2019, section 2.3."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        D, eps = config.hidden_size, config.layer_norm_eps
        self.attention_norm = nn.LayerNorm(D, eps=eps)
        self.attention = CausalAttention(config)
        self.feed_forward_norm = nn.LayerNorm(D, eps=eps)
        self.feed_forward = FeedForward(config)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x_BTD: Tensor, cache: LayerCache | None) -> Tensor:
        """(B, T, D) to (B, T, D)."""
        own = None if cache is None else cache.own
        x_BTD = x_BTD + self.dropout(self.attention(self.attention_norm(x_BTD), own))
        result_BTD: Tensor = x_BTD + self.dropout(self.feed_forward(self.feed_forward_norm(x_BTD), None))
        return result_BTD
