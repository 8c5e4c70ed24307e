"""The search index of one version, written into its directory.

Legend: N products, D vector length.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.files.atomic import write_atomic
from aisle.search.graph import GRAPH_FROM
from aisle.search.pieces import PieceReader
from aisle.search.segment import Segment
from aisle.search.storage import save_arrays
from aisle.shop.product import Product
from aisle.text.spelling import Spelling
from aisle.text.wordlist import WordList

FACTS_FILE = "search.json"
FORMAT = 2
"""Raised whenever the files, or how texts become words, change: an index of another format is refused."""


def build_search(
    directory: Path,
    products: Sequence[Product],
    vectors_ND: np.ndarray | None,
    *,
    reader: PieceReader | None = None,
    carts: Mapping[str, int] | None = None,
    graph_from: int = GRAPH_FROM,
) -> None:
    """Write the search index of `products` into `directory`.

    `vectors_ND` are their vectors in the same order, of unit length; None makes an index for lexical search alone.
    `reader` reads the pieces of their words, where the towers have any.
    `carts` says by product id how many sessions put each into a cart; from `graph_from` products on there is a graph.
    """
    assert products, "an index needs at least one product"
    vectors: NDArray[np.float32] | None = vectors_ND
    plain_words: Counter[str] = Counter()
    segment = Segment.build(products, vectors, reader=reader, plain_words=plain_words, carts=carts)
    segment.save(directory, graph_from=graph_from)
    words = WordList.build(plain_words)
    save_arrays(directory, "words", words)
    save_arrays(directory, "spelling", Spelling.build(words))
    facts = {
        "format": FORMAT,
        "products": len(products),
        "dim": None if vectors is None else int(vectors.shape[1]),
        "pieces": None if reader is None else reader.save(directory),
    }
    write_atomic(directory / FACTS_FILE, json.dumps(facts))
