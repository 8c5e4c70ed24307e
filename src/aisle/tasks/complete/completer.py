"""The completer: what has been typed in, the rest of the sentence out, or nothing. Free of torch."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aisle.errors import UserError
from aisle.model.generation.beam import beam_search
from aisle.model.generation.next_tokens import Continuation
from aisle.model.generation.settings import Beam, Limits
from aisle.runtime.decoder import NumpyDecoder
from aisle.tasks.complete.language_model import LanguageModel
from aisle.tasks.complete.letters import Spellings, log_probability_of_letters, with_letters
from aisle.tasks.complete.marks import SPECIAL, SUBJECT, TEXT
from aisle.tasks.complete.mixture import load_model
from aisle.tasks.complete.phrases import RarePhrases
from aisle.tasks.complete.privacy import hidden
from aisle.tasks.complete.safeguards import Safeguards
from aisle.tasks.complete.settings import CompletionSettings
from aisle.tasks.complete.thresholds import Thresholds
from aisle.tasks.complete.vocabulary import CompleterVocabulary

_LONGEST_FRAGMENT = 40  # bytes; a longer "word" is taken as it is
_SUBJECT_TOKENS, _PREVIOUS_TOKENS = 16, 40
_STRIDE = 16
_SENTENCE_ENDS = (b".", b"!", b"?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """What may be shown behind the cursor."""

    completion: str
    """The text to put behind what was typed, as it is; empty if there is none."""
    probability: float
    """The geometric mean of its tokens' probabilities, given what was typed: the confidence."""
    shown: bool
    """Whether the confidence reaches the threshold."""
    threshold: float
    """The confidence that is needed."""
    held_back: str
    """Why a longer or likelier text is not given: `rare`, `blocked` or `pronoun` (docs/completion.md); else empty."""
    left_out: int
    """Tokens of subject, previous message and text that lie too far back to be looked at."""
    milliseconds: float
    """Time it took."""


@dataclass(frozen=True, slots=True)
class Option:
    """One text that could be shown."""

    text: str
    """To put behind what was typed."""
    log_probability: float
    """Mean over its tokens, in nats, given what was typed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the model would write, before anybody asks how sure it must be."""

    beginnings: tuple[tuple[Option, ...], ...]
    """The likeliest continuations, best first, each up to the end of each of its words, as far as it may be shown."""
    held_back: str
    """As in `Completion`."""
    left_out: int
    """As in `Completion`."""

    def best(self, threshold: float) -> Option | None:
        """The longest beginning that is sure enough, of the likeliest continuation that has one; else the surest.

        None where there is nothing at all.
        """
        floor = _floor(threshold)
        for beginnings in self.beginnings:
            sure = [one for one in beginnings if one.log_probability >= floor]
            if sure:
                return sure[-1]
        return max(
            (one for beginnings in self.beginnings for one in beginnings),
            key=lambda one: one.log_probability,
            default=None,
        )


class Completer:
    """Completes sentences with a language model, and keeps quiet where it is not sure or may not speak.

    Safe to use from many threads. Source: Chen et al. 2019 (arXiv 1906.00080), "Gmail Smart Compose".
    """

    def __init__(
        self,
        model: LanguageModel,
        vocabulary: CompleterVocabulary,
        rare: RarePhrases,
        thresholds: Thresholds,
        settings: CompletionSettings | None = None,
    ) -> None:
        self.model, self.vocabulary = model, vocabulary
        self.settings = settings or CompletionSettings()
        self.threshold = thresholds.at(self.settings.coverage)
        self._safeguards = Safeguards(rare, self.settings)
        self._spellings = Spellings(vocabulary.spellings())
        self._marks = {mark: number for number, mark in enumerate(SPECIAL)}
        self._ends = frozenset(
            {*range(len(SPECIAL))}
            | {token for token, piece in enumerate(self._spellings.of) if piece.endswith(_SENTENCE_ENDS)}
        )

    @classmethod
    def load(cls, directory: str | Path, settings: CompletionSettings | None = None) -> Completer:
        """Read what `aisle train completer` wrote.

        Raises
            UserError: the directory holds no completer, or a part of it is missing or damaged.
        """
        folder = Path(directory).expanduser()
        if not folder.is_dir():
            raise UserError(f"there is no completer at {folder}; train one with: aisle train completer --corpus FILE")
        vocabulary = CompleterVocabulary.load(folder)
        decoder = NumpyDecoder.load(folder)
        if decoder.config.vocab_size != len(vocabulary):
            raise UserError(
                f"{folder}: the model has {decoder.config.vocab_size} tokens and its vocabulary {len(vocabulary)}; "
                "they do not belong together, so train the completer again"
            )
        rare, thresholds = RarePhrases.load(folder), Thresholds.load(folder)
        return cls(load_model(decoder, folder), vocabulary, rare, thresholds, settings)

    def complete(self, text: str, *, subject: str = "", previous: str = "") -> Completion:
        """Complete what has been typed; an empty text is not completed.

        `previous` is the message that is answered, or the paragraph before.

        Raises
            UserError: a text holds half of a character (a lone surrogate).
        """
        started = time.perf_counter()
        options = self.options(text, subject=subject, previous=previous, threshold=self.threshold)
        best = options.best(self.threshold)
        probability = 0.0 if best is None else math.exp(best.log_probability)
        return Completion(
            completion="" if best is None else best.text,
            probability=probability,
            shown=best is not None and probability >= self.threshold,
            threshold=self.threshold,
            held_back=options.held_back,
            left_out=options.left_out,
            milliseconds=1000 * (time.perf_counter() - started),
        )

    def options(self, text: str, *, subject: str = "", previous: str = "", threshold: float = 0.0) -> Options:
        """All that could be shown behind what has been typed; `complete` picks one of them.

        What cannot reach the threshold any more, however certain it goes on, is not written to its end.

        Raises
            UserError: a text holds half of a character (a lone surrogate).
        """
        for given in (text, subject, previous):
            _refuse_surrogates(given)
        if not text.strip():
            return Options(beginnings=(), held_back="", left_out=0)
        context, letters, left_out = self._context(text, subject, previous)
        held_back = ""
        allowed: list[tuple[Option, ...]] = []
        for beginnings in self._continuations(context, letters, threshold):
            kept: list[Option] = []
            for option in beginnings:
                # If a text may not be shown, nothing longer may.
                if reason := self._safeguards.refuses(text, option.text):
                    held_back = held_back or reason
                    break
                kept.append(option)
            allowed.append(tuple(kept))
        return Options(beginnings=tuple(allowed), held_back=held_back, left_out=left_out)

    def _context(self, text: str, subject: str, previous: str) -> tuple[list[int], bytes, int]:
        """The tokens before the word that is being typed, that word's bytes, and how many tokens were left out."""
        typed = " " + " ".join(text.split()) + (" " if text[-1].isspace() else "")
        head, fragment = typed[: typed.rindex(" ")], typed[typed.rindex(" ") :].encode()
        if len(fragment) > _LONGEST_FRAGMENT:
            head, fragment = typed, b""
        room = self.model.max_tokens - self.settings.max_tokens - _LONGEST_FRAGMENT // 2
        before: list[int] = []
        left_out = 0
        for mark, given, most in ((SUBJECT, subject, _SUBJECT_TOKENS), (TEXT, previous, _PREVIOUS_TOKENS)):
            ids = self.vocabulary.encode(" " + hidden(" ".join(given.split()))) if given.strip() else []
            if ids:
                before += [self._marks[mark], *ids[-most:]]
                left_out += max(len(ids) - most, 0)
        ids = self.vocabulary.encode(hidden(head)) if head.strip() else []
        # In strides, so that what is kept of the context stays of use while the text grows.
        room -= len(before) + 1
        surplus = max(len(ids) - room, 0)
        cut = min(-(-surplus // _STRIDE) * _STRIDE, len(ids))
        return [*before, self._marks[TEXT], *ids[cut:]], fragment, left_out + cut

    def _continuations(self, context: list[int], letters: bytes, threshold: float) -> list[list[Option]]:
        """What the model would write after a context, the letters first, as beginnings up to the end of each word."""
        known, last = context[:-1], context[-1]
        most = self.settings.max_tokens + max(len(letters) - 1, 0) // 2
        of_letters = log_probability_of_letters(self.model.after(known), last, letters, self._spellings)
        found = beam_search(
            self.model.after(known),
            np.array([last], np.int64),
            Beam(width=self.settings.beams, least=_floor(threshold) * most + of_letters),
            Limits(max_tokens=most, end_ids=self._ends),
            lambda tokens, options_V: with_letters(letters, self._spellings, tokens, options_V),
        )
        return [self._beginnings(continuation, letters, of_letters) for continuation in found]

    def _beginnings(self, continuation: Continuation, letters: bytes, of_letters: float) -> list[Option]:
        """The continuation up to the end of each of its words, without the letters that were typed."""
        tokens = list(continuation.tokens)
        if continuation.end_id is not None and continuation.end_id >= len(SPECIAL):
            tokens.append(continuation.end_id)
        found: list[Option] = []
        total = -of_letters
        spelt = b""
        for place, token in enumerate(tokens):
            total += continuation.log_probabilities[place]
            spelt += self._spellings.of[token]
            following = self._spellings.of[tokens[place + 1]] if place + 1 < len(tokens) else None
            if following is None:
                # The last word is whole only if something ended it.
                ends_word = continuation.ending == "end"
            else:
                ends_word = not _is_word_byte(following[0]) or not _is_word_byte(spelt[-1])
            rest = spelt[len(letters) :]
            if ends_word and len(rest.strip()) >= self.settings.min_characters:
                try:
                    # Ways of spelling that were left out can make the letters seem less probable than they are.
                    found.append(Option(rest.decode(), min(total, 0.0) / (place + 1)))
                except UnicodeDecodeError:
                    continue  # the middle of a character
        return found


def _floor(threshold: float) -> float:
    """The mean log-probability for a confidence."""
    return math.log(threshold) if threshold > 0 else -math.inf


def _is_word_byte(byte: int) -> bool:
    """Whether a byte belongs to a word: letters, digits, apostrophes, and every byte beyond ASCII."""
    return byte >= 128 or chr(byte).isalnum() or chr(byte) in "'-"


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UserError(
            f"the text holds half of a character at position {error.start}; read its source as UTF-8"
        ) from error
