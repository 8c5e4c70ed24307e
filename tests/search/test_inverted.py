"""The inverted index against a plain count over the products."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.search import analysis
from aisle.search.inverted import InvertedIndex, Norms, build_inverted, field_words
from aisle.search.weights import FIELD_WEIGHTS, FIELDS, LEXICAL_WEIGHTS
from aisle.shop.product import Product
from tests.search.catalogue import PRODUCTS


def _impact(word: str, product: Product, norms: Norms) -> float:
    """BM25F, spelt out for one word and product."""
    strength = 0.0
    for name, found in field_words(product).items():
        count = sum(word in analysis.forms(other) for other in found)
        length = 1 - LEXICAL_WEIGHTS.length + LEXICAL_WEIGHTS.length * len(found) / norms.mean_words[name]
        strength += getattr(FIELD_WEIGHTS, name) * count / length
    return strength / (LEXICAL_WEIGHTS.saturation + strength)


@pytest.mark.parametrize("word", ["milk", "gal", "1gal", "1", "cereal", "casa", "breakfast", "fernwood", "of"])
def test_postings_are_the_products_that_hold_the_word_with_their_impact(word: str) -> None:
    index = build_inverted(PRODUCTS)
    products, impacts = index.postings(analysis.word_key(word))
    expected = {number: _impact(word, product, index.norms) for number, product in enumerate(PRODUCTS)}
    expected = {number: impact for number, impact in expected.items() if impact}
    assert products.tolist() == list(expected)
    np.testing.assert_allclose(impacts, list(expected.values()), rtol=1e-6)
    assert index.frequency(analysis.word_key(word)) == len(expected)


words = st.sampled_from(["a", "bb", "milk", "2%", "12in"])


@settings(deadline=None)
@given(
    st.lists(st.builds(Product, product_id=st.just("p"), title=st.lists(words, max_size=4).map(" ".join)), min_size=1)
)
def test_impacts_are_shares_and_places_rise(products: list[Product]) -> None:
    index = build_inverted(products)
    assert (np.diff(index.keys_T.astype(object)) > 0).all()
    assert ((index.impacts_P > 0) & (index.impacts_P <= 1)).all()
    for key in index.keys_T.tolist():
        numbers, _ = index.postings(key)
        assert (np.diff(numbers) > 0).all()


def test_an_unknown_key_has_no_postings() -> None:
    index = build_inverted(PRODUCTS)
    assert len(index.postings(analysis.word_key("unheard"))[0]) == 0
    assert index.frequency(analysis.word_key("unheard")) == 0
    assert index.frequency(2**64 - 1) == 0


def test_files_hold_everything(tmp_path: Path) -> None:
    built = build_inverted(PRODUCTS)
    built.save(tmp_path)
    opened = InvertedIndex.open(tmp_path)
    assert (opened.size, opened.norms) == (built.size, built.norms)
    for key in built.keys_T.tolist():
        np.testing.assert_array_equal(opened.postings(key)[1], built.postings(key)[1])


def test_products_added_later_are_measured_by_the_first_ones_norms() -> None:
    base = build_inverted(PRODUCTS)
    tail = build_inverted([PRODUCTS[3]], norms=base.norms)
    key = analysis.word_key("cereal")
    assert tail.postings(key)[1][0] == base.postings(key)[1][0]


def test_an_empty_field_has_no_mean_of_zero() -> None:
    index = build_inverted([Product(product_id="1", title="Milk")])
    assert set(index.norms.mean_words) == set(FIELDS)
    assert min(index.norms.mean_words.values()) > 0
