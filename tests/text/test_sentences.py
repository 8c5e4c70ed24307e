from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.text.sentences import sentences


@pytest.mark.parametrize(
    "parts",
    [
        ["One two.", "Three four!", "Five?", "Six"],
        ['"It\'s decided," says the first.', '"War is declared."'],
        ["“War is declared.”", "They were silent…", "Then 12 men came."],
        ["Mr. J. Smith met Dr. No. 5 in St. Louis.", "He left."],
        ["See fig. 3 and vol. 2.", "It says no.", "Then it ends."],
        ["It was I.", "We went."],
        ["He cried “Stop!” and ran.", "Nobody followed."],
        ["Milk costs 2.50 a litre.", "It was 1.20 once."],
        ["What?!", "Really?"],
        ["(It ended.)", "[So it did.]"],
        ["Él vino.", "¿Quién?", "Ángel."],
        ["an e.g. in the middle goes on."],
        ["5 l of oil, approx. 4.6 kg"],
    ],
)
def test_a_text_falls_apart_where_sentences_end(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == parts


def test_nothing_has_no_sentence() -> None:
    assert sentences("") == []
    assert sentences(" \t\n ") == []


@given(st.text(max_size=200))
def test_nothing_but_white_space_is_lost(text: str) -> None:
    found = sentences(text)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(part == part.strip() and part for part in found)


@given(st.lists(st.sampled_from(["One. ", "mr. ", "“Go!” ", "no. ", "5 ", "x. ", "A", "… "]), max_size=12))
def test_cutting_again_changes_nothing_more(parts: list[str]) -> None:
    for sentence in sentences("".join(parts)):
        assert len(sentences(sentence)) <= 1 + len(re.findall(r"[.!?…]", sentence))
