"""Where a search stops: what is too far from the query to be shown, so that "no good match" is a possible answer.

Meaning always finds something nearest. A product that holds hardly any word of the query is kept only if its score by
meaning reaches what products that people wanted reach, and, in a hybrid search, if it is of a category that the query's
first hits have. Both rules look at the query, the whole catalogue and the product alone, never at a filter or a page.

Legend: C candidates, W wanted products.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError
from aisle.files.atomic import write_atomic
from aisle.search.features import FirstHits
from aisle.search.retrieval import Candidates
from aisle.search.segments import Segments
from aisle.search.storage import read_facts

CUTOFF_FILE = "cutoff.json"
HARDLY_ANY = 0.1
"""A product with a lexical score below this holds hardly any word of the query."""
LOST = 0.005
"""Share of the wanted products that the cut-off may take away."""
REACHED = 0.9
"""It is never higher than what this share of all wanted products reach, whether they hold words or not: a log mostly
knows products that words have found, and would else cut away all others."""
FEWEST = 50
"""Wanted products that a cut-off is calibrated on at least."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cutoff:
    """A calibrated limit; it belongs to one encoder."""

    cosine: float
    """Smallest score by meaning of a product that holds hardly any word of the query: the cosine, where the towers have
    no pieces."""
    encoder: str
    """Fingerprint of the encoder."""
    wanted: int
    """Wanted products that it was calibrated on."""

    def save(self, directory: Path) -> None:
        """Write cutoff.json."""
        write_atomic(directory / CUTOFF_FILE, json.dumps(asdict(self)) + "\n")

    @classmethod
    def open(cls, directory: Path) -> Cutoff | None:
        """Read it; None where there is none. Raises DamagedError for a broken file."""
        if not (directory / CUTOFF_FILE).exists():
            return None
        facts = read_facts(directory / CUTOFF_FILE)
        try:
            return cls(cosine=float(facts["cosine"]), encoder=str(facts["encoder"]), wanted=int(facts["wanted"]))
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedError(f"{directory / CUTOFF_FILE}: is no cut-off ({error}); build the shop again") from None


def calibrated(meaning_W: NDArray[np.float32], lexical_W: NDArray[np.float32], encoder: str) -> Cutoff | None:
    """The highest cut-off that takes away at most `LOST` of these wanted products, and that `REACHED` of them reach.

    None where they are too few to say.
    """
    if len(meaning_W) < FEWEST:
        return None
    cosine = float(np.quantile(meaning_W, 1 - REACHED))
    # Only those that hold hardly any word can be taken away; the next one after the share that may be is the limit.
    far = np.sort(meaning_W[lexical_W < HARDLY_ANY])
    may = int(LOST * len(meaning_W))
    if len(far) > may:
        cosine = min(cosine, float(far[may]))
    return Cutoff(cosine=math.floor(cosine * 1e4) / 1e4, encoder=encoder, wanted=len(meaning_W))


def near_enough(segments: Segments, found: Candidates, first: FirstHits, cutoff: Cutoff) -> NDArray[np.bool_]:
    """Which candidates are kept, (C,)."""
    assert found.meaning_C is not None
    near_C: NDArray[np.bool_] = found.meaning_C >= cutoff.cosine
    if found.lexical_C is None:
        return near_C
    held_C = (found.lexical_C >= HARDLY_ANY) | (found.tiers_C > 0)
    return held_C | (near_C & _alike(segments, found, first))


def _alike(segments: Segments, found: Candidates, first: FirstHits) -> NDArray[np.bool_]:
    """Which candidates are of a category of the first hits; all where those have none."""
    alike_C = np.ones(len(found.numbers_C), np.bool_)
    if first.categories:
        for segment, part, inside in segments.parts(found.numbers_C):
            places = segment.columns.categories_N[inside]
            known = np.array([not path or path in first.categories for path in segment.columns.categories], np.bool_)
            alike_C[part] = known[places] if len(known) else True
    return alike_C
