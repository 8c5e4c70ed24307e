"""Causal self-attention: a token gathers from itself and from what stands before it, never from what comes.

Legend: B rows, T new tokens, P tokens read before, D hidden size, H heads, K size of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from aisle.model.attention import Projections
from aisle.model.key_values import KeyValues


class CausalAttention(Projections):
    """Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3.2.3, the masked attention of the decoder."""

    def forward(self, x_BTD: Tensor, cache: KeyValues | None) -> Tensor:
        """What each of T tokens gathered (B, T, D).

        With a cache, x has the new tokens only; their keys and values are put behind those that are there.
        """
        q_BHTK, k, v = (self.split_heads(part(x_BTD)) for part in (self.query, self.key, self.value))
        if cache is not None:
            k, v = cache.extended(k, v)
        T, P = q_BHTK.shape[2], k.shape[2] - q_BHTK.shape[2]
        context_BHTK = scaled_dot_product_attention(
            q_BHTK,
            k,
            v,
            # The kernel has a mask of its own where the rows start at the first token; one new token sees everything.
            attn_mask=causal_mask(T, P, q_BHTK.device) if P and T > 1 else None,
            is_causal=not P and T > 1,
            dropout_p=self.dropout if self.training else 0.0,
        )
        output_BTD: Tensor = self.output(context_BHTK.transpose(1, 2).flatten(start_dim=2))
        return output_BTD


def causal_mask(T: int, P: int, device: torch.device) -> Tensor:
    """True (T, P + T) where new token t may look: at the P tokens read before, at itself, at new ones before it."""
    return torch.ones(T, P + T, dtype=torch.bool, device=device).tril(diagonal=P)
