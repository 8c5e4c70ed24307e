"""The file of rows set aside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.files.rows import BadRow, Row
from aisle.shop.rejects import Reject, read_rejects, reject_row, rejects_file


def test_rejects_are_written_as_json_lines_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    rejects = [Reject(3, "price 'x' is not a price", '{"price": "x é"}'), Reject(9, "bad UTF-8", "\\xff")]
    with rejects_file(path) as file:
        for reject in rejects:
            file.add(reject)
        assert not path.exists()
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[0]) == {
        "line": 3,
        "reason": "price 'x' is not a price",
        "raw": '{"price": "x é"}',
    }
    assert read_rejects(path) == rejects


def test_a_load_without_rejects_takes_the_old_file_away(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with rejects_file(path) as file:
        file.add(Reject(1, "bad", "x"))
    with rejects_file(path):
        pass
    assert list(tmp_path.iterdir()) == []
    assert read_rejects(path) == []


def test_a_load_that_fails_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with rejects_file(path) as file:
        file.add(Reject(1, "old", "x"))
    with pytest.raises(ZeroDivisionError), rejects_file(path) as file:
        file.add(Reject(1 // 0, "new", "x"))
    assert [reject.reason for reject in read_rejects(path)] == ["old"]
    assert len(list(tmp_path.iterdir())) == 1


def test_long_rows_are_cut_and_say_so() -> None:
    reject = reject_row(BadRow(2, "too long", "x" * 5_000))
    assert reject.raw == "x" * 1_000 + "… (5,000 characters)"
    assert str(reject) == "line 2: too long"
    assert reject_row(Row(3, {"title": "é"}), "why") == Reject(3, "why", '{"title": "é"}')


def test_half_a_surrogate_does_not_stop_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rejects.jsonl"
    with rejects_file(path) as file:
        file.add(Reject(1, "half", "\ud800"))
    assert read_rejects(path)[0].raw == "\ud800"
