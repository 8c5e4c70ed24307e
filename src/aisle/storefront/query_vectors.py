"""Vectors of queries: those of the shop's head queries are made with the version, the last others are remembered.

Few queries make most of a shop's searches. Their vectors lie in the version's directory, so they belong to its encoder,
are checked with it and are there after a restart; every other query goes through the encoder once and stays in a memory
of bounded size.

Legend: H head queries, D vector length.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError
from aisle.files.atomic import write_atomic
from aisle.search.storage import open_array, read_facts
from aisle.sentence.encoder import Encoded, SentenceEncoder

QUERIES_FILE = "head_queries.json"
VECTORS_FILE = "head_vectors.npy"
REMEMBERED = 4096
"""Vectors of other queries kept in memory, the last used ones: 6 MB at 384 numbers each."""


class QueryVector(NamedTuple):
    """The vector of one query."""

    vector_D: NDArray[np.float32]
    cut: int
    """Tokens of the query that the encoder did not read."""


def build_query_vectors(directory: Path, queries: Sequence[str], encoder: SentenceEncoder, before: Path | None) -> int:
    """Write the vectors of the head queries into a version's directory; how many went through the encoder.

    `before` is a version built with the same encoder, whose vectors are taken over. Queries longer than the encoder
    reads are left out: whoever asks one is told so, and that is known when it is encoded.
    """
    queries = list(dict.fromkeys(queries))
    known = QueryVectors.open(before)._head if before is not None and (before / QUERIES_FILE).exists() else {}
    missing = [query for query in queries if query not in known]
    if missing:
        encoded = encoder.encode_counted(missing)
        made = dict(zip(missing, encoded.vectors, strict=True))
        if encoded.truncated_texts:
            made = {query: made[query] for query in missing if not encoder.encode_counted([query]).truncated_texts}
    else:
        made = {}
    queries = [query for query in queries if query in known or query in made]
    vectors_HD = np.array([known.get(query, made.get(query)) for query in queries], np.float32)
    np.save(directory / VECTORS_FILE, vectors_HD.reshape(len(queries), encoder.dim))
    write_atomic(directory / QUERIES_FILE, json.dumps({"queries": queries}, ensure_ascii=False))
    return len(missing)


class QueryVectors:
    """The vectors of one version's queries. Safe to use from many threads."""

    def __init__(self, head: dict[str, NDArray[np.float32]], *, most: int = REMEMBERED) -> None:
        self._head = head
        self._most = most
        self._recent: OrderedDict[str, QueryVector] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def open(cls, directory: Path) -> QueryVectors:
        """Those of a version; none where it was built without head queries. Raises DamagedError for broken files."""
        if not (directory / QUERIES_FILE).exists():
            return cls({})
        queries = read_facts(directory / QUERIES_FILE)["queries"]
        vectors_HD = open_array(directory / VECTORS_FILE)
        if len(queries) != len(vectors_HD):
            raise DamagedError(
                f"{directory}: {len(queries)} head queries have {len(vectors_HD)} vectors; build the shop again"
            )
        return cls(dict(zip(queries, vectors_HD, strict=True)))

    def __len__(self) -> int:
        """Head queries."""
        return len(self._head)

    def kept(self, query: str) -> QueryVector | None:
        """The vector of a query, if it is there already."""
        with self._lock:
            vector_D = self._head.get(query)
            if vector_D is not None:
                return QueryVector(vector_D, 0)
            if query in self._recent:
                self._recent.move_to_end(query)
            return self._recent.get(query)

    def of(self, query: str, encode: Callable[[], Encoded]) -> QueryVector:
        """The vector of a query: kept, or from `encode`, which encodes it alone."""
        kept = self.kept(query)
        if kept is not None:
            return kept
        encoded = encode()
        vector_D = encoded.vectors[0]
        vector_D.flags.writeable = False
        made = QueryVector(vector_D, encoded.truncated_tokens)
        with self._lock:
            self._recent[query] = made
            self._forget()
        return made

    def remember(self, before: QueryVectors) -> None:
        """Take over the queries that a version of the same encoder remembers."""
        with before._lock:
            recent = list(before._recent.items())
        with self._lock:
            self._recent.update(recent)
            self._forget()

    def _forget(self) -> None:
        while len(self._recent) > self._most:
            self._recent.popitem(last=False)
