"""Why a suggestion stands where it stands."""

from __future__ import annotations

from typing import Any

from aisle.suggest.candidates import SOURCES
from aisle.suggest.chosen import Chosen, Pick
from aisle.suggest.mapped import Mapped
from aisle.suggest.ranker import Before, Ranker

MADE_UP = "nobody has searched for it yet, and so many products in stock have all of its words"
_STAGES = {
    "literal": "what was typed stands in it",
    "spaces": "the same letters with other spaces",
    "order": "the same words in another order",
    "slips": "what was meant if slips are forgiven",
    "slips in order": "what was meant if slips are forgiven, in another order",
}


def explanation(
    mapped: Mapped, ranker: Ranker, pick: Pick, typed: str, before: Before, chosen: Chosen
) -> dict[str, Any]:
    """How it was found, the parts of its score, and what it kept off the list by saying the same."""
    why: dict[str, Any] = {
        "found": _STAGES[pick.stage],
        "source": SOURCES[mapped["sources"][pick.number]],
        "score": pick.score,
    }
    if pick.typed != typed:
        why["looked up"] = pick.typed.rstrip(" ")
    if pick.cost:
        why["slips"] = {"cost": round(pick.cost, 3), "meaning": "-ln of how likely the slip is"}
    features = {"beside popularity": round(float(mapped["statics"][pick.number]), 4)}
    if typed and pick.stage in ("literal", "spaces"):
        for name, values in ranker.features([(1.0, pick.number)], pick.typed, before).items():
            weight = ranker.model.weight(name)
            if weight and float(values[0]):
                features[name] = round(weight * float(values[0]), 4)
    why["log parts"] = features
    kept_off = [mapped.text(number) for number, by in chosen.dropped if by == pick.number]
    if kept_off:
        why["instead of"] = kept_off
    return why
