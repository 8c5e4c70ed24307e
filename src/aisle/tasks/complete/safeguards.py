"""What a completion may not contain, whatever the model says. See docs/completion.md."""

from __future__ import annotations

from aisle.tasks.complete.occupations import guesses_at
from aisle.tasks.complete.phrases import RarePhrases, words_of
from aisle.tasks.complete.settings import CompletionSettings
from aisle.tasks.complete.word_lists import word_list


class Safeguards:
    """The rules of one completer under some settings."""

    def __init__(self, rare: RarePhrases, settings: CompletionSettings) -> None:
        self._rare = rare if settings.hold_back else None
        self._neutral = settings.neutral_pronouns
        self._blocked = word_list("blocklist") | {word for text in settings.blocked for word in words_of(text)}

    def refuses(self, before: str, written: str) -> str:
        """Why `written` may not be shown behind `before`; empty if it may.

        `rare`: it completes a phrase that few documents had; `blocked`: it has a word of the blocklist; `pronoun`: it
        guesses whether a person is a he or a she. If a text may be shown, so may any beginning of it.
        """
        typed, words = words_of(before), words_of(before + written)
        first = len(typed)
        # A word that was half typed is finished by what is written.
        if typed and words[first - 1] != typed[-1]:
            first -= 1
        if not self._blocked.isdisjoint(words[first:]):
            return "blocked"
        if self._neutral and guesses_at(words, first):
            return "pronoun"
        if self._rare is not None and self._rare.within(words, first):
            return "rare"
        return ""
