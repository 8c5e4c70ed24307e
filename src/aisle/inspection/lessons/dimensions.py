"""Exercise 5 of the lecture: which shapes come out of BERT.

Legend: T tokens, D hidden size, H heads, K size of a head, F feed-forward size.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from aisle.inspection.lessons.lesson import Input, Lesson, Question, Step, Values
from aisle.model.config import EncoderConfig
from aisle.model.pooling import pool


def work(values: Values) -> Sequence[Step]:
    """Shapes for a number of tokens and a hidden size; pooling is run on numbers of that shape."""
    T, D = int(values["tokens"][0, 0]), int(values["hidden"][0, 0])
    hidden_BTD = torch.zeros(1, T, D)
    mean, first = pool(hidden_BTD, None, "mean"), pool(hidden_BTD, None, "cls")
    base = EncoderConfig()
    return [
        Step(
            title="What comes out",
            values=np.array([[mean.numel()], [first.numel()], [hidden_BTD.numel()]]),
            rows=("mean of the tokens: D", "vector of [CLS]: D", f"last hidden state: T × D = {T} × {D}"),
            columns=("numbers",),
        ),
        Step(
            title="Inside BERT-Base",
            values=np.array([[base.num_layers], [base.num_heads], [base.head_size], [base.feed_forward_size]]),
            rows=("layers", "heads H", f"numbers a head, K = {base.hidden_size} / {base.num_heads}", "feed-forward F"),
            columns=("",),
            note="From the package's own configuration. K · H = D: the heads share a token's numbers out among them.",
        ),
    ]


LESSON = Lesson(
    name="dimensions",
    title="How many numbers come out",
    lead="A sentence of 13 words becomes 20 pieces. BERT gives every piece a vector; a classifier wants one.",
    inputs=(
        Input(name="tokens", label="Tokens T", values=((20,),), least=1, most=512),
        Input(name="hidden", label="Hidden size D", values=((768,),), least=1, most=4096),
    ),
    work=work,
    question=Question(
        text="Dimensions of the pooled vector, of the [CLS] vector, and of the whole last hidden layer?",
        options=("768, 15,360 and 768", "768, 768 and 768", "15,360, 768 and 15,360", "768, 768 and 15,360"),
        right=3,
        because=(
            "20 × 768 = 15,360; the slide prints 15630. If the 20 leave out [CLS] and [SEP], it is 22 × 768 = 16,896."
        ),
    ),
    uses=("aisle.model.config.EncoderConfig", "aisle.model.pooling.pool"),
    further="vector",
)
