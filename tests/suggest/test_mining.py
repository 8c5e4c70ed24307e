from __future__ import annotations

from aisle.shop.ledger import QueryCount
from aisle.shop.product import Product
from aisle.suggest.candidates import Candidate
from aisle.suggest.mining import mine, mine_candidates
from aisle.suggest.settings import MiningSettings

PRODUCTS = [
    Product(product_id="1", title="Whole Milk", brand="Fernwood", category=("Dairy", "Milk")),
    Product(product_id="2", title="Oat Milk", category=("Dairy", "Milk"), stores=("north",)),
    Product(product_id="3", title="7up", category=("Drinks",), stores=("north", "south")),
]


def count(query: str, sessions: int, *, store: str = "", carts: int = 1) -> QueryCount:
    return QueryCount(query, store, sessions, sessions, carts)


def by_text(*counts: QueryCount) -> dict[str, Candidate]:
    return {candidate.text: candidate for candidate in mine_candidates(PRODUCTS, counts)}


def test_searched_queries_come_with_their_sessions() -> None:
    found = by_text(count("whole milk", 12))
    assert found["whole milk"] == Candidate(
        text="whole milk", popularity=12, source="events", category="Milk", cart_rate=1 / 12
    )


def test_the_catalogue_speaks_for_itself_before_anybody_searches() -> None:
    found = by_text()
    assert sorted(found) == ["drinks", "fernwood", "milk"]
    assert {candidate.source for candidate in found.values()} == {"catalogue"}


def test_what_only_the_catalogue_knows_is_worth_less_than_what_was_searched_more_with_more_products() -> None:
    found = by_text(count("oat milk", 5))
    assert found["oat milk"].popularity > found["milk"].popularity > found["drinks"].popularity > 0


def test_queries_that_must_not_become_suggestions_are_counted() -> None:
    mined = mine(
        PRODUCTS,
        [
            count("whole milk", 100, carts=50),
            count("oat milk", 4),
            count("mil", 9),
            count("whole", 9, carts=0),
            count("m", 9),
            count("milk " * 9, 9),
            count("milk" * 20, 9),
            count("!?", 9),
        ],
    )
    assert [candidate.text for candidate in mined.candidates if candidate.source == "events"] == ["whole milk"]
    assert mined.dropped == {"few sessions": 1, "unknown word": 1, "half typed": 1, "too short": 1, "too long": 2}


def test_spellings_of_one_query_are_one_candidate_with_all_their_sessions() -> None:
    found = by_text(count("7 up", 5), count("7up", 8))
    assert found["7up"].popularity == 13
    assert "7 up" not in found


def test_spellings_that_are_rare_each_are_rare_together() -> None:
    # The same three sessions may have tried both.
    assert "7up" not in by_text(count("7 up", 3), count("7up", 3))


def test_stores_carry_what_they_can_serve_and_what_they_were_asked() -> None:
    found = by_text(
        count("oat milk", 20),
        count("oat milk", 12, store="north"),
        count("oat milk", 6, store="south"),
        count("whole milk", 30),
        count("whole milk", 9, store="south"),
        count("7 up", 9),
    )
    # South sells no oats, so what was asked there counts for nothing there.
    assert (found["oat milk"].stores, found["oat milk"].store_popularity) == (("north",), (("north", 12.0),))
    assert (found["whole milk"].stores, found["whole milk"].store_popularity) == ((), (("south", 9.0),))
    assert found["7 up"].stores == ()


def test_words_that_no_store_has_together_are_no_suggestion() -> None:
    apart = [
        Product(product_id="1", title="Rye", stores=("north",)),
        Product(product_id="2", title="Bread", stores=("south",)),
    ]
    mined = mine(apart, [count("rye bread", 9)])
    assert mined.dropped == {"no store": 1}


def test_the_least_number_of_sessions_is_a_setting() -> None:
    mined = mine(PRODUCTS, [count("oat milk", 2)], settings=MiningSettings(min_sessions=2))
    assert "oat milk" in {candidate.text for candidate in mined.candidates}


def test_the_order_of_products_and_counts_does_not_matter() -> None:
    counts = [count("oat milk", 9), count("7up", 8), count("7 up", 8), count("oat milk", 6, store="north")]
    assert mine_candidates(PRODUCTS, counts) == mine_candidates(PRODUCTS[::-1], counts[::-1])


def test_an_empty_shop_suggests_nothing() -> None:
    assert mine_candidates([], [count("milk", 100)]) == []
