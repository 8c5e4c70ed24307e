"""A query as it is read: cut where it is too long, and taken into words."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.search.request import MOST_QUERY_CHARACTERS, MOST_QUERY_WORDS
from aisle.text.words import words


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadQuery:
    """What is looked for."""

    text: str
    """The query without white space around it, cut to its first 1,000 characters."""
    words: tuple[str, ...]
    """Its canonical words, the first 64."""
    notes: tuple[str, ...]
    """What was left out."""

    @property
    def empty(self) -> bool:
        """Whether nothing was asked for. Emoji alone are something: they have no words but may have a meaning."""
        return not self.text


def read_query(query: str) -> ReadQuery:
    """Read a query. Nothing in it is syntax: quotes, brackets and operators are signs between words."""
    notes: list[str] = []
    text = query.strip()
    if len(text) > MOST_QUERY_CHARACTERS:
        notes.append(f"the query has {len(text)} characters; only the first {MOST_QUERY_CHARACTERS} were searched for")
        text = text[:MOST_QUERY_CHARACTERS]
    found = words(text)
    if len(found) > MOST_QUERY_WORDS:
        notes.append(f"the query has {len(found)} words; only the first {MOST_QUERY_WORDS} were looked up")
    return ReadQuery(text=text, words=tuple(found[:MOST_QUERY_WORDS]), notes=tuple(notes))
