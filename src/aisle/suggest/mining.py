"""From the products and the log of a shop to the texts it may suggest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aisle.shop.ledger import QueryCount
from aisle.shop.product import Product
from aisle.suggest.candidates import Candidate, merged
from aisle.suggest.half_typed import Usage, half_typed
from aisle.suggest.matching import fold
from aisle.suggest.phrases import catalogue_phrases
from aisle.suggest.settings import MiningSettings
from aisle.suggest.vocabulary import StoreSets, Vocabulary
from aisle.text.words import normalize


@dataclass(frozen=True, kw_only=True, slots=True)
class Mined:
    """The candidates, and what was not made one."""

    candidates: list[Candidate]
    """In the order of their keys."""

    dropped: dict[str, int]
    """Reason to number of queries and phrases: "few sessions", "too short", "too long", "unknown word", "no store",
    "half typed"."""


def mine_candidates(
    products: Iterable[Product], counts: Iterable[QueryCount], *, settings: MiningSettings | None = None
) -> list[Candidate]:
    """The texts a shop may suggest; see `mine`."""
    return mine(products, counts, settings=settings).candidates


def mine(products: Iterable[Product], counts: Iterable[QueryCount], *, settings: MiningSettings | None = None) -> Mined:
    """Candidates from queries that enough sessions used and the shop's words can spell, and from the catalogue.

    A phrase that only the catalogue knows is worth less than any query that people searched for, the more the more
    products it names. Each candidate carries the stores that sell something by each of its words.
    """
    settings = settings or MiningSettings()
    products = list(products)
    store_sets = StoreSets(products)
    vocabulary = Vocabulary(products, store_sets)
    dropped: Counter[str] = Counter()
    candidates = [
        *_searched(counts, vocabulary, store_sets, settings, dropped),
        *_offered(products, store_sets, settings, dropped),
    ]
    return Mined(candidates=list(merged(candidates).values()), dropped=dict(dropped))


def _searched(
    counts: Iterable[QueryCount],
    vocabulary: Vocabulary,
    store_sets: StoreSets,
    settings: MiningSettings,
    dropped: Counter[str],
) -> list[Candidate]:
    together, by_store = _by_key(counts)
    usage = {key: _added(spellings) for key, spellings in together.items()}
    unfinished = half_typed(usage, settings)
    found = []
    for key, spellings in together.items():
        top = max(spellings, key=lambda count: (count.sessions, count.query))
        stores = vocabulary.stores(key)
        if top.sessions < settings.min_sessions:
            # Sessions of several spellings may be the same ones, so they are not added up to reach the limit.
            dropped["few sessions"] += 1
        elif reason := _bad_length(key, settings):
            dropped[reason] += 1
        elif stores is None:
            dropped["unknown word"] += 1
        elif not stores and store_sets.stores:
            dropped["no store"] += 1
        elif key in unfinished:
            dropped["half typed"] += 1
        else:
            served = store_sets.names(stores)
            found.append(
                Candidate(
                    text=normalize(top.query),
                    popularity=float(usage[key].sessions),
                    stores=served,
                    source="events",
                    store_popularity=tuple(
                        (store, float(_added(spellings).sessions))
                        for store, spellings in sorted(by_store[key].items())
                        if not served or store in served
                    ),
                )
            )
    return found


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


def _offered(
    products: Sequence[Product], store_sets: StoreSets, settings: MiningSettings, dropped: Counter[str]
) -> list[Candidate]:
    found = []
    for key, phrase in catalogue_phrases(products, store_sets, settings).items():
        if reason := _bad_length(key, settings):
            dropped[reason] += 1
            continue
        share = phrase.products / (phrase.products + settings.min_products)
        found.append(
            Candidate(
                text=phrase.text,
                popularity=settings.min_sessions * share,
                stores=store_sets.names(phrase.stores),
                source="catalogue",
            )
        )
    return found


def _bad_length(key: str, settings: MiningSettings) -> str:
    if len(key) < settings.min_characters:
        return "too short"
    if len(key) > settings.max_characters or len(key.split()) > settings.max_words:
        return "too long"
    return ""
