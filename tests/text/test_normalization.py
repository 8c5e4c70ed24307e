from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aisle.text.normalization import Edit, Normalization

UNCASED = Normalization()
CASED = Normalization(lower_case=False, strip_accents=False)


def test_an_uncased_vocabulary_sees_plain_small_letters() -> None:
    assert UNCASED("Crème  BRÛLÉE\t100%") == "creme  brulee 100%"


def test_a_cased_vocabulary_keeps_capitals_and_accents() -> None:
    assert CASED("Crème BRÛLÉE") == "Crème BRÛLÉE"


def test_control_characters_vanish_and_white_space_becomes_spaces() -> None:
    assert UNCASED("a\x00b\u200bc\ufffdd\te\u00a0f\u2028g") == "abcd e f g"


def test_ideographs_are_set_apart() -> None:
    assert UNCASED("中文a") == " 中  文 a"


def test_a_sigma_is_lower_cased_without_regard_to_its_place() -> None:
    assert UNCASED("ΣΑΣ") == "σασ"


def test_steps_show_what_each_of_them_changed() -> None:
    steps = {step.name: step for step in UNCASED.steps("Né\0")}
    assert list(steps) == ["clean", "space_cjk", "strip_accents", "lower_case"]
    assert [edit for edit in steps["clean"].edits if edit.changed] == [Edit("\0", "")]
    assert not steps["space_cjk"].changed
    assert [edit for edit in steps["strip_accents"].edits if edit.changed] == [Edit("é", "e")]
    assert [edit for edit in steps["lower_case"].edits if edit.changed] == [Edit("N", "n")]


def test_only_the_wanted_steps_are_taken() -> None:
    assert [step.name for step in CASED.steps("x")] == ["clean", "space_cjk"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_steps_hang_together(text: str) -> None:
    before = text
    for step in UNCASED.steps(text):
        assert step.before == before
        before = step.text
    assert before == UNCASED(text)
