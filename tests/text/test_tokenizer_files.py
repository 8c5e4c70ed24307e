from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import normalizers

from aisle.errors import UserError
from aisle.text.tokenizer import Tokenizer
from aisle.text.vocabulary import Vocabulary

from .vocabularies import TINY


def checkpoint(directory: Path, *, json_file: bool, settings: dict[str, Any] | None = None) -> Path:
    directory.mkdir(exist_ok=True)
    if json_file:
        Tokenizer.of_vocabulary(TINY).fast.save(str(directory / "tokenizer.json"))
    else:
        TINY.save(directory / "vocab.txt")
    if settings is not None:
        (directory / "tokenizer_config.json").write_text(json.dumps(settings))
    return directory


@pytest.mark.parametrize("json_file", [True, False])
@pytest.mark.parametrize(
    ("settings", "normalized"),
    [
        (None, "cafe  中  oat"),
        ({"do_lower_case": True}, "cafe  中  oat"),
        ({"do_lower_case": False}, "Café  中  OAT"),
        ({"do_lower_case": True, "strip_accents": False}, "café  中  oat"),
        ({"do_lower_case": False, "strip_accents": True}, "Cafe  中  OAT"),
        ({"tokenize_chinese_chars": False}, "cafe 中 oat"),
        ({"do_lower_case": None, "strip_accents": None, "tokenize_chinese_chars": None}, "cafe  中  oat"),
    ],
)
def test_tokenizer_config_has_the_last_word_on_normalisation(
    tmp_path: Path, json_file: bool, settings: dict[str, Any] | None, normalized: str
) -> None:
    tokenizer = Tokenizer.load(checkpoint(tmp_path, json_file=json_file, settings=settings))
    assert tokenizer.normalize("Café 中 OAT") == normalized
    assert tokenizer.readable().normalization("Café 中 OAT") == normalized


def test_lower_casing_asked_for_by_sentence_transformers_leaves_accents(tmp_path: Path) -> None:
    checkpoint(tmp_path, json_file=True, settings={"do_lower_case": False})
    (tmp_path / "sentence_bert_config.json").write_text('{"do_lower_case": true}')
    assert Tokenizer.load(tmp_path).normalize("Café OAT") == "café oat"


def test_lower_casing_asked_for_by_sentence_transformers_works_without_a_bert_normaliser(tmp_path: Path) -> None:
    tokenizer = Tokenizer.of_vocabulary(TINY)
    tokenizer.fast.normalizer = normalizers.NFC()
    tokenizer.fast.save(str(tmp_path / "tokenizer.json"))
    assert Tokenizer.load(tmp_path).normalize("OAT") == "OAT"
    (tmp_path / "sentence_bert_config.json").write_text('{"do_lower_case": true}')
    assert Tokenizer.load(tmp_path).normalize("OAT e\u0301") == "oat é"


def test_padding_and_truncation_in_the_file_are_switched_off(tmp_path: Path) -> None:
    tokenizer = Tokenizer.of_vocabulary(TINY)
    tokenizer.fast.enable_padding(length=9)
    tokenizer.fast.enable_truncation(4)
    tokenizer.fast.save(str(tmp_path / "tokenizer.json"))
    batch = Tokenizer.load(tmp_path).encode_batch(["oat", "oat milk and cheese"])
    assert [len(ids) for ids in batch.ids] == [3, 6]
    assert batch.cut == [0, 0]


def test_special_tokens_go_by_the_names_that_the_files_give_them(tmp_path: Path) -> None:
    Vocabulary(("<pad>", "<unk>", "<cls>", "<sep>", "oat")).save(tmp_path / "vocab.txt")
    names = {"cls_token": {"content": "<cls>", "lstrip": False}, "sep_token": "<sep>"}
    (tmp_path / "special_tokens_map.json").write_text(json.dumps(names))
    tokenizer = Tokenizer.load(tmp_path)
    assert tokenizer.encode_batch(["oat milk"]).ids == [[2, 4, 1, 3]]
    assert tokenizer.special.mask is None


def test_a_vocabulary_without_its_special_tokens_is_refused(tmp_path: Path) -> None:
    Vocabulary(("[PAD]", "[UNK]", "oat")).save(tmp_path / "vocab.txt")
    with pytest.raises(UserError, match=r"no \[CLS\] or <s> \(cls_token\)"):
        Tokenizer.load(tmp_path)


def test_missing_and_damaged_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no tokenizer: tokenizer\.json or vocab\.txt is needed"):
        Tokenizer.load(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(UserError, match=r"tokenizer\.json cannot be read as a tokenizer"):
        Tokenizer.load(tmp_path)
    checkpoint(tmp_path, json_file=True)
    (tmp_path / "tokenizer_config.json").write_text("{")
    with pytest.raises(UserError, match=r"tokenizer_config\.json is not valid JSON"):
        Tokenizer.load(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text("[]")
    with pytest.raises(UserError, match="a JSON list where an object is needed"):
        Tokenizer.load(tmp_path)


def test_saving_copies_the_files_it_was_read_from(tmp_path: Path) -> None:
    source = checkpoint(tmp_path / "source", json_file=False, settings={"do_lower_case": False, "extra": 1})
    target = tmp_path / "target"
    target.mkdir()
    Tokenizer.load(source).save(target)
    Tokenizer.load(source).save(source)  # onto itself: nothing is lost
    for folder in (source, target):
        assert (folder / "vocab.txt").read_bytes() == (source / "vocab.txt").read_bytes()
        assert json.loads((folder / "tokenizer_config.json").read_text()) == {"do_lower_case": False, "extra": 1}
        assert Tokenizer.load(folder).normalize("Oat") == "Oat"
