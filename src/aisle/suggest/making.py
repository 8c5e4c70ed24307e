"""The suggestions of a version, from the log and the products to the files.

Letters: C candidates, D vector length.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.json_text import from_json
from aisle.progress import Progress, silent
from aisle.shop.event_table import QueryCount
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
from aisle.shop.query_log import Moment
from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate
from aisle.suggest.evidence import Evidence, weigh
from aisle.suggest.lists import DIRECTORY, Lists
from aisle.suggest.mining import Complete, mine
from aisle.suggest.model import Learned
from aisle.suggest.settings import DuplicateSettings, MiningSettings, RankSettings
from aisle.suggest.support import Support
from aisle.suggest.training import train
from aisle.suggest.twins import guard_of, semantic_twins, senses

THRESHOLD_FILE = "duplicates.json"
_VECTORS = "suggest-vectors.npy"
_VECTOR_KEYS = "suggest-vector-keys.npy"

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to the vectors of a query encoder, of unit length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    """What a ledger says about searches and suggestions, read at one moment."""

    counts: list[QueryCount]
    evidence: Evidence
    moments: list[Moment]


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What came of it."""

    candidates: list[Candidate]
    dropped: dict[str, int]
    """Reason to number of queries and phrases that were not made candidates."""
    learned: Learned
    """What ranks them."""
    choices: int
    """Choices that the ranking was learned from; 0 where there were too few."""
    compared: int
    """Candidates compared by meaning; the others only by their words."""
    twins: int
    """Pairs of them that say the same in other words."""


def read_log(ledger: Ledger, mining: MiningSettings, rank: RankSettings | None = None) -> Log:
    """Read everything that suggestions are made from; call it inside a snapshot."""
    evidence = weigh(
        ledger.query_days(),
        ledger.outcomes(),
        settings=mining,
        passed_over=ledger.passed_over(pause_ms=mining.pause_ms),
    )
    return Log(
        # Queries that too few people used are counted as well: a slip is known by what it was meant to be.
        counts=list(ledger.query_counts(min_sessions=1)),
        evidence=evidence,
        moments=list(ledger.moments(latest=(rank or RankSettings()).latest_events)),
    )


def make_suggestions(
    directory: Path,
    products: Sequence[Product],
    log: Log,
    *,
    mining: MiningSettings | None = None,
    rank: RankSettings | None = None,
    duplicates: DuplicateSettings | None = None,
    lists: Lists | None = None,
    encode: Encode | None = None,
    before: Path | None = None,
    complete: Complete | None = None,
    progress: Progress = silent,
) -> Made:
    """Mine, learn, compare and write. `before` is a version with vectors of the same encoder."""
    mining, lists = mining or MiningSettings(), lists or Lists()
    duplicates = duplicates or DuplicateSettings()
    mined = mine(products, log.counts, settings=mining, evidence=log.evidence, lists=lists, complete=complete)
    progress("mine suggestions", len(mined.candidates), len(mined.candidates))
    training = train(mined.candidates, log.moments, rank)
    progress("learn their order", training.choices, training.choices)
    twins: dict[str, set[str]] = {}
    popular: list[Candidate] = []
    if encode is not None and mined.candidates:
        popular = sorted(mined.candidates, key=lambda one: (-one.popularity, one.text))[: duplicates.compared]
        vectors_CD = _vectors([candidate.text for candidate in popular], encode, directory, before, progress)
        meant = senses(popular, Support(products), log.evidence.carted)
        guard = guard_of(products, lists.apart())
        twins = semantic_twins(meant, vectors_CD, guard, duplicates.threshold)
    build_suggestions(
        directory, mined.candidates, learned=training.learned, twins=twins, products=products, apart=lists.apart()
    )
    return Made(
        candidates=mined.candidates,
        dropped=mined.dropped,
        learned=training.learned,
        choices=training.choices,
        compared=len(popular),
        twins=sum(map(len, twins.values())) // 2,
    )


def _vectors(
    texts: Sequence[str], encode: Encode, directory: Path, before: Path | None, progress: Progress
) -> NDArray[np.float32]:
    """Vectors of the texts, (C, D), taken over from the version before where it has them; kept for the next one."""
    keys_C = np.array([_content_key(text) for text in texts], np.int64)
    known: dict[int, NDArray[np.float32]] = {}
    if before is not None and (before / _VECTORS).exists():
        kept_CD = np.load(before / _VECTORS).astype(np.float32)
        known = dict(zip(np.load(before / _VECTOR_KEYS).tolist(), kept_CD, strict=True))
    missing = [text for text, key in zip(texts, keys_C.tolist(), strict=True) if key not in known]
    for start in range(0, len(missing), 2048):
        chunk = missing[start : start + 2048]
        known.update((_content_key(text), vector) for text, vector in zip(chunk, encode(chunk), strict=True))
        progress("compare suggestions", min(start + 2048, len(missing)), len(missing))
    vectors_CD = np.array([known[key] for key in keys_C.tolist()], np.float32).reshape(len(texts), -1)
    np.save(directory / _VECTORS, vectors_CD.astype(np.float16))
    np.save(directory / _VECTOR_KEYS, keys_C)
    return vectors_CD


def _content_key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def load_threshold(shop: Path) -> DuplicateSettings:
    """How close two suggestions may be: what was calibrated for this shop, else the usual."""
    path = shop / DIRECTORY / THRESHOLD_FILE
    try:
        threshold = float(from_json(path.read_text())["threshold"])
    except FileNotFoundError:
        return DuplicateSettings()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} cannot be read ({error}); write it with: aisle suggest calibrate SHOP") from None
    return DuplicateSettings(threshold=threshold)


def save_threshold(shop: Path, threshold: float) -> Path:
    """Keep a calibrated threshold for the next build."""
    path = shop / DIRECTORY / THRESHOLD_FILE
    path.parent.mkdir(exist_ok=True)
    write_atomic(path, json.dumps({"threshold": threshold}) + "\n")
    return path
