"""Exercise 1 of the lecture: the input of the first layer is a sum.

Legend: T tokens, D numbers a vector.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from aisle.inspection.lessons.lesson import Input, Lesson, Question, Step, Values
from aisle.inspection.trace import Trace
from aisle.model.config import EncoderConfig
from aisle.model.embeddings import Embeddings
from aisle.model.recorder import scope

TOKENS = ("thinking", "machines")


def work(values: Values) -> Sequence[Step]:
    """Put the three tables into the encoder's own input layer and record what it adds up."""
    tables = {name: torch.tensor(values[name]) for name in ("token", "position", "segment")}
    T, D = tables["token"].shape
    config = EncoderConfig(
        vocab_size=T, hidden_size=D, num_layers=1, num_heads=1, feed_forward_size=1, max_positions=T, num_segments=1
    )
    layer = Embeddings(config).double().eval()
    for name, table in tables.items():
        getattr(layer, name).weight.data.copy_(table)
    trace = Trace()
    with torch.inference_mode():
        layer(torch.arange(T)[None], None, scope(trace, "embeddings"))
    return [
        Step(
            title="Token + position + segment",
            formula="z⁽⁰⁾ᵢ = E_token(i) + E_position(i) + E_segment(i)",
            values=trace["embeddings.sum"],
            rows=TOKENS,
            note="Added number by number. The encoder knows the order of the words only by what is added here.",
        ),
        Step(
            title="After LayerNorm",
            formula="(z − mean) / √(variance + ε)",
            values=trace["embeddings.normalized"],
            rows=TOKENS,
            note="BERT normalises the sum before the first layer; with two numbers only their order is left.",
        ),
    ]


LESSON = Lesson(
    name="input",
    title="What goes into the first layer",
    lead="Each token's vector is a sum: what the token is, where it stands, and which sentence it belongs to.",
    inputs=(
        Input(name="token", label="Token embeddings", values=((1, 2), (-1, 3)), rows=TOKENS),
        Input(name="position", label="Position embeddings", values=((2, 3), (1, 5)), rows=("position 1", "position 2")),
        Input(name="segment", label="Segment embedding", values=((0, 0),), rows=("sentence A",)),
    ),
    work=work,
    question=Question(
        text="With the numbers above, what is the input vector of “machines”?",
        options=("[0, 8]", "[1, 6]", "[3, 5]", "[2, 7]"),
        right=0,
        because="[−1, 3] + [1, 5] = [0, 8]. [3, 5] is the sum for “thinking”.",
    ),
    uses=("aisle.model.embeddings.Embeddings",),
    further="input",
)
