"""`aisle train classifier`: an encoder and dense layers, fine-tuned on labelled texts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from aisle.cli.output import notices, print_facts, print_json
from aisle.files.checksums import sha256_file
from aisle.tasks.classify.settings import ClassifierSettings, epochs_for
from aisle.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class TrainClassifier(ClassifierSettings, TrainingSettings):
    """Train a classifier of texts; `aisle classify` and `aisle evaluate classifier` read it without torch.

    A run that was interrupted goes on where it was when the same command is given again.
    """

    encoder: str = "minilm"
    """`minilm` or a checkpoint directory to start from."""
    data: tuple[Path, ...]
    """Tables with `label` and `text`, or with `labels` (several, by commas) and `text`."""
    dev: Path | None = None
    """Table of the same kind: evaluated every epoch, the best weights are kept, and probabilities calibrated on it."""
    output: Path
    """Directory of the run and of the classifier."""
    epochs: float = 0.0
    """How often the data is gone through; 0 for what suits their number: 12 times for 2,000 texts or fewer, 4 for
    16,000, twice from 50,000 on; twice as often for several classes a text."""
    learning_rate: float = 1.5e-4
    """The highest learning rate, reached at the end of the warm-up."""
    recipe: Path | None = None
    """TOML or JSON file with any of these settings, such as `learning_rate = 1e-4`; flags win over it."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Read, train, calibrate, save."""
        from aisle.tasks.classify.loading import load_classifier_task
        from aisle.training.loop import train
        from aisle.training.progress import training_progress
        from aisle.training.ranks import joined

        settings = ClassifierSettings(**{field.name: getattr(self, field.name) for field in fields(ClassifierSettings)})
        training = TrainingSettings(
            **{field.name: getattr(self, field.name) for field in fields(TrainingSettings) if field.name != "epochs"}
        )
        with joined() as here:
            loaded = load_classifier_task(self.encoder, self.data, self.dev, settings, training)
            training = replace(
                training, epochs=self.epochs or epochs_for(loaded.examples, multi_label=loaded.multi_label)
            )
            if loaded.truncated and here.first:
                notices.print(f"{loaded.truncated} texts are longer than the encoder reads and were cut")
            if self.dev is None and here.first:
                notices.print("without --dev the last weights are kept, and probabilities are not calibrated")
            about = {
                "task": "classifier",
                "encoder": self.encoder,
                **asdict(settings),
                "data": {str(path): sha256_file(path) for path in self.data},
                "dev": None if self.dev is None else str(self.dev),
            }
            with training_progress(shown=not self.json and here.first) as progress:
                result = train(loaded.task, training, self.output, progress=progress, about=about)
        if not here.first:
            return
        report = asdict(result) | {
            "examples": loaded.examples,
            "labels": list(loaded.labels),
            "multi_label": loaded.multi_label,
            "truncated": loaded.truncated,
            "output": str(self.output),
        }
        if self.json:
            print_json(report)
        else:
            print_facts(f"trained {self.output}", report)
