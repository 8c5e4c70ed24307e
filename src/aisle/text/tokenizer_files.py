"""Read the tokenizer files of a checkpoint directory into a Hugging Face `tokenizers.Tokenizer`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tokenizers
from tokenizers import AddedToken, models, normalizers, pre_tokenizers, processors

from aisle.errors import UserError
from aisle.json_text import from_json
from aisle.text.vocabulary import Vocabulary

# What a checkpoint directory may hold; saving a model copies those that are there.
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "sentencepiece.bpe.model",
)

# The roles of special tokens, their keys in tokenizer_config.json and the names they usually have.
_ROLES = {
    "cls": ("cls_token", "[CLS]", "<s>"),
    "sep": ("sep_token", "[SEP]", "</s>"),
    "pad": ("pad_token", "[PAD]", "<pad>"),
    "unk": ("unk_token", "[UNK]", "<unk>"),
    "mask": ("mask_token", "[MASK]", "<mask>"),
}


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; an empty one if there is no such file."""
    if not path.is_file():
        return {}
    try:
        value = from_json(path.read_text("utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is not valid JSON ({error}); download or save the checkpoint again") from error
    if not isinstance(value, dict):
        raise UserError(f"{path} holds a JSON {type(value).__name__} where an object is needed")
    return value


def read_fast_tokenizer(directory: Path) -> tokenizers.Tokenizer:
    """The tokenizer of a checkpoint, without the padding and truncation that its file may have switched on.

    `tokenizer.json` is read if present, else `vocab.txt`. Where `tokenizer_config.json` sets `do_lower_case`,
    `strip_accents` or `tokenize_chinese_chars` for a BERT tokenizer, it has the last word, as in `transformers`.

    Raises
        UserError: neither file is there, or one cannot be read.
    """
    settings = read_json(directory / "tokenizer_config.json")
    if (directory / "tokenizer.json").is_file():
        fast = _from_tokenizer_json(directory / "tokenizer.json")
    elif (directory / "vocab.txt").is_file():
        vocabulary = Vocabulary.load(directory / "vocab.txt")
        fast = wordpiece_tokenizer(vocabulary, special_names(directory, vocabulary.ids))
    else:
        raise UserError(
            f"{directory} has no tokenizer: tokenizer.json or vocab.txt is needed; "
            "save the checkpoint's tokenizer there with transformers' save_pretrained"
        )
    _apply_bert_settings(fast, settings, read_json(directory / "sentence_bert_config.json"))
    fast.no_padding()
    fast.no_truncation()
    return fast


def wordpiece_tokenizer(
    vocabulary: Vocabulary, names: dict[str, str], *, lower_case: bool = True
) -> tokenizers.Tokenizer:
    """BERT's tokenizer over a vocabulary: cleaning, words, greedy pieces, `[CLS] A [SEP] B [SEP]`."""
    cls, sep = names["cls"], names["sep"]
    fast = tokenizers.Tokenizer(models.WordPiece(vocabulary.ids, unk_token=names["unk"], max_input_chars_per_word=100))
    fast.normalizer = normalizers.BertNormalizer(lowercase=lower_case)
    fast.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast.post_processor = processors.TemplateProcessing(
        single=f"{cls}:0 $A:0 {sep}:0",
        pair=f"{cls}:0 $A:0 {sep}:0 $B:1 {sep}:1",
        special_tokens=[(cls, vocabulary.ids[cls]), (sep, vocabulary.ids[sep])],
    )
    fast.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in names.values()])
    return fast


def special_names(directory: Path, ids: dict[str, int]) -> dict[str, str]:
    """The special tokens by role (`cls`, `sep`, `pad`, `unk`, and `mask` if there is one), each present in `ids`.

    Raises
        UserError: a role other than `mask` has no token in the vocabulary.
    """
    settings = read_json(directory / "special_tokens_map.json") | read_json(directory / "tokenizer_config.json")
    names: dict[str, str] = {}
    for role, (key, *usual) in _ROLES.items():
        given = settings.get(key)
        wanted = [given["content"] if isinstance(given, dict) else given] if given else usual
        found = [name for name in wanted if name in ids]
        if found:
            names[role] = found[0]
        elif role != "mask":
            raise UserError(
                f"the vocabulary in {directory} has no {' or '.join(wanted)} ({key}); "
                "the tokenizer files and the vocabulary do not belong together"
            )
    return names


def _from_tokenizer_json(path: Path) -> tokenizers.Tokenizer:
    try:
        return tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise UserError(f"{path} cannot be read as a tokenizer ({error}); save the tokenizer again") from error


def _apply_bert_settings(
    fast: tokenizers.Tokenizer, settings: dict[str, Any], sentence_settings: dict[str, Any]
) -> None:
    normalizer = fast.normalizer
    if not isinstance(normalizer, normalizers.BertNormalizer):
        if sentence_settings.get("do_lower_case"):
            fast.normalizer = normalizers.Sequence([normalizers.Lowercase(), *([normalizer] if normalizer else [])])
        return
    lower_case = settings.get("do_lower_case")
    if lower_case is None:
        lower_case = normalizer.lowercase
    strip = settings.get("strip_accents", normalizer.strip_accents)
    cjk = settings.get("tokenize_chinese_chars")
    if sentence_settings.get("do_lower_case") and not lower_case:
        # sentence-transformers lower-cases before the checkpoint's own steps, which go on treating accents as they do.
        lower_case, strip = True, bool(strip)
    fast.normalizer = normalizers.BertNormalizer(
        clean_text=normalizer.clean_text,
        handle_chinese_chars=normalizer.handle_chinese_chars if cjk is None else cjk,
        strip_accents=strip,
        lowercase=lower_case,
    )
