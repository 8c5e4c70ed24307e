"""From the products and the log of a shop to the texts it may suggest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aisle.shop.ledger import QueryCount
from aisle.shop.product import Product
from aisle.suggest.candidates import Candidate, merged
from aisle.suggest.compose import compose, posterior
from aisle.suggest.evidence import Evidence
from aisle.suggest.half_typed import Usage, half_typed
from aisle.suggest.lists import Lists
from aisle.suggest.matching import fold
from aisle.suggest.misspelt import Corrections
from aisle.suggest.phrases import catalogue_phrases
from aisle.suggest.settings import MiningSettings
from aisle.suggest.support import Support
from aisle.suggest.vocabulary import StoreSets, Vocabulary
from aisle.text.words import normalize

_OFFERED = 0.3
"""What a phrase that only the catalogue knows is worth beside a session, in a shop that has a log."""
_PRIOR_SEARCHES = 10.0
"""Searches at which a query's own cart-adds count as much as those of all queries; likewise a store's."""

Complete = Callable[[Sequence[str]], Iterable[str]]
"""What a language model makes of the beginnings it is given: whole queries."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mined:
    """The candidates, and what was not made one."""

    candidates: list[Candidate]
    """In the order of their keys."""

    dropped: dict[str, int]
    """Reason to number of queries and phrases: "few sessions", "too short", "too long", "unknown word", "misspelt",
    "no store", "out of stock", "half typed", "blocked", "no results"."""


def mine_candidates(
    products: Iterable[Product], counts: Iterable[QueryCount], *, settings: MiningSettings | None = None
) -> list[Candidate]:
    """The texts a shop may suggest; see `mine`."""
    return mine(products, counts, settings=settings).candidates


def mine(
    products: Iterable[Product],
    counts: Iterable[QueryCount],
    *,
    settings: MiningSettings | None = None,
    evidence: Evidence | None = None,
    lists: Lists | None = None,
    complete: Complete | None = None,
) -> Mined:
    """Candidates from queries that enough sessions used, and from the catalogue.

    A phrase that only the catalogue knows is worth less than any query that people searched for, the more the more
    products it names. Each candidate carries the stores that sell it now. `evidence` weighs the log by time and says
    what was bought; `lists` are the operator's; `complete` offers what nobody has searched for.
    """
    products = list(products)
    mine = _Mine(
        settings=settings or MiningSettings(),
        evidence=evidence or Evidence(),
        lists=lists or Lists(),
        products=products,
        support=Support(products),
    )
    searched = mine.searched(counts)
    offered = mine.offered()
    candidates = [*searched, *offered, *mine.composed([*searched, *offered]), *mine.wanted()]
    if complete is not None:
        known = {fold(candidate.text) for candidate in candidates}
        candidates += mine.generated(complete([candidate.text for candidate in searched]), known)
    return Mined(candidates=list(merged(candidates).values()), dropped=dict(mine.dropped))


@dataclass(kw_only=True, slots=True)
class _Mine:
    settings: MiningSettings
    evidence: Evidence
    lists: Lists
    products: Sequence[Product]
    support: Support
    dropped: Counter[str] = field(default_factory=Counter)
    vocabulary: Vocabulary = field(init=False)
    store_sets: StoreSets = field(init=False)

    def __post_init__(self) -> None:
        self.store_sets = StoreSets(self.products)
        self.vocabulary = Vocabulary(self.products, self.store_sets)

    def searched(self, counts: Iterable[QueryCount]) -> list[Candidate]:
        together, by_store = _by_key(counts)
        usage = {key: _added(spellings) for key, spellings in together.items()}
        unfinished = half_typed(usage, self.settings)
        carts = _CartRates(usage)
        corrections = Corrections(self.vocabulary.counts(), usage)
        credit: Counter[str] = Counter()
        kept: list[tuple[str, str, tuple[str, ...], frozenset[int]]] = []
        for key, spellings in together.items():
            top = max(spellings, key=lambda count: (count.sessions, count.query))
            reason = self._unusable(key, top, unfinished)
            if not reason and self.vocabulary.stores(key) is None:
                # Words that no product carries: a slip of the fingers, or what people call it.
                meant = corrections.meant(key)
                if meant:
                    credit[meant] += usage[key].sessions
                    reason = "misspelt"
                elif not self._converts(usage[key], carts):
                    reason = "unknown word"
            if not reason:
                rows, stores, reason = self._served(key)
            if reason:
                self.dropped[reason] += 1
            else:
                kept.append((key, normalize(top.query), stores, rows))
        return [
            self._searched(key, text, stores, rows, usage[key], by_store[key], carts, credit[key])
            for key, text, stores, rows in kept
        ]

    def _unusable(self, key: str, top: QueryCount, unfinished: set[str]) -> str:
        if top.sessions < self.settings.min_sessions:
            # Sessions of several spellings may be the same ones, so they are not added up to reach the limit.
            return "few sessions"
        if reason := self._bad_length(key):
            return reason
        if self.lists.blocks(key):
            return "blocked"
        hurried = top.sessions - self.evidence.passed_over.get(key, 0) < self.settings.min_sessions
        return "half typed" if key in unfinished or hurried else ""

    def _converts(self, used: Usage, carts: _CartRates) -> bool:
        enough = used.sessions >= self.settings.min_sessions and used.carts >= self.settings.min_sessions
        return enough and used.cart_rate() >= self.settings.converting * carts.overall

    def _served(self, key: str) -> tuple[frozenset[int], tuple[str, ...], str]:
        """The products in stock behind a text, the stores that sell them, or why there are none."""
        rows = self.support.rows(key)
        if not rows:
            rows = self.support.carted_rows(self.evidence.carted.get(key, {}))
        if rows:
            return rows, self.support.stores(rows) or (), ""
        # No product has all words: the search shows what has some of them.
        stores = self.vocabulary.stores(key)
        if stores is None:
            return rows, (), "out of stock"
        if not stores and self.store_sets.stores:
            return rows, (), "no store"
        if all(not self.support.rows(word) for word in key.split()):
            return rows, (), "out of stock"
        return rows, self.store_sets.names(stores), ""

    def _searched(
        self,
        key: str,
        text: str,
        stores: tuple[str, ...],
        rows: frozenset[int],
        used: Usage,
        by_store: Mapping[str, Sequence[QueryCount]],
        carts: _CartRates,
        credit: int,
    ) -> Candidate:
        shown = self.support.shown(rows, self.evidence.carted.get(key, {}))
        weighed = self.evidence.by_store.get(key, {})
        at_stores = {store: _added(spellings) for store, spellings in sorted(by_store.items())}
        known = {store: there for store, there in at_stores.items() if not stores or store in stores}
        return Candidate(
            text=text,
            popularity=self.evidence.popularity.get(key, float(used.sessions)) + credit,
            stores=stores,
            source="events",
            store_popularity=tuple(
                (store, weighed.get(store, float(there.sessions))) for store, there in known.items()
            ),
            category=shown.category,
            image=shown.image,
            cart_rate=carts.of(used),
            store_cart_rates=tuple((store, carts.at_store(used, there)) for store, there in known.items())
            if self.evidence.popularity
            else (),
        )

    def offered(self) -> list[Candidate]:
        """What the catalogue suggests by itself."""
        found = []
        for key, phrase in catalogue_phrases(self.products, self.store_sets, self.settings).items():
            rows = self.support.rows(key)
            reason = self._bad_length(key) or ("blocked" if self.lists.blocks(key) else "")
            if reason or not rows:
                self.dropped[reason or "out of stock"] += 1
                continue
            share = phrase.products / (phrase.products + self.settings.min_products)
            worth = self.settings.min_sessions * share
            if self.evidence.popularity:
                worth = posterior(_OFFERED * share, self.evidence.popularity.get(key, 0.0))
            shown = self.support.shown(rows, {})
            found.append(
                Candidate(
                    text=phrase.text,
                    popularity=worth,
                    stores=self.support.stores(rows) or (),
                    source="catalogue",
                    category=shown.category,
                    image=shown.image,
                )
            )
        return found

    def composed(self, named: Sequence[Candidate]) -> list[Candidate]:
        """What people call things, with what the shop has of them."""
        if not self.evidence.popularity:
            return []
        made = compose(self.support, named, self.evidence.popularity, self.settings.max_composed)
        kept = []
        for candidate in made:
            key = fold(candidate.text)
            reason = self._bad_length(key) or ("blocked" if self.lists.blocks(key) else "")
            if reason:
                self.dropped[reason] += 1
            else:
                kept.append(candidate)
        return kept

    def wanted(self) -> list[Candidate]:
        """What the operator wants suggested, if the shop has it."""
        found = []
        for text in self.lists.always:
            key = fold(text)
            rows, stores, reason = self._served(key)
            if reason:
                # The operator's own words: enough that the search finds something by one of them.
                rows = frozenset[int]().union(*(self.support.rows(word) for word in key.split()))
                stores = self.support.stores(rows) or ()
            if not rows:
                self.dropped["no results"] += 1
                continue
            shown = self.support.shown(rows, self.evidence.carted.get(key, {}))
            found.append(
                Candidate(
                    text=text,
                    popularity=max(float(self.settings.min_sessions), self.evidence.popularity.get(key, 0.0)),
                    stores=stores,
                    source="events",
                    category=shown.category,
                    image=shown.image,
                )
            )
        return found

    def generated(self, texts: Iterable[str], known: set[str]) -> list[Candidate]:
        """What a language model offers, kept only if one product in stock has all of its words."""
        found: dict[str, Candidate] = {}
        for text in texts:
            key = fold(text)
            if key in known or key in found:
                continue
            rows = self.support.rows(key)
            reason = self._bad_length(key) or ("blocked" if self.lists.blocks(key) else "" if rows else "no results")
            if reason:
                self.dropped[reason] += 1
                continue
            shown = self.support.shown(rows, {})
            found[key] = Candidate(
                text=normalize(text),
                popularity=_OFFERED / 10,
                stores=self.support.stores(rows) or (),
                source="generated",
                category=shown.category,
                image=shown.image,
            )
        return list(found.values())

    def _bad_length(self, key: str) -> str:
        if len(key) < self.settings.min_characters:
            return "too short"
        if len(key) > self.settings.max_characters or len(key.split()) > self.settings.max_words:
            return "too long"
        return ""


class _CartRates:
    """p(cart | term): a query's own, drawn towards that of all queries as far as it was seldom searched for."""

    def __init__(self, usage: Mapping[str, Usage]) -> None:
        searches = sum(used.searches for used in usage.values())
        self.overall = sum(used.carts for used in usage.values()) / max(searches, 1)

    def of(self, used: Usage) -> float:
        if not self.overall:
            return 0.0
        return (used.carts + _PRIOR_SEARCHES * self.overall) / (used.searches + _PRIOR_SEARCHES)

    def at_store(self, used: Usage, there: Usage) -> float:
        """A store's own, drawn towards that of all stores."""
        if not self.overall:
            return 0.0
        return (there.carts + _PRIOR_SEARCHES * self.of(used)) / (there.searches + _PRIOR_SEARCHES)


def _by_key(
    counts: Iterable[QueryCount],
) -> tuple[dict[str, list[QueryCount]], dict[str, dict[str, list[QueryCount]]]]:
    """The counts of the spellings that share a key: of all stores together, and of each store."""
    together: dict[str, list[QueryCount]] = defaultdict(list)
    by_store: dict[str, dict[str, list[QueryCount]]] = defaultdict(lambda: defaultdict(list))
    for count in counts:
        if key := fold(count.query):
            (by_store[key][count.store] if count.store else together[key]).append(count)
    return together, by_store


def _added(spellings: Sequence[QueryCount]) -> Usage:
    return Usage(
        searches=sum(count.searches for count in spellings),
        sessions=sum(count.sessions for count in spellings),
        carts=sum(count.carts for count in spellings),
    )
