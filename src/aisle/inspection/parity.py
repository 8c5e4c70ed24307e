"""How far a checkpoint's encoder is from Hugging Face's: measured here, or as it was measured for known weights."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import torch

from aisle.files.atomic import write_atomic
from aisle.inspection.inspector import Inspector
from aisle.runtime.cache import cache_directory

SENTENCE = "I love machine learning"


@dataclass(frozen=True, kw_only=True, slots=True)
class Parity:
    """A measured difference, or why there is none."""

    difference: float | None
    """Greatest absolute difference in the last hidden state; None where it was not measured."""
    against: str
    """What it was measured against."""
    note: str
    """How, or why not."""


def parity(inspector: Inspector, *, measuring: bool = False) -> Parity:
    """What is known of this checkpoint, from an earlier measurement on this machine or from those shipped with aisle.

    With `measuring`, a checkpoint of which nothing is known is measured, if `transformers` is installed (some seconds).
    """
    known = json.loads(files("aisle.inspection").joinpath("parity.json").read_text("utf-8"))
    if inspector.fingerprint in known:
        return Parity(**known[inspector.fingerprint])
    kept = _kept(inspector)
    if kept is not None and kept.is_file():
        return Parity(**json.loads(kept.read_text("utf-8")))
    if measuring and find_spec("transformers") is not None:
        try:
            found = measure(inspector)
        except Exception as error:
            # Whatever keeps another library from loading the checkpoint must not keep anybody from the walk.
            return Parity(difference=None, against="", note=f"transformers could not run this checkpoint ({error})")
        if kept is not None:
            write_atomic(kept, json.dumps(asdict(found)))
        return found
    return Parity(
        difference=None,
        against="",
        note="not measured for this checkpoint; `aisle inspect` measures it where transformers is installed",
    )


def measure(inspector: Inspector) -> Parity:
    """Run the same ids through `transformers`, a sentence and a text that fills every position, and compare."""
    import transformers

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model = transformers.AutoModel.from_pretrained(inspector.directory, local_files_only=True).eval()
    greatest, lengths = 0.0, []
    for text in (SENTENCE, f"{SENTENCE}. " * inspector.encoder.config.max_tokens):
        ids_BT = torch.tensor([inspector.tokens(text).ids])
        with torch.inference_mode():
            theirs_BTD = model(input_ids=ids_BT).last_hidden_state
            ours_BTD = inspector.encoder(ids_BT)
        greatest = max(greatest, float((theirs_BTD - ours_BTD).abs().max()))
        lengths.append(str(ids_BT.shape[1]))
    return Parity(
        difference=greatest,
        against=f"transformers {transformers.__version__}, torch {torch.__version__}",
        note="greatest absolute difference of the last hidden states of texts of "
        f"{' and '.join(lengths)} tokens, float32",
    )


def _kept(inspector: Inspector) -> Path | None:
    store = cache_directory()
    return None if store is None else store / f"{inspector.fingerprint[:16]}.parity.json"
