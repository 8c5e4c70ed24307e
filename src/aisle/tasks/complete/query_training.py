"""A small language model of a shop's queries: the completer's recipe over the log of searches."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from aisle.errors import UserError
from aisle.progress import Progress, silent
from aisle.tasks.complete.loading import LoadedCompleter, prepare, split
from aisle.tasks.complete.privacy import hidden
from aisle.tasks.complete.settings import CompleterSettings
from aisle.tasks.complete.threads import Thread
from aisle.training.settings import TrainingSettings

# A query counts as often as it was searched for, up to this: the head must not drown the tail, which is what is wanted.
_MOST_TIMES = 20


def load_queries(
    sessions: Mapping[str, int], settings: CompleterSettings, training: TrainingSettings, progress: Progress = silent
) -> LoadedCompleter:
    """The task for queries and the number of sessions that searched for each; one query in 40 is held out.

    Raises
        UserError: there are fewer than 50 queries, or too little text.
    """
    if len(sessions) < 50:
        raise UserError(
            f"{len(sessions)} queries are too few to learn from; at least 50 are needed: lower --min-sessions, or wait "
            "for more searches"
        )
    threads, held_out = split([Thread(messages=(" ".join(hidden(query).split()),)) for query in sorted(sessions)])
    times = {" ".join(hidden(query).split()): min(count, _MOST_TIMES) for query, count in sessions.items()}
    repeated = [thread for thread in threads for _ in range(times[thread.messages[0]])]
    order = np.random.default_rng(training.seed).permutation(len(repeated))
    return prepare([repeated[place] for place in order], held_out, None, settings, training, progress)
