"""The fast tokenizer: texts in, ids out, with every cut counted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import tokenizers
from tokenizers import models, normalizers

from aisle.errors import UserError
from aisle.text.memo import WordMemo
from aisle.text.normalization import Normalization
from aisle.text.tokenizer_files import TOKENIZER_FILES, read_fast_tokenizer, special_names, wordpiece_tokenizer
from aisle.text.truncation import pair_lengths
from aisle.text.vocabulary import Vocabulary
from aisle.text.wordpiece import WordPiece


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecialTokens:
    """The ids of the tokens that stand for no text."""

    cls: int
    """Begins every input (`[CLS]`, `<s>`)."""
    sep: int
    """Ends every text (`[SEP]`, `</s>`)."""
    pad: int
    """Fills up shorter rows of a batch."""
    unk: int
    """Stands for what the vocabulary cannot spell."""
    mask: int | None
    """Stands for a hidden token in pre-training; None where the vocabulary has none."""


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """The ids of a batch of texts or pairs, special tokens included."""

    ids: list[list[int]]
    """One list a text."""
    segments: list[list[int]] | None
    """0 or 1 for each token of a pair (first or second text); None for single texts, which are all 0."""
    cut: list[int]
    """How many tokens of each text did not fit; 0 where the text is whole."""

    @property
    def truncated_texts(self) -> int:
        """How many texts were cut."""
        return sum(count > 0 for count in self.cut)

    @property
    def truncated_tokens(self) -> int:
        """How many tokens were cut from all texts together."""
        return sum(self.cut)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The special tokens around the ids of one text (`prefix A suffix`) or two (`prefix A middle B suffix`)."""

    prefix: list[int]
    suffix: list[int]
    pair_prefix: list[int]
    pair_middle: list[int]
    pair_suffix: list[int]
    second_segment: int  # 1 for BERT; RoBERTa has one segment only


class Tokenizer:
    """A checkpoint's tokenizer. Reads WordPiece (BERT, DistilBERT), byte-level BPE (RoBERTa) and Unigram (XLM-R).

    Example: `Tokenizer.load(directory).encode_batch(["oat milk"]).ids == [[101, 15524, 6501, 102]]`.
    """

    def __init__(self, fast: tokenizers.Tokenizer, names: dict[str, str], *, directory: Path | None = None) -> None:
        """Wrap a `tokenizers.Tokenizer`; `names` maps `cls`, `sep`, `pad`, `unk` (and `mask`) to its tokens."""
        self.fast = fast
        self.special_names = names
        vocabulary = fast.get_vocab(with_added_tokens=True)
        ids = {role: vocabulary[name] for role, name in names.items()}
        self.special = SpecialTokens(
            cls=ids["cls"], sep=ids["sep"], pad=ids["pad"], unk=ids["unk"], mask=ids.get("mask")
        )
        self._vocab_size = max(vocabulary.values()) + 1
        self._directory = directory
        self._frame = _find_frame(fast)
        self._pieces: Callable[[Sequence[str]], list[list[int]]] = (
            WordMemo(fast) if WordMemo.suits(fast) else self._pieces_of_whole_texts
        )

    @classmethod
    def load(cls, directory: str | Path) -> Tokenizer:
        """Read `tokenizer.json` or `vocab.txt` (with `tokenizer_config.json`) from a checkpoint directory.

        Raises
            UserError: a file is missing or cannot be read.
        """
        folder = Path(directory)
        fast = read_fast_tokenizer(folder)
        return cls(fast, special_names(folder, fast.get_vocab()), directory=folder)

    @classmethod
    def of_vocabulary(cls, vocabulary: Vocabulary, *, lower_case: bool = True) -> Tokenizer:
        """BERT's tokenizer over a WordPiece vocabulary that has `[PAD] [UNK] [CLS] [SEP]` (and `[MASK]`)."""
        names = special_names(Path(), vocabulary.ids)
        return cls(wordpiece_tokenizer(vocabulary, names, lower_case=lower_case), names)

    @property
    def vocab_size(self) -> int:
        """The highest id + 1, special tokens included: the rows that a token table needs."""
        return self._vocab_size

    @property
    def lower_case(self) -> bool:
        """Whether texts are lower-cased (an uncased checkpoint)."""
        normalizer = self.fast.normalizer
        return bool(isinstance(normalizer, normalizers.BertNormalizer) and normalizer.lowercase)

    @property
    def overhead(self) -> int:
        """How many special tokens a single text gets."""
        return len(self._frame.prefix) + len(self._frame.suffix)

    def encode_batch(
        self, texts: Sequence[str], pairs: Sequence[str] | None = None, *, max_tokens: int | None = None
    ) -> TokenBatch:
        """The ids of each text, or of each (text, pair), with special tokens.

        At most `max_tokens` ids a row, special tokens included; `cut` says how many did not fit. Without a limit
        nothing is cut. Of a pair the longer text gives way first.

        Raises
            UserError: a text is no string or holds a lone surrogate, the numbers of texts and pairs differ, or the
                limit leaves no room for text.
        """
        check_texts(texts)
        if pairs is None:
            return self._encode_texts(texts, max_tokens)
        check_texts(pairs, what="pair text")
        if len(texts) != len(pairs):
            raise UserError(f"{len(texts)} texts and {len(pairs)} pair texts were given; give one pair text a text")
        return self._encode_pairs(texts, pairs, max_tokens)

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The ids of each text without special tokens, uncut."""
        check_texts(texts)
        return self._pieces(texts)

    def knows(self, word: str) -> bool:
        """Whether the vocabulary has the word whole, and need not take it to pieces."""
        pieces = self.pieces([word])[0]
        return len(pieces) == 1 and pieces[0] != self.special.unk

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The pieces of ids, as written in the vocabulary."""
        return [self.fast.id_to_token(token) or f"[no token {token}]" for token in ids]

    def normalize(self, text: str) -> str:
        """The text as the vocabulary sees it: cleaned, and lower-cased for an uncased checkpoint."""
        check_texts([text])
        return self.fast.normalizer.normalize_str(text) if self.fast.normalizer else text

    def readable(self) -> WordPiece:
        """The same tokenizer as readable code that shows its steps.

        Raises
            UserError: the checkpoint's vocabulary is not WordPiece.
        """
        model, normalizer = self.fast.model, self.fast.normalizer
        if not isinstance(model, models.WordPiece) or not isinstance(normalizer, normalizers.BertNormalizer):
            raise UserError(
                f"the readable tokenizer covers WordPiece vocabularies, and this one is {type(model).__name__}; "
                "use a BERT or DistilBERT checkpoint to see each step"
            )
        strip = normalizer.strip_accents
        return WordPiece(
            vocabulary=Vocabulary.of(self.fast.get_vocab(with_added_tokens=True)),
            normalization=Normalization(
                clean=normalizer.clean_text,
                space_cjk=normalizer.handle_chinese_chars,
                strip_accents=normalizer.lowercase if strip is None else strip,
                lower_case=normalizer.lowercase,
            ),
            unknown=model.unk_token,
            continuation=model.continuing_subword_prefix,
            longest_word=model.max_input_chars_per_word,
            whole_tokens=tuple(token.content for token in self.fast.get_added_tokens_decoder().values()),
        )

    def save(self, directory: str | Path) -> None:
        """Write the tokenizer files: those it was read from, or `tokenizer.json` and `tokenizer_config.json`."""
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        if self._directory is not None:
            for name in TOKENIZER_FILES:
                source = self._directory / name
                if source.is_file() and source.resolve() != (folder / name).resolve():
                    shutil.copyfile(source, folder / name)
        if not (folder / "tokenizer.json").exists():
            self.fast.save(str(folder / "tokenizer.json"))
        if not (folder / "tokenizer_config.json").exists():
            settings: dict[str, object] = {f"{role}_token": name for role, name in self.special_names.items()}
            if isinstance(self.fast.normalizer, normalizers.BertNormalizer):
                settings |= {"do_lower_case": self.lower_case, "tokenizer_class": "BertTokenizer"}
            else:
                settings["tokenizer_class"] = "PreTrainedTokenizerFast"
            (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n", "utf-8")

    def _pieces_of_whole_texts(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self.fast.encode_batch_fast(list(texts), add_special_tokens=False)
        return [encoding.ids for encoding in encodings]

    def _encode_texts(self, texts: Sequence[str], max_tokens: int | None) -> TokenBatch:
        frame = self._frame
        pieces = self._pieces(texts)
        room = _room(max_tokens, self.overhead, pieces)
        return TokenBatch(
            ids=[[*frame.prefix, *part[:room], *frame.suffix] for part in pieces],
            segments=None,
            cut=[max(len(part) - room, 0) for part in pieces],
        )

    def _encode_pairs(self, texts: Sequence[str], pairs: Sequence[str], max_tokens: int | None) -> TokenBatch:
        frame = self._frame
        batch = TokenBatch([], [], [])
        assert batch.segments is not None
        rows = list(zip(self._pieces(texts), self._pieces(pairs), strict=True))
        overhead = len(frame.pair_prefix) + len(frame.pair_middle) + len(frame.pair_suffix)
        room = _room(max_tokens, overhead, [[*first, *second] for first, second in rows])
        for first, second in rows:
            keep_first, keep_second = pair_lengths(len(first), len(second), room)
            head = [*frame.pair_prefix, *first[:keep_first], *frame.pair_middle]
            tail = [*second[:keep_second], *frame.pair_suffix]
            batch.ids.append(head + tail)
            batch.segments.append([0] * len(head) + [frame.second_segment] * len(tail))
            batch.cut.append(len(first) + len(second) - keep_first - keep_second)
        return batch


def check_texts(texts: Sequence[str], *, what: str = "text") -> None:
    """Refuse what cannot be tokenized, and say which text it is (counted from 1).

    Raises
        UserError: a single string in place of a list, an entry that is no string, or a lone surrogate.
    """
    if isinstance(texts, str):
        raise UserError(f"one string was given where a list of {what}s is needed; put it in a list: [{what}]")
    for place, text in enumerate(texts, start=1):
        if not isinstance(text, str):
            raise UserError(f"{what} {place} is a {type(text).__name__}; every {what} must be a string")
        if not text.isascii():
            try:
                text.encode("utf-8")
            except UnicodeEncodeError as error:
                raise UserError(
                    f"{what} {place} holds half of a character (the lone surrogate U+{ord(text[error.start]):04X} at "
                    f"position {error.start}), which no text can hold; read the source as UTF-8 or remove it"
                ) from error


def _room(max_tokens: int | None, overhead: int, pieces: list[list[int]]) -> int:
    if max_tokens is None:
        return max(map(len, pieces), default=0)
    if max_tokens <= overhead:
        raise UserError(
            f"a limit of {max_tokens} tokens leaves no room for text beside {overhead} special tokens; "
            f"allow at least {overhead + 1}"
        )
    return max_tokens - overhead


def _find_frame(fast: tokenizers.Tokenizer) -> _Frame:
    """Learn where this tokenizer puts its special tokens by looking at one text and one pair."""
    single, pair = fast.encode("a"), fast.encode("a", "a")
    if not any(single.special_tokens_mask):
        raise UserError(
            "the tokenizer adds no special tokens, and the encoder needs one at the start and one at the end; "
            "its tokenizer.json lacks a post-processor: save it again with transformers' fast tokenizer"
        )
    prefix, suffix = _outside(single.ids, single.special_tokens_mask)
    pair_prefix, pair_suffix = _outside(pair.ids, pair.special_tokens_mask)
    inner = slice(len(pair_prefix), len(pair.ids) - len(pair_suffix))
    marks = pair.special_tokens_mask[inner]
    middle = [token for token, is_special in zip(pair.ids[inner], marks, strict=True) if is_special]
    return _Frame(prefix, suffix, pair_prefix, middle, pair_suffix, second_segment=max(pair.type_ids))


def _outside(ids: list[int], special: list[int]) -> tuple[list[int], list[int]]:
    """The special tokens before the first and after the last token of text."""
    first = special.index(0)
    last = len(special) - 1 - special[::-1].index(0)
    return ids[:first], ids[last + 1 :]
