"""Made-up questions: every one can be written, runs, and says what its query asks for."""

from __future__ import annotations

from pathlib import Path
from random import Random

from aisle.ask.made_up import KINDS, made_up_questions
from aisle.ask.patterns import Speech, filled, patterns, question_words, tables
from aisle.sql.grammar import Grammar
from aisle.sql.links import lay_out
from aisle.sql.render import render
from aisle.sql.writing import symbols_of
from tests.ask.shops import ledger_of

_SLOTS = (
    "x", "s", "p", "g", "h", "many", "adjective", "k", "m", "n", "a", "b", "d", "cost", "than", "noun", "done",
)  # fmt: skip


def test_every_question_is_written_by_the_grammar_and_runs(shop: Path) -> None:
    ledger = ledger_of(shop)
    made = list(made_up_questions(ledger, 150, seed=5))
    unanswerable = [one for one in made if one.query is None]
    assert 5 <= len(unanswerable) <= 35
    for number, one in enumerate(made):
        sheet = lay_out(one.text, one.schema, today=one.today, guess=one.guess)
        assert Grammar(sheet).tree(symbols_of(one.query, sheet)) == one.query
        if one.query is not None and number % 5 == 0:
            ledger.run(render(one.query, one.schema))


def test_the_same_seed_makes_the_same_questions(shop: Path) -> None:
    ledger = ledger_of(shop)
    first, again, other = ([one.text for one in made_up_questions(ledger, 20, seed=seed)] for seed in (1, 1, 2))
    assert first == again != other


def test_every_pattern_can_be_filled() -> None:
    slots = dict.fromkeys(_SLOTS, "w")
    count = 0
    for name, table in tables().items():
        if name in ("phrases", "groups", "actions", "polite"):
            continue
        for which in table:
            for pattern in patterns(f"{name}/{which}"):
                text = filled(pattern, Random(0).choice, **slots)
                assert text
                assert not set(text) & set("[]<>{}|")
                count += 1
    assert count > 800
    assert len(KINDS) > 20


def test_the_language_of_questions_is_known_and_has_no_slots() -> None:
    assert {"which", "revenue", "cheapest"} <= question_words()
    assert not {"x", "weather", "fashion"} & question_words()


def test_what_is_kept_back_is_never_learned(shop: Path) -> None:
    ledger = ledger_of(shop)
    learned = Speech(Random(0), "learned")
    ways = ("turnover", "aisle", "income", "sales")
    assert {learned.choose(ways) for _ in range(60)} == {"turnover", "income", "sales"}
    assert learned.strange == 0
    everything = Speech(Random(0), "kept back")
    chosen = [everything.choose(ways) for _ in range(60)]
    assert everything.strange == chosen.count("aisle") > 0
    kept, taught = (
        {one.text for one in made_up_questions(ledger, 150, seed=3, wordings=which)}
        for which in ("kept back", "learned")
    )
    assert not kept & taught
    assert any("group" in text.lower() for text in kept) or any("most popular" in text.lower() for text in kept)
    assert not any("most popular" in text.lower() for text in taught)
