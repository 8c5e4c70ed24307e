"""What a completion never contains: rare phrases, blocked words, guesses at who is a he or a she."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.tasks.complete.phrases import WORDS, RarePhrases, words_of
from aisle.tasks.complete.safeguards import Safeguards
from aisle.tasks.complete.settings import CompletionSettings

NOTHING_RARE = RarePhrases.count([], 3)
SECRET = "the password of the safe is swordfish today"


def rare(k: int = 2) -> RarePhrases:
    return RarePhrases.count([[SECRET], ["please let me know if it works"], ["please let me know if you can"]], k)


def test_a_phrase_of_one_document_is_rare_and_one_of_two_is_not() -> None:
    assert rare().within(words_of("the password of the safe"))
    assert not rare().within(words_of("Please let me know if"))
    assert rare().within(words_of("let me know if you"))
    assert not rare(1).within(words_of(SECRET))


def test_a_phrase_counts_once_a_document_however_often_it_stands_there() -> None:
    twice = RarePhrases.count([["one two three four five", "one two three four five"]], 2)
    assert twice.within(words_of("one two three four five"))


def test_only_phrases_that_reach_into_what_is_written_count() -> None:
    words = words_of(SECRET)
    assert not rare().within([*words, "and", "so", "on", "it", "goes"], len(words) + 4)
    assert rare().within(words, len(words) - 1)


@given(st.lists(st.text("abcdefg", min_size=1, max_size=3), min_size=WORDS, max_size=40))
@settings(max_examples=50)
def test_no_phrase_of_a_single_document_is_ever_missed(words: list[str]) -> None:
    phrases = RarePhrases.count([[" ".join(words)]], 2)
    for first in range(len(words) - WORDS + 1):
        assert phrases.within(words[first : first + WORDS])


def test_few_phrases_that_no_document_has_are_taken_for_rare() -> None:
    texts = [[" ".join(f"w{(n * 7919 + place) % 5000}" for place in range(60))] for n in range(200)]
    phrases = RarePhrases.count(texts, 2)
    wrong = sum(phrases.within([f"x{n}", f"y{n}", "a", "b", "c"]) for n in range(4000))
    assert wrong / 4000 < 0.005


def test_rare_phrases_are_kept_beside_the_model_without_any_text(tmp_path: Path) -> None:
    rare().save(tmp_path)
    assert b"swordfish" not in (tmp_path / "rare-phrases.npy").read_bytes()
    assert RarePhrases.load(tmp_path).within(words_of(SECRET))
    (tmp_path / "rare-phrases.npy").write_bytes(b"no numpy file")
    with pytest.raises(UserError, match="is damaged"):
        RarePhrases.load(tmp_path)
    with pytest.raises(UserError, match="is missing"):
        RarePhrases.load(tmp_path / "elsewhere")


def guard(**changes: object) -> Safeguards:
    return Safeguards(rare(), CompletionSettings(**changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "written", "reason"),
    [
        ("The password of the safe ", "is swordfish", "rare"),
        ("the password of the sa", "fe is", "rare"),
        ("Please let me know ", "if", ""),
        ("The nurse said that ", "she would come", "pronoun"),
        ("My engineers think ", "his plan is good", "pronoun"),
        ("The doctor's assistant and h", "er mother", "pronoun"),
        ("My sister said that ", "she would come", ""),
        ("I met the ", "pilot and he", "pronoun"),
        ("What the f", "uck", "blocked"),
        ("Hello ", "Dolly", ""),
    ],
)
def test_what_may_not_be_shown_and_why(before: str, written: str, reason: str) -> None:
    assert guard(blocked=("Dolores",)).refuses(before, written) == reason


def test_words_can_be_blocked_and_safeguards_switched_off() -> None:
    assert guard(blocked=("Dolly",)).refuses("Hello ", "dolly again") == "blocked"
    assert guard(neutral_pronouns=False).refuses("The nurse said that ", "she") == ""
    assert guard(hold_back=False).refuses("The password of the safe ", "is swordfish") == ""


@given(st.lists(st.sampled_from(["the", "nurse", "she", "password", "of", "safe", "is", "damn"]), max_size=8))
def test_a_beginning_of_what_may_be_shown_may_be_shown(words: list[str]) -> None:
    text = " ".join(words)
    if not guard().refuses("the ", text):
        assert all(not guard().refuses("the ", " ".join(words[:end])) for end in range(len(words)))
