"""What the encoder is given of a query: the query, with words respelt that neither it nor the catalogue has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aisle.search.index import SearchIndex
from aisle.sentence.encoder import SentenceEncoder


def as_read(index: SearchIndex, encoder: SentenceEncoder, query: str) -> str:
    """The query as `encoder` reads it for a search of `index`."""
    return index.respelt(query, encoder.knows)


def vectors_of(index: SearchIndex, encoder: SentenceEncoder, queries: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """The vectors (D,) of distinct queries, by the query as it was typed."""
    if not queries:
        return {}
    return dict(zip(queries, encoder.encode([as_read(index, encoder, query) for query in queries]), strict=True))
