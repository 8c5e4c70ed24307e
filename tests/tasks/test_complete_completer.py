"""The completer: half-typed words, confidence, thresholds, what it remembers, what it leaves out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.model.generation.next_tokens import log_softmax
from aisle.runtime.decoder import NumpyDecoder
from aisle.tasks.complete.completer import Completer, Option, Options
from aisle.tasks.complete.language_model import RememberingDecoder
from aisle.tasks.complete.letters import Spellings, log_probability_of_letters
from aisle.tasks.complete.ngrams import NgramModel
from aisle.tasks.complete.phrases import RarePhrases
from aisle.tasks.complete.sample import sample_completer
from aisle.tasks.complete.settings import CompleterSettings, CompletionSettings
from aisle.tasks.complete.threads import Thread
from aisle.tasks.complete.thresholds import Thresholds
from aisle.tasks.complete.vocabulary import CompleterVocabulary

SENTENCES = [
    "i like red apples.",
    "i like red apples.",
    "i like green tea.",
    "we sell green tea.",
    "we sell café crème.",
]
ALL_SHOWN = Thresholds.set_on([], 1.0)


@pytest.fixture(scope="module")
def sample() -> Completer:
    return Completer.load(sample_completer())


@pytest.fixture(scope="module")
def vocabulary() -> CompleterVocabulary:
    return CompleterVocabulary.train(SENTENCES, 300)


def counted(vocabulary: CompleterVocabulary, **changes: object) -> Completer:
    """A completer whose language model has counted the sentences: no training, and probabilities one can work out."""
    tokens_N = vocabulary.threads([Thread(messages=(text,)) for text in SENTENCES])
    model = NgramModel(tokens_N, len(vocabulary), order=4)
    asked = CompletionSettings(**({"min_characters": 1, "hold_back": False} | changes))  # type: ignore[arg-type]
    return Completer(model, vocabulary, RarePhrases.count([], 1), ALL_SHOWN, asked)


def test_the_rest_of_a_half_typed_word_comes_first(vocabulary: CompleterVocabulary) -> None:
    found = counted(vocabulary).complete("i like gr")
    assert found.completion == "een tea."
    assert counted(vocabulary).complete("we sell caf").completion.startswith("é")


def test_a_space_behind_the_last_word_says_that_it_is_whole(vocabulary: CompleterVocabulary) -> None:
    assert counted(vocabulary).complete("i like red ").completion.startswith("apples")
    assert counted(vocabulary).complete("i like red").completion.startswith(" apples")


def test_nothing_is_written_beyond_the_end_of_the_sentence(vocabulary: CompleterVocabulary) -> None:
    found = counted(vocabulary, max_tokens=40).complete("i like red ap")
    assert found.completion == "ples."


def test_letters_that_nothing_begins_with_give_nothing_sure(vocabulary: CompleterVocabulary) -> None:
    found = counted(vocabulary).complete("i like zqx")
    assert not found.completion.startswith("zqx")
    assert 0 <= found.probability <= 1


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_typed_is_nothing_completed(sample: Completer, text: str) -> None:
    found = sample.complete(text, previous="Please let me know if you have")
    assert (found.completion, found.shown, found.probability) == ("", False, 0.0)


@pytest.mark.parametrize(
    "text", ["\ud800 hello", "<end>", "<text> <subject>", "a" * 5000, "日本語のテキスト", "Hello\x00world", "?!"]
)
def test_odd_texts_are_completed_or_refused_and_never_a_defect(sample: Completer, text: str) -> None:
    if "\ud800" in text:
        with pytest.raises(UserError, match="half of a character"):
            sample.complete(text)
    else:
        found = sample.complete(text)
        assert "<" not in found.completion
        found.completion.encode()


@given(st.text(max_size=30))
@settings(max_examples=25, deadline=None)
def test_what_is_written_goes_on_from_what_was_typed(sample: Completer, text: str) -> None:
    for beginnings in sample.options(text).beginnings:
        texts = [option.text for option in beginnings]
        assert texts == sorted(texts, key=len)
        assert all(longer.startswith(shorter) for shorter, longer in itertools.pairwise(texts))
        assert all(option.log_probability <= 0 for option in beginnings)


def test_typing_on_gives_what_a_fresh_completer_gives(sample: Completer) -> None:
    sentence = "Please let me know when the order will arrive"
    for end in range(1, len(sentence), 3):
        fresh = Completer.load(sample_completer())
        one, other = (
            sample.complete(sentence[:end], subject="Delivery"),
            fresh.complete(sentence[:end], subject="Delivery"),
        )
        assert one.completion == other.completion
        assert one.probability == pytest.approx(other.probability, rel=1e-3)


def test_the_context_is_read_once() -> None:
    class Counting(NumpyDecoder):
        tokens = 0

        def read(self, tokens_BT, before=None):  # type: ignore[no-untyped-def]
            Counting.tokens += tokens_BT.size
            return super().read(tokens_BT) if before is None else super().read(tokens_BT, before)

    model = RememberingDecoder(Counting.load(sample_completer()))
    model.after(range(1, 60))
    assert Counting.tokens == 59
    model.after([*range(1, 60), 7])
    assert Counting.tokens == 60
    model.after([*range(1, 40), 8, 9])
    assert Counting.tokens == 62


def test_subject_and_previous_message_change_what_is_likely(sample: Completer) -> None:
    alone = sample.options("The ").beginnings
    assert (
        sample.options("The ", subject="Missing product", previous="My order has not arrived yet.").beginnings != alone
    )


def test_a_long_text_is_looked_at_from_its_end_and_what_is_left_out_is_counted(sample: Completer) -> None:
    long = "The delivery takes about a week. " * 30
    found = sample.complete(f"{long}Please let me know if ")
    assert found.left_out > 100
    assert found.completion


def all_ways(model: NgramModel, context: Sequence[int], letters: bytes, spellings: Spellings) -> float:
    """The probability that what follows begins with these bytes, by trying every token."""
    probabilities = np.exp(log_softmax(model.after(context).extend(np.zeros((1, 0), np.int64))[0]).astype(float))
    total = 0.0
    for token, piece in enumerate(spellings.of):
        if piece and piece.startswith(letters):
            total += probabilities[token]
        elif piece and letters.startswith(piece):
            total += probabilities[token] * all_ways(model, [*context, token], letters[len(piece) :], spellings)
    return total


@pytest.mark.parametrize("letters", ["", " ", " g", " gre", " red", " c", " like gr"])
def test_the_probability_of_letters_is_the_sum_over_the_ways_of_spelling_them(
    vocabulary: CompleterVocabulary, letters: str
) -> None:
    tokens_N = vocabulary.threads([Thread(messages=(text,)) for text in SENTENCES])
    model, spellings = NgramModel(tokens_N, len(vocabulary), order=4), Spellings(vocabulary.spellings())
    context = [1, *vocabulary.encode(" i like")]
    found = log_probability_of_letters(model.after(context[:-1]), context[-1], letters.encode(), spellings)
    expected = all_ways(model, context, letters.encode(), spellings) if letters else 1.0
    assert math.exp(found) == pytest.approx(expected, rel=0.1)


def test_the_longest_beginning_that_is_sure_enough_is_taken_else_the_surest() -> None:
    options = Options(
        beginnings=(
            (Option("a", -0.1), Option("a b", -0.3), Option("a b c", -0.2), Option("a b c d", -2.0)),
            (Option("x", -0.05),),
        ),
        held_back="",
        left_out=0,
    )
    assert options.best(math.exp(-0.25)) == Option("a b c", -0.2)
    assert options.best(math.exp(-0.07)) == Option("x", -0.05)
    assert options.best(1.0) == Option("x", -0.05)
    assert options.best(0.0) == Option("a b c d", -2.0)
    assert Options(beginnings=((),), held_back="rare", left_out=0).best(0.5) is None


def test_thresholds_show_as_many_places_as_are_wanted(tmp_path: Path) -> None:
    confidences = [place / 100 for place in range(100)]
    thresholds = Thresholds.set_on(confidences, 0.2)
    assert sum(one >= thresholds.at() for one in confidences) == 20
    assert sum(one >= thresholds.at(0.05) for one in confidences) == 5
    assert thresholds.at(0.35) == pytest.approx((thresholds.at(0.3) + thresholds.at(0.4)) / 2)
    thresholds.save(tmp_path)
    assert Thresholds.load(tmp_path) == thresholds
    (tmp_path / "completer.json").write_text("{}")
    with pytest.raises(UserError, match="missing or damaged"):
        Thresholds.load(tmp_path)


@given(st.text(max_size=60))
@settings(max_examples=60)
def test_every_text_is_read_and_written_exactly(vocabulary: CompleterVocabulary, text: str) -> None:
    ids = vocabulary.encode(text)
    spellings = vocabulary.spellings()
    if not any(mark in text for mark in ("<end>", "<text>", "<subject>", "<private>")):
        assert vocabulary.decode(ids) == text
        assert b"".join(spellings[token] for token in ids) == text.encode()


def test_threads_are_written_with_their_marks(vocabulary: CompleterVocabulary) -> None:
    tokens = vocabulary.threads([Thread(messages=("red tea", "we sell"), subject="apples"), Thread(messages=("tea",))])
    end, text, subject = 0, 1, 2
    parts = [vocabulary.encode(f" {part}") for part in ("apples", "red tea", "we sell", "tea")]
    expected = [subject, *parts[0], text, *parts[1], text, *parts[2], end, text, *parts[3], end]
    assert tokens.tolist() == expected


@pytest.mark.parametrize(
    "wrong", [{"coverage": 0.0}, {"context": 8}, {"vocab_size": 70_000}, {"dropout": 1.0}, {"layers": 0}]
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(UserError, match=next(iter(wrong))):
        CompleterSettings(**wrong)  # type: ignore[arg-type]


def test_a_completer_opens_with_transformers_too() -> None:
    import torch
    import transformers

    theirs = transformers.GPT2LMHeadModel.from_pretrained(sample_completer(), dtype=torch.float32)
    tokens = [1, *CompleterVocabulary.load(sample_completer()).encode(" Thank you for your")]
    with torch.no_grad():
        expected_V = theirs(torch.tensor([tokens])).logits[0, -1].numpy()
    scores_BV, _ = NumpyDecoder.load(sample_completer()).read(np.array([tokens]))
    np.testing.assert_allclose(scores_BV[0], expected_V, rtol=0, atol=1e-4)


def test_stopping_early_changes_nothing_about_whether_something_is_shown(sample: Completer) -> None:
    for text in (
        "Please let me know if ",
        "Thank you for your pat",
        "I would like to ret",
        "The delivery ",
        "Quantum ",
    ):
        found = sample.complete(text)
        surest = sample.options(text).best(2.0)
        assert found.shown == (surest is not None and math.exp(surest.log_probability) >= sample.threshold)
        if found.shown:
            written = {one.text for beginnings in sample.options(text).beginnings for one in beginnings}
            assert found.completion in written
