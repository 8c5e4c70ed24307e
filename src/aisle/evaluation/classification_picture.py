"""A picture of a classifier: what its probabilities are worth, and what it confuses with what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import UserError
from aisle.evaluation.classification import ClassificationResult
from aisle.files.atomic import atomic_file

KINDS = ("png", "svg", "pdf")


def draw_classification(result: ClassificationResult, path: Path) -> None:
    """Draw the reliability diagram and the confusion matrix (of several classes a text: each class's F1) to a file.

    Raises
        UserError: the name does not end in one of `KINDS`, or matplotlib is not installed.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise UserError(f"picture {str(path)!r} must end in one of {', '.join('.' + kind for kind in KINDS)}")
    try:
        # The figure is made without pyplot, which would look for a screen.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError("a picture needs matplotlib, which is not installed; install aisle[train]") from error
    size = max(4.0, 0.28 * len(result.classes))
    figure = Figure(figsize=(5 + size + 1.5, max(4.5, size + 0.8)), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(5, size + 1.5))
    _draw_reliability(result, left)
    if result.multi_label:
        _draw_f1(result, right)
    else:
        figure.colorbar(_draw_confusion(result, right), ax=right, label="share of the true class")
    with atomic_file(path) as file:
        figure.savefig(file, dpi=110, format=kind)


def _draw_reliability(result: ClassificationResult, plot: Any) -> None:
    curve = result.reliability
    full = curve.counts > 0
    middles, width = (curve.edges[:-1] + curve.edges[1:]) / 2, curve.edges[1] - curve.edges[0]
    plot.bar(middles[full], curve.accuracy[full], width * 0.95, color="tab:blue", alpha=0.8, label="how often it is so")
    plot.plot([0, 1], [0, 1], color="black", linestyle="--", linewidth=0.8, label="as it should be")
    plot.plot(
        curve.confidence[full], curve.accuracy[full], "o", color="tab:orange", markersize=4, label="mean of a bin"
    )
    shares = plot.twinx()
    shares.step(middles, curve.counts / max(curve.counts.sum(), 1), where="mid", color="tab:gray", linewidth=0.8)
    shares.set_ylim(0, 1)
    shares.set_ylabel("share of the answers (gray)")
    plot.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability given", ylabel="share that is true")
    plot.set_title(f"calibration error {curve.error:.3f}")
    plot.legend(loc="upper left", fontsize="small")


def _draw_confusion(result: ClassificationResult, plot: Any) -> Any:
    labels = [one.label for one in result.classes]
    totals = np.maximum(result.confusion.sum(axis=1, keepdims=True), 1)
    shares = result.confusion / totals
    image = plot.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    plot.set_xticks(range(len(labels)), labels, rotation=90)
    plot.set_yticks(range(len(labels)), labels)
    plot.set(xlabel="said", ylabel="true")
    plot.set_title(f"accuracy {result.accuracy:.3f}, macro F1 {result.macro_f1:.3f}")
    for row, column in np.argwhere(result.confusion > 0).tolist():
        color = "white" if shares[row, column] > 0.5 else "black"
        count = int(result.confusion[row, column])
        plot.text(column, row, str(count), ha="center", va="center", color=color, fontsize="small")
    return image


def _draw_f1(result: ClassificationResult, plot: Any) -> None:
    classes = sorted(result.classes, key=lambda one: one.f1)
    plot.barh([one.label for one in classes], [one.f1 for one in classes], color="tab:blue", alpha=0.8)
    for place, one in enumerate(classes):
        plot.text(one.f1 + 0.01, place, f"{one.examples:,}", va="center", fontsize="small", color="tab:gray")
    plot.set(xlim=(0, 1), xlabel="F1 (gray: texts of the class)")
    plot.set_title(f"macro F1 {result.macro_f1:.3f}, micro F1 {result.micro_f1:.3f}")
