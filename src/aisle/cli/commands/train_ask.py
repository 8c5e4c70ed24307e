"""`aisle train ask`: a model that turns questions about a shop into SQL."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tyro.conf import Positional

from aisle.ask.asker import MODEL
from aisle.ask.ledger_schema import open_ledger
from aisle.ask.made_up import made_up_questions
from aisle.cli.output import notices, print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.storefront.place import ledger_place
from aisle.storefront.shop import Shop
from aisle.tasks.ask.settings import AskSettings
from aisle.training.settings import TrainingSettings

_DEV_SEED = 1_000_003


@dataclass(frozen=True, kw_only=True)
class TrainAsk(AskSettings, TrainingSettings):
    """Train the model behind `aisle ask` on questions that are made up from the shop's own departments, brands, stores
    and titles. It learns the shop's schema, which is the same for every shop, and not its contents: one model serves
    all shops.

    A run that was interrupted goes on where it was when the same command is given again.
    """

    shop: Positional[Path]
    """Directory of the shop whose values the questions are about."""
    questions: int = 32_000
    """Questions that are made up to learn from."""
    dev_questions: int = 600
    """Questions that are made up to evaluate on, and to set the confidence that is needed. Each has a wording that no
    question of the training has."""
    encoder: str = "minilm"
    """`minilm`, a checkpoint directory to start from, or a trained model to go on from."""
    output: Path | None = None
    """Directory of the run and of the model; `runs/ask` in the shop if not given, where `aisle ask` looks."""
    learning_rate: float = 1.5e-4
    """The encoder's highest learning rate, reached at the end of the warm-up."""
    batch_size: int = 32
    """Questions a step."""
    token_budget: int = 400
    """The most word pieces of one forward pass, padding included; twelve things of the schema count as one. A step with
    more is computed in several passes."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Make up, train, choose the threshold, save."""
        from aisle.tasks.ask.loading import load_ask
        from aisle.training.loop import train
        from aisle.training.progress import training_progress
        from aisle.training.ranks import joined

        started = time.perf_counter()
        if self.questions < 1 or self.dev_questions < 0:
            raise UserError("questions must be at least 1 and dev-questions at least 0")
        settings = AskSettings(**{field.name: getattr(self, field.name) for field in fields(AskSettings)})
        training = TrainingSettings(**{field.name: getattr(self, field.name) for field in fields(TrainingSettings)})
        with Shop.open(self.shop) as shop:
            if not shop.ledger.count_products():
                raise UserError(f"{self.shop} has no products to ask about; load some with: aisle shop create")
        ledger = open_ledger(ledger_place(self.shop))
        made = list(made_up_questions(ledger, self.questions, seed=training.seed, wordings="learned"))
        dev_seed = training.seed + _DEV_SEED
        dev = list(made_up_questions(ledger, self.dev_questions, seed=dev_seed, wordings="kept back"))
        about = {
            "task": "ask",
            "encoder": self.encoder,
            **asdict(settings),
            "shop": str(self.shop),
            "ledger": list(ledger.revision),
            "questions": self.questions,
            "dev_questions": self.dev_questions,
        }
        output = self.output or self.shop / MODEL
        with joined() as here:
            with progress_bar(shown=not self.json and here.first) as bars:
                loaded = load_ask(self.encoder, made, dev, settings, training, about=about, progress=bars)
            if loaded.left_out and here.first:
                notices.print(f"left out: {loaded.left_out}", markup=False)
            with training_progress(shown=not self.json and here.first) as progress:
                spent = time.perf_counter() - started
                result = train(loaded.task, training, output, progress=progress, about=about, spent=spent)
        if not here.first:
            return
        report = asdict(result) | {
            "questions": loaded.examples,
            "dev_questions": loaded.dev,
            "left_out": loaded.left_out,
            "output": str(output),
        }
        if self.json:
            print_json(report)
        else:
            print_facts(f"trained {output}", report)
