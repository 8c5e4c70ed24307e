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
from aisle.evaluation.retrieval import RECALL_DEPTH, Judgments, evaluate_retrieval, recall_at
from aisle.mining.pair import Pair
from aisle.search.index import SearchIndex
from aisle.search.request import Mode, SearchRequest
from aisle.sentence.encoder import SentenceEncoder
from aisle.storefront.reading import vectors_of

HELD_OUT = 10
"""One query in so many is held out."""
FEWEST_QUERIES = 20
"""With fewer held-out queries the figures say too little to refuse anything."""


def held_out(query: str) -> bool:
    """Whether a query is kept from training; the same on every machine."""
    number = int.from_bytes(hashlib.sha256(query.casefold().encode()).digest()[:8], "big")
    return number % HELD_OUT == 0


def half_of(query: str) -> int:
    """Which half a query belongs to, 0 or 1, where one half is learned from and the other measured on."""
    return hashlib.sha256(f"half {query}".encode()).digest()[0] % 2


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

    The candidate loses if its recall@20 is below the live one's by more than one standard error of the difference,
    searched as shoppers search (hybrid) or by meaning alone: the words must not hide what an encoder has forgotten.
    """
    judgments: Judgments = {}
    for pair in pairs:
        if held_out(pair.query) and pair.source == "events":
            judgments.setdefault(pair.query, {})[pair.product_id] = max(pair.weight, 1e-6)
    if not judgments:
        return GateReport(queries=0, live={}, candidate={}, accepted=True, reason="the log has no held-out queries")
    before, after = (_asked(contender, judgments) for contender in (live, candidate))
    told, lost = [], False
    for mode in before.recalls.keys() & after.recalls.keys():
        mean, error = _change(before.recalls[mode], after.recalls[mode])
        told.append(f"{mode} recall@{RECALL_DEPTH} changes by {mean:+.4f} (standard error {error:.4f})")
        lost |= mean < -error
    if len(judgments) < FEWEST_QUERIES:
        told.append(f"{len(judgments)} held-out queries are too few to refuse an encoder")
    return GateReport(
        queries=len(judgments),
        live=before.figures,
        candidate=after.figures,
        accepted=not lost or len(judgments) < FEWEST_QUERIES,
        reason="; ".join(sorted(told)),
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
    recalls: Mapping[Mode, list[float]]
    """recall@20 of every query, by how it was searched."""


def _asked(contender: Contender, judgments: Judgments) -> _Found:
    queries = list(judgments)
    vectors = {} if contender.encoder is None else vectors_of(contender.index, contender.encoder, queries)
    found = {}
    recalls: dict[Mode, list[float]] = {}
    modes: tuple[Mode, ...] = ("hybrid", "semantic") if vectors else ("hybrid",)
    for mode in modes:
        lists = {
            query: [
                hit.product_id
                for hit in contender.index.search(
                    SearchRequest(query=query, mode=mode, k=RECALL_DEPTH), vectors.get(query)
                ).hits
            ]
            for query in queries
        }
        found[mode] = evaluate_retrieval(lists.__getitem__, judgments, relevant=0)
        recalls[mode] = [recall_at(lists[query], set(judgments[query])) for query in queries]
    hybrid = found["hybrid"]
    figures = {f"recall@{RECALL_DEPTH}": hybrid.recall, "ndcg@10": hybrid.ndcg, "mrr@10": hybrid.mrr}
    if "semantic" in found:
        figures[f"recall@{RECALL_DEPTH} by meaning"] = found["semantic"].recall
    return _Found(figures, recalls)


def _change(before: Sequence[float], after: Sequence[float]) -> tuple[float, float]:
    """The mean of what each query gains, and its standard error."""
    gains = [new - old for old, new in zip(before, after, strict=True)]
    mean = math.fsum(gains) / len(gains)
    spread = math.fsum((gain - mean) ** 2 for gain in gains)
    return mean, math.sqrt(spread / max(len(gains) - 1, 1) / len(gains))
