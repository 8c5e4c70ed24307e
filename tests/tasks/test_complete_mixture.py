"""A network and counts as one language model: by hand, over rows that move, and out of a directory."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.runtime.decoder import NumpyDecoder
from aisle.tasks.complete.completer import Completer
from aisle.tasks.complete.language_model import RememberingDecoder
from aisle.tasks.complete.mixture import Mixture, load_model, save_mixture
from aisle.tasks.complete.ngrams import NgramModel
from aisle.tasks.complete.sample import sample_completer

FREQUENT = NgramModel(np.array([0, 1] * 30 + [2]), 3, order=2)
RARE = NgramModel(np.array([0, 2] * 30 + [1]), 3, order=2)


def test_probabilities_are_the_weighted_mean_of_both() -> None:
    rows = Mixture(FREQUENT, RARE, 0.25).after([2])  # type: ignore[arg-type]
    mixed_V = np.exp(rows.extend(np.array([[0]]))[0].astype(float))
    apart = [np.exp(model.log_probabilities([0]).astype(float)) for model in (FREQUENT, RARE)]
    np.testing.assert_allclose(mixed_V, 0.75 * apart[0] + 0.25 * apart[1], rtol=1e-5)
    assert mixed_V.sum() == pytest.approx(1)


def test_rows_stay_with_each_other_when_they_are_chosen() -> None:
    rows = Mixture(FREQUENT, RARE, 0.5).after([])  # type: ignore[arg-type]
    rows.extend(np.array([[0]]))
    rows.select(np.array([0, 0]))
    both_BV = rows.extend(np.array([[1], [2]]))
    rows.select(np.array([1]))
    alone_BV = rows.extend(np.array([[0]]))
    fresh = Mixture(FREQUENT, RARE, 0.5).after([0])  # type: ignore[arg-type]
    np.testing.assert_allclose(both_BV[1], fresh.extend(np.array([[2]]))[0])
    np.testing.assert_allclose(alone_BV[0], fresh.extend(np.array([[0]]))[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The package's own completer, with counts of a text that knows one thing by heart."""
    place = tmp_path / "completer"
    shutil.copytree(sample_completer(), place)
    vocabulary = Completer.load(place).vocabulary
    tokens = vocabulary.encode("The quick brown fox jumps over the lazy dog. ") * 50
    save_mixture(NgramModel(np.array(tokens), len(vocabulary), order=4), 0.9, place)
    return place


def test_counts_beside_a_network_are_heard(folder: Path) -> None:
    assert isinstance(load_model(NumpyDecoder.load(folder), folder), Mixture)
    assert isinstance(load_model(NumpyDecoder.load(folder), sample_completer()), RememberingDecoder)
    found = Completer.load(folder).options("The quick brown fo").best(0.0)
    assert found is not None
    assert found.text.startswith("x jumps over")


def test_counts_of_another_vocabulary_or_without_their_weight_are_refused(folder: Path) -> None:
    (folder / "mixture.json").write_text(json.dumps({"share": 3}))
    with pytest.raises(UserError, match="missing or damaged"):
        Completer.load(folder)
    FREQUENT.save(folder)
    with pytest.raises(UserError, match="do not belong together"):
        Completer.load(folder)
