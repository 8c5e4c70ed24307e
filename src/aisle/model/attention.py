"""Multi-head self-attention: softmax(Q Kᵀ / √K) V, once a head, then W_O.

Legend: B texts, T tokens of each, D hidden size, H heads, K = D / H size of a head.
"""

from __future__ import annotations

import math

from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from aisle.model.recorder import Recorder
from aisle.model.shape import BlockShape


class Projections(nn.Module):
    """The four matrices that every kind of attention has, and the split into heads."""

    def __init__(self, config: BlockShape) -> None:
        super().__init__()
        D = config.hidden_size
        self.num_heads = config.num_heads
        self.dropout = config.attention_dropout
        self.query = nn.Linear(D, D)  # W_Q of all heads, side by side
        self.key = nn.Linear(D, D)  # W_K
        self.value = nn.Linear(D, D)  # W_V
        self.output = nn.Linear(D, D)  # W_O

    def split_heads(self, x_BTD: Tensor) -> Tensor:
        """(B, T, D) to (B, H, T, K)."""
        B, T, D = x_BTD.shape
        return x_BTD.view(B, T, self.num_heads, D // self.num_heads).transpose(1, 2)


class MultiHeadAttention(Projections):
    """Every token gathers from every token. Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3.2."""

    def forward(self, x_BTD: Tensor, keep: Tensor | None, recorder: Recorder | None) -> Tensor:
        """What each token gathered (B, T, D).

        `keep` is true where a token (row) may look at a token (column), broadcastable to (B, H, T, T); None means
        everywhere.
        """
        q_BHTK = self.split_heads(self.query(x_BTD))
        k_BHTK = self.split_heads(self.key(x_BTD))
        v_BHTK = self.split_heads(self.value(x_BTD))
        dropout = self.dropout if self.training else 0.0
        # softmax(Q Kᵀ / √K) V in one kernel, which never writes the (T, T) weights to memory.
        context_BHTK = scaled_dot_product_attention(q_BHTK, k_BHTK, v_BHTK, attn_mask=keep, dropout_p=dropout)
        concatenated_BTD = context_BHTK.transpose(1, 2).flatten(start_dim=2)
        output_BTD: Tensor = self.output(concatenated_BTD)
        if recorder is not None:
            recorder.record("query", q_BHTK)
            recorder.record("key", k_BHTK)
            recorder.record("value", v_BHTK)
            scores_BHTT = attention_scores(q_BHTK, k_BHTK)
            recorder.record("scores", scores_BHTT)
            recorder.record("weights", attention_weights(scores_BHTT, keep))
            recorder.record("context", context_BHTK)
            recorder.record("concatenated", concatenated_BTD)
            recorder.record("output", output_BTD)
        return output_BTD


def attention_scores(q_BHTK: Tensor, k_BHTK: Tensor) -> Tensor:
    """Q Kᵀ / √K: how well what each token looks for (row) fits what each token is found by (column)."""
    return q_BHTK @ k_BHTK.transpose(-1, -2) / math.sqrt(q_BHTK.shape[-1])


def attention_weights(scores_BHTT: Tensor, keep: Tensor | None) -> Tensor:
    """The softmax of every row; 0 where `keep` forbids to look. Weights times V is the context."""
    if keep is not None:
        scores_BHTT = scores_BHTT.masked_fill(~keep, float("-inf"))
    return scores_BHTT.softmax(dim=-1)
