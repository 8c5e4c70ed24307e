from __future__ import annotations

from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.text.vocabulary import Vocabulary


def test_the_id_of_a_piece_is_its_line(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\noat\n##s\n", "utf-8")
    vocabulary = Vocabulary.load(path)
    assert vocabulary.ids == {"[PAD]": 0, "oat": 1, "##s": 2}
    assert vocabulary.decode([1, 2]) == ["oat", "##s"]
    assert "oat" in vocabulary
    assert "milk" not in vocabulary
    assert len(vocabulary) == 3


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    vocabulary = Vocabulary(("[PAD]", "é", "\u2028", "\x85", "中"))
    vocabulary.save(tmp_path / "vocab.txt")
    assert Vocabulary.load(tmp_path / "vocab.txt") == vocabulary


def test_a_piece_listed_twice_has_the_later_id(tmp_path: Path) -> None:
    assert Vocabulary(("a", "b", "a")).ids == {"a": 2, "b": 1}


def test_ids_without_a_piece_get_a_name() -> None:
    assert Vocabulary.of({"a": 0, "b": 2}).tokens == ("a", "[unused-id-1]", "b")


def test_bad_files_are_refused_with_their_name(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    with pytest.raises(UserError, match=r"there is no vocabulary at .*vocab\.txt"):
        Vocabulary.load(path)
    path.write_text("")
    with pytest.raises(UserError, match="is empty"):
        Vocabulary.load(path)
    path.write_bytes(b"oat\n\xff\n")
    with pytest.raises(UserError, match=r"not UTF-8 text .* at byte 4"):
        Vocabulary.load(path)
