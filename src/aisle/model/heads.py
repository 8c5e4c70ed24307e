"""What pre-training puts on top of the encoder: words from token vectors, and "does B follow A" from the first one.

Legend: M masked tokens, D hidden size, V vocabulary, B texts.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from aisle.model.config import EncoderConfig
from aisle.model.feed_forward import activation


class MaskedLanguageModelHead(nn.Module):
    """LayerNorm(GELU(W x + b)) times the token table, plus a bias a word. Source: google-research/bert,
    `get_masked_lm_output`.

    The token table is the encoder's own (tied weights), so the head adds D x D + V numbers and no more.
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        D = config.hidden_size
        self.dense = nn.Linear(D, D)
        self.activate = activation(config.hidden_act)
        self.norm = nn.LayerNorm(D, eps=config.layer_norm_eps)
        self.bias = nn.Parameter(torch.zeros(config.vocab_size))
        nn.init.normal_(self.dense.weight, std=config.initializer_range)
        nn.init.zeros_(self.dense.bias)

    def forward(self, x_MD: Tensor, table_VD: Tensor) -> Tensor:
        """The score (M, V) of every word for every vector (M, D)."""
        return linear(self.transformed(x_MD), table_VD, self.bias)

    def transformed(self, x_MD: Tensor) -> Tensor:
        """What is compared with the token table (M, D)."""
        vectors_MD: Tensor = self.norm(self.activate(self.dense(x_MD)))
        return vectors_MD

    def start_from_table(self) -> None:
        """Begin with the vectors as they are: for a checkpoint that has no such head, where the table already knows
        which words are alike."""
        with torch.no_grad():
            nn.init.eye_(self.dense.weight)


class NextSentenceHead(nn.Module):
    """Two scores from BERT's sentence vector: the second text follows the first (0), or it does not (1)."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, 2)
        nn.init.normal_(self.dense.weight, std=config.initializer_range)
        nn.init.zeros_(self.dense.bias)

    def forward(self, pooled_BD: Tensor) -> Tensor:
        """(B, D) to (B, 2)."""
        scores_B2: Tensor = self.dense(pooled_BD)
        return scores_B2
