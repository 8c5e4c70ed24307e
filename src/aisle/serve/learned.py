"""What /lab shows of a shop's versions: how each encoder passed the gate, and what each ranker learned."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aisle.errors import UserError
from aisle.ranking.features import FEATURES
from aisle.ranking.model import Ranker
from aisle.storefront.shop import Shop

MOST_VERSIONS = 20
"""The newest versions that are shown."""


def versions_learned(shop: Shop) -> list[dict[str, Any]]:
    """Each version with its gate and its ranker, newest first."""
    return [
        {
            "version": version.number,
            "live": version.number == shop.version,
            "created": version.manifest.created,
            "encoder": version.manifest.facts.get("encoder", "none"),
            "gate": version.manifest.facts.get("gate"),
            "told": version.manifest.facts.get("ranker", "none"),
            "ranker": ranker_facts(version.manifest.facts.get("ranking")),
        }
        for version in reversed(shop.versions()[-MOST_VERSIONS:])
    ]


def ranker_of_file(name: str, path: Path) -> dict[str, Any] | None:
    """A ranker of `aisle train ranker` under its name; None where the file is none (any more)."""
    try:
        ranker = Ranker.open(path)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
    except (UserError, OSError):
        return None
    return {"name": name, "created": written, "ranker": ranker_facts(ranker.about)}


def ranker_facts(about: object) -> dict[str, Any] | None:
    """What a ranker says about itself, for people; None where nothing was learned."""
    if not isinstance(about, dict):
        return None
    importance = about.get("importance", {})
    return {
        "report": about.get("report"),
        "settings": {name: value for name, value in about.items() if name not in ("report", "importance")},
        # What no tree asks for is shown too: that the price moves nothing is worth knowing.
        "features": [
            {"name": name, "meaning": FEATURES[name], "share": float(importance.get(name, 0.0))}
            for name in sorted(FEATURES, key=lambda name: -float(importance.get(name, 0.0)))
        ]
        if importance
        else [],
    }
