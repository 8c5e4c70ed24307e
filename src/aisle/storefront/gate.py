"""The gate: an encoder goes live only if it does not lose on queries of the shop that it never saw.

One query in ten, by a hash of its words, is never trained on. What shoppers converted on after those queries is what a
search should find; the version that would go live and the live one are asked for it, and both figures are shown.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aisle.errors import UserError
from aisle.evaluation.retrieval import RECALL_DEPTH, Judgments, RetrievalResult, evaluate_retrieval, recall_at
from aisle.mining.pair import Pair
from aisle.search.index import SearchIndex
from aisle.search.request import Mode, SearchRequest
from aisle.sentence.encoder import SentenceEncoder

HELD_OUT = 10
"""One query in so many is held out."""
FEWEST_QUERIES = 20
"""With fewer held-out queries the figures say too little to refuse anything."""


def held_out(query: str) -> bool:
    """Whether a query is kept from training; the same on every machine."""
    number = int.from_bytes(hashlib.sha256(query.casefold().encode()).digest()[:8], "big")
    return number % HELD_OUT == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    """One of the two that are compared."""

    name: str
    """The encoder's."""
    index: SearchIndex
    encoder: SentenceEncoder | None
    """The query tower; None for search by words alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GateReport:
    """Both columns, and what follows."""

    queries: int
    """Held-out queries with something to find."""
    live: Mapping[str, float]
    """Figures of the live version, by measure: recall@20, ndcg@10, mrr@10, and recall@20 by meaning alone."""
    candidate: Mapping[str, float]
    """The same of the version that would go live."""
    accepted: bool
    reason: str


def compare(pairs: Sequence[Pair], live: Contender, candidate: Contender) -> GateReport:
    """Ask both for the held-out queries of a shop's pairs.

    The candidate loses if its recall@20, as shoppers search (hybrid), is below the live one's by more than one standard
    error of the difference.
    """
    judgments: Judgments = {}
    for pair in pairs:
        if held_out(pair.query) and pair.source == "events":
            judgments.setdefault(pair.query, {})[pair.product_id] = max(pair.weight, 1e-6)
    if not judgments:
        return GateReport(queries=0, live={}, candidate={}, accepted=True, reason="the log has no held-out queries")
    found = [_asked(contender, judgments) for contender in (live, candidate)]
    differences = [after - before for before, after in zip(found[0].recalls, found[1].recalls, strict=True)]
    mean = math.fsum(differences) / len(differences)
    spread = math.fsum((difference - mean) ** 2 for difference in differences)
    error = math.sqrt(spread / max(len(differences) - 1, 1) / len(differences))
    accepted, reason = True, f"recall@{RECALL_DEPTH} changes by {mean:+.4f} (standard error {error:.4f})"
    if len(judgments) < FEWEST_QUERIES:
        reason += f"; {len(judgments)} held-out queries are too few to refuse an encoder"
    elif mean < -error:
        accepted = False
    return GateReport(
        queries=len(judgments), live=found[0].figures, candidate=found[1].figures, accepted=accepted, reason=reason
    )


def refuse(report: GateReport, name: str) -> UserError:
    """The error that stops a build whose encoder lost."""
    columns = "; ".join(
        f"{measure} {report.live[measure]:.4f} live, {report.candidate[measure]:.4f} with {name}"
        for measure in report.live
        if measure in report.candidate
    )
    return UserError(
        f"{name} loses on the shop's {report.queries} held-out queries ({columns}), so the live version stays; "
        "train on more pairs, or take it live all the same with --force"
    )


@dataclass(frozen=True, slots=True)
class _Found:
    figures: Mapping[str, float]
    recalls: list[float]
    """recall@20 of every query, searched as shoppers search."""


def _asked(contender: Contender, judgments: Judgments) -> _Found:
    queries = list(judgments)
    vectors = {} if contender.encoder is None else dict(zip(queries, contender.encoder.encode(queries), strict=True))
    recalls: list[float] = []

    def search(query: str, mode: Mode) -> list[str]:
        request = SearchRequest(query=query, mode=mode, k=RECALL_DEPTH)
        return [hit.product_id for hit in contender.index.search(request, vectors.get(query)).hits]

    def as_shoppers_do(query: str) -> list[str]:
        ranked = search(query, "hybrid")
        recalls.append(recall_at(ranked, set(judgments[query])))
        return ranked

    result: RetrievalResult = evaluate_retrieval(as_shoppers_do, judgments, relevant=0)
    figures = {f"recall@{RECALL_DEPTH}": result.recall, "ndcg@10": result.ndcg, "mrr@10": result.mrr}
    if vectors:
        by_meaning = evaluate_retrieval(lambda query: search(query, "semantic"), judgments, relevant=0)
        figures["recall@20 by meaning"] = by_meaning.recall
    return _Found(figures, recalls)
