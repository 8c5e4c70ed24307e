"""`aisle train queries`: a language model of a shop's queries."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.storefront.shop import Shop
from aisle.tasks.complete.settings import CompleterSettings
from aisle.training.settings import Schedule, TrainingPrecision, TrainingSettings


@dataclass(frozen=True, kw_only=True)
class TrainQueries(CompleterSettings, TrainingSettings):
    """Train a small language model on what people search for, so that `aisle shop build --query-writer` can suggest
    queries that nobody has searched for yet. Only queries that enough sessions used are learnt from.
    """

    shop: Positional[Path]
    """Directory of the shop."""
    output: Path
    """Directory of the run and of the trained model."""
    min_sessions: int = 5
    """Distinct sessions that must have searched for a query; what fewer people typed may be private."""
    layers: int = 2
    """Transformer layers."""
    hidden_size: int = 128
    """Length of a token's vector."""
    heads: int = 4
    """Attention heads of a layer."""
    vocab_size: int = 1_024
    """Pieces of the vocabulary that is made from the queries."""
    context: int = 32
    """The longest query in tokens."""
    min_documents: int = 1
    """Phrases of five words that fewer queries than this have are never written out."""
    epochs: float = 20.0
    """How often the queries are gone through."""
    learning_rate: float = 2e-3
    """The highest learning rate, reached at the end of the warm-up."""
    schedule: Schedule = "cosine"
    """What follows the warm-up: down in half a cosine; the others as in every training."""
    batch_size: int = 32
    """Blocks of `context` tokens a step."""
    dropout: float = 0.1
    """Share of numbers dropped in training."""
    precision: TrainingPrecision = "f32"
    """Arithmetic of the forward pass."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Read the log, train, save."""
        from aisle.tasks.complete.query_training import load_queries
        from aisle.training.loop import train
        from aisle.training.progress import training_progress

        settings = CompleterSettings(**{field.name: getattr(self, field.name) for field in fields(CompleterSettings)})
        training = TrainingSettings(**{field.name: getattr(self, field.name) for field in fields(TrainingSettings)})
        with Shop.open(self.shop) as shop, progress_bar(shown=not self.json) as bars:
            counts = shop.ledger.query_counts(min_sessions=self.min_sessions)
            sessions = {count.query: count.sessions for count in counts if not count.store}
            loaded = load_queries(sessions, settings, training, bars)
        about = {"task": "queries", "shop": str(self.shop), "queries": len(sessions), **asdict(settings)}
        with training_progress(shown=not self.json) as progress:
            result = train(loaded.task, training, self.output, progress=progress, about=about)
        report = asdict(result) | {"queries": len(sessions), "tokens": loaded.tokens, "output": str(self.output)}
        if self.json:
            print_json(report)
        else:
            print_facts(f"trained {self.output}", report)
