"""The string's path: every change with its place, every look into the vocabulary."""

from __future__ import annotations

import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import models, pre_tokenizers, processors, trainers

from aisle.inspection.inspector import Inspector
from aisle.inspection.path import text_path
from aisle.inspection.tokens import tokens
from aisle.text.tokenizer import Tokenizer


def test_changes_stand_with_their_places(inspector: Inspector) -> None:
    path = text_path(inspector.tokenizer, "Oat\u00a0MILK é", pieces=9)
    assert path.normalized == "oat milk e"
    steps = {change["step"]: change for change in path.changes}
    assert steps["control characters and white space"]["edits"] == [(3, "\u00a0", " ")]
    assert steps["accents"]["edits"] == [(9, "é", "e")]
    assert [edit[1:] for edit in steps["lower case"]["edits"]] == [(c, c.lower()) for c in "OMILK"]
    assert steps["lower case"]["after"] == "oat milk e"


def test_the_greedy_longest_match_is_told_try_by_try(inspector: Inspector) -> None:
    (word,) = text_path(inspector.tokenizer, "milky", pieces=9).words
    assert [(one["tried"], one["found"]) for one in word["tries"]] == [("milky", False), ("milk", True), ("##y", True)]
    assert [piece["piece"] for piece in word["pieces"]] == ["milk", "##y"]
    assert [inspector.tokenizer.tokens([piece["id"]])[0] for piece in word["pieces"]] == ["milk", "##y"]


def test_unknown_characters_end_in_the_unknown_token(inspector: Inspector) -> None:
    path = text_path(inspector.tokenizer, "milk 🥑", pieces=9)
    assert [piece["piece"] for piece in path.words[1]["pieces"]] == ["[UNK]"]
    assert not path.words[1]["tries"][-1]["found"]


def test_tokens_written_in_the_text_are_told_and_left_alone(inspector: Inspector) -> None:
    path = text_path(inspector.tokenizer, "MILK [SEP] Bread", pieces=9)
    assert path.written_tokens == ["[SEP]"]
    assert path.normalized == "milk [SEP] bread"
    assert path.changes[-1]["edits"][-1] == (11, "B", "b")
    assert [word["word"] for word in path.words] == ["milk", "[SEP]", "bread"]


def test_what_is_not_read_is_counted(inspector: Inspector) -> None:
    path = text_path(inspector.tokenizer, "milk " * 10, pieces=4)
    assert (len(path.words), path.words_cut, path.pieces_read, path.pieces_cut) == (4, 6, 4, 6)


def byte_level() -> Tokenizer:
    """RoBERTa's kind of tokenizer over very little text."""
    fast = tokenizers.Tokenizer(models.BPE())
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.BpeTrainer(
        special_tokens=marks, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    fast.train_from_iterator(["milk and bread and milk"], trainer)
    fast.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return Tokenizer(fast, {"cls": "<s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"})


def test_a_vocabulary_without_a_readable_tokenizer_shows_words_and_pieces() -> None:
    path = text_path(byte_level(), "milk and cheese", pieces=3)
    assert [word["word"].strip() for word in path.words] == ["milk", "and", "cheese"]
    assert [len(word["pieces"]) for word in path.words][:2] == [1, 1]
    assert not any(word["tries"] for word in path.words)
    assert path.pieces_cut == sum(len(word["pieces"]) for word in path.words) - 3


def test_a_pair_has_two_separators_between_its_texts_in_robertas_frame() -> None:
    read = tokens(byte_level(), "milk", "milk and", limit=20)
    assert read.tokens == ["<s>", "milk", "</s>", "</s>", "milk", "Ġand", "</s>"]
    assert read.special == [True, False, True, True, False, False, True]
    assert read.sides == [0, 0, 0, 0, 1, 1, 1]
    assert set(read.segments) == {0}


@given(st.text(max_size=60))
def test_the_path_ends_at_the_ids_that_the_encoder_is_given(inspector: Inspector, text: str) -> None:
    if not text.strip() or any("\ud800" <= char <= "\udfff" for char in text):
        return
    read = inspector.tokens(text, limit=64)
    path = text_path(inspector.tokenizer, text, pieces=read.read[0])
    ids = [piece["id"] for word in path.words for piece in word["pieces"]]
    assert ids[: read.read[0]] == read.ids[1:-1]
    assert path.pieces_cut == read.cut
