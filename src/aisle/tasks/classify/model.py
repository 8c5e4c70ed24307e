"""The encoder with a head of dense layers on its pooled vector.

Legend: B texts, D vector length, C classes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, relu

from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.tasks.classify.description import Description
from aisle.text.tokenizer import Tokenizer
from aisle.training.packed import PackedBatch, packed_forward, packed_pool

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"tanh": torch.tanh, "gelu": gelu, "relu": relu}


class Head(nn.Module):
    """Dropout, dense layer, activation, as often as wanted; dropout and the output layer. Softmax is in the loss."""

    def __init__(self, dim: int, dense: tuple[int, ...], num_labels: int, activation: str, dropout: float) -> None:
        """`dense` are the widths of the layers before the output layer; 0 is `dim`."""
        super().__init__()
        widths = [dim, *(width or dim for width in dense), num_labels]
        self.layers = nn.ModuleList(nn.Linear(width, after) for width, after in pairwise(widths))
        self.activation = activation
        self.dropout = nn.Dropout(dropout)
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            # As in BERT's heads; a fresh output layer then starts with the same chance for every class.
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)

    def start_from(self, shares_C: Tensor) -> None:
        """Let the fresh output layer say of each class what share of the texts has it, for several classes a text.

        Most texts lack most classes; learning that first would take hundreds of steps. Source: Lin et al. 2017
        (arXiv 1708.02002), section 3.3.
        """
        output = self.layers[-1]
        assert isinstance(output, nn.Linear)
        with torch.no_grad():
            output.bias.copy_(torch.logit(shares_C, eps=1e-4))

    def forward(self, x_BD: Tensor) -> Tensor:
        """Logits (B, C)."""
        for layer in self.layers[:-1]:
            x_BD = _ACTIVATIONS[self.activation](layer(self.dropout(x_BD)))
        logits_BC: Tensor = self.layers[-1](self.dropout(x_BD))
        return logits_BC


class ClassifierModel(nn.Module):
    """Base, pooling, dense layers. Source: Devlin et al. 2018 (arXiv 1810.04805), section 4.1, there with CLS alone."""

    def __init__(self, encoder: Encoder, pooling: PoolingConfig, head: Head) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.head = head

    def logits(self, batch: PackedBatch) -> Tensor:
        """The score (B, C) of every class, in float32."""
        x_ND = packed_forward(self.encoder, batch)
        logits_BC: Tensor = self.head(packed_pool(self.encoder, x_ND, batch, self.pooling.mode))
        return logits_BC.float()

    def save(self, directory: Path, tokenizer: Tokenizer, description: Description) -> None:
        """Write a directory that `Classifier` opens and whose encoder any other command loads."""
        directory.mkdir(parents=True, exist_ok=True)
        self.encoder.save(directory)
        tokenizer.save(directory)
        self.pooling.save(directory, self.encoder.config)
        # Last, so that a directory that has a classifier.json has the rest.
        state = self.head.layers.state_dict()
        description.save(directory, {name: tensor.float().cpu().numpy() for name, tensor in state.items()})
