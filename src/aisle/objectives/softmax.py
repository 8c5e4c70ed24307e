"""Softmax over labels: which relation do two texts have?

Legend: N pairs, D vector length, C labels, W numbers that the concatenation has.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from aisle.errors import UserError

# The rows of Table 6 in arXiv 1908.10084, in its order. `*` is the product number by number.
CONCATENATIONS = ("u,v", "|u-v|", "u*v", "|u-v|,u*v", "u,v,u*v", "u,v,|u-v|", "u,v,|u-v|,u*v")


class SoftmaxObjective(nn.Module):
    """Cross-entropy of the label, from the two vectors and what sets them apart.

    Formula: `-mean_n log softmax(W f(u_n, v_n) + b)[label_n]`, where f puts the parts of the concatenation side by
    side: u, v, |u-v|, u*v, each D numbers.
    Shapes: u, v (N, D); labels (N,) from 0 to C - 1; W (C, parts x D).
    Source: Reimers and Gurevych 2019 (arXiv 1908.10084), section 3 (there without b) and Table 6.
    When: pairs with a label and no score, such as natural-language inference. W is thrown away after training; only
    with |u-v| among the parts does the objective ask that near vectors mean alike texts, which is what cosine needs.
    """

    def __init__(self, dim: int, num_labels: int, concatenation: str = "u,v,|u-v|") -> None:
        super().__init__()
        if concatenation not in CONCATENATIONS:
            allowed = " ; ".join(CONCATENATIONS)
            raise UserError(f"concatenation {concatenation!r} is not one of these: {allowed}")
        self.parts = tuple(concatenation.split(","))
        self.classifier = nn.Linear(len(self.parts) * dim, num_labels)

    def forward(self, u_ND: Tensor, v_ND: Tensor, labels_N: Tensor) -> Tensor:
        """The mean loss, one number."""
        return cross_entropy(self.logits(u_ND, v_ND), labels_N)

    def logits(self, u_ND: Tensor, v_ND: Tensor) -> Tensor:
        """The score of every label (N, C)."""
        logits_NC: Tensor = self.classifier(concatenated(u_ND, v_ND, self.parts))
        return logits_NC


def concatenated(u_ND: Tensor, v_ND: Tensor, parts: tuple[str, ...]) -> Tensor:
    """The parts side by side (N, W)."""
    compute = {"u": lambda: u_ND, "v": lambda: v_ND, "|u-v|": lambda: (u_ND - v_ND).abs(), "u*v": lambda: u_ND * v_ND}
    return torch.cat([compute[part]() for part in parts], dim=1)
