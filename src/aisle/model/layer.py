"""One layer: attention and feed-forward network, each followed by add and normalise.

Legend: B texts, T tokens of each, D hidden size.
"""

from __future__ import annotations

from torch import Tensor, nn

from aisle.model.attention import MultiHeadAttention
from aisle.model.config import EncoderConfig
from aisle.model.feed_forward import FeedForward
from aisle.model.recorder import Recorder, scope


class EncoderLayer(nn.Module):
    """The post-norm layer of the Transformer and of BERT: LayerNorm(x + f(x)), twice. Source: arXiv 1706.03762."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        D, eps = config.hidden_size, config.layer_norm_eps
        self.attention = MultiHeadAttention(config)
        self.attention_norm = nn.LayerNorm(D, eps=eps)
        self.feed_forward = FeedForward(config)
        self.feed_forward_norm = nn.LayerNorm(D, eps=eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x_BTD: Tensor, keep: Tensor | None, recorder: Recorder | None) -> Tensor:
        """(B, T, D) to (B, T, D); `keep` as in `MultiHeadAttention.forward`."""
        attention_log = scope(recorder, "attention")
        residual_BTD = x_BTD + self.dropout(self.attention(x_BTD, keep, attention_log))
        attended_BTD = self.attention_norm(residual_BTD)
        if attention_log is not None:
            attention_log.record("residual", residual_BTD)
            attention_log.record("normalized", attended_BTD)

        feed_forward_log = scope(recorder, "feed_forward")
        residual_BTD = attended_BTD + self.dropout(self.feed_forward(attended_BTD, feed_forward_log))
        result_BTD: Tensor = self.feed_forward_norm(residual_BTD)
        if feed_forward_log is not None:
            feed_forward_log.record("residual", residual_BTD)
            feed_forward_log.record("normalized", result_BTD)
        return result_BTD
