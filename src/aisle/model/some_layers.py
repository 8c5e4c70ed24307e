"""An encoder that keeps some of its layers: the usual start of a student that is to be faster than its teacher."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from torch import nn

from aisle.errors import UserError
from aisle.model.encoder import Encoder


def keep_layers(encoder: Encoder, numbers: Sequence[int]) -> None:
    """Take all layers but these out, in place; they stay in their order.

    Raises
        UserError: the encoder has no layer of one of these numbers, which count from 0.
    """
    there = len(encoder.layers)
    kept = sorted(set(numbers))
    if not kept or kept[0] < 0 or kept[-1] >= there:
        raise UserError(f"keep_layers names {tuple(numbers)}; the encoder has the layers 0 to {there - 1}")
    encoder.layers = nn.ModuleList(encoder.layers[number] for number in kept)
    encoder.config = dataclasses.replace(encoder.config, num_layers=len(kept))
