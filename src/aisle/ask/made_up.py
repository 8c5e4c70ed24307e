"""Questions about a shop with the queries that answer them, made up from patterns: what `aisle train ask` learns from.

Each kind of question is a function that draws a text and its query together. Questions that no view can answer are
among them, with no query: so the model learns to say that it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from aisle.ask import about_products, about_sales, about_searches, about_shelves
from aisle.ask.ledger_schema import Ledger
from aisle.ask.maker import Made, Maker
from aisle.ask.patterns import Speech, Wordings, disturbed
from aisle.ask.subjects import Subjects, period_words
from aisle.sql.links import Guess
from aisle.sql.schema import Schema
from aisle.tasks.ask.examples import Question

UNANSWERABLE = 0.13
"""Share of questions that have no answer."""

KINDS: tuple[tuple[Callable[[Maker], Made], float], ...] = (
    (about_sales.sale_total, 16), (about_sales.sold_by, 5), (about_sales.sale_extreme, 16),
    (about_sales.sale_top, 9), (about_sales.sale_each, 12), (about_sales.sale_ranked, 3), (about_sales.visits, 4),
    (about_sales.distinct_sold, 3), (about_sales.when_sold, 3), (about_sales.two_values, 6),
    (about_products.product_count, 5), (about_products.product_values, 6), (about_products.product_price, 5),
    (about_products.product_dear, 5), (about_products.product_priced, 8), (about_products.product_list, 4),
    (about_products.named_like, 3), (about_products.product_stock, 5), (about_products.product_groups, 7),
    (about_products.having, 5), (about_products.never_sold, 4), (about_products.beside_average, 3),
    (about_shelves.shelf, 6), (about_shelves.shelf_of, 3), (about_searches.searches, 10), (about_searches.events, 8),
)  # fmt: skip
"""Kinds of questions and how often each is drawn."""


def made_up_questions(ledger: Ledger, count: int, *, seed: int, wordings: Wordings = "all") -> Iterator[Question]:
    """So many questions about a shop, the same for the same seed and ledger.

    `wordings`: all, only those that are learned from, or only questions that have a wording that is kept back.
    """
    draw = Random(f"questions/{seed}")
    subjects = Subjects(ledger)
    guess = guess_of(subjects.guesses, ledger.schema)
    functions, weights = zip(*KINDS, strict=True)
    made = 0
    while made < count:
        speech = Speech(draw, wordings)
        if draw.random() < UNANSWERABLE:
            text, query = _unanswerable(speech, subjects, ledger), None
        else:
            maker = Maker(ledger, subjects, speech)
            found = draw.choices(functions, weights)[0](maker)
            # A pattern that has no place for one of the conditions would ask for something else.
            if found is None or not found[0] or not all(words in found[0] for words in maker.said):
                continue
            text, query = found
        text = disturbed(text, speech)
        if wordings == "kept back" and not speech.strange:
            continue
        made += 1
        yield Question(text=text, query=query, schema=ledger.schema, today=ledger.today, guess=guess)


def _unanswerable(speech: Speech, subjects: Subjects, ledger: Ledger) -> str:
    draw = speech.draw
    subject = subjects.about(draw)
    return speech.say(
        "unanswerable/plain",
        x=subject.words if subject else "milk",
        s=draw.choice(subjects.values["store"] or ["the shop"]),
        p=period_words(draw, ledger.today.year) if draw.random() < 0.5 else "",
    )


def guess_of(guesses: dict[str, tuple[str, str]], schema: Schema) -> Guess:
    """What stands in for nearness of meaning: the words that were drawn mean the values that were drawn for them."""

    def guess(words: Sequence[str]) -> list[tuple[str, frozenset[int], float]]:
        found = []
        for word in words:
            column, value = guesses.get(word.lower(), ("", ""))
            columns = frozenset(n for n, one in enumerate(schema.columns) if one.name == column)
            found.append((value, columns, 0.5))
        return found

    return guess
