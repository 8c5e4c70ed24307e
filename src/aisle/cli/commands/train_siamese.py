"""`aisle train siamese`: fine-tune a sentence encoder on pairs or triplets."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from aisle.cli.output import notices, print_facts, print_json
from aisle.files.checksums import sha256_file
from aisle.model.source import find_checkpoint
from aisle.model.word_config import is_word_encoder
from aisle.tasks.siamese.settings import SiameseSettings, WordTowerSettings, suited
from aisle.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True)
class TrainSiamese(SiameseSettings, WordTowerSettings, TrainingSettings):
    """Train a sentence encoder; it is saved in the layout of sentence-transformers, with its curves and metrics.

    A run that was interrupted goes on where it was when the same command is given again.
    """

    encoder: str = "minilm"
    """`minilm` or a checkpoint directory to start from: a Transformer, or what `aisle train words` made."""
    data: tuple[Path, ...]
    """Tables of pairs or triplets: natural-language inference, textual similarity, or texts that belong together."""
    dev: Path | None = None
    """Table with a score (or, for softmax, a label): evaluated every epoch, and the best weights are kept."""
    output: Path
    """Directory of the run and of the trained encoder."""
    epochs: float = 0.0
    """How often the data is gone through; 0 for what suits the objective: 4 for cosine, 1 for the others; 5 over word
    vectors."""
    learning_rate: float = 0.0
    """The highest learning rate, reached at the end of the warm-up; 0 for what suits the objective: 6e-5 for cosine,
    1e-4 for distill, 2e-5 for the others; 1e-3 over word vectors."""
    recipe: Path | None = None
    """TOML or JSON file with any of these settings, such as `learning_rate = 1e-4`; flags win over it."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Read, train, save."""
        from aisle.tasks.siamese.loading import load_siamese
        from aisle.training.loop import train
        from aisle.training.progress import training_progress
        from aisle.training.ranks import joined

        settings = SiameseSettings(**{field.name: getattr(self, field.name) for field in fields(SiameseSettings)})
        words = WordTowerSettings(**{one.name: getattr(self, one.name) for one in fields(WordTowerSettings)})
        over_words = is_word_encoder(find_checkpoint(self.encoder))
        epochs, rate = suited(self.objective, over_words=over_words)
        given = {field.name: getattr(self, field.name) for field in fields(TrainingSettings)}
        training = TrainingSettings(
            **given | {"epochs": self.epochs or epochs, "learning_rate": self.learning_rate or rate}
        )
        with joined() as here:
            loaded = load_siamese(self.encoder, self.data, self.dev, settings, training, words)
            if loaded.truncated and here.first:
                notices.print(f"{loaded.truncated} texts are longer than the encoder reads and were cut")
            if loaded.unknown and here.first:
                notices.print(f"{loaded.unknown} words of the training texts have no vector and are skipped")
            about = {
                "task": "siamese",
                "encoder": self.encoder,
                **asdict(settings),
                **(asdict(words) if over_words else {}),
                "data": {str(path): sha256_file(path) for path in self.data},
                "dev": None if self.dev is None else str(self.dev),
            }
            with training_progress(shown=not self.json and here.first) as progress:
                result = train(loaded.task, training, self.output, progress=progress, about=about)
        if not here.first:
            return
        report = asdict(result) | {
            "examples": loaded.examples,
            "texts": loaded.texts,
            "truncated": loaded.truncated,
            **({"unknown_words": loaded.unknown} if over_words else {}),
            "output": str(self.output),
        }
        if self.json:
            print_json(report)
        else:
            print_facts(f"trained {self.output}", report)
