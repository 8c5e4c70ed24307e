"""Exercise 3 of the lecture: one head of self-attention, from vectors to weights, number by number.

Legend: T tokens, D numbers of a token's vector, K numbers of a query, key or value.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from aisle.inspection.lessons.lesson import Input, Lesson, Question, Step, Values
from aisle.model.attention import attention_scores, attention_weights

TOKENS = ("token 1", "token 2")


def work(values: Values) -> Sequence[Step]:
    """Q, K and V, the scores with and without the division, the weights of both, and the weighted sum."""
    x_TD, w_query, w_key, w_value = (torch.tensor(values[name]) for name in ("x", "w_query", "w_key", "w_value"))
    q_TK, k_TK, v_TK = x_TD @ w_query, x_TD @ w_key, x_TD @ w_value
    products_TT = q_TK @ k_TK.T
    scores_TT = attention_scores(q_TK, k_TK)
    weights_TT = attention_weights(scores_TT, None)
    return [
        Step(title="Queries", formula="Q = X W_Q", values=q_TK.numpy(), rows=TOKENS, note="What each token looks for."),
        Step(title="Keys", formula="K = X W_K", values=k_TK.numpy(), rows=TOKENS, note="What each is found by."),
        Step(title="Values", formula="V = X W_V", values=v_TK.numpy(), rows=TOKENS, note="What each gives."),
        Step(
            title="Every query with every key", formula="Q Kᵀ", values=products_TT.numpy(), rows=TOKENS, columns=TOKENS
        ),
        Step(
            title="Scores",
            formula="Q Kᵀ / √K",
            values=scores_TT.numpy(),
            rows=TOKENS,
            columns=TOKENS,
            note="The division keeps the sizes in check, whatever the number of dimensions.",
        ),
        Step(
            title="Weights",
            formula="softmax of each row",
            values=weights_TT.numpy(),
            rows=TOKENS,
            columns=TOKENS,
            note="Each row sums to 1. Its greatest score is taken off first: e to the 588 is more than a float holds.",
        ),
        Step(
            title="Weights without the division",
            formula="softmax(Q Kᵀ)",
            values=attention_weights(products_TT, None).numpy(),
            rows=TOKENS,
            columns=TOKENS,
            note="Nearer to all or nothing, where a softmax has hardly a gradient left to learn from.",
        ),
        Step(title="The weighted sum", formula="Z = A V", values=(weights_TT @ v_TK).numpy(), rows=TOKENS),
    ]


LESSON = Lesson(
    name="self-attention",
    title="Self-attention by hand",
    lead="Two tokens of four numbers, one head of three. Follow them from the vectors to who looks at whom.",
    inputs=(
        Input(name="x", label="Token vectors X", values=((1, 2, 3, -1), (3, -4, -7, 5)), rows=TOKENS),
        Input(name="w_query", label="W_Q", values=((-1, 2, 0), (2, 3, -5), (1, 0, 0), (-3, 1, 2))),
        Input(name="w_key", label="W_K", values=((1, 2, 3), (2, 4, 3), (3, 0, 3), (-1, 5, 2))),
        Input(name="w_value", label="W_V", values=((-1, -2, 3), (2, -4, 0), (0, 0, 1), (1, 0, -7))),
    ),
    work=work,
    question=Question(
        text="Which token does token 2 look at more?",
        options=("token 1", "token 2, with a weight of practically 1", "both alike"),
        right=1,
        because=(
            "Its scores are −11.547 and 339.482: token 1 gets a weight of 3.55e−153 (8.9e−265 without the division), "
            "and token 2 the rest."
        ),
    ),
    uses=("aisle.model.attention.attention_scores", "aisle.model.attention.attention_weights"),
    further="head",
)
