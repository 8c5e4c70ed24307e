"""Set how sure a completion must be, on held-out text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from aisle.evaluation.completion import choose_places
from aisle.progress import Progress, silent
from aisle.runtime.decoder import NumpyDecoder
from aisle.tasks.complete.completer import Completer
from aisle.tasks.complete.mixture import load_model
from aisle.tasks.complete.phrases import RarePhrases
from aisle.tasks.complete.thresholds import Thresholds
from aisle.tasks.complete.vocabulary import CompleterVocabulary

# At a threshold that nothing reaches, the best is the surest: whether anything is shown depends on it alone.
_UNREACHABLE = 2.0


def calibrate(
    directory: Path, messages: Sequence[str], coverage: float, *, places: int = 300, progress: Progress = silent
) -> Thresholds:
    """The thresholds of the completer in a directory, from places in messages that it has not learnt from.

    Safeguards are on: what is held back is not shown either. The thresholds are written beside the model.
    """
    completer = Completer(
        load_model(NumpyDecoder.load(directory), directory),
        CompleterVocabulary.load(directory),
        RarePhrases.load(directory),
        Thresholds.set_on([], coverage),
    )
    confidences = []
    # Places that lie close together would say the same thing twice.
    chosen = choose_places(messages, min(places, sum(map(len, messages)) // 20))
    for number, place in enumerate(chosen, start=1):
        best = completer.options(place.typed).best(_UNREACHABLE)
        confidences.append(0.0 if best is None else math.exp(best.log_probability))
        progress("threshold", number, len(chosen))
    thresholds = Thresholds.set_on(confidences, coverage)
    thresholds.save(directory)
    return thresholds
