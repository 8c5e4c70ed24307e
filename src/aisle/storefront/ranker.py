"""Learning a ranker for a built index, from judgments or from what shoppers did, and measuring what it changes.

Legend: Q queries, C candidates, F features, D vector length.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.evaluation.retrieval import RECALL_DEPTH, Judgments, RetrievalResult, evaluate_retrieval
from aisle.mining.pair import Pair
from aisle.progress import Progress, silent
from aisle.ranking.features import NAMES
from aisle.ranking.learning import Lists, learn
from aisle.ranking.model import Ranker
from aisle.ranking.settings import RankerSettings
from aisle.search.cutoff import Cutoff, calibrated
from aisle.search.index import SearchIndex
from aisle.search.request import SearchRequest
from aisle.sentence.encoder import SentenceEncoder
from aisle.storefront.reading import vectors_of

FEWEST_QUERIES = 50
"""Queries with a relevant product among their candidates that a ranker needs to be learned."""
NOISY_GAIN = 0.3
"""What a noisy pair counts for beside a high-quality one of the same weight."""
MOST_RECALL_CUT = 0.005
REPORTED = 5
"""Of judged queries one in so many is only measured on."""
_CHUNK = 512
_LOOKED_AT = 20_000
"""Candidates, taken evenly, over which the importance of features is worked out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RankerReport:
    """What was learned, and what it changes on queries that it was not learned from."""

    queries: int
    """Queries learned from."""
    without_candidates: int
    """Queries left out because none of their relevant products is among the candidates."""
    rows: int
    """Candidates learned from."""
    trees: int
    held_out: int
    """Queries that it was measured on."""
    before: Mapping[str, float]
    """recall@20, ndcg@10 and mrr@10 of hybrid search without it."""
    after: Mapping[str, float]
    """The same with it."""
    accepted: bool
    reason: str
    cutoff: float | None
    """Smallest cosine of products that hold hardly any word of the query; None where too few were wanted to say."""
    cut: Mapping[str, float]
    """As `after`, with the cut-off as well; empty where there is none."""

    def lines(self) -> list[tuple[str, float, float]]:
        """Measure, before, after."""
        return [(name, self.before[name], self.after[name]) for name in self.before]


@dataclass(frozen=True, kw_only=True, slots=True)
class Learned:
    """What `learn_ranker` returns."""

    ranker: Ranker
    cutoff: Cutoff | None
    """None where too few products were wanted to calibrate it, or where it costs recall on the held-out queries."""
    report: RankerReport


def learn_ranker(
    index: SearchIndex,
    encoder: SentenceEncoder,
    gains: Mapping[str, Mapping[str, float]],
    held_out: Judgments,
    *,
    fingerprint: str,
    relevant: float,
    settings: RankerSettings | None = None,
    about: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Learned:
    """Learn from `gains` (query to product to how good it is, above 0) and measure on the judgments `held_out`.

    A candidate without a gain counts as not wanted, which is mostly true and harmless where it is not: it only weakens
    the lesson. The ranker is accepted if neither recall@20 nor ndcg@10 gets worse on the queries held out; a cut-off is
    calibrated on the same candidates, and dropped if it costs more than `MOST_RECALL_CUT` of the recall.
    `fingerprint` is that of the encoder. Raises `UserError` where there are too few queries to learn from.
    """
    settings = settings or RankerSettings()
    lists, without = candidate_lists(index, encoder, gains, settings, progress)
    if lists is None or len(lists) < FEWEST_QUERIES:
        found = 0 if lists is None else len(lists)
        raise UserError(
            f"a ranker needs {FEWEST_QUERIES} queries with a relevant product among their candidates; there are "
            f"{found} (of {len(gains)} queries); judge more, or load more events"
        )
    if not settings.popularity:
        # A feature that never differs is asked for by no tree.
        lists.features_RF[:, NAMES.index("popularity")] = 0
    facts = dict(about or {}) | {"queries": len(lists)} | asdict(settings)
    ranker = learn(lists, settings, encoder=fingerprint, about=facts, progress=progress)
    plain = index.with_ranker(None).with_cutoff(None)
    vectors = vectors_of(index, encoder, list(held_out))
    before = _measured(plain, held_out, vectors, relevant)
    after = _measured(plain.with_ranker(ranker), held_out, vectors, relevant)
    names = (f"recall@{RECALL_DEPTH}", "ndcg@10")
    worse = [name for name in names if before and after[name] < before[name]]
    if not before:
        reason = "no held-out query has a relevant product, so nothing was measured"
    elif worse:
        reason = f"{' and '.join(worse)} would get worse"
    else:
        reason = f"{' and '.join(names)} do not get worse"
    wanted = lists.features_RF[lists.gains_R > 0]
    cutoff = calibrated(wanted[:, NAMES.index("meaning")], wanted[:, NAMES.index("lexical")], fingerprint)
    cut = (
        {} if cutoff is None else _measured(plain.with_ranker(ranker).with_cutoff(cutoff), held_out, vectors, relevant)
    )
    if cut and cut[names[0]] < after[names[0]] - MOST_RECALL_CUT:
        cutoff = None
    report = RankerReport(
        queries=len(lists),
        without_candidates=without,
        rows=len(lists.gains_R),
        trees=len(ranker.leaves_TP),
        held_out=len(held_out),
        before=before,
        after=after,
        accepted=bool(before) and not worse,
        reason=reason,
        cutoff=None if cutoff is None else cutoff.cosine,
        cut=cut,
    )
    some = lists.features_RF[:: -(-len(lists.features_RF) // _LOOKED_AT)]
    kept = {"report": asdict(report), "importance": ranker.importance(some)}
    ranker = replace(ranker, about={**ranker.about, **kept})
    return Learned(ranker=ranker, cutoff=cutoff, report=report)


def candidate_lists(
    index: SearchIndex,
    encoder: SentenceEncoder,
    gains: Mapping[str, Mapping[str, float]],
    settings: RankerSettings,
    progress: Progress = silent,
) -> tuple[Lists | None, int]:
    """The candidates of each query with their features and gains, and how many queries had no relevant candidate.

    None where there is none at all.
    """
    queries = [query for query, wanted in gains.items() if wanted and query.strip()]
    features: list[NDArray[np.float32]] = []
    targets: list[NDArray[np.float32]] = []
    without = 0
    for start in range(0, len(queries), _CHUNK):
        chunk = queries[start : start + _CHUNK]
        for query, vector_D in vectors_of(index, encoder, chunk).items():
            examined = index.examine(query, vector_D)
            assert examined is not None
            numbers_C = examined.found.numbers_C
            gains_C = np.zeros(len(numbers_C), np.float32)
            numbers = index.numbers(gains[query])
            for product_id, number in numbers.items():
                gains_C[numbers_C == number] = gains[query][product_id]
            # A wanted product from further down would come without the unwanted ones around it, and teach that being
            # far behind is good.
            kept = np.sort(np.argsort(-examined.blended_C, kind="stable")[: settings.depth])
            if not gains_C[kept].any():
                without += 1
                continue
            features.append(examined.features_CF[kept])
            targets.append(gains_C[kept])
        progress("candidates", min(start + _CHUNK, len(queries)), len(queries))
    if not features:
        return None, without
    lengths = [len(found) for found in targets]
    return Lists(
        features_RF=np.concatenate(features),
        gains_R=np.concatenate(targets),
        starts_Q=np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64),
    ), without


def part_of(query: str) -> str:
    """Whether judgments of a query are to learn from ("tune") or only to measure on ("report"), by a hash of its text;
    the same on every machine, and in `benchmarks/relevance.py`."""
    number = int.from_bytes(hashlib.sha256(query.encode()).digest()[:8], "big")
    return "tune" if number % REPORTED else "report"


def gains_of_pairs(pairs: Sequence[Pair]) -> dict[str, dict[str, float]]:
    """What shoppers converted on, by how surely it was what they looked for. The place it was shown at is taken out."""
    gains: dict[str, dict[str, float]] = {}
    for pair in pairs:
        if pair.source == "events":
            share = 1.0 if pair.quality == "high" else NOISY_GAIN
            gains.setdefault(pair.query, {})[pair.product_id] = max(pair.weight, 1e-3) * share
    return gains


def gains_of_judgments(judgments: Judgments, relevant: float) -> dict[str, dict[str, float]]:
    """Judgments as gains: 1 for the highest relevance there is, 0 for what is not relevant."""
    highest = max((grade for judged in judgments.values() for grade in judged.values()), default=relevant)
    span = max(highest - relevant, 1e-9)
    return {
        query: wanted
        for query, judged in judgments.items()
        if (wanted := {
            product_id: 0.5 + 0.5 * min(1.0, (grade - relevant) / span)
            for product_id, grade in judged.items() if grade >= relevant
        })
    }  # fmt: skip


def _measured(
    index: SearchIndex, judgments: Judgments, vectors: Mapping[str, NDArray[np.float32]], relevant: float
) -> dict[str, float]:
    def search(query: str) -> list[str]:
        return [hit.product_id for hit in index.search(SearchRequest(query=query, k=RECALL_DEPTH), vectors[query]).hits]

    if not any(grade >= relevant for judged in judgments.values() for grade in judged.values()):
        return {}
    result: RetrievalResult = evaluate_retrieval(search, judgments, relevant=relevant)
    return {f"recall@{RECALL_DEPTH}": result.recall, "ndcg@10": result.ndcg, "mrr@10": result.mrr}
