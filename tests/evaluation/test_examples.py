from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.evaluation.examples import Examples, features, read_examples

VECTORS = {"a": (1.0, -2.0), "b": (3.0, 0.5)}


def embed(texts: Sequence[str]) -> NDArray[np.float64]:
    return np.array([VECTORS[text] for text in texts])


def test_texts_are_their_vectors() -> None:
    assert features(embed, Examples(labels=("0", "1", "0"), texts=("a", "b", "a"))).tolist() == [
        [1, -2], [3, 0.5], [1, -2]
    ]  # fmt: skip


def test_pairs_are_difference_and_product() -> None:
    pairs = Examples(labels=("1", "0"), texts=("a", "b"), partners=("b", "b"))
    assert features(embed, pairs).tolist() == [[2, 2.5, 3, -1], [0, 0, 9, 0.25]]


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "one.tsv").write_text("coarse\ttext\nNUM\tHow far ?\n", encoding="utf-8")
    (tmp_path / "two.csv").write_text('text,coarse\n"Who, then?",HUM\n', encoding="utf-8")
    assert read_examples([tmp_path / "one.tsv", tmp_path / "two.csv"], label_column="coarse") == Examples(
        labels=("NUM", "HUM"), texts=("How far ?", "Who, then?")
    )


def test_pairs_are_read_from_two_sentence_columns(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text("label\tsentence1\tsentence2\n1\ta\tb\n0\tb\ta\n", encoding="utf-8")
    assert read_examples([path]) == Examples(labels=("1", "0"), texts=("a", "b"), partners=("b", "a"))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["label\tbody\n1\ta\n"], "needs a column text, or sentence1 and sentence2; its columns are label, body"),
        (["text\na\n"], "line 2: no column 'label'"),
        (["label\ttext\n1\ta\n", "label\tsentence1\tsentence2\n1\ta\tb\n"], "single texts and pairs are mixed"),
    ],
)
def test_unusable_files_are_explained(tmp_path: Path, files: list[str], message: str) -> None:
    paths: list[str | Path] = []
    for number, text in enumerate(files):
        path = tmp_path / f"{number}.tsv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    with pytest.raises(UserError, match=message):
        read_examples(paths)
