"""A picture of a run: loss, learning rate and dev metrics over its steps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def draw_curves(lines: Sequence[dict[str, Any]], path: Path, *, best_step: int = 0) -> None:
    """Draw what `metrics.jsonl` holds into a PNG file. The loss is drawn as it is and smoothed."""
    # The figure is made without pyplot, which would look for a screen.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    steps = [line for line in lines if "loss" in line]
    devs = [line for line in lines if "dev" in line]
    figure = Figure(figsize=(7, 6 if devs else 4), layout="constrained")
    FigureCanvasAgg(figure)
    plots = figure.subplots(2 if devs else 1, 1, sharex=True, squeeze=False)[:, 0]
    at = [line["step"] for line in steps]
    losses = np.array([line["loss"] for line in steps], np.float64)
    plots[0].plot(at, losses, color="tab:blue", alpha=0.3, linewidth=0.8)
    plots[0].plot(at, smoothed(losses), color="tab:blue", label="loss (smoothed)")
    plots[0].set_ylabel("loss")
    rates = plots[0].twinx()
    rates.plot(at, [line["lr"] for line in steps], color="tab:gray", linestyle=":", label="learning rate")
    rates.set_ylabel("learning rate")
    for name in devs[0]["dev"] if devs else ():
        plots[1].plot([line["step"] for line in devs], [line["dev"][name] for line in devs], marker="o", label=name)
    if devs:
        plots[1].axvline(best_step, color="tab:green", linestyle="--", linewidth=0.8, label="best")
        plots[1].set_ylabel("dev")
        plots[1].legend(loc="best", fontsize="small")
    plots[-1].set_xlabel("step")
    figure.savefig(path, dpi=110, format="png")


def smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the values so far, each weighing 0.98 of the next (unbiased at the start)."""
    result, mean, weight = np.empty_like(values), 0.0, 0.0
    for place, value in enumerate(values):
        mean, weight = 0.98 * mean + 0.02 * value, 0.98 * weight + 0.02
        result[place] = mean / weight
    return result
