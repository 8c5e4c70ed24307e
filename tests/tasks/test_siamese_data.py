"""Reading pairs: what is understood, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.tasks.siamese.data import read_examples, read_pairs
from aisle.tasks.siamese.settings import SiameseSettings


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join("\t".join(line.split("|")) for line in lines) + "\n")
    return path


def refused(path: Path, objective: str, **settings: Any) -> str:
    with pytest.raises(UserError) as caught:
        read_examples([path], SiameseSettings(objective=objective, **settings))  # type: ignore[arg-type]
    return str(caught.value)


def test_labels_of_two_files_are_numbered_together(tmp_path: Path) -> None:
    snli = written(tmp_path / "a.tsv", "label|sentence1|sentence2", "neutral|a|b", "entailment|a|c")
    sick = written(tmp_path / "b.tsv", "sentence1|sentence2|relatedness|entailment", "b|d|3.5|CONTRADICTION")
    examples = read_examples([snli, sick], SiameseSettings(objective="softmax"))
    assert examples.labels == ("contradiction", "entailment", "neutral")
    assert examples.targets_N is not None
    assert examples.targets_N.tolist() == [2, 1, 0]
    assert examples.texts == ("a", "b", "c", "d")
    assert examples.columns_NK.tolist() == [[0, 1], [0, 2], [1, 3]]


def test_scores_are_scaled_over_the_range_of_their_file_or_the_one_given(tmp_path: Path) -> None:
    sts = written(tmp_path / "a.tsv", "score|sentence1|sentence2", "0|a|b", "5|c|d", "3|e|f")
    sick = written(tmp_path / "b.tsv", "relatedness|sentence1|sentence2", "1|a|b", "5|c|d", "3|e|f")
    examples = read_examples([sts, sick], SiameseSettings(objective="cosine"))
    assert examples.targets_N is not None
    np.testing.assert_allclose(examples.targets_N, [0, 1, 0.6, 0, 1, 0.5])
    given = read_examples([sts], SiameseSettings(objective="cosine", score_range=(-5, 5)))
    assert given.targets_N is not None
    np.testing.assert_allclose(given.targets_N, [0.5, 1, 0.8])
    assert "line 3: the score 5.0 is outside 0..4" in refused(sts, "cosine", score_range=(0, 4))


def test_in_batch_takes_what_belongs_together(tmp_path: Path) -> None:
    nli = written(
        tmp_path / "nli.tsv",
        "label|sentence1|sentence2",
        "entailment|a|b",
        "contradiction|a|c",
        "neutral|a|d",
        "entailment|e|f",
    )
    examples = read_examples([nli], SiameseSettings(objective="in-batch"))
    named = [[examples.texts[text] if text >= 0 else "" for text in row] for row in examples.columns_NK]
    assert named == [["a", "b", "c"], ["e", "f", ""]]
    sts = written(tmp_path / "sts.tsv", "score|sentence1|sentence2", "0|a|b", "5|c|d", "4|e|f", "3.9|g|h")
    examples = read_examples([sts], SiameseSettings(objective="in-batch"))
    assert examples.texts == ("c", "d", "e", "f")
    assert "no pair belongs together" in refused(written(tmp_path / "n.tsv", "label|query|title", "0|a|b"), "in-batch")


def test_triplets_have_their_negative(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "anchor|positive|negative", "a|b|c", "d|e|a")
    examples = read_examples([path], SiameseSettings(objective="triplet"))
    assert examples.columns_NK.tolist() == [[0, 1, 2], [3, 4, 0]]


def test_every_distinct_text_is_there_to_be_distilled(tmp_path: Path) -> None:
    settings = SiameseSettings(objective="distill", teacher="minilm")
    pairs = written(tmp_path / "a.tsv", "score|sentence1|sentence2", "1|a|b", "2|a|c")
    texts = written(tmp_path / "b.tsv", "text", "c", "d")
    examples = read_examples([pairs, texts], settings)
    assert examples.texts == ("a", "b", "c", "d")
    assert examples.columns_NK.tolist() == [[0], [1], [2], [3]]
    other = written(tmp_path / "c.tsv", "tweet", "a")
    assert "has no column 'text'; its columns are tweet" in refused(other, "distill", teacher="minilm")


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "left|right|gold", "a|b|1")
    assert "no column for the first text or value (sentence1, anchor, question1, query)" in refused(path, "cosine")
    message = refused(path, "cosine", first_column="left", second_column="right")
    assert "(score, relatedness); its columns are left, right, gold; name the right one with --score-column" in message
    assert "no column 'grade'" in refused(
        path, "cosine", first_column="left", second_column="right", score_column="grade"
    )
    pairs = read_pairs(
        path, SiameseSettings(objective="in-batch", first_column="left", second_column="right"), needs=()
    )
    assert (pairs[0].first, pairs[0].second) == ("a", "b")


@pytest.mark.parametrize(
    ("objective", "line", "message"),
    [
        ("softmax", "neutral| |b|1", "line 3: column 'sentence1' is empty"),
        ("softmax", "|a|b|1", "line 3: column 'label' is empty"),
        ("cosine", "neutral|a|b|high", "line 3: score is 'high'; it must be a number"),
        ("cosine", "neutral|a|b|nan", "line 3: score is 'nan'; it must be a number"),
        ("softmax", "neutral|a", "line 3:"),
    ],
)
def test_a_bad_row_stops_with_its_line(tmp_path: Path, objective: str, line: str, message: str) -> None:
    path = written(tmp_path / "a.tsv", "label|sentence1|sentence2|score", "entailment|a|b|0", line)
    assert message in refused(path, objective)


def test_one_class_or_one_score_only_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "label|sentence1|sentence2|score", "neutral|a|b|2", "Neutral|c|d|2")
    assert "every pair has the label 'neutral'" in refused(path, "softmax")
    assert "every score is 2.0" in refused(path, "cosine")
    empty = written(tmp_path / "b.tsv", "label|sentence1|sentence2")
    assert "has no rows" in refused(empty, "softmax")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"margin": -1.0}, "margin is -1.0"),
        ({"scale": 0.0}, "scale is 0.0"),
        ({"objective": "softmax", "matryoshka": (8,)}, "cannot be had with the softmax"),
        ({"score_range": (5.0, 0.0)}, "is no range"),
        ({"objective": "distill"}, "needs a --teacher"),
        ({"teacher": "minilm"}, "no other objective has one"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        SiameseSettings(**{"objective": "cosine", **change})
