from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate
from aisle.suggest.index import SuggestIndex
from aisle.suggest.lists import NAMES, Lists, stamp
from aisle.suggest.matching import fold

LISTS = Lists(always=("sock sale",), never=("old milk",), not_duplicates=(("straws", "straw"),))


def test_lists_are_text_files_that_are_read_back(tmp_path: Path) -> None:
    assert Lists.load(tmp_path) == Lists()
    LISTS.save(tmp_path)
    assert Lists.load(tmp_path) == LISTS
    assert (tmp_path / "suggest" / "never.txt").read_text() == "old milk\n"


def test_comments_and_empty_lines_say_nothing(tmp_path: Path) -> None:
    (tmp_path / "suggest").mkdir()
    (tmp_path / "suggest" / "never.txt").write_text("# of last year\n\n  old milk \n")
    (tmp_path / "suggest" / "not-duplicates.txt").write_text("straws\tstraw\n")
    assert Lists.load(tmp_path) == Lists(never=("old milk",), not_duplicates=(("straws", "straw"),))


@pytest.mark.parametrize("line", ["straws", "straws | ", "a | b | c"])
def test_a_line_that_is_no_pair_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "suggest").mkdir()
    (tmp_path / "suggest" / "not-duplicates.txt").write_text(f"{line}\n")
    with pytest.raises(UserError, match="is not two texts"):
        Lists.load(tmp_path)


def test_a_list_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "suggest").mkdir()
    (tmp_path / "suggest" / "always.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="text file in UTF-8"):
        Lists.load(tmp_path)


@given(content=st.binary(max_size=40) | st.text("a# |\t\n\x1c", max_size=40).map(str.encode))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_list_holds_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "suggest").mkdir(exist_ok=True)
    for name in NAMES:
        (tmp_path / "suggest" / f"{name}.txt").write_bytes(content)
    try:
        read = Lists.load(tmp_path)
    except UserError:
        return
    assert read.always == read.never
    assert all(read.hides(fold(text)) for text in read.never)
    Lists(always=read.always, never=read.never).save(tmp_path)
    assert Lists.load(tmp_path).always == read.always


def test_never_means_whole_words_in_their_order() -> None:
    assert LISTS.hides("old milk")
    assert LISTS.hides("very old milk 1 gal")
    assert not LISTS.hides("milk old")
    assert not LISTS.hides("old milkshake")


def test_always_overrules_the_list_of_rude_words() -> None:
    assert Lists().blocks("porn")
    assert not Lists(always=("porn",)).blocks("porn")


def test_what_is_never_wanted_is_hidden_without_a_build(tmp_path: Path) -> None:
    build_suggestions(tmp_path, [Candidate(text=text, popularity=9, source="events") for text in ("old milk", "milk")])
    assert [one.text for one in SuggestIndex.open(tmp_path, lists=LISTS).suggest("")] == ["milk"]


def test_a_change_of_a_list_is_noticed(tmp_path: Path) -> None:
    before = stamp(tmp_path)
    LISTS.save(tmp_path)
    assert stamp(tmp_path) != before
