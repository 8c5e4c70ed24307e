"""`aisle pretrain`: from raw text to an encoder, or on with one on text of one's own."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aisle.cli.output import print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.tasks.pretrain.recipes import GOING_ON, RECIPES, Recipe, learning_rate
from aisle.tasks.pretrain.settings import SIZES, CorpusSettings, PretrainSettings, RecipeName, Size, fresh_config
from aisle.training.settings import TrainingPrecision, TrainingSettings

if TYPE_CHECKING:
    from aisle.tasks.pretrain.loading import Text


@dataclass(frozen=True, kw_only=True)
class Pretrain(CorpusSettings):
    """Train an encoder on raw text to tell hidden words; the checkpoint loads with transformers.

    Training ends after `steps` or `minutes`; a run that was interrupted goes on where it was when the same command is
    given again. What is left out here is what the recipe says (docs/pretraining.md).
    """

    corpus: tuple[Path, ...]
    """Text files (.gz too), a paragraph a line, a blank line between documents; or tables, with `--columns`."""
    output: Path
    """Directory of the run, its token files and the checkpoint."""
    size: Size | None = None
    """Layers and width as published: tiny 2/128, mini 4/256 (the default), small 4/512, medium 8/512, base 12/768."""
    recipe_name: RecipeName | None = None
    """`bert` is the published one with next sentence; `budget` (the default) gets further in little time."""
    encoder: str = ""
    """Go on with this checkpoint (`minilm` or a directory) and its tokenizer, in place of a fresh encoder."""
    tokenizer: str = ""
    """Take the tokenizer of this directory; without it a vocabulary is made from the corpus."""
    vocab_size: int = 8_192
    """Pieces of the vocabulary that is made; BERT's has 30,522."""
    cased: bool = False
    """Make a vocabulary that tells capital letters from small ones."""
    tokens: Path | None = None
    """Directory for vocabulary and token files, to be shared by several runs; without it, in `output`."""
    steps: int = 0
    """Stop after so many steps."""
    minutes: float = 0.0
    """Be done in so many minutes from the start of the command, reading the corpus included."""
    epochs: float = 1.0
    """How often the text is gone through, where neither steps nor minutes are given."""
    learning_rate: float | None = None
    """The highest learning rate."""
    batch_size: int | None = None
    """Rows a step."""
    mask_rate: float | None = None
    """Share of the tokens that is hidden in training; evaluations hide 15 %."""
    whole_word: bool = False
    """Hide all pieces of a word or none."""
    next_sentence: bool | None = None
    """Learn as well whether a second text follows the first."""
    max_tokens: int = 128
    """Tokens of a row; a fresh encoder gets as many positions."""
    held_out: float = 0.01
    """Share of the text that is evaluated on and not trained on."""
    token_budget: int = 4_096
    """The most tokens of one forward pass."""
    evaluate_every: int = 0
    """Steps between two evaluations; 0 for every epoch, or some in the minutes given."""
    checkpoint_every: int = 500
    """Steps between two checkpoints from which a run that was killed goes on; 0 for none."""
    precision: TrainingPrecision = "auto"
    """`bf16` where the hardware multiplies it, else `f32`."""
    seed: int = 0
    """Decides the order of the rows, the masks and the fresh weights."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Read, tokenize, train, save."""
        started = time.perf_counter()
        if self.steps and self.minutes:
            raise UserError("steps and minutes were both given; give one of them")
        for name in ("tokenizer", "size", "recipe_name"):
            if self.encoder and getattr(self, name):
                flag = f"--{name.replace('_', '-')}"
                raise UserError(f"{flag} is for a fresh encoder, and --encoder goes on with one; leave {flag} out")
        recipe_name = self.recipe_name or "budget"
        recipe = GOING_ON if self.encoder else RECIPES[recipe_name]
        settings, training = self._settings(recipe), self._training(recipe)
        import torch

        from aisle.tasks.pretrain.loading import load_pretraining
        from aisle.tasks.pretrain.speed import matrix_peak, operations_per_token
        from aisle.training.loop import train
        from aisle.training.precision import chosen_precision
        from aisle.training.progress import training_progress
        from aisle.training.ranks import from_first, joined
        from aisle.training.records import DATA

        store = self.tokens or self.output / DATA
        with joined() as here:
            # One process writes the token files, then all map them.
            if here.first:
                self._read(store)
            from_first(None)
            text = self._read(store)
            config = fresh_config(
                self.size or "mini",
                text.tokenizer.vocab_size,
                self.max_tokens,
                pre_norm=recipe.pre_norm,
                dropout=recipe.dropout,
            )
            loaded = load_pretraining(text, self.encoder, config, settings, training)
            device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
            precision = chosen_precision(self.precision, device)
            peak = matrix_peak(precision, device)
            kind = {"encoder": self.encoder} if self.encoder else {"recipe": recipe_name, "size": self.size or "mini"}
            about: dict[str, Any] = {"task": "pretrain"} | kind
            about |= asdict(settings) | {"corpus": text.files.identity}
            with training_progress(shown=not self.json and here.first) as shown:
                result = train(
                    loaded.task,
                    training,
                    self.output,
                    progress=shown,
                    about=about,
                    spent=time.perf_counter() - started,
                )
        if not here.first:
            return
        # Other work on the machine may have slowed one of the two.
        peak = max(peak, matrix_peak(precision, device))
        own = loaded.task.module.encoder.config
        work = operations_per_token(own, self.max_tokens, settings.mask_rate)
        report: dict[str, Any] = {
            **{name: result.metrics[name] for name in ("mlm_loss", "mlm_accuracy", "mlm_bits_per_character")},
            "nsp_accuracy": result.metrics.get("nsp_accuracy"),
            "tokens_per_second": result.tokens_per_second,
            "share_of_matrix_peak": result.tokens_per_second * work / peak,
            "matrix_peak_gflops": peak / 1e9,
            "precision": precision,
            "steps": result.steps,
            "seconds": time.perf_counter() - started,
            "parameters": sum(weight.numel() for weight in loaded.task.module.parameters()),
            "training_loss": result.loss,
            "corpus": asdict(loaded.counts),
            "rows": loaded.rows,
            "held_out_rows": loaded.held_out_rows,
            "output": str(self.output),
        }
        if self.json:
            print_json(report)
        else:
            print_facts(f"pre-trained {self.output}", report)

    def _read(self, store: Path) -> Text:
        """The corpus as tokens; made by the first call and found by later ones."""
        from aisle.tasks.pretrain.loading import read_text

        with progress_bar(shown=not self.json) as progress:
            return read_text(
                self.corpus,
                self.encoder or self.tokenizer,
                self.vocab_size,
                CorpusSettings(**{field.name: getattr(self, field.name) for field in fields(CorpusSettings)}),
                store,
                lower_case=not self.cased,
                progress=progress,
            )

    def _settings(self, recipe: Recipe) -> PretrainSettings:
        next_sentence = recipe.next_sentence if self.next_sentence is None else self.next_sentence
        return PretrainSettings(
            mask_rate=recipe.mask_rate if self.mask_rate is None else self.mask_rate,
            whole_word=self.whole_word,
            next_sentence=next_sentence,
            max_tokens=self.max_tokens,
            held_out=self.held_out,
            beta2=recipe.beta2,
            head_start=recipe.head_start,
        )

    def _training(self, recipe: Recipe) -> TrainingSettings:
        return TrainingSettings(
            epochs=self.epochs,
            max_steps=self.steps,
            minutes=self.minutes,
            learning_rate=self.learning_rate or learning_rate(recipe, SIZES[self.size or "mini"][1]),
            schedule=recipe.schedule,
            warmup=recipe.warmup,
            clip=recipe.clip,
            batch_size=self.batch_size or recipe.batch_size,
            token_budget=self.token_budget,
            evaluate_every=self.evaluate_every,
            checkpoint_every=self.checkpoint_every,
            precision=self.precision,
            seed=self.seed,
        )
