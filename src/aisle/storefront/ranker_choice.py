"""Which ranker a version gets: one learned from the shop's events, one that was given, or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.engines.opening import open_search
from aisle.errors import UserError
from aisle.evaluation.retrieval import Judgments
from aisle.mining.pair import Pair
from aisle.progress import Progress, silent
from aisle.ranking.model import RANKER_FILE, Ranker
from aisle.ranking.settings import RankerSettings
from aisle.search.cutoff import Cutoff
from aisle.search.index import SearchIndex
from aisle.sentence.towers import Towers
from aisle.storefront.gate import half_of, held_out
from aisle.storefront.opened import check_fits
from aisle.storefront.ranker import Learned, gains_of_pairs, learn_ranker

MOST_QUERIES = 1000
"""Queries learned from, those with the most conversions first, so that a build stays a matter of a minute."""
SETTINGS = RankerSettings(trees=60, levels=3, depth=100, regularisation=20.0)
"""Of a ranker that a build learns by itself."""
ENOUGH_UNSEEN = 60
"""Queries, held out from the encoder's training, that are enough to learn a ranker from (docs/results.md, "Ranker")."""
FEWEST_HELD_OUT = 20
"""With fewer held-out queries nothing can be said for a ranker, and none is learned."""


@dataclass(frozen=True, slots=True)
class RankerChoice:
    """What was done about the order of hits."""

    told: str
    """In words, with the reason."""
    about: Mapping[str, Any] | None = None
    """What was learned, and how it did on the queries held out, also where it was not taken; None where nothing was."""


def choose_ranker(
    wanted: str,
    directory: Path,
    encoder: Towers,
    mine: Callable[[], Sequence[Pair] | str],
    progress: Progress = silent,
) -> RankerChoice:
    """Put a ranker.json and a cutoff.json into a version's directory, or not.

    `wanted` is `auto`, `none` or a ranker's file or directory; `mine` gives the pairs of the shop's log, or why there
    are none. Raises `UserError` for a file that is no ranker of this encoder.
    """
    if wanted == "none":
        return RankerChoice("none: the weighted sum was asked for")
    if wanted != "auto":
        given = Ranker.open(wanted)
        check_fits(given, encoder.fingerprint)
        given.save(directory / RANKER_FILE)
        cutoff = Cutoff.open(Path(wanted)) if Path(wanted).is_dir() else None
        if cutoff is not None and cutoff.encoder == encoder.fingerprint:
            cutoff.save(directory)
        return RankerChoice(f"as given, of {len(given.leaves_TP)} trees", given.about)
    pairs = mine()
    if isinstance(pairs, str):
        return RankerChoice(f"none: {pairs}")
    try:
        learned = learn_from_pairs(open_search(directory), encoder, pairs, settings=SETTINGS, progress=progress)
    except UserError as error:
        return RankerChoice(f"none: {error}")
    report = learned.report
    if learned.cutoff is not None:
        learned.cutoff.save(directory)
    if not report.accepted:
        told = f"none: on {report.held_out} held-out queries {report.reason}"
        return RankerChoice(told, learned.ranker.about)
    learned.ranker.save(directory / RANKER_FILE)
    changes = ", ".join(f"{name} {before:.4f} to {after:.4f}" for name, before, after in report.lines())
    told = f"learned from {report.queries} queries; on {report.held_out} held-out ones {changes}"
    return RankerChoice(told, learned.ranker.about)


def learn_from_pairs(
    index: SearchIndex,
    encoder: Towers,
    pairs: Sequence[Pair],
    *,
    settings: RankerSettings | None = None,
    progress: Progress = silent,
) -> Learned:
    """Learn from some queries and measure on others (see `lesson_and_test`). Raises `UserError` for too few."""
    gains, judgments = lesson_and_test(pairs)
    if len(judgments) < FEWEST_HELD_OUT:
        raise UserError(
            f"the log has {len(judgments)} held-out queries with conversions, and a ranker is measured on at least "
            f"{FEWEST_HELD_OUT}; load more events"
        )
    # Pairs come by their query's conversions, most first.
    head = dict(list(gains.items())[:MOST_QUERIES])
    return learn_ranker(
        index,
        encoder.queries,
        head,
        judgments,
        fingerprint=encoder.fingerprint,
        relevant=0,
        settings=settings,
        about={"source": "events"},
        progress=progress,
    )


def lesson_and_test(pairs: Sequence[Pair]) -> tuple[dict[str, dict[str, float]], Judgments]:
    """What a ranker learns from, and what it is measured on; each query with what was wanted.

    An encoder is too sure of the queries that it was trained on, and a ranker learned from them is misled, so where
    enough queries were held out from that, half of those are learned from and the other half is measured on. Where
    there are too few, all that were held out are measured on, and a misled ranker is not taken.
    """
    kept = gains_of_pairs([pair for pair in pairs if held_out(pair.query)])
    lesson = {query: wanted for query, wanted in kept.items() if half_of(query) == 0}
    if len(lesson) < ENOUGH_UNSEEN:
        return gains_of_pairs([pair for pair in pairs if not held_out(pair.query)]), kept
    return lesson, {query: wanted for query, wanted in kept.items() if query not in lesson}
