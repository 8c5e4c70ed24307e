"""How a sentence is hidden from a masked language model.

Legend: N tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisle.inspection.lessons.lesson import Input, Lesson, Question, Step, Values
from aisle.objectives.masked_language_model import MASKED, REPLACED, MaskingTable, mask_tokens

SENTENCE = "[CLS] the clerk put the ripe fruit on the low shelf by the front door [SEP]"
WORDS = SENTENCE.split()
WORDLIST = ("[CLS]", "[SEP]", "[MASK]", *sorted(set(WORDS) - {"[CLS]", "[SEP]"}), "bread", "sold", "green")
DRAWS = 4000


def work(values: Values) -> Sequence[Step]:
    """One masked sentence, and what many draws come to."""
    rate, seed = float(values["rate"][0, 0]) / 100, int(values["seed"][0, 0])
    ids_N = np.array([WORDLIST.index(word) for word in WORDS])
    special_V = np.arange(len(WORDLIST)) < 3
    table = MaskingTable(mask=2, ordinary=np.flatnonzero(~special_V), special_V=special_V)
    one = mask_tokens(ids_N, np.zeros_like(ids_N), rate, table, np.random.default_rng(seed))
    shown = [WORDLIST[token] for token in one.ids_N]
    told = np.zeros(len(ids_N))
    told[one.at_M] = 1
    many = mask_tokens(
        np.tile(ids_N, DRAWS), np.repeat(np.arange(DRAWS), len(ids_N)), rate, table, np.random.default_rng(seed)
    )
    now_M = many.ids_N[many.at_M]
    shares = [np.mean(now_M == 2), np.mean((now_M != 2) & (now_M != many.targets_M)), np.mean(now_M == many.targets_M)]
    return [
        Step(
            title="What the model sees, and which tokens it must tell",
            values=told[None, :],
            rows=("to be told",),
            columns=tuple(f"{word}→{now}" if word != now else word for word, now in zip(WORDS, shown, strict=True)),
            note="The loss is taken at the marked places only: cross-entropy over the whole vocabulary.",
        ),
        Step(
            title=f"What became of the chosen tokens in {DRAWS:,} draws",
            formula=f"{MASKED:.0%} [MASK], {REPLACED:.0%} a random word, the rest unchanged",
            values=100 * np.array([shares]),
            columns=("[MASK] %", "another word %", "unchanged %"),
            note="A random word can be the right one by chance, so slightly more than 10 % stay. Since any word may be "
            "wrong, the model must keep a good vector for every token.",
        ),
    ]


LESSON = Lesson(
    name="masking",
    title="Learning from holes",
    lead="A masked language model learns from text alone: hide a few words and ask for them.",
    inputs=(
        Input(name="rate", label="Share of tokens, in %", values=((15,),), least=1, most=90),
        Input(name="seed", label="Draw", values=((1,),), least=0, most=9999),
    ),
    work=work,
    question=Question(
        text="Are masked words and next sentences supervised or unsupervised tasks?",
        options=("Supervised", "Unsupervised", "Self-supervised"),
        right=2,
        because="The labels come out of the text itself; the losses are those of supervised classification: over the "
        "vocabulary for masked words, over two classes for the next sentence.",
    ),
    uses=("aisle.objectives.masked_language_model.mask_tokens",),
)
