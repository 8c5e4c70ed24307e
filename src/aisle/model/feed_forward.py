"""The feed-forward network: each token's vector widened, bent, and narrowed again.

Legend: B texts, T tokens of each, D hidden size, F feed-forward size.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import Tensor, nn
from torch.nn.functional import gelu, relu

from aisle.model.recorder import Recorder
from aisle.model.shape import BlockShape


class FeedForward(nn.Module):
    """W_2 GELU(W_1 x), the same for every token. Source: arXiv 1706.03762, section 3.3; GELU: arXiv 1606.08415."""

    def __init__(self, config: BlockShape) -> None:
        super().__init__()
        self.hidden = nn.Linear(config.hidden_size, config.feed_forward_size)  # W_1
        self.output = nn.Linear(config.feed_forward_size, config.hidden_size)  # W_2
        self.activate = activation(config.hidden_act)

    def forward(self, x_BTD: Tensor, recorder: Recorder | None) -> Tensor:
        """(B, T, D) to (B, T, D), by way of (B, T, F)."""
        hidden_BTF = self.hidden(x_BTD)
        activated_BTF = self.activate(hidden_BTF)
        output_BTD: Tensor = self.output(activated_BTF)
        if recorder is not None:
            recorder.record("hidden", hidden_BTF)
            recorder.record("activated", activated_BTF)
            recorder.record("output", output_BTD)
        return output_BTD


def activation(name: str) -> Callable[[Tensor], Tensor]:
    """The function that a config calls by this name."""
    if name == "gelu":
        return gelu
    if name in ("gelu_new", "gelu_pytorch_tanh"):
        return partial(gelu, approximate="tanh")
    assert name == "relu", f"the config let the activation {name!r} through"
    return relu
