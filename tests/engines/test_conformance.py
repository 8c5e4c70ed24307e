"""What every index promises, whatever engine it lies in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from aisle.engines.interface import Index
from aisle.engines.opening import open_index, open_search
from aisle.errors import UserError
from aisle.search.request import MODES, SearchRequest, SearchResult
from aisle.shop.product import Product
from tests.engines.catalogue import DIM, ENCODER, FILTERS, OTHER, carried, products, unit, vectors
from tests.engines.conftest import Engine

COUNT = 240
CATALOGUE = products(COUNT)
VECTORS = vectors(COUNT)
NEW = Product(product_id="new-1", title="Quillworth kefir", brand="Quillworth", price=2.0, stores=("north",))
NEW_D = unit(np.random.default_rng(77).normal(size=DIM))


@pytest.fixture(scope="module")
def index(engine: Engine) -> Iterator[Index]:
    with engine.index() as made:
        made.build(CATALOGUE, VECTORS, encoder=ENCODER)
        yield made
        made.drop()


def ask(index: Index, query: str, at: int | np.ndarray = 0, **rest: Any) -> SearchResult:
    query_D = VECTORS[at] if isinstance(at, int) else at
    request = SearchRequest(query=query, **{"k": 1000, "mode": "semantic"} | rest)
    return index.search(request, None if request.mode == "lexical" else query_D, encoder=ENCODER)


def ids(result: SearchResult) -> list[str]:
    return [hit.product_id for hit in result.hits]


def exact(query_D: np.ndarray, allowed: set[str], most: int) -> list[str]:
    """The nearest of all vectors, as hits are ordered: what is not near at all in the catalogue's order."""
    cosines_N = VECTORS @ query_D
    nearest = [at for at in np.argsort(-cosines_N) if CATALOGUE[at].product_id in allowed][:most]
    nearest.sort(key=lambda at: (-round(max(0.0, float(cosines_N[at])), 6), at))
    return [CATALOGUE[at].product_id for at in nearest]


@pytest.mark.parametrize("expression", FILTERS)
def test_filters_are_exact(index: Index, expression: str) -> None:
    passing = {product.product_id for product in CATALOGUE if FILTERS[expression](product)}
    found = ids(ask(index, "anything", 5, filter=expression))
    assert set(found) <= passing
    assert found == exact(VECTORS[5], passing, 200)


def test_the_store_of_a_request_is_a_filter_too(index: Index) -> None:
    north = {product.product_id for product in CATALOGUE if carried("north")(product) and product.in_stock}
    assert ids(ask(index, "anything", 9, filter="in_stock", store="North")) == exact(VECTORS[9], north, 200)


@pytest.mark.parametrize("mode", MODES)
def test_scores_do_not_depend_on_k(index: Index, mode: Any) -> None:
    whole = ask(index, "cheddar number", 3, mode=mode).hits
    assert len(whole) > 20
    for k, offset in ((1, 0), (10, 0), (7, 5)):
        assert ask(index, "cheddar number", 3, mode=mode, k=k, offset=offset).hits == whole[offset : offset + k]


def test_scores_are_exact_cosines(index: Index) -> None:
    numbers = {product.product_id: at for at, product in enumerate(CATALOGUE)}
    for hit in ask(index, "anything", 12).hits:
        cosine = float(VECTORS[numbers[hit.product_id]] @ VECTORS[12])
        assert hit.score == pytest.approx(np.clip(cosine, 0, 1), abs=3e-6)


def test_ranking_is_that_of_the_local_index(index: Index, tmp_path: Any) -> None:
    with open_index("local", tmp_path) as local:
        local.build(CATALOGUE, VECTORS, encoder=ENCODER)
        for query, at in (("milk number 7", 7), ("organic loaf", 31), ("p-00012", 100)):
            one, other = (ask(which, query, at, mode="hybrid", filter="price < 9") for which in (index, local))
            assert one.total == other.total
            assert one.facets == other.facets
            assert {hit.product_id: hit.score for hit in one.hits} == pytest.approx(
                {hit.product_id: hit.score for hit in other.hits}, abs=3e-6
            )


def test_it_agrees_with_exact_search(engine: Engine) -> None:
    catalogue, rows_ND = products(2_000), vectors(2_000, seed=8)
    random = np.random.default_rng(4)
    queries_QD = unit(rows_ND[random.integers(2_000, size=60)] + 0.2 * random.normal(size=(60, DIM)))
    wanted_QK = np.argsort(-(queries_QD @ rows_ND.T), axis=1)[:, :10]
    with engine.index("large") as index:
        index.build(catalogue, rows_ND, encoder=ENCODER)
        shares = []
        for query_D, wanted_K in zip(queries_QD, wanted_QK, strict=True):
            request = SearchRequest(query="anything", mode="semantic")
            found = {hit.product_id for hit in index.search(request, query_D, encoder=ENCODER).hits}
            shares.append(len(found & {catalogue[at].product_id for at in wanted_K}) / 10)
        index.drop()
    assert np.mean(shares) >= 0.99


@pytest.mark.parametrize("other", [OTHER, ""])
def test_vectors_of_another_encoder_are_refused(index: Index, other: str) -> None:
    with pytest.raises(UserError, match="a query of encoder"):
        index.search(SearchRequest(query="milk"), VECTORS[0], encoder=other)
    with pytest.raises(UserError, match="products of encoder"):
        index.upsert([NEW], NEW_D[None], encoder=other)
    assert index.stats().products == COUNT


def test_a_query_without_a_vector_is_searched_by_words(index: Index) -> None:
    result = index.search(SearchRequest(query="cheddar"))
    assert result.hits
    assert any("by words alone" in note for note in result.notes)


def test_it_tells_what_it_holds(index: Index, engine: Engine) -> None:
    stats = index.stats()
    assert (stats.engine, stats.products, stats.vectors) == (engine.uri, COUNT, COUNT)
    assert (stats.dim, stats.encoder) == (DIM, ENCODER)
    assert stats.bytes > 0


def test_what_changes_is_seen_at_once(engine: Engine) -> None:
    with engine.index("changing") as index:
        index.build(CATALOGUE[:60], VECTORS[:60], encoder=ENCODER)
        index.upsert([NEW], NEW_D[None], encoder=ENCODER)
        for mode in MODES:
            assert ids(ask(index, "quillworth kefir", NEW_D, mode=mode))[0] == "new-1"
        # Another text, price and vector under an id that is there.
        moved = replace(CATALOGUE[20], title="Wandering rusk", price=99.0)
        index.upsert([moved], VECTORS[200][None], encoder=ENCODER)
        assert ids(ask(index, "anything", 200))[0] == moved.product_id
        assert ids(ask(index, "anything", 20, filter="price > 90")) == [moved.product_id]
        assert ids(ask(index, "wandering rusk", 1, mode="lexical")) == [moved.product_id]
        assert index.delete(["new-1", CATALOGUE[3].product_id, "unknown"]) == 2
        assert index.delete(["new-1"]) == 0
        for mode in MODES:
            assert not {"new-1", CATALOGUE[3].product_id} & set(ids(ask(index, "kefir loaf butter", 3, mode=mode)))
        index.upsert([CATALOGUE[3]], VECTORS[3][None], encoder=ENCODER)
        assert ids(ask(index, "anything", 3))[0] == CATALOGUE[3].product_id
        assert index.stats().products == index.stats().vectors == 60
        index.drop()


def test_a_product_put_without_a_vector_is_found_by_its_new_words_alone(engine: Engine) -> None:
    with engine.index("bare") as index:
        index.build(CATALOGUE[:40], VECTORS[:40], encoder=ENCODER)
        moved = replace(CATALOGUE[20], title="Wandering rusk", price=99.0)
        assert ids(ask(index, CATALOGUE[20].title, mode="lexical"))[0] == moved.product_id
        index.upsert([moved], None, encoder=ENCODER)
        index.upsert([NEW], NEW_D[None], encoder=ENCODER)
        assert ids(ask(index, "20", mode="lexical")) == []
        assert ids(ask(index, "wandering rusk", mode="lexical")) == [moved.product_id]
        assert ids(ask(index, "wandering rusk", 20, mode="hybrid", filter="price > 90")) == [moved.product_id]
        by_meaning = ask(index, "anything", 20)
        assert by_meaning.total == 40
        assert moved.product_id not in ids(by_meaning)
        assert ids(ask(index, "anything", NEW_D))[0] == "new-1"
        assert (index.stats().products, index.stats().vectors) == (41, 40)
        index.upsert([moved], VECTORS[200][None], encoder=ENCODER)
        assert ids(ask(index, "anything", 200))[0] == moved.product_id
        assert index.stats().vectors == 41
        index.drop()


def test_many_changes_one_by_one(engine: Engine) -> None:
    with engine.index("many") as index:
        index.build(CATALOGUE[:20], VECTORS[:20], encoder=ENCODER)
        for start in range(20, 240, 44):
            index.upsert(CATALOGUE[start : start + 44], VECTORS[start : start + 44], encoder=ENCODER)
        index.delete(product.product_id for product in CATALOGUE[:100])
        allowed = {product.product_id for product in CATALOGUE[100:]}
        for at in (5, 130, 239):
            assert ids(ask(index, "anything", at)) == exact(VECTORS[at], allowed, 200)
        index.drop()


def test_an_index_opened_again_answers_the_same(engine: Engine) -> None:
    directory = engine.fresh("again")
    with open_index(engine.uri, directory) as index:
        index.build(CATALOGUE[:50], VECTORS[:50], encoder=ENCODER)
        before = ask(index, "milk", 4, mode="hybrid")
    with open_index(engine.uri, directory) as index:
        assert ask(index, "milk", 4, mode="hybrid") == before
    searched = open_search(directory)
    assert searched.search(SearchRequest(query="milk", k=1000), VECTORS[4]) == before
    np.testing.assert_allclose(searched.vector("p-00007"), VECTORS[7], atol=1e-6)
    with open_index(engine.uri, directory) as index:
        index.build(CATALOGUE[:30], VECTORS[:30], encoder=OTHER)
        assert index.stats().vectors == 30
        assert index.stats().encoder == OTHER
        index.drop()
