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

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError
from aisle.files.atomic import write_atomic
from aisle.search.storage import open_array, read_facts
from aisle.sentence.encoder import SentenceEncoder

QUERIES_FILE = "head_queries.json"
VECTORS_FILE = "head_vectors.npy"
REMEMBERED = 4096
"""Vectors of other queries kept in memory, the last used ones: 6 MB at 384 numbers each."""


def build_query_vectors(directory: Path, queries: Sequence[str], encoder: SentenceEncoder, before: Path | None) -> int:
    """Write the vectors of the head queries into a version's directory; how many went through the encoder.

    `before` is a version built with the same encoder, whose vectors are taken over.
    """
    queries = list(dict.fromkeys(queries))
    known = QueryVectors.open(before)._head if before is not None and (before / QUERIES_FILE).exists() else {}
    missing = [query for query in queries if query not in known]
    made = dict(zip(missing, encoder.encode(missing), strict=True)) if missing else {}
    vectors_HD = np.array([known.get(query, made.get(query)) for query in queries], np.float32)
    np.save(directory / VECTORS_FILE, vectors_HD.reshape(len(queries), encoder.dim))
    write_atomic(directory / QUERIES_FILE, json.dumps({"queries": queries}, ensure_ascii=False))
    return len(missing)


class QueryVectors:
    """The vectors of one version's queries. Safe to use from many threads."""

    def __init__(self, head: dict[str, NDArray[np.float32]], *, most: int = REMEMBERED) -> None:
        self._head = head
        self._most = most
        self._recent: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()
        self.found = 0
        """Queries answered without the encoder."""
        self.encoded = 0
        """Queries that went through it."""

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

    def kept(self, query: str) -> NDArray[np.float32] | None:
        """The vector of a query, (D,), if it is there already."""
        with self._lock:
            vector_D = self._head.get(query)
            if vector_D is None and query in self._recent:
                self._recent.move_to_end(query)
                vector_D = self._recent[query]
            self.found += vector_D is not None
            return vector_D

    def of(self, query: str, encode: Callable[[], NDArray[np.float32]]) -> NDArray[np.float32]:
        """The vector of a query, (D,): kept, or from `encode`."""
        kept_D = self.kept(query)
        if kept_D is not None:
            return kept_D
        vector_D = encode()
        vector_D.flags.writeable = False
        with self._lock:
            self.encoded += 1
            self._recent[query] = vector_D
            while len(self._recent) > self._most:
                self._recent.popitem(last=False)
        return vector_D
