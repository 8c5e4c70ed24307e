"""How far a checkpoint's encoder is from Hugging Face's, measured or as it was measured."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec

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


def parity(inspector: Inspector) -> Parity:
    """Measured here where `transformers` is installed (once, then kept); else as shipped for known weights."""
    known = json.loads(files("aisle.inspection").joinpath("parity.json").read_text("utf-8"))
    store = cache_directory()
    kept = None if store is None else store / f"{inspector.fingerprint[:16]}.parity.json"
    if kept is not None and kept.is_file():
        return Parity(**json.loads(kept.read_text("utf-8")))
    if find_spec("transformers") is not None:
        found = measure(inspector)
        if kept is not None:
            write_atomic(kept, json.dumps({name: getattr(found, name) for name in Parity.__slots__}))
        return found
    if inspector.fingerprint in known:
        return Parity(**known[inspector.fingerprint])
    return Parity(difference=None, against="", note="not measured for this checkpoint: install transformers to measure")


def measure(inspector: Inspector) -> Parity:
    """Run the same ids through `transformers` and compare the last hidden state."""
    import transformers

    model = transformers.AutoModel.from_pretrained(inspector.directory, local_files_only=True).eval()
    ids_BT = torch.tensor([inspector.tokens(SENTENCE).ids])
    with torch.inference_mode():
        theirs_BTD = model(input_ids=ids_BT).last_hidden_state
        ours_BTD = inspector.encoder(ids_BT)
    return Parity(
        difference=float((theirs_BTD - ours_BTD).abs().max()),
        against=f"transformers {transformers.__version__}, torch {torch.__version__}",
        note=f"greatest absolute difference of the last hidden state of {SENTENCE!r}, float32",
    )
