"""Cross-attention: a token of the target gathers from every token of the source.

Legend: B rows, T target tokens, S source tokens, D hidden size, H heads, K size of a head.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from aisle.model.attention import Projections
from aisle.model.key_values import KeyValues


class CrossAttention(Projections):
    """Queries from the target, keys and values from the encoder. Source: arXiv 1706.03762, section 3.2.3."""

    def forward(self, x_BTD: Tensor, memory_BSD: Tensor, keep_B11S: Tensor | None, cache: KeyValues | None) -> Tensor:
        """What each target token gathered (B, T, D).

        `keep_B11S` is true for source tokens that are no padding; None: all. The source does not grow, so with a cache
        its keys and values are computed at the first call only.
        """
        q_BHTK = self.split_heads(self.query(x_BTD))
        if cache is not None and cache.k_BHTK is not None and cache.v_BHTK is not None:
            k_BHSK, v_BHSK = cache.k_BHTK, cache.v_BHTK
        else:
            k_BHSK, v_BHSK = self.split_heads(self.key(memory_BSD)), self.split_heads(self.value(memory_BSD))
            if cache is not None:
                cache.extended(k_BHSK, v_BHSK)
        dropout = self.dropout if self.training else 0.0
        context_BHTK = scaled_dot_product_attention(q_BHTK, k_BHSK, v_BHSK, attn_mask=keep_B11S, dropout_p=dropout)
        output_BTD: Tensor = self.output(context_BHTK.transpose(1, 2).flatten(start_dim=2))
        return output_BTD
