"""The search index of one version: opened from its directory, asked any number of times from any number of threads.

Legend: N products, D vector length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import AwayError, DamagedError, UserError
from aisle.ranking.model import Ranker
from aisle.search import analysis
from aisle.search.build import FACTS_FILE, FORMAT
from aisle.search.cutoff import Cutoff, near_enough
from aisle.search.explain import explain, explain_ranker
from aisle.search.facets import count_facets
from aisle.search.features import FirstHits, FirstHitsMemo, feature_matrix, first_hits
from aisle.search.fusion import fuse, ranking, with_ranker
from aisle.search.masks import Masks
from aisle.search.pieces import MOST_PIECES, PieceReader
from aisle.search.plan import QueryPlan, plan_query
from aisle.search.query import ReadQuery, read_query
from aisle.search.request import Hit, SearchRequest, SearchResult
from aisle.search.respelling import respelt
from aisle.search.retrieval import Candidates, Examined, candidates
from aisle.search.segment import Segment
from aisle.search.segments import Segments
from aisle.search.service import EVERYWHERE, VectorService, Where
from aisle.search.storage import open_arrays, read_facts
from aisle.search.weights import HYBRID_WEIGHTS, HYBRID_WEIGHTS_WITH_PIECES, HybridWeights
from aisle.shop.product import Product
from aisle.text.spelling import Spelling
from aisle.text.wordlist import WordList


class SearchIndex:
    """A built version, and beside it the products put or deleted since (`with_tail`). It never changes."""

    def __init__(
        self,
        segments: Segments,
        spelling: Spelling,
        *,
        reader: PieceReader | None,
        gone: frozenset[int],
        weights: HybridWeights,
        ranker: Ranker | None,
        cutoff: Cutoff | None,
    ) -> None:
        self._segments = segments
        self._spelling = spelling
        self._reader = reader
        self._gone = gone
        self._weights = weights
        self._ranker = ranker
        self._cutoff = cutoff
        self._masks = Masks(segments, gone)
        self._firsts = FirstHitsMemo()

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        weights: HybridWeights | None = None,
        ranker: Ranker | None = None,
        cutoff: Cutoff | None = None,
        service: VectorService | None = None,
    ) -> SearchIndex:
        """Map a built index into memory. Raises DamagedError for missing or broken files, or another format.

        Without `weights`, those that were measured to be best, with pieces or without.

        `ranker` orders what a hybrid search finds in place of the weighted sum, and `cutoff` says what is too far from
        the query to be found; the caller sees to it that both were learned on the encoder of the index. `service` has
        the vectors of an index that was built without.
        """
        facts = read_facts(directory / FACTS_FILE)
        if facts.get("format") != FORMAT:
            raise DamagedError(f"{directory}: the search index was built by another aisle; build the shop again")
        # An index that says nothing of pieces is older than they are.
        pieces = facts.get("pieces")
        reader = None if pieces is None else PieceReader.open(directory, pieces)
        if weights is None:
            weights = HYBRID_WEIGHTS if reader is None else HYBRID_WEIGHTS_WITH_PIECES
        segment = Segment.open(
            directory, vectors=facts["dim"] is not None, served=service is not None, pieces=reader is not None
        )
        if len(segment) != facts["products"]:
            raise DamagedError(
                f"{directory}: the search index holds {len(segment)} of {facts['products']} products; "
                "build the shop again"
            )
        spelling = open_arrays(Spelling, directory, "spelling", words=open_arrays(WordList, directory, "words"))
        return cls(
            Segments([segment], service),
            spelling,
            reader=reader,
            gone=frozenset(),
            weights=weights,
            ranker=ranker,
            cutoff=cutoff,
        )

    def with_ranker(self, ranker: Ranker | None) -> SearchIndex:
        """The same index under another ranker, or under none."""
        return self._with(ranker=ranker, cutoff=self._cutoff)

    def with_cutoff(self, cutoff: Cutoff | None) -> SearchIndex:
        """The same index under another cut-off, or under none."""
        return self._with(ranker=self._ranker, cutoff=cutoff)

    def _with(self, *, ranker: Ranker | None, cutoff: Cutoff | None) -> SearchIndex:
        return SearchIndex(
            self._segments,
            self._spelling,
            reader=self._reader,
            gone=self._gone,
            weights=self._weights,
            ranker=ranker,
            cutoff=cutoff,
        )

    def with_tail(
        self,
        products: Sequence[Product],
        vectors_ND: NDArray[np.float32] | None,
        deleted_ids: Iterable[str] = (),
        *,
        served: bool = False,
    ) -> SearchIndex:
        """This index with what changed since: `products` were put, `deleted_ids` are gone.

        A product put under an id that is there already takes its place. Without vectors it is found by its words alone,
        unless the index's service has the vector that belongs to it (`served`). The files are shared with this index;
        the tail is indexed in memory (a thousand products take about a tenth of a second). Tails may be put on tails.
        """
        base = self._segments.base
        replaced = {*deleted_ids, *(product.product_id for product in products)}
        gone = {
            span.start + int(number)
            for segment, span in self._segments.spans()
            for each in replaced
            for number in segment.inverted.postings(analysis.id_key(each))[0]
        }
        tail = []
        if products:
            tail = [Segment.build(products, vectors_ND, served=served, reader=self._reader, norms=base.inverted.norms)]
        return SearchIndex(
            Segments([*self._segments, *tail], self._segments.service),
            self._spelling,
            reader=self._reader,
            gone=self._gone | gone,
            weights=self._weights,
            ranker=self._ranker,
            cutoff=self._cutoff,
        )

    def __len__(self) -> int:
        """Products that can be found."""
        return len(self._segments) - len(self._gone)

    def count_vectors(self) -> int:
        """Of the products that can be found, those that can be found by meaning."""
        spans = [span for segment, span in self._segments.spans() if segment.vectors is not None or segment.served]
        gone = sum(span.start <= number < span.stop for number in self._gone for span in spans)
        return int(sum(span.stop - span.start for span in spans) - gone)

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
        return self._segments.dim

    def vector(self, product_id: str) -> NDArray[np.float32] | None:
        """The stored vector of a product of the built version, (D,); None where there is none."""
        numbers, _ = self._segments.base.inverted.postings(analysis.id_key(product_id))
        found = self._segments.rows(numbers[:1].astype(np.int64))
        return found[0][0] if found and len(found[0]) else None

    def product(self, product_id: str) -> Product | None:
        """A product as it was when the version was built; None where it was not there."""
        numbers, _ = self._segments.base.inverted.postings(analysis.id_key(product_id))
        return self._segments.base.documents.product(int(numbers[0])) if len(numbers) else None

    def search(
        self, request: SearchRequest, query_vector_D: NDArray[np.float32] | None, *, without: str = ""
    ) -> SearchResult:
        """One page of results.

        `query_vector_D` is the query's vector, of unit length, from the encoder that embedded the products; None where
        there is none: then a hybrid search goes by words alone and says so (and why, if `without` does), and a semantic
        one is refused. The same goes for a service of vectors that does not answer.
        """
        try:
            return self._search(request, query_vector_D, without)
        except AwayError as error:
            if request.mode != "hybrid":
                raise
            return self._search(request, None, str(error))

    def _search(self, request: SearchRequest, query_vector_D: NDArray[np.float32] | None, without: str) -> SearchResult:
        query = read_query(request.query)
        notes = [*query.notes, *self._masks.notes(request)]
        allowed_N = self._masks.allowed(request.filter, request.store)
        if query.empty:
            return self._browse(request, allowed_N, notes)
        query_vector_D = self._usable(request, query_vector_D, notes, without)
        plan: QueryPlan | None = None
        if request.mode != "semantic":
            plan = self._plan(query)
            notes += plan.notes
        where = Where(request.filter, request.store)
        found = self._candidates(query, plan, query_vector_D, allowed_N, where)
        if found.pieces is not None and found.pieces.cut:
            notes.append(f"only the first {MOST_PIECES} pieces of the query's words were compared one by one")
        features_CF: NDArray[np.float32] | None = None
        if query_vector_D is not None and (self._ranker is not None or self._cutoff is not None):
            first = self._first_hits(query, plan, query_vector_D, found, whole=allowed_N is None)
            if self._cutoff is not None:
                found = self._cut(found, first, notes)
            if self._ranker is not None and plan is not None:
                features_CF = feature_matrix(self._segments, found, plan, query.words, first, self._weights)
        if features_CF is not None and self._ranker is not None:
            scores_C = with_ranker(found.tiers_C, self._ranker.scores(features_CF))
        else:
            scores_C = fuse(found.tiers_C, found.lexical_C, found.meaning_C, self._weights)
        order_C = ranking(scores_C, found.numbers_C)
        if found.cut and request.offset + request.k >= len(order_C):
            notes.append(f"more products match; the best {len(order_C)} are listed")
        hits: list[Hit] = []
        for at in order_C[request.offset : request.offset + request.k].tolist():
            number, score = int(found.numbers_C[at]), float(scores_C[at])
            why = None
            if request.explain:
                why = explain(*self._segments.located(number), plan, found, at, score, self._weights, self._reader)
                if features_CF is not None and self._ranker is not None:
                    explain_ranker(why, self._ranker, features_CF[at])
            hits.append(self._hit(number, score, why))
        return self._result(hits, found.numbers_C, notes)

    def examine(self, query: str, query_vector_D: NDArray[np.float32]) -> Examined | None:
        """What a hybrid search finds for a query before it is ranked, with the features; None for an empty query."""
        read = read_query(query)
        if read.empty:
            return None
        plan = self._plan(read)
        found = self._candidates(read, plan, query_vector_D, self._masks.allowed("", ""))
        first = self._first_hits(read, plan, query_vector_D, found, whole=True)
        return Examined(
            found=found,
            features_CF=feature_matrix(self._segments, found, plan, read.words, first, self._weights),
            blended_C=fuse(found.tiers_C, found.lexical_C, found.meaning_C, self._weights),
        )

    def respelt(self, query: str, known: Callable[[str], bool]) -> str:
        """The query as an encoder should read it that has the words whole of which `known` is true."""
        return respelt(query, frequency=self._segments.frequency, spelling=self._spelling, known=known)

    def numbers(self, product_ids: Iterable[str]) -> dict[str, int]:
        """The numbers in the built version of the products that are in it, as `examine` gives them."""
        inverted = self._segments.base.inverted
        found = ((product_id, inverted.postings(analysis.id_key(product_id))[0]) for product_id in product_ids)
        return {product_id: int(numbers[0]) for product_id, numbers in found if len(numbers)}

    def _plan(self, query: ReadQuery) -> QueryPlan:
        return plan_query(
            query.words, size=len(self._segments), frequency=self._segments.frequency, spelling=self._spelling
        )

    def _candidates(
        self,
        query: ReadQuery,
        plan: QueryPlan | None,
        query_D: NDArray[np.float32] | None,
        allowed_N: NDArray[np.bool_] | None,
        where: Where = EVERYWHERE,
    ) -> Candidates:
        pieces = None
        if self._reader is not None and query_D is not None:
            # As the encoder reads it.
            pieces = self._reader.query(self.respelt(query.text, self._reader.tokenizer.knows))
        return candidates(self._segments, query.text, plan, query_D, pieces, allowed_N, self._weights, where)

    def _first_hits(
        self,
        query: ReadQuery,
        plan: QueryPlan | None,
        query_D: NDArray[np.float32],
        found: Candidates,
        *,
        whole: bool,
    ) -> FirstHits:
        """The first hits of the whole catalogue; `whole` says that `found` are those, no filter having taken part."""

        def look() -> FirstHits:
            everywhere = found
            if not whole:
                everywhere = self._candidates(query, plan, query_D, self._masks.allowed("", ""))
            return first_hits(self._segments, everywhere, self._weights)

        kind = "by meaning" if plan is None else "by both"
        return self._firsts.of(f"{kind} {query.text}", query_D, look)

    def _cut(self, found: Candidates, first: FirstHits, notes: list[str]) -> Candidates:
        """Without what is too far from the query."""
        assert self._cutoff is not None
        kept = found.of(near_enough(self._segments, found, first, self._cutoff))
        if len(found.numbers_C) and not len(kept.numbers_C):
            notes.append("nothing is a good match: no product holds the words, and none is near enough in meaning")
        return kept

    def _usable(
        self, request: SearchRequest, query_vector_D: NDArray[np.float32] | None, notes: list[str], without: str
    ) -> NDArray[np.float32] | None:
        """The vector to search by, if any."""
        if request.mode == "lexical":
            return None
        if self.dim is None or query_vector_D is None:
            if request.mode == "semantic":
                raise UserError("mode is semantic, but there are no vectors to search by; use mode lexical or hybrid")
            notes.append(f"searched by words alone: {without or 'there are no vectors to search by'}")
            return None
        if query_vector_D.shape != (self.dim,):
            raise UserError(
                f"the query's vector has shape {query_vector_D.shape}, those of the index have length {self.dim}; "
                "use the encoder that built the index"
            )
        return query_vector_D

    def _browse(self, request: SearchRequest, allowed_N: NDArray[np.bool_] | None, notes: list[str]) -> SearchResult:
        numbers_N = np.arange(len(self._segments)) if allowed_N is None else np.flatnonzero(allowed_N)
        why = {"why": "the query is empty: every product, in the catalogue's order"} if request.explain else None
        page = numbers_N[request.offset : request.offset + request.k].tolist()
        return self._result([self._hit(number, 0.0, why) for number in page], numbers_N, notes)

    def _hit(self, number: int, score: float, explanation: dict[str, Any] | None) -> Hit:
        segment, inside = self._segments.located(number)
        fields = segment.documents.fields(inside)
        return Hit(
            product_id=fields["product_id"],
            title=fields["title"],
            score=score,
            product=fields,
            explanation=explanation,
        )

    def _result(self, hits: Sequence[Hit], numbers_C: NDArray[np.int64], notes: Sequence[str]) -> SearchResult:
        facets = count_facets((segment.columns, inside) for segment, _, inside in self._segments.parts(numbers_C))
        return SearchResult(hits=tuple(hits), total=len(numbers_C), facets=facets, notes=tuple(notes))
