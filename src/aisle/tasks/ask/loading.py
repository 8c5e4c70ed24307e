"""From an encoder and questions to a task that is ready to train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from aisle.model.source import find_checkpoint
from aisle.model.tensor_files import read_tensors
from aisle.progress import Progress, silent
from aisle.tasks.ask.description import WEIGHTS_FILE
from aisle.tasks.ask.examples import Question, prepare
from aisle.tasks.ask.model import AskModel
from aisle.tasks.ask.settings import AskSettings
from aisle.tasks.ask.task import AskTask
from aisle.text.tokenizer import Tokenizer
from aisle.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadedAsk:
    """A task that is ready to train, and what is worth saying of its data."""

    task: AskTask
    examples: int
    dev: int
    left_out: dict[str, int]
    """Training questions whose query cannot be written, by reason."""


def load_ask(
    encoder: str | Path,
    training: Sequence[Question],
    dev: Sequence[Question],
    settings: AskSettings,
    run: TrainingSettings,
    *,
    about: Mapping[str, Any],
    progress: Progress = silent,
) -> LoadedAsk:
    """Lay out every question and make the model. `encoder` may be a trained model of this task, to go on from.

    Raises
        UserError: the encoder lacks a part or is of a family that questions are not read with, or no question can be
            learned from.
    """
    directory = find_checkpoint(encoder)
    tokenizer = Tokenizer.load(directory)
    most = EncoderConfig.load(directory).max_tokens
    prepared = prepare(
        training, tokenizer, most_pieces=most, seen=lambda n: progress("lay out questions", n, len(training))
    )
    held_out = prepare(dev, tokenizer, most_pieces=most)
    if not prepared.examples:
        raise UserError(
            f"of {len(training)} questions none can be learned from: {prepared.left_out or 'there are none'}"
        )
    # The fresh weights are the run's first random numbers.
    torch.manual_seed(run.seed)
    pretrained = Encoder.load(directory)
    if pretrained.config.family != "bert":
        raise UserError(f"{encoder} is of type {pretrained.config.family!r}; questions are read with one of type bert")
    model = AskModel(pretrained, settings)
    if (directory / WEIGHTS_FILE).is_file():
        _take_parts(model, directory / WEIGHTS_FILE)
    return LoadedAsk(
        task=AskTask(model, tokenizer, settings, prepared.examples, held_out.examples, about),
        examples=len(prepared.examples),
        dev=len(held_out.examples),
        left_out=prepared.left_out,
    )


def _take_parts(model: AskModel, path: Path) -> None:
    """All of a trained model that is not its encoder."""
    parts = {name: torch.from_numpy(array.copy()) for name, array in read_tensors(path)}
    own = {name: weight.shape for name, weight in model.state_dict().items() if not name.startswith("encoder.")}
    if {name: weight.shape for name, weight in parts.items()} != own:
        raise UserError(
            f"{path} is a model of other settings; give the --width and the numbers of layers that it was trained with"
        )
    model.load_state_dict(parts, strict=False)
