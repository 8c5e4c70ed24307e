"""A run that is given minutes and not steps: how much of the time is gone, and when there is none left for a step."""

from __future__ import annotations

from time import perf_counter

from aisle.training.ranks import from_first

# Evaluations take at most one twentieth of the time, and come at most eight times.
_EVALUATIONS = 8
_TIMES_AN_EVALUATION = 20
# Kept back for the end: the longest evaluation and half of it, because the machine may be busier then, and something
# for the files that are written.
_SPARE = 1.5
_WRITING_SHARE, _WRITING_SECONDS = 0.02, 10.0


class Clock:
    """The time of a run, that before an interruption included. All processes follow the first one's clock.

    What the longest evaluation took is kept back, and somewhat more, so that the one at the end is within the time.
    """

    def __init__(self, minutes: float, *, spent: float = 0.0) -> None:
        """`spent` are seconds of the time that were used up before the run (reading its data)."""
        self.limit = 60 * minutes
        self._spent = spent
        self._started = perf_counter()
        self._evaluation = 0.0
        self._evaluated = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds used so far."""
        seconds: float = from_first(self._spent + perf_counter() - self._started)
        return seconds

    def go_on(self, seconds: float) -> None:
        """Start where an interrupted run had used so many seconds."""
        self._spent = max(seconds, self._spent)
        self._evaluated = self._spent

    def way(self) -> float:
        """The share of the time for steps that is gone, from 0 to 1."""
        return min(self.elapsed / max(self.limit - self._kept_back, 1e-9), 1.0)

    def is_over(self, step_seconds: float) -> bool:
        """Whether a step that takes so long would not end in time."""
        return self.elapsed + step_seconds + self._kept_back > self.limit

    def is_time_to_evaluate(self) -> bool:
        """Whether the last evaluation is long enough ago."""
        pause = max(self.limit / _EVALUATIONS, _TIMES_AN_EVALUATION * self._evaluation)
        return self.elapsed - self._evaluated >= pause

    @property
    def _kept_back(self) -> float:
        return _SPARE * self._evaluation + min(_WRITING_SHARE * self.limit, _WRITING_SECONDS)

    def evaluated(self, seconds: float) -> None:
        """An evaluation took so long, saving the best weights included."""
        self._evaluation = max(self._evaluation, seconds)
        self._evaluated = self.elapsed
