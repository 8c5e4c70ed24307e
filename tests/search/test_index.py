"""What a shopper meets: the literal match first, exact filters, pages that fit together, an answer to anything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import DamagedError, UserError
from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from aisle.search.request import MODES, SearchRequest, SearchResult
from aisle.shop.product import Product
from tests.search.catalogue import PRODUCTS, vector, vectors


def ask(index: SearchIndex, query: str, **rest: Any) -> SearchResult:
    return index.search(SearchRequest(query=query, **rest), vector(query) if query.strip() else None)


def ids(result: SearchResult) -> list[str]:
    return [hit.product_id for hit in result.hits]


@pytest.mark.parametrize("mode", ["hybrid", "lexical"])
@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("FW-2002", "FW-2002"),
        ("fw2002", "FW-2002"),
        ("fw 2002", "FW-2002"),
        ("item FW-2002", "FW-2002"),
        ("gr-6", "GR-6"),
        ("oakley dairy", "OK-17"),
        ("OATMEAL COOKIE", "CK-1"),
        ("milk 2%", "FW-2002"),
        ("milk 2 percent", "FW-2002"),
        ("cereal 12 oz", "GR-6"),
        ("cereal 18oz", "GR-5"),
        ("tile 12x24", "HW-9"),
        ('tile 12" x 12"', "HW-10"),
        ("wd40", "HW-11"),
        ("wd 40", "HW-11"),
        ("6 pack dessert", "CB-1"),
        ("creme brulee", "CB-1"),
    ],
)
def test_the_literal_match_is_first(index: SearchIndex, mode: Any, query: str, first: str) -> None:
    assert ids(ask(index, query, mode=mode))[0] == first


@pytest.mark.parametrize(
    ("query", "both"),
    [
        ("backsplash tile", {"HW-9", "HW-10"}),
        ("back splash tile", {"HW-9", "HW-10"}),
        ("chedar", {"OK-17"}),
        ("cerael", {"GR-5", "GR-6"}),
        ("cookies", {"CK-1"}),
        ("choco", {"GR-6"}),
    ],
)
def test_other_spellings_are_found(index: SearchIndex, query: str, both: set[str]) -> None:
    assert set(ids(ask(index, query, mode="lexical"))[: len(both)]) == both


def test_a_corrected_word_is_told(index: SearchIndex) -> None:
    (note,) = ask(index, "chedar", mode="lexical").notes
    assert '"chedar"' in note
    assert "cheddar" in note


def test_a_literal_match_goes_before_a_corrected_one() -> None:
    index = _index(
        Product(product_id="1", title="Cedar Board Board Board"), Product(product_id="2", title="Board of Cheddar")
    )
    assert ids(ask(index, "cedar", mode="lexical")) == ["1"]


@pytest.mark.parametrize("mode", MODES)
def test_pages_fit_together_and_scores_do_not_depend_on_them(index: SearchIndex, mode: Any) -> None:
    whole = ask(index, "golden milk cereal 12 oz", mode=mode, k=100)
    assert whole.total == len(whole.hits) == len(set(ids(whole))) > 3
    for size in (1, 2, 3):
        hits = []
        for offset in range(0, whole.total + size, size):
            page = ask(index, "golden milk cereal 12 oz", mode=mode, k=size, offset=offset)
            assert page.total == whole.total
            assert page.facets == whole.facets
            hits.extend(page.hits)
        assert tuple(hits) == whole.hits


@pytest.mark.parametrize("mode", MODES)
def test_scores_fall_and_do_not_depend_on_filters(index: SearchIndex, mode: Any) -> None:
    whole = {hit.product_id: hit.score for hit in ask(index, "milk cereal", mode=mode, k=100).hits}
    assert list(whole.values()) == sorted(whole.values(), reverse=True)
    some = ask(index, "milk cereal", mode=mode, k=100, filter="price < 5").hits
    assert some
    assert all(whole[hit.product_id] == hit.score for hit in some)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("query", ["", "milk", "golden ridge", "FW-2001"])
def test_nothing_passes_that_the_filter_or_the_store_excludes(index: SearchIndex, mode: Any, query: str) -> None:
    result = ask(index, query, mode=mode, k=100, filter='in_stock and not category = "Dairy > Cheese"', store="South")
    assert all(
        hit.product["in_stock"]
        and hit.product["category"][:2] != ["Dairy", "Cheese"]
        and ("south" in hit.product["stores"] or not hit.product["stores"])
        for hit in result.hits
    )
    assert "GR-5" not in ids(result)
    assert "OK-17" not in ids(result)


def test_an_empty_query_lists_everything_in_the_catalogues_order(index: SearchIndex) -> None:
    result = ask(index, "  ", k=4, offset=2)
    assert ids(result) == [product.product_id for product in PRODUCTS[2:6]]
    assert result.total == len(PRODUCTS)
    assert result.facets["stock"] == {"in_stock": len(PRODUCTS) - 1, "out_of_stock": 1}
    assert ids(ask(index, "", filter="price > 10")) == ["HW-9", "HW-10"]


@pytest.mark.parametrize("mode", MODES)
def test_emoji_alone_are_answered(index: SearchIndex, mode: Any) -> None:
    result = ask(index, "🥛🥛", mode=mode)
    assert result.total == (0 if mode == "lexical" else len(PRODUCTS))


@pytest.mark.parametrize("mode", MODES)
def test_a_query_of_ten_thousand_characters_is_answered_and_the_cut_is_told(index: SearchIndex, mode: Any) -> None:
    result = ask(index, "milk " * 2000, mode=mode)
    assert "FW-2001" in ids(result)
    assert any("10000 characters" in note or "9999 characters" in note for note in result.notes)


@pytest.mark.parametrize(
    "query",
    ['title:milk AND "', "milk~2^9 *", "+milk -cheese", "(((", '"milk', "a OR NOT b", "[1 TO 2]", "\\", "milk\x00"],
)
@pytest.mark.parametrize("mode", MODES)
def test_nothing_in_a_query_is_syntax(index: SearchIndex, mode: Any, query: str) -> None:
    ask(index, query, mode=mode, explain=True)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=st.text(max_size=80), mode=st.sampled_from(MODES))
def test_any_text_is_answered(index: SearchIndex, query: str, mode: Any) -> None:
    result = index.search(SearchRequest(query=query, mode=mode, explain=True, k=100), vector(query))
    assert result.total == len(result.hits)


def test_without_vectors_a_hybrid_search_says_so_and_a_semantic_one_is_refused(tmp_path: Path) -> None:
    build_search(tmp_path, PRODUCTS, None)
    index = SearchIndex.open(tmp_path)
    result = ask(index, "milk")
    assert ids(result)[:2] == ["FW-2001", "FW-2002"]
    assert any("words alone" in note for note in result.notes)
    with pytest.raises(UserError, match="lexical or hybrid"):
        ask(index, "milk", mode="semantic")


def test_a_vector_of_another_encoder_is_refused(index: SearchIndex) -> None:
    with pytest.raises(UserError, match="length 16"):
        index.search(SearchRequest(query="milk"), np.ones(8, np.float32))


def test_an_unknown_store_is_told(index: SearchIndex) -> None:
    result = ask(index, "milk", store="nrth")
    assert any("nrth" in note for note in result.notes)
    assert "FW-2001" not in ids(result)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"k": 0}, "k is 0"),
        ({"k": 100_000}, "between 1 and"),
        ({"offset": -1}, "offset is -1"),
        ({"mode": "fuzzy"}, "hybrid, lexical, semantic"),
        ({"query": 7}, "must be text"),
    ],
)
def test_a_request_out_of_range_says_what_is_allowed(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        SearchRequest(**{"query": "milk", **wrong})


def test_the_same_files_answer_the_same(directory: Path, index: SearchIndex) -> None:
    again = SearchIndex.open(directory)
    for query in ("milk", "golden cereal 12 oz", ""):
        assert ask(again, query, explain=True) == ask(index, query, explain=True)


def test_many_threads_get_what_one_gets(index: SearchIndex) -> None:
    asked = [("milk", ""), ("chedar", "price < 5"), ("", "in_stock"), ("tile 12x24", 'brand = "Casa"')] * 20
    alone = [ask(index, query, filter=kept, k=5) for query, kept in asked]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda each: ask(index, each[0], filter=each[1], k=5), asked))
    assert together == alone


def test_facts_of_the_catalogue(index: SearchIndex) -> None:
    assert len(index) == len(PRODUCTS)
    assert index.stores == ["north", "south"]
    assert "Golden Ridge" in index.brands
    assert ("Dairy", "Milk") in index.categories
    assert index.dim == 16
    stored = index.vector("OK-17")
    assert stored is not None
    np.testing.assert_array_equal(stored, vectors(PRODUCTS)[2])
    assert index.vector("none") is None


@pytest.mark.parametrize("harm", ["missing", "cut", "facts"])
def test_broken_files_are_refused_by_name(tmp_path: Path, harm: str) -> None:
    build_search(tmp_path, PRODUCTS, vectors(PRODUCTS))
    victim = tmp_path / ("search.json" if harm == "facts" else "inverted_keys.npy")
    if harm == "missing":
        victim.unlink()
    elif harm == "cut":
        victim.write_bytes(victim.read_bytes()[:100])
    else:
        victim.write_text('{"format": 0}')
    with pytest.raises(DamagedError, match=r"build the shop"):
        SearchIndex.open(tmp_path)


def test_vectors_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    bad = vectors(PRODUCTS)
    bad[3, 1] = np.nan
    with pytest.raises(DamagedError, match="product number 3"):
        build_search(tmp_path, PRODUCTS, bad)


def _index(*products: Product) -> SearchIndex:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as directory:
        build_search(Path(directory), products, vectors(products))
        return SearchIndex.open(Path(directory))
