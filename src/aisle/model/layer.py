"""One layer: attention and feed-forward network, each added to what it read, and normalised after or before.

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


class PreNormLayer(EncoderLayer):
    """The pre-norm layer: x + f(LayerNorm(x)), twice. What is handed on is never normalised, so gradients reach every
    layer unscaled and the learning rate may be higher. Source: Xiong et al. 2020 (arXiv 2002.04745)."""

    def forward(self, x_BTD: Tensor, keep: Tensor | None, recorder: Recorder | None) -> Tensor:
        """(B, T, D) to (B, T, D); `keep` as in `MultiHeadAttention.forward`."""
        attention_log = scope(recorder, "attention")
        normalized_BTD = self.attention_norm(x_BTD)
        if attention_log is not None:
            attention_log.record("normalized", normalized_BTD)
        attended_BTD = x_BTD + self.dropout(self.attention(normalized_BTD, keep, attention_log))
        if attention_log is not None:
            attention_log.record("residual", attended_BTD)

        feed_forward_log = scope(recorder, "feed_forward")
        normalized_BTD = self.feed_forward_norm(attended_BTD)
        if feed_forward_log is not None:
            feed_forward_log.record("normalized", normalized_BTD)
        result_BTD: Tensor = attended_BTD + self.dropout(self.feed_forward(normalized_BTD, feed_forward_log))
        if feed_forward_log is not None:
            feed_forward_log.record("residual", result_BTD)
        return result_BTD
