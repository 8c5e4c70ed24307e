"""Reading labelled texts: what is understood, and what is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aisle.errors import UserError
from aisle.tasks.classify.data import LabelledTexts, read_labelled


def written(path: Path, *lines: str) -> Path:
    path.write_text("\n".join("\t".join(line.split("|")) for line in lines) + "\n")
    return path


def refused(*paths: Path, **settings: Any) -> str:
    with pytest.raises(UserError) as caught:
        read_labelled(paths, **settings)
    return str(caught.value)


def test_one_class_a_text(tmp_path: Path) -> None:
    read = read_labelled([written(tmp_path / "a.tsv", "label|text", "joy|so good", "anger|go, away", "joy|yes")])
    assert not read.multi_label
    assert read.labels() == ("anger", "joy")
    assert read.texts == ["so good", "go, away", "yes"]
    assert read.truth(read.labels()).tolist() == [[False, True], [True, False], [False, True]]


def test_several_classes_a_text_by_the_name_of_the_column_or_by_order(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", "id|label_ids|labels|text", "x|1,2|fear, joy|a", "y|1|joy|b", "z|||c")
    read = read_labelled([path])
    assert read.multi_label
    assert [row.labels for row in read.rows] == [("fear", "joy"), ("joy",), ()]
    by_number = read_labelled([path], label_column="label_ids", multi_label="yes")
    assert [row.labels for row in by_number.rows] == [("1", "2"), ("1",), ()]
    other = written(tmp_path / "b.tsv", "label|text", "joy;fear|a")
    assert read_labelled([other], multi_label="yes", separator=";").labels() == ("fear", "joy")
    lines = tmp_path / "c.jsonl"
    lines.write_text(json.dumps({"labels": ["joy", "fear"], "text": "a"}) + "\n")
    assert read_labelled([lines]).rows[0].labels == ("joy", "fear")
    # One class a text by order: the column is then taken as it stands.
    assert "no column for the label (label)" in refused(path, multi_label="no")


def test_numbers_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    read = read_labelled([written(tmp_path / "a.tsv", "label|sentence", "10|a", "9|b", "-1|c")])
    assert read.labels() == ("-1", "9", "10")


def test_a_label_never_seen_is_named_with_its_line(tmp_path: Path) -> None:
    read = read_labelled([written(tmp_path / "a.tsv", "label|text", "joy|a", "awe|b")])
    with pytest.raises(UserError, match=r"line 3: the label 'awe' was never seen in training, which had anger, joy"):
        read.truth(("anger", "joy"))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("label|text", "joy|"), "line 2: column 'text' is empty; fill it in or remove this row"),
        (("label|text", "joy|  "), "line 2: column 'text' is empty"),
        (("label|text", "|so good"), "line 2: column 'label' is empty"),
        (("label|text", "joy"), "line 2"),
        (("label|text",), "has no rows"),
        (("emotion|text", "joy|a"), "no column for the label (label or labels); its columns are emotion, text"),
        (("label|tweet", "joy|a"), "name the right one with --text-column"),
    ],
)
def test_bad_tables_are_refused(tmp_path: Path, lines: tuple[str, ...], message: str) -> None:
    assert message in refused(written(tmp_path / "a.tsv", *lines))


def only(path: Path, *lines: str) -> LabelledTexts:
    return read_labelled([written(path, *lines)])


def test_one_class_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="every text has the label 'joy'; there must be at least two classes"):
        only(tmp_path / "a.tsv", "label|text", "joy|a", "joy|b").labels()
    with pytest.raises(UserError, match="every text has no label"):
        only(tmp_path / "b.tsv", "labels|text", "|a", "|b").labels()
    # Of several classes, one is a question of its own: has it, or has it not.
    assert only(tmp_path / "c.tsv", "labels|text", "joy|a", "|b").labels() == ("joy",)


def test_tables_of_different_kinds_are_not_mixed(tmp_path: Path) -> None:
    one = written(tmp_path / "a.tsv", "label|text", "joy|a")
    other = written(tmp_path / "b.tsv", "labels|text", "joy,fear|a")
    assert "some of the tables have a column label and some a column labels" in refused(one, other)
