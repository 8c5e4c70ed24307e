"""Ids to vectors: token + position + segment, then LayerNorm.

Legend: B texts, T tokens of each, D hidden size.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from aisle.model.config import EncoderConfig
from aisle.model.recorder import Recorder


class Embeddings(nn.Module):
    """The input of the first layer. Source: arXiv 1810.04805, section 3 and figure 2."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        D = config.hidden_size
        self.pad_id = config.pad_id
        self.position_offset = config.position_offset
        self.token = nn.Embedding(config.vocab_size, D)
        self.position = nn.Embedding(config.max_positions, D)
        # DistilBERT has no segments.
        self.segment = nn.Embedding(config.num_segments, D) if config.num_segments else None
        self.norm = nn.LayerNorm(D, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, ids_BT: Tensor, segments_BT: Tensor | None, recorder: Recorder | None) -> Tensor:
        """The vectors (B, T, D) of ids (B, T) and of their segments (B, T), all 0 if None."""
        token_BTD = self.token(ids_BT)
        position = self.position(self._positions(ids_BT))
        sum_BTD = token_BTD + position
        segment_BTD = None
        if self.segment is not None:
            segment_BTD = self.segment(torch.zeros_like(ids_BT) if segments_BT is None else segments_BT)
            sum_BTD = sum_BTD + segment_BTD
        normalized_BTD = self.norm(sum_BTD)
        if recorder is not None:
            recorder.record("token", token_BTD)
            recorder.record("position", position)
            if segment_BTD is not None:
                recorder.record("segment", segment_BTD)
            recorder.record("sum", sum_BTD)
            recorder.record("normalized", normalized_BTD)
        dropped: Tensor = self.dropout(normalized_BTD)
        return dropped

    def _positions(self, ids_BT: Tensor) -> Tensor:
        """Rows of the position table: (T,), or (B, T) for RoBERTa, which gives padding a row of its own."""
        if not self.position_offset:
            return torch.arange(ids_BT.shape[1], device=ids_BT.device)
        is_text_BT = (ids_BT != self.pad_id).long()
        return is_text_BT.cumsum(dim=1) * is_text_BT + self.pad_id
