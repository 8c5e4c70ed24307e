"""Which judged queries an encoder was never trained on: only these tell how far its cosines can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aisle.evaluation.retrieval import Judgments
from aisle.json_text import from_json
from aisle.storefront.gate import held_out
from aisle.text.words import normalize

RUN_FILE = "run.json"
_TASKS = ("two-tower", "light-query")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """What may be learned from and measured on."""

    judgments: Judgments
    known: Literal["untrained", "left out", "nothing"]
    """Why: the encoder was trained on no pairs of query and product; these queries were left out of its training; or
    it was trained on every query, so that nothing is known to be unseen and `judgments` holds all."""


def unseen(judgments: Judgments, encoder: Path) -> Unseen:
    """The judgments of queries that the encoder in a directory has not learned from, as its run tells."""
    try:
        about = from_json((encoder / RUN_FILE).read_text(encoding="utf-8"))["about"]
    except (OSError, ValueError, KeyError, TypeError):
        about = {}
    if not isinstance(about, dict) or about.get("task") not in _TASKS:
        return Unseen(judgments=judgments, known="untrained")
    if about.get("every_query"):
        return Unseen(judgments=judgments, known="nothing")
    kept = {query: judged for query, judged in judgments.items() if held_out(normalize(query))}
    return Unseen(judgments=kept, known="left out")
