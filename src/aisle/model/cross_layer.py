"""One layer of an encoder–decoder's decoder: causal attention, cross-attention, feed-forward, each add and normalise.

Legend: B rows, T target tokens, S source tokens, D hidden size.
"""

from __future__ import annotations

from torch import Tensor, nn

from aisle.model.causal_attention import CausalAttention
from aisle.model.cross_attention import CrossAttention
from aisle.model.encoder_decoder_config import EncoderDecoderConfig
from aisle.model.feed_forward import FeedForward
from aisle.model.key_values import LayerCache


class CrossLayer(nn.Module):
    """The decoder layer of the Transformer and of BART: LayerNorm(x + f(x)), three times.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3.1 and figure 1, right half.
    """

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        D, eps, shape = config.hidden_size, config.layer_norm_eps, config.encoder()
        self.attention = CausalAttention(shape)
        self.attention_norm = nn.LayerNorm(D, eps=eps)
        self.cross_attention = CrossAttention(shape)
        self.cross_attention_norm = nn.LayerNorm(D, eps=eps)
        self.feed_forward = FeedForward(shape)
        self.feed_forward_norm = nn.LayerNorm(D, eps=eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x_BTD: Tensor, memory_BSD: Tensor, keep_B11S: Tensor | None, cache: LayerCache | None) -> Tensor:
        """(B, T, D) to (B, T, D); `keep_B11S` as in `CrossAttention.forward`."""
        own, source = (None, None) if cache is None else (cache.own, cache.source)
        x_BTD = self.attention_norm(x_BTD + self.dropout(self.attention(x_BTD, own)))
        gathered_BTD = self.cross_attention(x_BTD, memory_BSD, keep_B11S, source)
        x_BTD = self.cross_attention_norm(x_BTD + self.dropout(gathered_BTD))
        result_BTD: Tensor = self.feed_forward_norm(x_BTD + self.dropout(self.feed_forward(x_BTD, None)))
        return result_BTD
