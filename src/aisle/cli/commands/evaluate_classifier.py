"""`aisle evaluate classifier`: accuracy, F1, confusion matrix and reliability over labelled texts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from aisle.cli.output import notices, print_json, results
from aisle.cli.recording import Recorded
from aisle.evaluation.classification import evaluate_classification
from aisle.evaluation.classification_picture import draw_classification
from aisle.runtime.settings import EngineSettings, Precision
from aisle.tasks.classify.classifier import Classifier
from aisle.tasks.classify.data import read_labelled


@dataclass(frozen=True, kw_only=True)
class EvaluateClassifier(Recorded):
    """Accuracy, macro F1, a confusion matrix, and how far the probabilities can be trusted."""

    model: Path
    """Output directory of `aisle train classifier`."""
    data: tuple[Path, ...]
    """Tables with `label` and `text`, or with `labels` (several, by commas) and `text`."""
    picture: Path | None = None
    """File to draw reliability and confusion to: .png, .svg or .pdf."""
    unsure: float | None = None
    """Count texts where no class reaches this probability as unsure; without it, as the classifier was trained."""
    label_column: str = ""
    """Column of the class; empty for `label` or `labels`."""
    text_column: str = ""
    """Column of the text; empty for `text` or `sentence`."""
    label_separator: str = ","
    """What stands between the classes of one text."""
    precision: Precision = "f32"
    """Arithmetic of the encoder: f32, so that figures can be compared between machines."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Classify every text, and count."""
        started = time.perf_counter()
        classifier = Classifier(self.model, settings=EngineSettings(precision=self.precision))
        description = classifier.description
        texts = read_labelled(
            self.data,
            text_column=self.text_column,
            label_column=self.label_column,
            multi_label="yes" if description.multi_label else "no",
            separator=self.label_separator,
        )
        truth_NC = texts.truth(classifier.labels)
        chances_NC, truncated = classifier.probabilities(texts.texts)
        result = evaluate_classification(
            classifier.labels,
            truth_NC,
            chances_NC,
            thresholds_C=classifier.thresholds_C,
            unsure_below=description.unsure if self.unsure is None else self.unsure,
        )
        if self.picture is not None:
            draw_classification(result, self.picture)
        extra = {"model": str(self.model), "truncated": truncated, "seconds": time.perf_counter() - started}
        self.keep("classifier", str(self.model), self.data, result.as_dict() | extra)
        if self.json:
            print_json(result.as_dict() | extra)
            return
        results.print(result)
        if truncated:
            notices.print(f"{truncated} texts were longer than {classifier.encoder.max_tokens} tokens and were cut")
        if self.picture is not None:
            notices.print(f"picture: {self.picture}")
