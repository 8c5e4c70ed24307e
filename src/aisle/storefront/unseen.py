"""Which judged queries an encoder was never trained on: only these tell how far its cosines can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from aisle.errors import UserError
from aisle.evaluation.retrieval import Judgments
from aisle.json_text import from_json
from aisle.model.source import find_checkpoint
from aisle.storefront.gate import held_out
from aisle.text.words import normalize
from aisle.training.settings import RUN_FILE

Seen: TypeAlias = Literal["no queries", "queries but for those left out", "perhaps every query"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """What may be learned from and measured on."""

    judgments: Judgments
    """All, unless some are known to have been left out of the encoder's training: then those."""
    seen: Seen
    """What the encoder was trained on."""


def unseen(judgments: Judgments, encoder: str | Path) -> Unseen:
    """The judgments of queries that an encoder has not learned from, as its run tells.

    Raises
        UserError: there is no such encoder, or what tells of its run cannot be read.
    """
    seen = seen_by(encoder)
    if seen == "queries but for those left out":
        judgments = {query: judged for query, judged in judgments.items() if held_out(normalize(query))}
    return Unseen(judgments=judgments, seen=seen)


def seen_by(encoder: str | Path) -> Seen:
    """What an encoder was trained on, by its own run and those of the encoders that it started from."""
    about = _about(find_checkpoint(encoder))
    if about.get("task") not in ("two-tower", "light-query"):
        return "no queries"
    try:
        before: Seen | None = seen_by(about["encoder"])
    except (UserError, KeyError):
        before = None  # it is no longer there to be asked
    if about["task"] == "light-query":
        # It was told the full tower's vectors and no pairs.
        return before or "perhaps every query"
    # A run that says nothing of it is older than the rule.
    every = about.get("every_query", True) or before == "perhaps every query"
    return "perhaps every query" if every else "queries but for those left out"


def _about(directory: Path) -> dict[str, Any]:
    path = directory / RUN_FILE
    if not path.is_file():
        return {}
    try:
        run = from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}), and tells what the encoder was trained on") from None
    about = run.get("about") if isinstance(run, dict) else None
    return about if isinstance(about, dict) else {}
