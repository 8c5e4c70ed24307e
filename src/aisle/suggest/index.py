"""The suggestions of one version: typed text in, ranked completions out. No encoder, no lock, no copy of the files."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from pathlib import Path
from typing import Any

import numpy as np

from aisle.errors import UserError
from aisle.suggest.candidates import SOURCES
from aisle.suggest.chosen import SHORT, Chosen, Pick
from aisle.suggest.completions import Completions
from aisle.suggest.explain import MADE_UP, explanation
from aisle.suggest.goods import PRODUCT_WEIGHT
from aisle.suggest.layout import TOPS, read_contents
from aisle.suggest.lists import Lists
from aisle.suggest.mapped import Mapped
from aisle.suggest.matching import highlight, locate, typed_key
from aisle.suggest.model import RankModel
from aisle.suggest.ranker import Before, Ranker
from aisle.suggest.respelling import corrected, joined, parted, settled
from aisle.suggest.scattered import scattered
from aisle.suggest.sections import Found, Section
from aisle.suggest.suggestion import Match, Suggestion
from aisle.suggest.words import Words

__all__ = ["SuggestIndex", "Suggestion"]

FEW = 3
"""With fewer suggestions than these for a beginning that words of the shop have, slips are looked for as well."""
GENERATED = 3
"""Most completions that are made up."""
_UNLIKELY = 9.5
"""Slips less likely than e to minus this are not forgiven."""


class SuggestIndex:
    """An opened index; safe to share between threads. Its memory is the mapped files, freed with the object."""

    def __init__(self, directory: Path, lists: Lists | None = None) -> None:
        contents = read_contents(directory)
        self._mapped = Mapped(directory, contents)
        self._num_candidates = contents.candidates
        self._every = Section(self._mapped, contents.every)
        self._anywhere = Section(self._mapped, contents.anywhere) if contents.anywhere else self._every
        self._stores = {place.store: Section(self._mapped, place) for place in contents.stores}
        self._categories = contents.categories
        self._ranker = Ranker(self._mapped, contents)
        self._words = Words(self._mapped)
        self._completions = Completions(self._mapped, self._words, contents.carriers)
        self._lists = lists or Lists()

    @classmethod
    def open(cls, directory: str | Path, *, lists: Lists | None = None) -> SuggestIndex:
        """Map the files that `build_suggestions` wrote; what `lists` never wants is hidden at once.

        Raises DamagedError where files are missing or cut short.
        """
        return cls(Path(directory), lists)

    def __len__(self) -> int:
        return self._num_candidates

    def use_lists(self, lists: Lists) -> None:
        """Hide from now on what these lists never want."""
        self._lists = lists

    @property
    def model(self) -> RankModel:
        """The ranking."""
        return self._ranker.model

    def suggest(
        self, prefix: str, *, store: str = "", k: int = 10, previous: str = "", explain: bool = False
    ) -> list[Suggestion]:
        """The `k` best completions of `prefix`, each need once.

        The exact one first, then what has the typed text at the start of a word, then the same letters with other
        spaces, then the same words in another order, then what products make of it, and then, where there is little
        else, what was meant if a slip is forgiven. Within each of these the best score first, then the alphabet.

        With a `store`, only what that store can serve, by its own popularity as far as it is known and by that of all
        stores beyond. A store that no candidate names is served what every store can serve. `previous` is what the
        session searched for before. Nothing typed gives the best texts; nothing but punctuation gives none.
        """
        if k < 1:
            raise UserError(f"k is {k}; it must be at least 1")
        typed = typed_key(prefix)
        if not typed and prefix.strip():
            return []
        before = self._ranker.before(previous) if previous else Before()
        sections = self._sections(store)
        chosen = self._chosen(typed, k)
        self._add_literal(chosen, sections, typed, before, "literal")
        if not chosen.full and typed:
            self._add_beyond(chosen, sections, typed, before, store)
        return [self._suggestion(pick, typed, before, explain, chosen) for pick in chosen.picks]

    def pool(self, prefix: str, *, store: str = "", count: int = TOPS) -> list[Found]:
        """The best candidates by what they are worth untyped, for training: what a trained order chooses from."""
        typed = typed_key(prefix)
        return self._merged([section.find(typed.encode(), count)[1] for section in self._sections(store)], count)

    def features(self, found: list[Found], prefix: str, previous: str) -> dict[str, Any]:
        """What of each candidate depends on what has been typed, for training."""
        return self._ranker.features(found, typed_key(prefix), self._ranker.before(previous) if previous else Before())

    def key(self, number: int) -> str:
        """The key of a candidate."""
        return self._mapped.key(number)

    def twins(self, number: int) -> list[int]:
        """The candidates that say the same as this one."""
        return list(self._mapped.twins(number))

    def number(self, key: str) -> int | None:
        """The candidate with this key."""
        return self._ranker.number(key)

    # Stages ------------------------------------------------------------------------------------------------------

    def _sections(self, store: str) -> list[Section]:
        if not store:
            return [self._every]
        return [self._anywhere, self._stores[store]] if store in self._stores else [self._anywhere]

    def _chosen(self, typed: str, k: int) -> Chosen:
        categories = self._mapped["categories"]
        hides: Callable[[int], bool] = lambda number: False  # noqa: E731 - nearly always there is nothing to hide
        if self._lists.never:
            hides = lambda number: self._lists.hides(self._mapped.key(number))  # noqa: E731
        return Chosen(
            most=k,
            spread=0 < len(typed.strip()) <= SHORT,
            twins=self._mapped.twins,
            category=lambda number: int(categories[number]),
            hidden=hides,
            key=self._mapped.key,
        )

    def _add_literal(self, chosen: Chosen, sections: list[Section], typed: str, before: Before, stage: str) -> None:
        """The exact candidate, then those with the typed text at the start of a word."""
        encoded, count = typed.encode(), TOPS
        found = [section.find(encoded, count) for section in sections]
        # A store scores its own candidates at least as high as all stores do: of two mentions the first is the store's.
        exact = max((whole for whole, _ in found if whole), default=None)
        if exact:
            chosen.add([Pick(exact[1], exact[0], stage, typed)])
        picks: Iterable[Pick] = self._ordered(found, typed, before, stage)
        # The same letters with a space less are as good: "apple sau" may become "applesauce".
        for way in joined(typed, self._words) if stage == "literal" else ():
            beside = [section.find(way.typed.encode(), count) for section in sections]
            respelt = self._ordered(beside, way.typed, before, "spaces")
            picks = merge(picks, respelt, key=lambda one: (-one.score, one.number))
        chosen.add(picks)
        if not chosen.full:
            chosen.fill()
        # Beyond those that the order looks at, the untyped worth decides.
        while not chosen.full and any(len(ranked) >= count for _, ranked in found):
            count *= 4
            found = [section.find(encoded, count) for section in sections]
            rest = self._merged([ranked for _, ranked in found], count)
            chosen.add(Pick(number, score, stage, typed) for score, number in rest)

    def _ordered(
        self, found: list[tuple[Found | None, list[Found]]], typed: str, before: Before, stage: str
    ) -> Iterator[Pick]:
        best = self._merged([ranked for _, ranked in found], TOPS)
        return (Pick(number, score, stage, typed) for score, number in self._ranker.order(best, typed, before))

    @staticmethod
    def _merged(ranked: list[list[Found]], count: int) -> list[Found]:
        if len(ranked) == 1:
            return ranked[0]
        # Sorting finds the runs that are in order already; of two mentions the first is the better one.
        once: dict[int, float] = {}
        for score, number in sorted(itertools.chain(*ranked), key=_best_first):
            if len(once) == count:
                break
            once.setdefault(number, score)
        return [(score, number) for number, score in once.items()]

    def _add_beyond(self, chosen: Chosen, sections: list[Section], typed: str, before: Before, store: str) -> None:
        """What does not have the typed text as it is."""
        for way in parted(typed, self._words):
            self._add_literal(chosen, sections, way.typed, before, "spaces")
        if len(chosen.picks) < FEW:
            chosen.add(self._scattered(sections, typed, 0.0))
        few = len(chosen.picks) < FEW
        if few:
            self._add_generated(chosen, typed, store)
        last = typed.rpartition(" ")[2]
        if chosen.full or settled(typed, self._words) or (not few and self._words.begins(last)):
            return
        self._add_corrected(chosen, sections, typed, store)

    def _scattered(self, sections: list[Section], typed: str, cost: float) -> Iterator[Pick]:
        found = self._merged([scattered(section, self._mapped, typed) for section in sections], TOPS)
        for score, number in found:
            yield Pick(number, score * math.exp(-cost), "order" if not cost else "slips in order", typed, cost)

    def _add_corrected(self, chosen: Chosen, sections: list[Section], typed: str, store: str) -> None:
        """What was meant, if slips are forgiven: first the best of each way to read what was typed, then the others."""
        rounds: list[list[Pick]] = []
        ways = [way for way in corrected(typed, self._words) if way.cost <= _UNLIKELY * len(typed.split())]
        for way in ways:
            found = [section.find(way.typed.encode(), TOPS) for section in sections]
            ranked = self._merged([found for _, found in found], TOPS)[: chosen.most + FEW]
            whole = [one for one, _ in found if one]
            likely = math.exp(-way.cost)
            picks = [Pick(number, score * likely, "slips", way.typed, way.cost) for score, number in [*whole, *ranked]]
            if not picks:
                picks = list(self._scattered(sections, way.typed, way.cost))
            if not picks:
                made = self._completions.complete(way.typed, store=store, most=1)
                picks = [
                    Pick(-1, PRODUCT_WEIGHT * products * likely, "slips", way.typed, way.cost, text, products)
                    for text, products in made
                    if not self._lists.blocks(text)
                ]
            if picks:
                # As with letters typed right, the text that is meant as a whole goes first.
                exact = {number for _, number in whole}
                rounds.append(sorted(picks, key=lambda one: (one.number not in exact, -one.score, one.number)))
        rounds.sort(key=lambda picks: (-picks[0].score, picks[0].number, picks[0].text))
        chosen.add(picks[0] for picks in rounds)
        chosen.add(sorted((pick for picks in rounds for pick in picks[1:]), key=lambda one: (-one.score, one.number)))

    def _add_generated(self, chosen: Chosen, typed: str, store: str) -> None:
        """What products make of the typed words. A single word is no query as long as there is anything else."""
        if chosen.picks and " " not in typed.strip():
            return
        keys = [self._mapped.key(number) for number in self._picked(chosen)]
        for text, products in self._completions.complete(typed, store=store, most=GENERATED):
            begun = any(f" {text} " in f" {key} " for key in keys)
            if not begun and not self._lists.blocks(text) and self._ranker.number(text) is None:
                score = PRODUCT_WEIGHT * products
                chosen.add([Pick(-1, score, "generated", typed, text=text, products=products)])

    @staticmethod
    def _picked(chosen: Chosen) -> Iterable[int]:
        return (pick.number for pick in chosen.picks if pick.number >= 0)

    # Answers -----------------------------------------------------------------------------------------------------

    def _suggestion(self, pick: Pick, typed: str, before: Before, explain: bool, chosen: Chosen) -> Suggestion:
        if pick.number < 0:
            at = max(locate(pick.text, pick.typed), 0)
            end = at + len(pick.typed.rstrip(" ")) if pick.text.startswith(pick.typed.rstrip(" "), at) else at
            why = None
            if explain:
                why = {"found": MADE_UP, "products": pick.products, "score": pick.score}
                why |= (
                    {"looked up": pick.typed.rstrip(" "), "slips": {"cost": round(pick.cost, 3)}} if pick.cost else {}
                )
            return Suggestion(pick.text, pick.score, "fuzzy" if pick.cost else "generated", at, end, why=why)
        text, key = self._mapped.text(pick.number), self._mapped.key(pick.number)
        at = locate(key, pick.typed)
        start = end = 0
        if at >= 0:
            start, end = highlight(text, key, at, at + len(pick.typed.rstrip(" ")))
        elif last := pick.typed.split()[-1:]:
            # In another order, the word being typed is marked.
            at = max(locate(key, last[0]), 0)
            start, end = highlight(text, key, at, min(at + len(last[0]), len(key)))
        match: Match = "word" if at or pick.stage == "order" else "prefix"
        if pick.stage.startswith("slips"):
            match = "fuzzy"
        elif SOURCES[self._mapped["sources"][pick.number]] == "generated":
            match = "generated"
        why = None
        if explain:
            why = explanation(self._mapped, self._ranker, pick, typed, before, chosen)
        category = self._categories[self._mapped["categories"][pick.number]]
        return Suggestion(text, pick.score, match, start, end, category, self._mapped.image(pick.number), why)


def _best_first(found: Found) -> tuple[float, int]:
    return -found[0], found[1]


def memory(index: SuggestIndex) -> int:
    """Bytes of the mapped files."""
    return sum(np.asarray(values).nbytes for values in index._mapped.values())
