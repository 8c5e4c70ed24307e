"""What is looked up for a query, and with what weight."""

from __future__ import annotations

import pytest

from aisle.search.inverted import build_inverted
from aisle.search.lexical import score
from aisle.search.plan import QueryPlan, plan_query
from aisle.shop.product import Product
from aisle.text.spelling import Spelling
from aisle.text.wordlist import WordList
from aisle.text.words import words
from tests.search.catalogue import PRODUCTS

INDEX = build_inverted(PRODUCTS)
SPELLING = Spelling.build(
    WordList.build({word: 1 for product in PRODUCTS for word in words(product.title) if word.isalpha()})
)


def plan(query: str) -> QueryPlan:
    return plan_query(words(query), size=INDEX.size, frequency=INDEX.frequency, spelling=SPELLING)


def hows(query: str) -> list[list[tuple[str, str]]]:
    return [[(one.how, one.text) for one in clause.alternatives] for clause in plan(query).clauses]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("milk", [[("exact", "milk")]]),
        ("milks", [[("exact", "milk")]]),
        ("milk milk", [[("exact", "milk")]]),
        ("chedar", [[("exact", "chedar"), ("corrected", "cheddar")]]),
        ("choco", [[("exact", "choco"), ("completed", "chocolate")]]),
        ("backsplash", [[("exact", "backsplash"), ("split", "back splash")]]),
        ("wd40", [[("exact", "wd40"), ("split", "wd 40")]]),
        ("12in", [[("exact", "12in")], [("exact", "12")]]),
        ("zzqzzq", [[("exact", "zzqzzq")]]),
    ],
)
def test_forms_of_words(query: str, expected: list[list[tuple[str, str]]]) -> None:
    assert hows(query) == expected


def test_two_words_may_be_one() -> None:
    back, splash = hows("back splash")
    assert back == [("exact", "back"), ("joined", "backsplash")]
    assert splash == [("exact", "splash"), ("joined", "backsplash")]


def test_two_numbers_are_never_one() -> None:
    assert all(how != "joined" for clause in hows("1 2") for how, _ in clause)


def test_rare_words_weigh_more_and_every_weight_counts_in_the_bound() -> None:
    made = plan("cheddar casa")
    cheddar, casa = made.clauses
    assert cheddar.weight > casa.weight > 0
    assert made.bound == pytest.approx(cheddar.weight + casa.weight)
    assert plan("golden ridge").bound > sum(clause.weight for clause in plan("golden ridge").clauses)


@pytest.mark.parametrize(
    ("query", "literal"),
    [
        ("milk 2%", True),
        ("the milk with 2%", True),
        ("milk", False),
        ("unheard 2%", False),
        ("milk 999", False),
        ("wd 40", True),
    ],
)
def test_only_numbers_sizes_and_codes_ask_for_the_letter(query: str, literal: bool) -> None:
    assert plan(query).literal is literal


def test_nothing_is_looked_up_for_no_words() -> None:
    assert plan("!!") == QueryPlan()
    assert not score(plan("!!"), INDEX).scores_N.any()


@pytest.mark.parametrize("query", ["milk", "golden ridge cereal 12 oz", "chedar chese", "back splash tile 12x24 grey"])
def test_scores_are_shares_of_what_could_be_had(query: str) -> None:
    scores_N = score(plan(query), INDEX).scores_N
    assert scores_N.max() <= 1
    assert scores_N.min() >= 0
    assert scores_N.any()


def test_a_word_that_matches_in_two_forms_counts_once() -> None:
    products = [Product(product_id="1", title="Backsplash"), Product(product_id="2", title="Backsplash back splash")]
    index = build_inverted([*products, *PRODUCTS])
    made = plan_query(["backsplash"], size=index.size, frequency=index.frequency, spelling=SPELLING)
    one, both = score(made, index).scores_N[:2]
    assert both <= 1
    assert one > both  # the longer title, for the same word
