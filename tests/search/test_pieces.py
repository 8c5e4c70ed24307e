"""Late interaction in a search: small cases by hand, the files, what was put since, and what an explanation says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.errors import DamagedError
from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from aisle.search.pieces import PieceReader, ProductPieces, RoundedPieces
from aisle.search.request import MODES, SearchRequest
from aisle.search.weights import HYBRID_WEIGHTS_WITH_PIECES, HybridWeights
from aisle.sentence.pieces import Pieces
from aisle.shop.product import Product
from aisle.text.tokenizer import Tokenizer
from aisle.text.vocabulary import Vocabulary

WORDS = ["sofa", "couch", "grey", "cover", "lamp", "oak", "table", "[PN]"]
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
ANGLES = {"sofa": 0, "couch": 10, "grey": 90, "cover": 50, "lamp": 180, "oak": 270, "table": 300, "[UNK]": 120}
PRODUCTS = [
    Product(product_id=f"P{number}", title=title, brand=brand, price=10.0 + number)
    for number, (title, brand) in enumerate(
        [
            ("grey sofa", ""),
            ("couch cover", ""),
            ("oak table", ""),
            ("lamp", "grey"),
            ("grey lamp table", ""),
            ("🥛", ""),
        ]
    )
]


def reader(weights: dict[str, float] | None = None) -> PieceReader:
    vectors_VD = np.zeros((len(TOKENS), 2), np.float32)
    weights_V = np.ones(len(TOKENS), np.float32)
    for word, degrees in ANGLES.items():
        vectors_VD[TOKENS.index(word)] = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    for word, weight in (weights or {}).items():
        weights_V[TOKENS.index(word)] = weight
    tokenizer = Tokenizer.of_vocabulary(Vocabulary.of({token: place for place, token in enumerate(TOKENS)}))
    return PieceReader(RoundedPieces.of(Pieces(vectors_VD, weights_V)), tokenizer, template="plain", max_tokens=8)


def met(one: PieceReader, query: str, products: Sequence[Product]) -> list[float]:
    pieces = one.products(products)
    return [float(value) for value in one.query(query).meet(*pieces.rows(np.arange(len(products))))]


def cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def test_each_word_of_the_query_finds_its_nearest_in_the_product() -> None:
    found = met(reader(), "grey couch", PRODUCTS[:3])
    # grey and couch find: themselves and sofa; cover and themselves; table or oak, and table.
    expected = [(1 + cos(10)) / 2, (cos(40) + 1) / 2, (cos(150) + cos(70)) / 2]
    assert found == pytest.approx(expected, abs=0.01)


def test_words_count_by_their_weight_and_as_often_as_they_stand_in_the_query() -> None:
    heavy = met(reader({"couch": 3.0}), "grey couch", PRODUCTS[:1])
    assert heavy == pytest.approx([(1 + 3 * cos(10)) / 4], abs=0.01)
    twice = met(reader(), "grey couch couch", PRODUCTS[:1])
    assert twice == pytest.approx([(1 + 2 * cos(10)) / 3], abs=0.01)


def test_what_a_product_scores_depends_on_nothing_beside_it() -> None:
    one = reader()
    together = met(one, "grey couch lamp", PRODUCTS)
    assert together == [met(one, "grey couch lamp", [product])[0] for product in PRODUCTS]


def test_of_a_long_query_and_a_long_product_the_beginning_is_read(index: SearchIndex) -> None:
    one = reader()
    long = Product(product_id="L", title="grey " * 6 + "lamp lamp", price=1.0)
    assert one.products([long]).pieces_L.tolist() == [TOKENS.index("grey")] * 6
    assert one.query("grey " * 64).cut == 0
    query = one.query("grey " * 64 + "lamp")
    assert (query.cut, query.numbers_T.tolist()) == (1, [TOKENS.index("grey")])
    note = "only the first 64 pieces of the query's words were compared one by one"
    asked = [index.search(SearchRequest(query=text), QUERY_D).notes for text in ("grey", "greys" * 20)]
    assert [note in notes for notes in asked] == [False, False]
    assert note in index.search(SearchRequest(query="grey lamp " * 40), QUERY_D).notes


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=6), min_size=1, max_size=8), st.data())
def test_rows_are_the_pieces_of_the_products_asked_for(pieces: list[list[int]], data: st.DataObject) -> None:
    chosen = sorted(data.draw(st.sets(st.integers(0, len(pieces) - 1), min_size=1)))
    pieces_K, starts_C = ProductPieces.of(pieces).rows(np.array(chosen))
    assert [part.tolist() for part in np.split(pieces_K, starts_C[1:])] == [pieces[number] for number in chosen]


def test_eight_bits_change_a_cosine_by_less_than_a_hundredth() -> None:
    draw = np.random.default_rng(0)
    vectors_VD = draw.normal(size=(200, 32)).astype(np.float32)
    vectors_VD /= np.linalg.norm(vectors_VD, axis=1, keepdims=True)
    table = RoundedPieces.of(Pieces(vectors_VD, np.ones(200, np.float32)))
    rounded_VD = table.vectors_VD / table.lengths_V[:, None]
    np.testing.assert_allclose(rounded_VD @ rounded_VD.T, vectors_VD @ vectors_VD.T, atol=0.01)


# In the index the vectors say nothing: every product lies at the same angle from every query.
QUERY_D = np.array([1, 0, 0, 0], np.float32)
VECTORS_ND = np.tile(np.array([0.6, 0.8, 0, 0], np.float32), (len(PRODUCTS), 1))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pieces")
    build_search(path, PRODUCTS, VECTORS_ND, reader=reader())
    return path


@pytest.fixture(scope="module")
def index(directory: Path) -> SearchIndex:
    return SearchIndex.open(directory)


def ask(index: SearchIndex, query: str, **rest: Any) -> dict[str, Any]:
    hits = index.search(SearchRequest(query=query, k=20, explain=True, **rest), QUERY_D).hits
    return {hit.product_id: hit.explanation for hit in hits}


def test_meaning_is_the_mean_of_cosine_and_pieces_and_orders_the_hits(index: SearchIndex) -> None:
    found = ask(index, "grey couch", mode="semantic")
    assert list(found)[:2] == ["P0", "P1"]
    semantic = found["P0"]["semantic"]
    assert semantic["cosine"] == pytest.approx(0.6)
    assert semantic["pieces"] == pytest.approx((1 + cos(10)) / 2, abs=0.01)
    assert semantic["share_of_pieces"] == 0.5
    assert semantic["score"] == pytest.approx((0.6 + semantic["pieces"]) / 2, abs=1e-5)
    assert found["P0"]["score"] == pytest.approx(semantic["score"], abs=1e-5)
    assert "as a whole" in found["P0"]["why"]
    assert "word by word" in found["P0"]["why"]


def test_an_explanation_says_which_piece_met_which_and_adds_up_to_the_score(tmp_path: Path) -> None:
    build_search(tmp_path, PRODUCTS, VECTORS_ND, reader=reader({"couch": 3.0}))
    semantic = ask(SearchIndex.open(tmp_path), "grey couch", mode="semantic")["P0"]["semantic"]
    assert [(one["piece"], one["meets"]) for one in semantic["met"]] == [("couch", "sofa"), ("grey", "grey")]
    assert [one["weight"] for one in semantic["met"]] == [0.75, 0.25]
    together = sum(one["cosine"] * one["weight"] for one in semantic["met"])
    assert together == pytest.approx(semantic["pieces"], abs=1e-5)


def test_a_hybrid_search_leaves_less_to_words_than_without_pieces(index: SearchIndex, directory: Path) -> None:
    parts = ask(index, "grey couch")["P0"]
    assert parts["weights"] == {"lexical": 0.4, "semantic": 0.6}
    together = 0.4 * parts["lexical"]["score"] + 0.6 * parts["semantic"]["score"]
    assert parts["score"] == pytest.approx(together, abs=1e-5)
    assert HYBRID_WEIGHTS_WITH_PIECES.lexical < HybridWeights().lexical
    asked = SearchIndex.open(directory, weights=HybridWeights(lexical=0.9, pieces=0.25))
    parts = ask(asked, "grey couch")["P0"]
    assert (parts["weights"]["lexical"], parts["semantic"]["share_of_pieces"]) == (0.9, 0.25)


@pytest.mark.parametrize("mode", MODES)
def test_a_filter_changes_no_score(index: SearchIndex, mode: str) -> None:
    whole = ask(index, "grey couch", mode=mode)
    some = ask(index, "grey couch", mode=mode, filter="price >= 11")
    assert set(some) == {name for name in whole if name != "P0"}
    assert all(whole[name]["score"] == parts["score"] for name, parts in some.items())


def test_a_product_put_since_is_met_as_if_it_had_been_there(index: SearchIndex, tmp_path: Path) -> None:
    new = Product(product_id="NEW", title="couch oak", price=5.0)
    changed = index.with_tail([new], VECTORS_ND[:1], ["P4"])
    build_search(tmp_path, [*PRODUCTS[:4], PRODUCTS[5], new], VECTORS_ND, reader=reader())
    rebuilt = ask(SearchIndex.open(tmp_path), "grey couch", mode="semantic")
    assert {name: parts["score"] for name, parts in ask(changed, "grey couch", mode="semantic").items()} == {
        name: parts["score"] for name, parts in rebuilt.items()
    }


def test_without_a_vector_of_the_query_words_alone_are_searched(index: SearchIndex) -> None:
    result = index.search(SearchRequest(query="grey couch", explain=True), None)
    assert result.hits
    assert all("semantic" not in (hit.explanation or {}) for hit in result.hits)
    assert any("words alone" in note for note in result.notes)


def test_a_missing_file_says_that_the_shop_is_to_be_built_again(tmp_path: Path) -> None:
    build_search(tmp_path, PRODUCTS, VECTORS_ND, reader=reader())
    (tmp_path / "piece_table_vectors.npy").unlink()
    with pytest.raises(DamagedError, match=r"piece_table_vectors\.npy: missing; build the shop again"):
        SearchIndex.open(tmp_path)


def test_an_index_without_pieces_scores_by_the_cosine_alone(tmp_path: Path) -> None:
    build_search(tmp_path, PRODUCTS, VECTORS_ND)
    parts = ask(SearchIndex.open(tmp_path), "grey couch")["P0"]
    assert parts["semantic"] == {"score": pytest.approx(0.6), "cosine": pytest.approx(0.6)}
    assert parts["weights"]["lexical"] == HybridWeights().lexical
