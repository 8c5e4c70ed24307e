"""The inverted index: for every key, the products that hold it and how much it counts there.

What a word counts for in a product is worked out at build time (BM25F: the word's counts in all fields, each divided by
the length of its field and weighted, then saturated to a number between 0 and 1), so that a query only adds columns.
The files are plain arrays that several processes map into memory together.

Source of the scoring: S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.

Legend: N products, T keys, F searched fields, K occurrences of keys, P postings (key and product),
E exact keys.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from aisle.files.atomic import write_atomic
from aisle.search import analysis
from aisle.search.storage import open_arrays, read_facts, save_arrays
from aisle.search.weights import FIELD_WEIGHTS, FIELDS, LEXICAL_WEIGHTS, FieldWeights, LexicalWeights
from aisle.shop.product import Product
from aisle.text.words import words

Postings: TypeAlias = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Products in rising order, and the impact of the key in each, between 0 and 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Norms:
    """What a field of usual length is. Products added to a built index are scored with its norms, not their own."""

    mean_words: dict[str, float]
    """Mean number of words of each field, over the products that have the field."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InvertedIndex:
    """Keys and their postings, read-only."""

    size: int
    """Products, N."""
    norms: Norms
    keys_T: NDArray[np.uint64]
    """In rising order."""
    starts_T1: NDArray[np.int64]
    """Where the postings of each key begin; one more entry than keys."""
    products_P: NDArray[np.int32]
    impacts_P: NDArray[np.float32]
    title_words_N: NDArray[np.int32]
    """Words of each title."""

    def postings(self, key: int) -> Postings:
        """The products that hold `key`; empty if none does."""
        start, end = self._span(key)
        return self.products_P[start:end], self.impacts_P[start:end]

    def frequency(self, key: int) -> int:
        """How many products hold `key`."""
        start, end = self._span(key)
        return end - start

    def _span(self, key: int) -> tuple[int, int]:
        at = int(self.keys_T.searchsorted(np.uint64(key)))
        if at == len(self.keys_T) or int(self.keys_T[at]) != key:
            return 0, 0
        return int(self.starts_T1[at]), int(self.starts_T1[at + 1])

    def save(self, directory: Path) -> None:
        """Write inverted.json and the files inverted_*."""
        save_arrays(directory, "inverted", self)
        facts = {"size": self.size, "norms": asdict(self.norms)}
        write_atomic(directory / "inverted.json", json.dumps(facts))

    @classmethod
    def open(cls, directory: Path) -> InvertedIndex:
        """Map the files of `save` into memory."""
        facts = read_facts(directory / "inverted.json")
        return open_arrays(cls, directory, "inverted", size=facts["size"], norms=Norms(**facts["norms"]))


def build_inverted(
    products: Sequence[Product],
    *,
    norms: Norms | None = None,
    plain_words: Counter[str] | None = None,
    fields: FieldWeights = FIELD_WEIGHTS,
    lexical: LexicalWeights = LEXICAL_WEIGHTS,
) -> InvertedIndex:
    """Index `products`; the place in the sequence is the product's number in the index.

    `norms` are those of the built index that these products are added to; without them they are counted here.
    In `plain_words` is counted in how many products each word of letters alone stands, descriptions left aside.
    """
    keys_K, held_NF, lengths_NF, exact_keys_E, exact_owners_E = _read(products, plain_words)
    if norms is None:
        norms = Norms(mean_words=dict(zip(FIELDS, map(_mean, lengths_NF.T), strict=True)))
    weights_F = np.array([getattr(fields, name) for name in FIELDS])
    means_F = np.array([norms.mean_words[name] for name in FIELDS])
    # One occurrence of a key in a field adds this much; then all occurrences in one product are added up.
    strengths_NF = weights_F / (1 - lexical.length + lexical.length * lengths_NF / means_F)
    strengths_K = np.repeat(strengths_NF.ravel(), held_NF.ravel())
    owners_K = np.repeat(np.arange(len(products), dtype=np.int32), held_NF.sum(axis=1))
    order_K = np.lexsort((owners_K, keys_K))
    keys_K, owners_K = keys_K[order_K], owners_K[order_K]
    firsts_P = np.flatnonzero(np.diff(keys_K, prepend=~keys_K[:1]) | np.diff(owners_K, prepend=-1).astype(bool))
    strengths_P = np.add.reduceat(strengths_K[order_K], firsts_P) if len(firsts_P) else np.zeros(0)
    impacts_P = strengths_P / (lexical.saturation + strengths_P)
    all_keys = np.concatenate([keys_K[firsts_P], exact_keys_E])
    all_owners = np.concatenate([owners_K[firsts_P], exact_owners_E])
    all_impacts = np.concatenate([impacts_P, np.ones(len(exact_keys_E))]).astype(np.float32)
    order_P = np.lexsort((all_owners, all_keys))
    keys_T, starts_T = np.unique(all_keys[order_P], return_index=True)
    return InvertedIndex(
        size=len(products),
        norms=norms,
        keys_T=keys_T,
        starts_T1=np.append(starts_T, len(order_P)).astype(np.int64),
        products_P=all_owners[order_P],
        impacts_P=all_impacts[order_P],
        title_words_N=np.ascontiguousarray(lengths_NF[:, FIELDS.index("title")]),
    )


def field_words(product: Product) -> dict[str, Sequence[str]]:
    """The canonical words of each searched field of a product."""
    return {
        "title": words(product.title),
        "brand": _repeated_words(product.brand),
        "category": _repeated_words(" , ".join(product.category)),
        "attributes": _repeated_words(" , ".join(product.attributes)),
        "description": words(product.description) if product.description else (),
    }


@lru_cache(maxsize=65_536)
def _repeated_words(text: str) -> tuple[str, ...]:
    # Brands, categories and attributes are the same in many products.
    return tuple(words(text))


def _read(products: Sequence[Product], plain_words: Counter[str] | None) -> tuple[NDArray[Any], ...]:
    """Keys of all products in their order and, in that order, how many each field of each product has.

    Returns the keys (K), keys of each product and field (N, F), words of each product and field (N, F), and the keys
    of whole values with their products (E, E).
    """
    keys, held, lengths = array("Q"), array("i"), array("i")
    exact_keys, exact_owners = array("Q"), array("i")
    for number, product in enumerate(products):
        in_fields = field_words(product)
        for name, found in in_fields.items():
            before = len(keys)
            for word in found:
                keys.extend(analysis.word_keys(word))
            if name == "title":
                keys.extend(map(analysis.pair_key, found, found[1:]))
            held.append(len(keys) - before)
            lengths.append(len(found))
        if plain_words is not None:
            distinct = {word for name, found in in_fields.items() if name != "description" for word in found}
            plain_words.update(word for word in distinct if word.isalpha())
        for key in _exact_keys(product, in_fields["title"]):
            exact_keys.append(key)
            exact_owners.append(number)
    shape = (len(products), len(FIELDS))
    return (
        np.frombuffer(keys, np.uint64),
        np.frombuffer(held, np.int32).reshape(shape),
        np.frombuffer(lengths, np.int32).reshape(shape),
        np.frombuffer(exact_keys, np.uint64),
        np.frombuffer(exact_owners, np.int32),
    )


def _exact_keys(product: Product, title: Sequence[str]) -> Iterator[int]:
    yield analysis.id_key(product.product_id)
    yield analysis.number_key(product.product_id)
    yield analysis.title_key(product.title, title)
    if product.brand:
        yield analysis.brand_key(product.brand)
    yield from {analysis.attribute_key(attribute) for attribute in product.attributes}


def _mean(lengths_N: NDArray[np.int32]) -> float:
    filled = lengths_N[lengths_N > 0]
    return float(filled.mean()) if len(filled) else 1.0
