"""`classifier.json` and `classifier.safetensors`: everything of a classifier that is not the encoder. Free of torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.model.tensor_files import read_tensors, write_tensors
from aisle.text.tokenizer_files import read_json

JSON_FILE, WEIGHTS_FILE = "classifier.json", "classifier.safetensors"
FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Description:
    """What a classifier answers, and how."""

    labels: tuple[str, ...]
    """The classes, in the order of the outputs."""
    multi_label: bool
    """Whether a text may have several."""
    activation: str
    """The function after each dense layer but the last."""
    temperature: float = 1.0
    """What logits are divided by."""
    thresholds: tuple[float, ...] = ()
    """With several classes a text: the probability from which on each is said; empty for one class a text."""
    unsure: float = 0.0
    """The probability that a class must reach for an answer other than `unsure`."""

    def save(self, directory: Path, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Write both files. `weights` are `0.weight` (out, in), `0.bias`, `1.weight` … from the first layer on."""
        write_tensors(directory / WEIGHTS_FILE, weights)
        write_atomic(directory / JSON_FILE, json.dumps({"format": FORMAT} | asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, directory: Path) -> Description:
        """Read `classifier.json`.

        Raises
            UserError: it is missing, damaged, or of a later format.
        """
        path = directory / JSON_FILE
        if not path.is_file():
            raise UserError(
                f"{directory} holds no classifier ({JSON_FILE} is missing); "
                "give the output directory of `aisle train classifier`"
            )
        values: dict[str, Any] = dict(read_json(path))
        if values.pop("format", None) != FORMAT:
            raise UserError(f"{path} is of another format than {FORMAT}, which this version of aisle reads; train anew")
        try:
            values |= {"labels": tuple(values["labels"]), "thresholds": tuple(values.get("thresholds", ()))}
            description = cls(**values)
        except (KeyError, TypeError) as error:
            raise UserError(f"{path} is damaged ({error}); copy it again or train anew") from error
        if description.multi_label != bool(description.thresholds) or (
            description.thresholds and len(description.thresholds) != len(description.labels)
        ):
            raise UserError(f"{path} is damaged (labels and thresholds do not match); copy it again or train anew")
        return description


def read_head(directory: Path, dim: int, num_labels: int) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Weight (out, in) and bias (out,) of each layer of the head, checked to fit encoder and labels.

    Raises
        UserError: the file is missing or damaged, or does not belong to the encoder or the description.
    """
    path = directory / WEIGHTS_FILE
    if not path.is_file():
        raise UserError(f"{directory} lacks {WEIGHTS_FILE}; copy the whole directory of the classifier")
    tensors = dict(read_tensors(path))
    layers = []
    for number in range(len(tensors) // 2):
        weight, bias = tensors.get(f"{number}.weight"), tensors.get(f"{number}.bias")
        if weight is None or bias is None or weight.ndim != 2 or bias.shape != weight.shape[:1]:
            raise UserError(f"{path} has no sound layer {number}; copy it again or train anew")
        if weight.shape[1] != dim:
            raise UserError(
                f"{path}: layer {number} takes {weight.shape[1]} numbers and is given {dim}; "
                "encoder and head do not belong together"
            )
        layers.append((weight, bias))
        dim = len(bias)
    if not layers or dim != num_labels:
        raise UserError(f"{path} has {dim if layers else 0} outputs and {JSON_FILE} names {num_labels} labels")
    return layers
