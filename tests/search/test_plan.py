"""What is looked up for a query, and with what weight."""

from __future__ import annotations

import pytest

from aisle.search.inverted import build_inverted
from aisle.search.lexical import score
from aisle.search.plan import QueryPlan, plan_query
from aisle.search.weights import LEXICAL_WEIGHTS
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
        ("chedar", [[("corrected", "cheddar")]]),
        ("choco", [[("completed", "chocolate")]]),
        ("backsplash", [[("exact", "backsplash"), ("split", "back splash")]]),
        ("wd40", [[("split", "wd 40")]]),
        ("12in", [[("exact", "12in"), ("amount", "12")]]),
        (
            "12x24",
            [[("exact", "12x24")], [("exact", "12")], [("exact", "24")]],
        ),
        ("something", [[("exact", "something")]]),
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
        ("wd40 spray", True),
        ("wd40 chedar", False),
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
    (clause,) = made.clauses
    one, both = score(made, index).scores_N[:2]
    assert len(clause.alternatives) == 2
    assert 0 < one < 1
    assert 0 < both < 1


def test_a_number_never_outweighs_what_it_is_the_size_of() -> None:
    titles = ["coffee", "beer 12 oz", *(f"coffee {number}" for number in range(20)), *["tea"] * 400]
    index = build_inverted([Product(product_id=str(at), title=title) for at, title in enumerate(titles)])
    made = plan_query(words("coffee 12oz"), size=index.size, frequency=index.frequency, spelling=SPELLING)
    coffee, size = made.clauses
    assert size.weight == LEXICAL_WEIGHTS.most_of_a_number
    assert size.alternatives[0].weight < index.size
    assert coffee.weight > 0


def test_a_rare_slip_of_the_catalogue_is_read_as_the_usual_word_too() -> None:
    titles = ["cot chese", *["cheddar cheese"] * 60]
    counts = {"chese": 1, "cheese": 60, "cheddar": 60, "cot": 1}
    index = build_inverted([Product(product_id=str(at), title=title) for at, title in enumerate(titles)])
    spelling = Spelling.build(WordList.build(counts))
    made = plan_query(["chese"], size=index.size, frequency=index.frequency, spelling=spelling)
    assert [one.text for one in made.clauses[0].alternatives] == ["chese", "cheese"]
    assert made.notes == ('only one product has the word "chese"; searched for cheese as well',)
    scores_N = score(made, index).scores_N
    assert scores_N[0] > scores_N[1] > 0
