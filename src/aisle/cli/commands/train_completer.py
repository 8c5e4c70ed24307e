"""`aisle train completer`: a small language model that completes what is being written."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from aisle.cli.output import print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.files.checksums import sha256_file
from aisle.tasks.complete.settings import CompleterSettings
from aisle.training.settings import Schedule, TrainingPrecision, TrainingSettings


@dataclass(frozen=True, kw_only=True)
class TrainCompleter(CompleterSettings, TrainingSettings):
    """Train a completer on plain text, mail (.mbox) or tables of texts, for `aisle complete --model`.

    A run that was interrupted goes on where it was when the same command is given again.
    """

    corpus: tuple[Path, ...]
    """Plain text (a paragraph a line, an empty line between documents), .mbox mail, or tables with a column text,
    sentence, message or query; .gz too."""
    dev: tuple[Path, ...] = ()
    """Held-out texts of the same kinds, to evaluate on and set the threshold; without them one document in 40."""
    start: Path | None = None
    """A trained completer to go on from, with its vocabulary and shape: how a general one learns your mail."""
    ngram_share: float | None = None
    """What counted phrases of up to four pieces weigh beside the network, from 0 for the network alone to below 1;
    without it, what tells the held-out texts best."""
    output: Path
    """Directory of the run and of the trained completer."""
    learning_rate: float = 2e-3
    """The highest learning rate, reached at the end of the warm-up."""
    schedule: Schedule = "cosine"
    """What follows the warm-up: down in half a cosine; the others as in every training."""
    warmup: float = 0.03
    """Share of all steps in which the learning rate rises from 0."""
    batch_size: int = 16
    """Blocks of `context` tokens a step."""
    precision: TrainingPrecision = "f32"
    """Arithmetic of the forward pass. At this size float32 is faster on a processor than bf16 with its conversions."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Read, train, save."""
        from aisle.tasks.complete.loading import load_completer
        from aisle.training.loop import train
        from aisle.training.progress import training_progress
        from aisle.training.ranks import joined

        started = time.perf_counter()
        settings = CompleterSettings(**{field.name: getattr(self, field.name) for field in fields(CompleterSettings)})
        training = TrainingSettings(**{field.name: getattr(self, field.name) for field in fields(TrainingSettings)})
        with joined() as here:
            with progress_bar(shown=not self.json and here.first) as bars:
                loaded = load_completer(
                    self.corpus, self.dev, self.start, settings, training, bars, ngram_share=self.ngram_share
                )
            about = {
                "task": "completer",
                "start": None if self.start is None else str(self.start),
                "ngram_share": self.ngram_share,
                **asdict(settings),
                "corpus": {str(path): sha256_file(path) for path in self.corpus},
                "dev": {str(path): sha256_file(path) for path in self.dev},
            }
            with training_progress(shown=not self.json and here.first) as progress:
                spent = time.perf_counter() - started
                result = train(loaded.task, training, self.output, progress=progress, about=about, spent=spent)
        if not here.first:
            return
        report = asdict(result) | {
            "threads": loaded.threads,
            "held_out": loaded.held_out,
            "tokens": loaded.tokens,
            "characters": loaded.characters,
            "output": str(self.output),
        }
        if self.json:
            print_json(report)
        else:
            print_facts(f"trained {self.output}", report)
