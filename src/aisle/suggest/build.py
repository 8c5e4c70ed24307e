"""Write the suggestion index of one version.

Letters: C candidates, W word starts, S candidates of a section.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.shop.product import Product
from aisle.suggest.candidates import SOURCES, Candidate, merged
from aisle.suggest.columns import category_names, move_arrays, static_worth, store_worth, tap_arrays, twin_arrays
from aisle.suggest.goods import Goods, word_arrays
from aisle.suggest.layout import TOPS, Contents, SectionPlace, write_array, write_contents
from aisle.suggest.matching import MAX_TYPED_CHARACTERS, word_starts
from aisle.suggest.model import Learned
from aisle.suggest.ranges import wide_ranges
from aisle.suggest.settings import IndexSettings

MAX_TEXT_CHARACTERS = 200
assert MAX_TEXT_CHARACTERS < MAX_TYPED_CHARACTERS


def build_suggestions(
    directory: Path,
    candidates: Iterable[Candidate],
    *,
    settings: IndexSettings | None = None,
    learned: Learned | None = None,
    twins: Mapping[str, Collection[str]] | None = None,
    products: Iterable[Product] = (),
    apart: Collection[tuple[str, str]] = (),
) -> None:
    """Write the index into `directory`, which must exist. Candidates with one key are merged.

    `learned` ranks them, by default by popularity alone; `twins` names for a key those that say the same (that the same
    words in another order or number do is found here), and `apart` pairs of keys that do not; `products` are what
    completions of unseen texts are made of, and what words are known by.

    Raises UserError for a text over 200 characters or a popularity that is not a number above or equal to 0.
    """
    settings, learned = settings or IndexSettings(), learned or Learned()
    by_key = merged(candidates)
    keys, listed = list(by_key), list(by_key.values())
    for candidate in listed:
        _check(candidate)
    key_bytes, key_ends = _joined(f"{key} \0" for key in keys)
    text_bytes, text_ends = _joined(candidate.text for candidate in listed)
    image_bytes, image_ends = _joined(candidate.image for candidate in listed)
    starts_W, owners_W = _sorted_word_starts(keys, key_bytes, key_ends)
    sections = _Sections(keys=key_bytes, starts_W=starts_W, owners_W=owners_W)
    statics_C, power = static_worth(keys, listed, learned), learned.model.weight("popularity")

    popularity_C = np.array([candidate.popularity for candidate in listed])
    every = sections.add("", np.arange(len(listed)), _scores(popularity_C, statics_C, power))
    anywhere, stores = None, []
    if any(candidate.stores or candidate.store_popularity for candidate in listed):
        backoff_C = popularity_C * (settings.backoff_sessions / max(popularity_C.sum(), 1.0))
        members = np.flatnonzero([not candidate.stores for candidate in listed])
        anywhere = sections.add("", members, _scores(backoff_C[members], statics_C[members], power))
        for store, own in _by_store(listed).items():
            members = np.array(sorted(own))
            sessions_M = backoff_C[members] + np.array([own[member] for member in members.tolist()])
            statics_M = statics_C[members] + store_worth(store, [listed[m] for m in members.tolist()], learned)
            stores.append(sections.add(store, members, _scores(sessions_M, statics_M, power)))

    categories = category_names(listed)
    products = list(products)
    goods = Goods.of(products)
    departments = {product.category[-1]: product.category[0] for product in products if product.category}
    arrays: dict[str, NDArray[Any]] = {
        "texts": np.frombuffer(text_bytes, np.uint8),
        "keys": np.frombuffer(key_bytes, np.uint8),
        "images": np.frombuffer(image_bytes, np.uint8),
        "text-ends": text_ends,
        "key-ends": key_ends,
        "image-ends": image_ends,
        "sources": np.array([SOURCES.index(candidate.source) for candidate in listed], np.uint8),
        "statics": statics_C.astype(np.float32),
        "categories": np.array([categories[candidate.category] for candidate in listed], np.uint16),
        **sections.arrays(),
        **twin_arrays(keys, listed, twins or {}, apart, departments),
        **tap_arrays(keys, learned),
        **move_arrays(list(categories), learned),
        **word_arrays(keys, popularity_C, goods),
    }
    lengths = {name: write_array(directory, name, values) for name, values in arrays.items()}
    write_contents(
        directory,
        Contents(
            candidates=len(listed),
            every=every,
            anywhere=anywhere,
            stores=tuple(stores),
            lengths=lengths,
            categories=tuple(categories),
            carriers=goods.carriers,
            weights=dict(learned.model.weights),
        ),
    )


def _scores(sessions: NDArray[np.float64], statics: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """Popularity to a power, times e to what else a candidate is worth; by popularity alone, popularity itself."""
    worth: NDArray[np.float64] = sessions**power * np.exp(statics)
    return worth


@dataclass(kw_only=True, slots=True)
class _Sections:
    """Sections as they are added one behind the other."""

    keys: bytes
    starts_W: NDArray[np.uint32]
    owners_W: NDArray[np.uint32]
    parts: dict[str, list[NDArray[Any]]] = field(
        default_factory=lambda: {
            "starts": [np.empty(0, np.uint32)],
            "ranks": [np.empty(0, np.uint32)],
            "order": [np.empty(0, np.uint32)],
            "scores": [np.empty(0, np.float64)],
            "wide": [np.empty(0, np.uint64)],
            "tops": [np.empty((0, TOPS), np.uint32)],
        }
    )

    def add(self, store: str, members_S: NDArray[Any], scores_S: NDArray[Any]) -> SectionPlace:
        """A section of the candidates `members_S`, ascending, best score first; equal scores stay in order of keys."""
        by_score_S = np.argsort(-scores_S, kind="stable")
        rank_of = np.full(int(self.owners_W.max(initial=0)) + 1, len(members_S), np.uint32)
        rank_of[members_S[by_score_S]] = np.arange(len(members_S), dtype=np.uint32)
        ranks = rank_of[self.owners_W]
        within = ranks < len(members_S)
        starts, ranks = self.starts_W[within], ranks[within]
        wide, tops = wide_ranges(self.keys, starts.data, ranks)
        return SectionPlace(
            store=store,
            starts=self._append(starts=starts, ranks=ranks),
            order=self._append(order=members_S[by_score_S].astype(np.uint32), scores=scores_S[by_score_S]),
            wide=self._append(wide=wide, tops=tops),
        )

    def _append(self, **parts: NDArray[Any]) -> tuple[int, int]:
        places = set()
        for name, values in parts.items():
            first = sum(map(len, self.parts[name]))
            self.parts[name].append(values)
            places.add((first, first + len(values)))
        (place,) = places
        return place

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {name: np.concatenate(values) for name, values in self.parts.items()}


def _sorted_word_starts(
    keys: Sequence[str], key_bytes: bytes, key_ends: NDArray[np.uint32]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Byte positions of all word starts, (W,), sorted by the rest of their key, and their candidates, (W,).

    Of equal rests the one that is a whole key comes first: that is where an exact match is looked for.
    """
    first_words: list[tuple[bytes, int, int]] = []
    later_words: list[tuple[bytes, int, int]] = []
    for owner, (key, start, end) in enumerate(zip(keys, key_ends[:-1].tolist(), key_ends[1:].tolist(), strict=True)):
        for place in word_starts(key):
            at = start + (place if key.isascii() else len(key[:place].encode()))
            (later_words if place else first_words).append((key_bytes[at:end], at, owner))
    entries = sorted(first_words + later_words, key=lambda entry: entry[0])
    starts_W = np.fromiter((at for _, at, _ in entries), np.uint32, len(entries))
    return starts_W, np.fromiter((owner for _, _, owner in entries), np.uint32, len(entries))


def _joined(texts: Iterable[str]) -> tuple[bytes, NDArray[np.uint32]]:
    pieces = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, pieces)])
    if ends[-1] >= 1 << 32:
        raise UserError(f"the suggestions take {ends[-1]:,} bytes; at most 4 GiB are allowed, so mine fewer")
    return b"".join(pieces), ends.astype(np.uint32)


def _by_store(listed: Sequence[Candidate]) -> dict[str, dict[int, float]]:
    """For each store its candidates and the sessions it saw of them."""
    stores: dict[str, dict[int, float]] = {}
    for place, candidate in enumerate(listed):
        for store in candidate.stores:
            stores.setdefault(store, {})[place] = 0.0
        for store, sessions in candidate.store_popularity:
            if not candidate.stores or store in candidate.stores:
                stores.setdefault(store, {})[place] = sessions
    return dict(sorted(stores.items()))


def _check(candidate: Candidate) -> None:
    if len(candidate.text) > MAX_TEXT_CHARACTERS:
        raise UserError(
            f"suggestion {candidate.text[:40]!r}… has {len(candidate.text)} characters; "
            f"at most {MAX_TEXT_CHARACTERS} are allowed, so shorten it or leave it out"
        )
    for sessions in (candidate.popularity, *(sessions for _, sessions in candidate.store_popularity)):
        if not 0 <= sessions < float("inf"):
            raise UserError(f"suggestion {candidate.text!r} has popularity {sessions}; it must be a number from 0")
