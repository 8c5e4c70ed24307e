"""In-batch negatives: everybody else's product is the wrong one.

Legend: N pairs, M candidates.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from aisle.errors import UserError
from aisle.inspection.lessons.lesson import Input, Lesson, Step, Values
from aisle.objectives.in_batch import in_batch_loss
from aisle.objectives.negatives import adversarial_weights, negatives
from aisle.objectives.self_adversarial_softmax import self_adversarial_softmax_loss

QUERIES = ("oat milk", "cheddar", "paper towels")
PRODUCTS = ("Oat Drink 1 L", "Sharp Cheddar", "Kitchen Roll")


def vectors(cosines_NN: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
    """Unit vectors (N, 2N) whose cosines are these: a query is the mix of products that the row asks for.

    Raises
        UserError: there are no such vectors.
    """
    N = len(cosines_NN)
    rows_NN = torch.tensor(cosines_NN)
    lengths_N = rows_NN.square().sum(1)
    if lengths_N.max() > 1:
        place = int(lengths_N.argmax())
        raise UserError(
            f"no query is that near to three unlike products: the squares of row {place + 1} sum to "
            f"{lengths_N[place]:.3g}; they may sum to 1 at most"
        )
    rest_NN = torch.diag((1 - lengths_N).sqrt())
    return torch.cat([rows_NN, rest_NN], 1), torch.cat([torch.eye(N), torch.zeros(N, N)], 1).double()


def work(values: Values) -> Sequence[Step]:
    """Scores, their softmax, the loss, and how self-adversarial weights change it."""
    scale, alpha = float(values["scale"][0, 0]), float(values["alpha"][0, 0])
    anchors_ND, candidates_MD = vectors(values["cosines"])
    cosines_NM = torch.nn.functional.normalize(anchors_ND, dim=1) @ candidates_MD.T
    weights_NM = adversarial_weights(cosines_NM, negatives(cosines_NM, None), alpha)
    vanilla = in_batch_loss(anchors_ND, candidates_MD, scale=scale)
    adversarial = self_adversarial_softmax_loss(anchors_ND, candidates_MD, scale=scale, alpha=alpha)
    return [
        Step(
            title="How much each product is taken for the answer",
            formula="softmax over the row of scale · cos(q, p)",
            values=(scale * cosines_NM).softmax(1).numpy(),
            rows=QUERIES,
            columns=PRODUCTS,
            note="The diagonal holds the right answers; every other product of the batch is a wrong one, for free.",
        ),
        Step(
            title="Self-adversarial weights of the wrong ones",
            formula="wᵢⱼ = K softmaxⱼ(α · cos), without gradient",
            values=weights_NM.numpy(),
            rows=QUERIES,
            columns=PRODUCTS,
            note="The more the encoder is taken in by a wrong product, the more it counts. With α = 0 all count 1.",
        ),
        Step(
            title="The loss",
            formula="−mean log of the diagonal's share",
            values=np.array([[vanilla.item(), adversarial.item()]]),
            columns=("in-batch negatives", "self-adversarial"),
        ),
    ]


LESSON = Lesson(
    name="in-batch-negatives",
    title="Learning from everybody else's purchase",
    lead="A log says what was bought after a query, never what was wrong. So the other pairs have to serve.",
    inputs=(
        Input(
            name="cosines",
            label="Cosine of query (row) and product (column)",
            values=((0.5, 0.45, 0.1), (0.4, 0.5, 0.0), (0.2, 0.1, 0.35)),
            rows=QUERIES,
            columns=PRODUCTS,
            least=-1,
            most=1,
        ),
        Input(name="scale", label="Scale (1 / temperature)", values=((20,),), least=0.1, most=100),
        Input(name="alpha", label="α, how much the hard ones count", values=((5,),), least=0, most=50),
    ),
    work=work,
    uses=(
        "aisle.objectives.in_batch.in_batch_loss",
        "aisle.objectives.self_adversarial_softmax.self_adversarial_softmax_loss",
    ),
)
