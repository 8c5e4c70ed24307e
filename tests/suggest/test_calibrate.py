from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.suggest.calibrate import LOWEST, MARGIN, Pair, calibrate, labelled_pairs, simulated_pairs
from aisle.suggest.needs import Guard

VECTORS = {
    "mayo": [1.0, 0.0],
    "mayonnaise": [0.9, 0.436],
    "pop": [0.0, 1.0],
    "popcorn": [0.28, 0.96],
    "ham": [-1.0, 0.0],
}


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.array([VECTORS[text] for text in texts], np.float32)


def test_the_threshold_lies_above_the_closest_different_pair_that_the_guard_lets_through() -> None:
    found = calibrate([Pair("mayo", "mayonnaise", True), Pair("pop", "popcorn", False)], encode, Guard())
    assert found.threshold == pytest.approx(0.96 + MARGIN, abs=1e-3)
    assert (found.merged, found.dangerous) == (0, 0)
    found = calibrate([Pair("mayo", "mayonnaise", True), Pair("pop", "ham", False)], encode, Guard())
    assert (found.threshold, found.merged, found.dangerous) == (LOWEST, 1, 0)


def test_with_the_real_encoder_nothing_dangerous_is_merged_and_most_of_the_others_are(minilm: SentenceEncoder) -> None:
    pairs = labelled_pairs()
    found = calibrate(pairs, minilm.encode, Guard())
    assert found.mistaken == []
    assert found.merged >= 0.85 * found.same
    # The cosine alone would have to be so strict that it finds far less.
    assert found.cosine_alone_threshold > 0.9 > found.threshold
    assert found.cosine_alone_merged < found.merged


def test_pairs_of_a_simulated_shop_have_both_kinds() -> None:
    pairs = simulated_pairs(sample_catalogue(products=900), most=400)
    assert any(pair.same for pair in pairs)
    assert any(not pair.same for pair in pairs)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("one\tother\tsame\nmilk\ttea\tmaybe\n", "line 2"),
        ("one\tother\tsame\nmilk\ttea\t0\n", "pairs that mean the same"),
        ("one\tother\nmilk\ttea\n", "line 2"),
    ],
)
def test_pairs_without_use_are_explained(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(text)
    with pytest.raises(UserError, match=problem):
        labelled_pairs(path)
