"""The siamese picture of SBERT: two texts, one encoder, three ways to learn from them.

Legend: N pairs, D numbers a vector, C labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from aisle.inspection.lessons.lesson import Input, Lesson, Step, Values
from aisle.objectives.cosine import cosine_regression
from aisle.objectives.softmax import concatenated

LABELS = ("contradiction", "entailment", "neutral")


def work(values: Values) -> Sequence[Step]:
    """The concatenation, its scores and the softmax; the cosine and its loss."""
    u_ND, v_ND = torch.tensor(values["u"]), torch.tensor(values["v"])
    joined_NW = concatenated(u_ND, v_ND, ("u", "v", "|u-v|"))
    scores_NC = joined_NW @ torch.tensor(values["w"])
    D = u_ND.shape[1]
    cosine = torch.nn.functional.cosine_similarity(u_ND, v_ND)
    gold_N = torch.tensor(values["gold"][:, 0])
    return [
        Step(
            title="For labels: both vectors and their distance, side by side",
            formula="(u, v, |u − v|)",
            values=joined_NW.numpy(),
            columns=tuple(f"{part}{place + 1}" for part in ("u", "v", "|u−v|") for place in range(D)),
        ),
        Step(
            title="One layer and a softmax",
            formula="softmax(W (u, v, |u − v|))",
            values=scores_NC.softmax(1).numpy(),
            columns=LABELS,
            note="W is thrown away after training. What is kept is the encoder, which had to put alike texts near each "
            "other for |u − v| to be of use.",
        ),
        Step(
            title="For scores: the cosine",
            formula="cos(u, v) = u · v / (|u| |v|)",
            values=np.array([[cosine.item(), cosine_regression(u_ND, v_ND, gold_N).item()]]),
            columns=("cosine", "squared error to the gold score"),
            note="When searching, this is all that is left: two vectors, made apart from each other, and their cosine.",
        ),
    ]


LESSON = Lesson(
    name="siamese",
    title="Two texts, one encoder",
    lead="SBERT runs both texts through the same weights and compares the two vectors. It learns from the comparison.",
    inputs=(
        Input(name="u", label="u, vector of text A", values=((0.8, 0.1, -0.3),)),
        Input(name="v", label="v, vector of text B", values=((0.7, 0.3, -0.1),)),
        Input(
            name="w",
            label="W, once a number of (u, v, |u − v|)",
            values=(
                (0.1, 0.2, 0.0),
                (0.0, 0.1, 0.1),
                (0.1, 0.0, 0.2),
                (0.1, 0.2, 0.0),
                (0.0, 0.1, 0.1),
                (0.1, 0.0, 0.2),
                (2.0, -2.0, 0.5),
                (2.0, -2.0, 0.5),
                (2.0, -2.0, 0.5),
            ),
            rows=tuple(f"{part}{place}" for part in ("u", "v", "|u−v|") for place in (1, 2, 3)),
            columns=LABELS,
        ),
        Input(name="gold", label="Gold score, 0 to 1", values=((0.9,),), least=0, most=1),
    ),
    work=work,
    uses=("aisle.objectives.softmax.concatenated", "aisle.objectives.cosine.cosine_regression"),
    further="match",
)
