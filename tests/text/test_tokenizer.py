from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer as FastTokenizer
from tokenizers import decoders, models, pre_tokenizers, processors

from aisle.errors import UserError
from aisle.text.memo import WordMemo
from aisle.text.tokenizer import Tokenizer
from aisle.text.vocabulary import Vocabulary

from .vocabularies import TINY

TOKENIZER = Tokenizer.of_vocabulary(TINY)
TEXTS = ["oat milk", "", "Unhappiness", "the mac and cheese", "x" * 200]


def byte_level() -> Tokenizer:
    """A tokenizer like RoBERTa's: byte-level BPE, `<s> A </s></s> B </s>`."""
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    vocabulary = {
        piece: place for place, piece in enumerate([*names, *sorted(pre_tokenizers.ByteLevel.alphabet()), "oa", "oat"])
    }
    fast = FastTokenizer(models.BPE(vocabulary, [("o", "a"), ("oa", "t")]))
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    fast.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    fast.add_special_tokens(names)
    return Tokenizer(fast, {"cls": "<s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"})


def test_ids_have_special_tokens_around_them() -> None:
    batch = TOKENIZER.encode_batch(["oat milk", ""])
    assert [TOKENIZER.tokens(ids) for ids in batch.ids] == [["[CLS]", "oat", "milk", "[SEP]"], ["[CLS]", "[SEP]"]]
    assert batch.segments is None
    assert (batch.truncated_texts, batch.truncated_tokens) == (0, 0)


def test_special_tokens_are_known_by_their_role() -> None:
    special = TOKENIZER.special
    assert TOKENIZER.tokens([special.pad, special.unk, special.cls, special.sep]) == [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
    ]
    assert special.mask == TINY.ids["[MASK]"]
    assert TOKENIZER.vocab_size == len(TINY)
    assert TOKENIZER.lower_case
    assert not Tokenizer.of_vocabulary(TINY, lower_case=False).lower_case


def test_what_does_not_fit_is_cut_and_counted() -> None:
    batch = TOKENIZER.encode_batch(TEXTS, max_tokens=4)
    assert [len(ids) for ids in batch.ids] == [4, 2, 4, 4, 3]
    assert batch.cut == [0, 0, 1, 2, 0]
    assert (batch.truncated_texts, batch.truncated_tokens) == (2, 3)
    assert TOKENIZER.tokens(batch.ids[3]) == ["[CLS]", "the", "mac", "[SEP]"]


@pytest.mark.parametrize("limit", [2, 1, 0, -5])
def test_a_limit_without_room_for_text_is_refused(limit: int) -> None:
    with pytest.raises(UserError, match=f"limit of {limit} tokens leaves no room .* at least 3"):
        TOKENIZER.encode_batch(["oat"], max_tokens=limit)


def test_pairs_have_segments_and_share_the_room_as_hugging_face_shares_it() -> None:
    first = ["oat milk", "the mac and cheese", "", "unhappiness and oat milk"]
    second = ["the oat milk and the cheese", "oat", "love", "love machine learning s"]
    for limit in (None, 4, 5, 6, 7, 8, 9, 10):
        batch = TOKENIZER.encode_batch(first, second, max_tokens=limit)
        fast = FastTokenizer.from_str(TOKENIZER.fast.to_str())
        if limit is not None:
            fast.enable_truncation(limit, strategy="longest_first")
        whole = [encoding.ids for encoding in TOKENIZER.fast.encode_batch(list(zip(first, second, strict=True)))]
        expected = fast.encode_batch(list(zip(first, second, strict=True)))
        assert batch.ids == [encoding.ids for encoding in expected]
        assert batch.segments == [encoding.type_ids for encoding in expected]
        assert batch.cut == [len(all_of_it) - len(ids) for all_of_it, ids in zip(whole, batch.ids, strict=True)]


def test_byte_level_bpe_works_with_its_own_special_tokens() -> None:
    tokenizer = byte_level()
    assert tokenizer.tokens(tokenizer.encode_batch(["oat oat"]).ids[0]) == ["<s>", "oat", "Ġ", "oat", "</s>"]
    pair = tokenizer.encode_batch(["oat"], ["oat"])
    assert tokenizer.tokens(pair.ids[0]) == ["<s>", "oat", "</s>", "</s>", "oat", "</s>"]
    assert pair.segments == [[0] * 6]
    assert tokenizer.encode_batch(["oat  ☕ oat"]).ids == [tokenizer.fast.encode("oat  ☕ oat").ids]
    assert not tokenizer.lower_case
    assert tokenizer.normalize("Oat ") == "Oat "


def test_only_wordpiece_has_a_readable_tokenizer() -> None:
    assert TOKENIZER.readable().tokenize("Oat milk") == ["oat", "milk"]
    with pytest.raises(UserError, match="covers WordPiece vocabularies, and this one is BPE"):
        byte_level().readable()


def test_a_lone_surrogate_is_refused_with_the_text_it_is_in() -> None:
    with pytest.raises(
        UserError, match=r"text 2 holds half of a character \(the lone surrogate U\+D83D at position 4\)"
    ):
        TOKENIZER.encode_batch(["oat", "milk\ud83d"])
    with pytest.raises(UserError, match="pair text 1 holds half of a character"):
        TOKENIZER.encode_batch(["oat"], ["\udc00"])
    with pytest.raises(UserError, match="text 1 holds half"):
        TOKENIZER.normalize("\udfff")


def test_what_is_no_list_of_strings_is_refused() -> None:
    with pytest.raises(UserError, match="text 2 is a NoneType"):
        TOKENIZER.encode_batch(["oat", None])  # type: ignore[list-item]
    with pytest.raises(UserError, match="one string was given where a list"):
        TOKENIZER.encode_batch("oat milk")
    with pytest.raises(UserError, match="2 texts and 1 pair texts"):
        TOKENIZER.encode_batch(["oat", "milk"], ["oat"])


def test_no_texts_give_no_ids() -> None:
    assert TOKENIZER.encode_batch([]).ids == []
    assert TOKENIZER.encode_batch([], []).ids == []


def test_a_tokenizer_that_frames_nothing_is_refused() -> None:
    fast = FastTokenizer.from_str(TOKENIZER.fast.to_str())
    fast.post_processor = None
    with pytest.raises(UserError, match="adds no special tokens"):
        Tokenizer(fast, TOKENIZER.special_names)


def test_words_are_remembered_up_to_a_bound_and_the_answer_stays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.text.memo._MOST_WORDS", 5)
    memo = WordMemo(TOKENIZER.fast)
    texts = [f"oat {number} milk{number} {'y' * 90}" for number in range(30)]
    for start in range(0, len(texts), 3):
        part = texts[start : start + 3]
        expected = [encoding.ids for encoding in TOKENIZER.fast.encode_batch(part, add_special_tokens=False)]
        assert memo(part) == expected
        assert memo(part) == expected
        assert len(memo._ids) <= 5


def test_words_are_not_remembered_where_a_space_belongs_to_a_token() -> None:
    assert WordMemo.suits(TOKENIZER.fast)
    assert not WordMemo.suits(byte_level().fast)
    with_space = FastTokenizer.from_str(TOKENIZER.fast.to_str())
    with_space.add_tokens(["oat milk"])
    assert not WordMemo.suits(with_space)


def test_vocabulary_files_and_tokenizer_json_give_the_same_ids(tmp_path: Path) -> None:
    TINY.save(tmp_path / "vocab.txt")
    from_vocabulary = Tokenizer.load(tmp_path)
    (tmp_path / "saved").mkdir()
    from_vocabulary.save(tmp_path / "saved")
    again = Tokenizer.load(tmp_path / "saved")
    assert (tmp_path / "saved" / "tokenizer.json").is_file()
    assert from_vocabulary.encode_batch(TEXTS) == again.encode_batch(TEXTS) == TOKENIZER.encode_batch(TEXTS)
    assert from_vocabulary.special == again.special


def test_ids_are_those_of_the_vocabulary() -> None:
    tokenizer = Tokenizer.of_vocabulary(Vocabulary(("[MASK]", "[SEP]", "[CLS]", "[UNK]", "[PAD]", "oat")))
    assert tokenizer.encode_batch(["oat milk"]).ids == [[2, 5, 3, 1]]
