"""`ask.json` and `ask.safetensors`: all of a trained model that is not its encoder. Free of torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.model.checkpoint import read_weights
from aisle.model.config import EncoderConfig
from aisle.model.names import to_modules
from aisle.model.tensor_files import read_tensors, write_tensors
from aisle.sql.sheet import KEYWORDS
from aisle.tasks.ask.confidence import Confidence
from aisle.tasks.ask.engine import AskEngine
from aisle.tasks.ask.settings import AskSettings
from aisle.tasks.ask.things import MARKS
from aisle.text.tokenizer import Tokenizer
from aisle.text.tokenizer_files import read_json

JSON_FILE, WEIGHTS_FILE = "ask.json", "ask.safetensors"
FORMAT = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class AskDescription:
    """What a trained model is, and from which confidence on it answers."""

    settings: AskSettings
    threshold: float = 0.0
    """The confidence from which on a query is answered."""
    confidence: Confidence = field(default_factory=Confidence)
    """How a query's probability, and what it leaves out, become the share of such queries that are right."""
    words: Sequence[str] = ()
    """Words of the questions that were learned from, as `words_key` has them."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """What it was trained on, for people."""

    def save(self, directory: Path, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Write both files; `weights` by the model's names, without the encoder's."""
        write_tensors(directory / WEIGHTS_FILE, weights)
        values = {"format": FORMAT, "keywords": list(KEYWORDS), "marks": list(MARKS), **asdict(self)}
        write_atomic(directory / JSON_FILE, json.dumps(values, indent=2) + "\n")

    @classmethod
    def load(cls, directory: Path) -> AskDescription:
        """Read `ask.json`.

        Raises
            UserError: it is missing, damaged, or of another version of the grammar.
        """
        path = directory / JSON_FILE
        if not path.is_file():
            raise UserError(
                f"{directory} holds no model for questions ({JSON_FILE} is missing); train one with: "
                f"aisle train ask SHOP --output {directory}"
            )
        values = dict(read_json(path))
        same = (values.pop("format", None), tuple(values.pop("keywords", ())), tuple(values.pop("marks", ())))
        if same != (FORMAT, KEYWORDS, MARKS):
            raise UserError(f"{path} was written by another version of aisle; train anew with: aisle train ask")
        try:
            parts = {
                "settings": AskSettings(**values["settings"]),
                "confidence": Confidence(**values["confidence"]),
                "words": tuple(values["words"]),
            }
            return cls(**values | parts)
        except (KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged ({error}); copy it again or train anew") from error


def load_engine(directory: Path, settings: AskSettings) -> AskEngine:
    """The engine of a trained model.

    Raises
        UserError: a file is missing or damaged, or the files do not belong together.
    """
    path = directory / WEIGHTS_FILE
    if not path.is_file():
        raise UserError(f"{directory} lacks {WEIGHTS_FILE}; copy the whole directory of the model")
    encoder = {f"encoder.{to_modules(name)}": array for name, array in read_weights(directory).items()}
    config = EncoderConfig.load(directory)
    try:
        return AskEngine(config, settings, encoder | dict(read_tensors(path)), Tokenizer.load(directory))
    except (KeyError, ValueError) as error:
        raise UserError(f"{path} does not belong to {directory / JSON_FILE} ({error}); train anew") from error
