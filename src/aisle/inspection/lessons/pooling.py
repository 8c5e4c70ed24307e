"""Exercise 6 of the lecture: why the token vectors are pooled, and what each way of pooling keeps.

Legend: T tokens, D hidden size.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from aisle.inspection.lessons.lesson import Input, Lesson, Question, Step, Values
from aisle.model.pooling import pool

TOKENS = ("[CLS]", "fresh", "milk", "[SEP]")
MODES = ("mean", "max", "cls")


def work(values: Values) -> Sequence[Step]:
    """The three poolings, and what is left of them when the last word is padding."""
    hidden_BTD = torch.tensor(values["hidden"])[None]
    T = hidden_BTD.shape[1]
    shorter_BT = torch.ones(1, T, dtype=torch.bool)
    shorter_BT[0, 2:] = False
    pooled = np.stack([pool(hidden_BTD, None, mode)[0].numpy() for mode in MODES])
    masked = np.stack([pool(hidden_BTD, shorter_BT, mode)[0].numpy() for mode in MODES])
    return [
        Step(
            title="One vector for the text",
            formula="mean: Σᵢ hᵢ / T   max: maxᵢ hᵢ   CLS: h₁",
            values=pooled,
            rows=MODES,
            note="However long the text, D numbers are left: something that can be compared and classified.",
        ),
        Step(
            title="The same, if the last two were padding",
            values=masked,
            rows=MODES,
            note="Padding must be left out, or a text's vector would depend on its neighbours in the batch.",
        ),
    ]


LESSON = Lesson(
    name="pooling",
    title="From many vectors to one",
    lead="The encoder returns a vector for every token. A sentence needs one: three ways to get it.",
    inputs=(
        Input(
            name="hidden",
            label="Last hidden state (T × D)",
            values=((0.9, -0.2, 0.1), (0.2, 0.8, -0.5), (0.4, 0.6, 0.7), (-0.1, 0.0, 0.3)),
            rows=TOKENS,
        ),
    ),
    work=work,
    question=Question(
        text="Why is the output pooled for classifying a sequence?",
        options=(
            "It reduces the dimensionality",
            "It averages context from all the tokens",
            "Fine-tuning becomes affordable",
            "All of these",
        ),
        right=3,
        because="T × D numbers become D, made from all tokens, and the layers on top are small and of a fixed size.",
    ),
    uses=("aisle.model.pooling.pool",),
    further="vector",
)
