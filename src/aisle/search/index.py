"""The search index of one version: opened from its directory, asked any number of times from any number of threads.

Legend: N products, C candidates, D vector length.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError, UserError
from aisle.search import analysis
from aisle.search.build import FACTS_FILE, FORMAT
from aisle.search.explain import explain
from aisle.search.facets import count_facets
from aisle.search.fusion import fuse, ranking, tiers
from aisle.search.lexical import score
from aisle.search.masks import Masks
from aisle.search.plan import QueryPlan, plan_query
from aisle.search.query import ReadQuery, read_query
from aisle.search.request import DEPTH, MEANING_DEPTH, Hit, SearchRequest, SearchResult
from aisle.search.segment import Segment
from aisle.search.storage import open_arrays, read_facts
from aisle.search.top import top
from aisle.search.weights import HYBRID_WEIGHTS, HybridWeights
from aisle.shop.product import Product
from aisle.text.spelling import Spelling
from aisle.text.wordlist import WordList


@dataclass(frozen=True, slots=True)
class Candidates:
    """What a query found, in the order of the product numbers."""

    numbers_C: NDArray[np.int64]
    tiers_C: NDArray[np.uint8]
    lexical_C: NDArray[np.float32] | None
    """None where words took no part."""
    cosines_C: NDArray[np.float32] | None
    """None where meaning took no part."""
    cut: bool
    """Whether more products matched than may be listed."""


class SearchIndex:
    """A built version, and beside it the products that were put or deleted since (`with_tail`). Never changes itself."""

    def __init__(
        self,
        segments: Sequence[Segment],
        spelling: Spelling,
        *,
        gone: frozenset[int] = frozenset(),
        weights: HybridWeights = HYBRID_WEIGHTS,
    ) -> None:
        self._segments = tuple(segments)
        self._starts = np.cumsum([0, *(len(segment) for segment in self._segments)])
        self._spelling = spelling
        self._gone = gone
        self._weights = weights
        self._masks = Masks(self._segments, gone)

    @classmethod
    def open(cls, directory: Path, *, weights: HybridWeights = HYBRID_WEIGHTS) -> SearchIndex:
        """Map a built index into memory. Raises DamagedError for missing or broken files, or those of another format."""
        facts = read_facts(directory / FACTS_FILE)
        if facts.get("format") != FORMAT:
            raise DamagedError(f"{directory}: the search index was built by another aisle; build the shop again")
        segment = Segment.open(directory, vectors=facts["dim"] is not None)
        if len(segment) != facts["products"]:
            raise DamagedError(f"{directory}: the search index holds {len(segment)} of {facts['products']} products")
        spelling = open_arrays(Spelling, directory, "spelling", words=open_arrays(WordList, directory, "words"))
        return cls([segment], spelling, weights=weights)

    def with_tail(
        self, products: Sequence[Product], vectors_ND: NDArray[np.float32] | None, deleted_ids: Iterable[str] = ()
    ) -> SearchIndex:
        """This version with all that changed since it was built: `products` were put, `deleted_ids` are gone.

        A product put under an id of the version takes its place. Scores of the version's products change only as far as
        the new products make words more common. The files are shared with this index.
        """
        base = self._segments[0]
        replaced = {*deleted_ids, *(product.product_id for product in products)}
        gone = {number for product_id in replaced for number in base.inverted.postings(analysis.id_key(product_id))[0]}
        tail = [Segment.build(products, vectors_ND, base.inverted.norms)] if products else []
        return SearchIndex([base, *tail], self._spelling, gone=frozenset(map(int, gone)), weights=self._weights)

    def __len__(self) -> int:
        return int(self._starts[-1]) - len(self._gone)

    @cached_property
    def brands(self) -> list[str]:
        """All brands, sorted."""
        return sorted({brand for segment in self._segments for brand in segment.columns.brands if brand})

    @cached_property
    def categories(self) -> list[tuple[str, ...]]:
        """All category paths, sorted."""
        return sorted({path for segment in self._segments for path in segment.columns.categories if path})

    @cached_property
    def stores(self) -> list[str]:
        """All stores that a product names, sorted."""
        return sorted({store for segment in self._segments for store in segment.columns.stores})

    @property
    def dim(self) -> int | None:
        """Vector length; None for an index without vectors."""
        vectors = self._segments[0].vectors
        return None if vectors is None else vectors.dim

    def vector(self, product_id: str) -> NDArray[np.float32] | None:
        """The stored vector of a product of the built version, (D,); None where there is none."""
        base = self._segments[0]
        numbers, _ = base.inverted.postings(analysis.id_key(product_id))
        return None if base.vectors is None or not len(numbers) else base.vectors.vectors_ND[int(numbers[0])]

    def search(self, request: SearchRequest, query_vector_D: NDArray[np.float32] | None) -> SearchResult:
        """One page of results.

        `query_vector_D` is the query's vector, of unit length, from the encoder that embedded the products; None where
        there is none: then a hybrid search goes by words alone and says so, and a semantic one is refused.
        """
        query = read_query(request.query)
        notes = list(query.notes)
        notes += self._masks.notes(request)
        allowed_N = self._masks.allowed(request.filter, request.store)
        if query.empty:
            return self._browse(request, allowed_N, notes)
        query_vector_D = self._usable(request, query_vector_D, notes)
        plan = QueryPlan()
        if request.mode != "semantic":
            plan = plan_query(query.words, size=len(self), frequency=self._frequency, spelling=self._spelling)
            notes += plan.notes
        found = self._candidates(query, plan, query_vector_D, request.mode != "semantic", allowed_N)
        scores_C = fuse(found.tiers_C, found.lexical_C, found.cosines_C, self._weights)
        order_C = ranking(scores_C, found.numbers_C)
        page = order_C[request.offset : request.offset + request.k]
        if found.cut and request.offset + request.k >= len(order_C):
            notes.append(f"more products match; the best {len(order_C)} are listed")
        hits = []
        for at in page:
            why = None
            if request.explain:
                segment, number = self._located(int(found.numbers_C[at]))
                why = explain(segment, number, plan, found, int(at), float(scores_C[at]), self._weights)
            hits.append(self._hit(int(found.numbers_C[at]), float(scores_C[at]), why))
        return SearchResult(
            hits=tuple(hits), total=len(order_C), facets=self._facets(found.numbers_C), notes=tuple(notes)
        )

    def _usable(
        self, request: SearchRequest, query_vector_D: NDArray[np.float32] | None, notes: list[str]
    ) -> NDArray[np.float32] | None:
        if request.mode == "lexical":
            return None
        if self.dim is None or query_vector_D is None:
            if request.mode == "semantic":
                raise UserError("mode is semantic, but there are no vectors to search by; use mode lexical or hybrid")
            notes.append("searched by words alone: there are no vectors to search by")
            return None
        if query_vector_D.shape != (self.dim,):
            raise UserError(
                f"the query's vector has shape {query_vector_D.shape}, those of the index have length {self.dim}; "
                "use the encoder that built the index"
            )
        return query_vector_D

    def _candidates(
        self,
        query: ReadQuery,
        plan: QueryPlan,
        query_vector_D: NDArray[np.float32] | None,
        by_words: bool,
        allowed_N: NDArray[np.bool_] | None,
    ) -> Candidates:
        cut = False
        picked: list[NDArray[np.int64]] = []
        lexical_N: NDArray[np.float32] | None = None
        tiers_N: NDArray[np.uint8] | None = None
        if by_words:
            scored = [score(plan, segment.inverted) for segment in self._segments]
            lexical_N = np.concatenate([scores.scores_N for scores in scored])
            tiers_N = np.concatenate(
                [
                    tiers(query.text, segment.inverted, scores.literal_N)
                    for segment, scores in zip(self._segments, scored, strict=True)
                ]
            )
            values_N = lexical_N + tiers_N
            if allowed_N is not None:
                values_N *= allowed_N
            matching = np.flatnonzero(values_N)
            cut = len(matching) > DEPTH
            picked.append(matching[top(values_N[matching], DEPTH)])
        if query_vector_D is not None:
            picked.append(self._nearest(query_vector_D, allowed_N))
        numbers_C = np.unique(np.concatenate(picked)) if picked else np.zeros(0, np.int64)
        return Candidates(
            numbers_C=numbers_C,
            tiers_C=np.zeros(len(numbers_C), np.uint8) if tiers_N is None else tiers_N[numbers_C],
            lexical_C=None if lexical_N is None else lexical_N[numbers_C],
            cosines_C=None if query_vector_D is None else self._cosines(numbers_C, query_vector_D),
            cut=cut,
        )

    def _nearest(self, query_vector_D: NDArray[np.float32], allowed_N: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        found: list[NDArray[np.int64]] = []
        for segment, start in zip(self._segments, self._starts, strict=False):
            if segment.vectors is not None:
                allowed = None if allowed_N is None else allowed_N[start : start + len(segment)]
                found.append(segment.vectors.nearest(query_vector_D, allowed, MEANING_DEPTH) + start)
        if len(found) == 1:
            return found[0]
        numbers = np.concatenate(found)
        return numbers[top(self._cosines(numbers, query_vector_D), MEANING_DEPTH)]

    def _cosines(self, numbers_C: NDArray[np.int64], query_vector_D: NDArray[np.float32]) -> NDArray[np.float32]:
        cosines_C = np.zeros(len(numbers_C), np.float32)
        bounds = np.searchsorted(numbers_C, self._starts)
        for at, segment in enumerate(self._segments):
            if segment.vectors is not None:
                part = slice(bounds[at], bounds[at + 1])
                cosines_C[part] = segment.vectors.cosines(numbers_C[part] - self._starts[at], query_vector_D)
        return cosines_C

    def _browse(self, request: SearchRequest, allowed_N: NDArray[np.bool_] | None, notes: list[str]) -> SearchResult:
        numbers = np.arange(self._starts[-1]) if allowed_N is None else np.flatnonzero(allowed_N)
        page = numbers[request.offset : request.offset + request.k]
        why: dict[str, Any] | None = {"why": "the query is empty: every product, in the catalogue's order"}
        hits = tuple(self._hit(int(number), 0.0, why if request.explain else None) for number in page)
        return SearchResult(hits=hits, total=len(numbers), facets=self._facets(numbers), notes=tuple(notes))

    def _frequency(self, key: int) -> int:
        return sum(segment.inverted.frequency(key) for segment in self._segments)

    def _located(self, number: int) -> tuple[Segment, int]:
        at = int(np.searchsorted(self._starts, number, side="right")) - 1
        return self._segments[at], number - int(self._starts[at])

    def _hit(self, number: int, score_: float, explanation: dict[str, Any] | None) -> Hit:
        segment, inside = self._located(number)
        fields = segment.documents.fields(inside)
        return Hit(
            product_id=fields["product_id"],
            title=fields["title"],
            score=score_,
            product=fields,
            explanation=explanation,
        )

    def _facets(self, numbers_C: NDArray[np.int64]) -> dict[str, dict[str, int]]:
        bounds = np.searchsorted(numbers_C, self._starts)
        return count_facets(
            (segment.columns, numbers_C[bounds[at] : bounds[at + 1]] - self._starts[at])
            for at, segment in enumerate(self._segments)
        )
