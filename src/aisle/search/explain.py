"""Why a product stands where it stands: every number of its score, and where its words were found.

Legend: F features.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.ranking.features import FEATURES, NAMES
from aisle.ranking.model import Ranker
from aisle.search import analysis
from aisle.search.fusion import Tier
from aisle.search.inverted import field_words
from aisle.search.lexical import held, worth
from aisle.search.pieces import PieceReader
from aisle.search.plan import Alternative, Clause, QueryPlan
from aisle.search.retrieval import Candidates
from aisle.search.segment import Segment
from aisle.search.weights import HybridWeights
from aisle.shop.product import Product

_TIERS = {
    Tier.WORDS: "holds every word of a query that names a number, a size or a code",
    Tier.BRAND: "the query is its brand",
    Tier.TITLE: "the query is its title",
    Tier.NUMBER: "the query names its product number",
}
_HOW = {
    "exact": "",
    "amount": ", without its unit,",
    "joined": ', written as one word in "{}"',
    "split": ', written as "{}"',
    "completed": ', as the beginning of "{}"',
    "corrected": ', taken as "{}"',
}


def explain(
    segment: Segment,
    number: int,
    plan: QueryPlan | None,
    found: Candidates,
    at: int,
    score: float,
    weights: HybridWeights,
    reader: PieceReader | None,
) -> dict[str, Any]:
    """The explanation of one hit; `at` is its place among the candidates, `reader` names pieces."""
    tier = Tier(int(found.tiers_C[at]))
    parts: dict[str, Any] = {"score": score, "tier": {"level": int(tier), "name": tier.name.lower()}}
    reasons: list[str] = []
    if tier:
        parts["tier"]["why"] = _TIERS[tier]
        reasons.append(_TIERS[tier])
    if plan is not None and found.lexical_C is not None:
        lexical = _lexical(segment, number, plan, float(found.lexical_C[at]))
        parts["lexical"] = lexical
        reasons += [_reason(word) for word in lexical["words"] if word["points"]]
        missing = [word["word"] for word in lexical["words"] if not word["points"] and word["whole"]]
        if missing:
            reasons.append("without " + ", ".join(f'"{word}"' for word in missing))
    if found.cosines_C is not None and found.meaning_C is not None:
        cosine, meaning = round(float(found.cosines_C[at]), 6), round(float(found.meaning_C[at]), 6)
        parts["semantic"] = {"score": meaning, "cosine": cosine}
        reasons.append(f"meaning {meaning:.2f} alike")
        if found.met_C is not None:
            met = round(float(found.met_C[at]), 6)
            parts["semantic"] |= {"pieces": met, "share_of_pieces": weights.pieces}
            if reader is not None and found.pieces is not None and segment.pieces is not None:
                parts["semantic"]["met"] = reader.told(found.pieces, segment.pieces.rows(np.array([number]))[0])
            reasons[-1] += f" ({cosine:.2f} as a whole, {met:.2f} word by word)"
    both = found.lexical_C is not None and found.cosines_C is not None
    if both:
        parts["weights"] = {"lexical": weights.lexical, "semantic": round(1 - weights.lexical, 6)}
    parts["why"] = "; ".join(reasons)
    return parts


def explain_ranker(parts: dict[str, Any], ranker: Ranker, features_F: NDArray[np.float32]) -> None:
    """Add to an explanation what each feature did to the ranker's answer, most first; they add up to it."""
    moved = ranker.contributions(features_F)
    start = moved.pop("")
    parts.pop("weights", None)
    parts["ranker"] = {
        "answer": round(start + sum(moved.values()), 6),
        "start": round(start, 6),
        "features": [
            {
                "name": name,
                "value": round(float(features_F[NAMES.index(name)]), 6),
                "moved": round(by, 6),
                "meaning": FEATURES[name],
            }
            for name, by in sorted(moved.items(), key=lambda item: (-abs(item[1]), item[0]))
        ],
    }
    most = [f"{one['name'].replace('_', ' ')} {one['moved']:+.2f}" for one in parts["ranker"]["features"][:3]]
    parts["why"] = "; ".join(filter(None, [parts["why"], f"ranked most by {', '.join(most)}"]))


def _lexical(segment: Segment, number: int, plan: QueryPlan, score: float) -> dict[str, Any]:
    product = segment.documents.product(number)
    entries = [_clause(clause, product, number, segment) for clause in plan.clauses]
    for pair in plan.pairs:
        points = held(pair, number, segment.inverted)
        if points:
            entries.append(_entry(pair.text, pair, points, ["title"], plan_word=False))
    for entry in entries:
        entry["points"] = round(entry["points"] / plan.bound, 6)
    return {"score": round(score, 6), "words": entries}


def _clause(clause: Clause, product: Product, number: int, segment: Segment) -> dict[str, Any]:
    best = worth(clause, number, segment.inverted)
    if best is None:
        return _entry(clause.word, clause.alternatives[0], 0.0, [], plan_word=clause.required)
    alternative, points = best
    return _entry(clause.word, alternative, points, _fields(alternative, product), plan_word=clause.required)


def _entry(word: str, alternative: Alternative, points: float, fields: list[str], *, plan_word: bool) -> dict[str, Any]:
    return {
        "word": word,
        "matched": alternative.text if points else None,
        "how": alternative.how if points else "missing",
        "fields": fields,
        "points": points,
        "whole": plan_word,
    }


def _fields(alternative: Alternative, product: Product) -> list[str]:
    if alternative.how == "split":
        return ["title"]
    return [
        name
        for name, words in field_words(product).items()
        if any(alternative.key in analysis.word_keys(word) for word in words)
    ]


def _reason(entry: dict[str, Any]) -> str:
    return f'"{entry["word"]}"{_HOW[entry["how"]].format(entry["matched"])} in {" and ".join(entry["fields"])}'
