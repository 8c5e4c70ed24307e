"""Exercise 2 of the lecture: a head's output is a weighted sum of the values.

Legend: T tokens, K numbers of a value.
"""

from __future__ import annotations

from collections.abc import Sequence

from aisle.inspection.lessons.lesson import Input, Lesson, Question, Step, Values

TOKENS = ("thinking", "machines")


def work(values: Values) -> Sequence[Step]:
    """Z = A V, and the two parts that make it."""
    weights_TT, value_TK = values["weights"], values["value"]
    steps = [
        Step(
            title=f"What “{token}” takes from each token",
            formula=f"a{row + 1}ⱼ · vⱼ",
            values=weights_TT[row][:, None] * value_TK,
            rows=TOKENS,
        )
        for row, token in enumerate(TOKENS)
    ]
    return [
        *steps,
        Step(
            title="The weighted sum",
            formula="Z = A V",
            values=weights_TT @ value_TK,
            rows=TOKENS,
            note="Each row blends all values. A row of weights that sums to 1 keeps the blend between them.",
        ),
        Step(title="Do the rows sum to 1?", formula="Σⱼ aᵢⱼ", values=weights_TT.sum(1, keepdims=True), rows=TOKENS),
    ]


LESSON = Lesson(
    name="weighted-sum",
    title="What attention does with its weights",
    lead="After softmax each token has a row of weights over all tokens. It becomes the weighted sum of values.",
    inputs=(
        Input(name="value", label="Values V", values=((1, 2), (-2, 3)), rows=TOKENS),
        Input(
            name="weights",
            label="Weights A (rows look at columns)",
            values=((0.7, 0.3), (0.4, 0.6)),
            rows=TOKENS,
            columns=TOKENS,
        ),
    ),
    work=work,
    question=Question(
        text="What is the vector of “thinking” after this head?",
        options=("[1.3, 2]", "[−0.8, 2.6]", "[0.1, 2.3]"),
        right=2,
        because=(
            "0.7 · [1, 2] + 0.3 · [−2, 3] = [0.1, 2.3]. [−0.8, 2.6] is what “machines” becomes. The slide's transcript "
            "lists only the first two options; the right one is added here."
        ),
    ),
    uses=("A @ V, as in aisle.model.attention.MultiHeadAttention",),
    further="head",
)
