"""Made-up questions: every one can be written, runs, and says what its query asks for."""

from __future__ import annotations

from pathlib import Path

from aisle.ask.made_up import KINDS, made_up_questions
from aisle.ask.patterns import filled, patterns, question_words, tables
from aisle.sql.execution import run_select
from aisle.sql.grammar import Grammar
from aisle.sql.links import lay_out
from aisle.sql.render import render
from aisle.sql.writing import symbols_of
from tests.ask.shops import ledger_of


def test_every_question_is_written_by_the_grammar_and_runs(shop: Path) -> None:
    ledger = ledger_of(shop)
    made = list(made_up_questions(ledger, 150, seed=5))
    unanswerable = [one for one in made if one.query is None]
    assert 5 <= len(unanswerable) <= 35
    for number, one in enumerate(made):
        sheet = lay_out(one.text, one.schema, today=one.today, guess=one.guess)
        assert Grammar(sheet).tree(symbols_of(one.query, sheet)) == one.query
        if one.query is not None and number % 5 == 0:
            run_select(render(one.query, one.schema), ledger.readable)


def test_the_same_seed_makes_the_same_questions(shop: Path) -> None:
    ledger = ledger_of(shop)
    first, again, other = ([one.text for one in made_up_questions(ledger, 20, seed=seed)] for seed in (1, 1, 2))
    assert first == again != other


def test_every_pattern_can_be_filled() -> None:
    from random import Random

    slots = dict.fromkeys(("x", "s", "p", "g", "many", "k", "m", "a", "b", "cost", "than", "noun", "done"), "w")
    count = 0
    for name, table in tables().items():
        if name in ("phrases", "groups", "actions"):
            continue
        for which in table:
            for pattern in patterns(f"{name}/{which}"):
                text = filled(pattern, Random(0), **slots)
                assert text
                assert not set(text) & set("[]<>{}|")
                count += 1
    assert count > 300
    assert len(KINDS) > 20


def test_the_language_of_questions_is_known_and_has_no_slots() -> None:
    assert {"which", "revenue", "cheapest"} <= question_words()
    assert not {"x", "weather", "fashion"} & question_words()
