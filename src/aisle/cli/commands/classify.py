"""`aisle classify`: lines of text to classes, a JSON object a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from aisle.cli.output import notices, print_json
from aisle.errors import UserError
from aisle.files.lines import read_lines
from aisle.files.opening import STDIN
from aisle.files.tables import BadRow, open_table, table_format
from aisle.runtime.settings import EngineSettings, Precision
from aisle.tasks.classify.classifier import UNSURE, Classifier, Prediction

CHUNK = 2_048


@dataclass(frozen=True, kw_only=True)
class Classify:
    """Print for each text its class and the probability of every class. Needs no torch."""

    model: str
    """Output directory of `aisle train classifier`."""
    input: str = "-"
    """Lines of text, .gz too; `-` is standard input. Of a table (.tsv, .csv, .jsonl, .parquet) the column of texts."""
    text_column: str = "text"
    """That column."""
    unsure: float | None = None
    """Answer `unsure` where no class reaches this probability; without it, what the classifier was trained with."""
    precision: Precision = "f32"
    """Arithmetic of the encoder: f32 gives the probabilities that were calibrated; auto is faster on many texts, after
    a trial of some seconds, and may move a probability by a hundredth."""
    json: bool = False
    """For the sake of scripts: the output is JSON in any case."""

    def run(self) -> None:
        """Classify some lines at a time, in order."""
        if self.unsure is not None and not 0 <= self.unsure <= 1:
            raise UserError(f"unsure is {self.unsure}; it must be from 0 to 1")
        classifier = Classifier(self.model, settings=EngineSettings(precision=self.precision))
        empty = cut = 0
        texts = self._texts()
        while chunk := list(islice(texts, CHUNK)):
            full = [text for text in chunk if text.strip()]
            empty += len(chunk) - len(full)
            predictions: Iterator[Prediction] = iter(())
            if full:
                chances_NC, truncated = classifier.probabilities(full)
                cut += truncated
                predictions = iter(classifier.predictions(chances_NC, self.unsure))
            for text in chunk:
                # Of nothing there is nothing to say, but every line is answered.
                print_json(_answer(text, classifier, next(predictions) if text.strip() else None))
            sys.stdout.flush()
        if empty:
            notices.print(f"{empty} texts were empty and got no class")
        if cut:
            notices.print(f"{cut} texts were longer than {classifier.encoder.max_tokens} tokens and were cut")

    def _texts(self) -> Iterator[str]:
        if self.input == STDIN or not _is_table(self.input):
            yield from read_lines(self.input)
            return
        table = open_table(self.input)
        if self.text_column not in table.columns:
            raise UserError(
                f"{self.input} has no column {self.text_column!r}; its columns are {', '.join(table.columns)}; "
                "name the right one with --text-column"
            )
        for row in table.rows:
            if isinstance(row, BadRow):
                raise UserError(f"{self.input}, line {row.line}: {row.reason}; mend or remove this row")
            value = row.values.get(self.text_column)
            yield "" if value is None else str(value)


def _is_table(name: str) -> bool:
    try:
        return table_format(name) is not None
    except UserError:
        return False


def _answer(text: str, classifier: Classifier, prediction: Prediction | None) -> dict[str, object]:
    if prediction is None:
        return {"text": text, "label": None, "probabilities": {}}
    if classifier.description.multi_label:
        label: object = UNSURE if prediction.unsure else list(prediction.labels)
    else:
        label = UNSURE if prediction.unsure else prediction.labels[0]
    return {"text": text, "label": label, "probabilities": prediction.probabilities}
