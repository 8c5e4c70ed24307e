"""Judgments of the sample shop: for a query, which products satisfy the needs people say with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from aisle.shop.product import Product
from aisle.shop.sample.needs import Need, sample_needs, true_relevance
from aisle.shop.sample.phrasing import phrases
from aisle.shop.sample.settings import ShopperSettings
from aisle.shop.sample.slips import slip

# A need counts towards a query's judgments from this share of the times the query is said.
MEANT = 0.1
# Irrelevant products judged beside the relevant ones: from the same aisles, and from anywhere.
NEAR_MISSES, FAR_MISSES = 10, 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgment:
    """How well one product answers one query."""

    query: str
    """The query as typed, sometimes with a slip in it."""

    product_id: str
    """The product judged."""

    relevance: float
    """1.0 what was needed, 0.5 nearly, 0.0 not."""


def sample_judgments(products: Sequence[Product], *, queries: int, seed: int) -> Iterator[Judgment]:
    """Judgments of so many different queries, drawn as often as shoppers say them.

    Each query comes with every product that is relevant at all, in the order of the catalogue, then some that are
    not. Where a query is said for several needs, the best of its common needs counts. Raises ValueError where there
    are fewer different queries than asked for.
    """
    rows_by_kind = _rows(products)
    for query, meanings in _drawn_queries(products, queries, Random(f"{seed}/judgments")):
        draw = Random(f"{seed}/misses/{query}")
        relevant: list[int] = []
        for row in _candidates(meanings, products, rows_by_kind):
            relevance = max(true_relevance(need, products[row]) for need in meanings)
            if relevance > 0:
                relevant.append(row)
                yield Judgment(query=query, product_id=products[row].product_id, relevance=relevance)
        known = set(relevant)
        aisles = {products[row].category[:2] for row in relevant}
        near = [row for row, p in enumerate(products) if p.category[:2] in aisles and row not in known]
        misses = draw.sample(near, min(NEAR_MISSES, len(near)))
        misses += [row for row in draw.sample(range(len(products)), min(FAR_MISSES, len(products))) if row not in known]
        for row in dict.fromkeys(misses):
            yield Judgment(query=query, product_id=products[row].product_id, relevance=0.0)


def query_meanings(needs: Sequence[Need]) -> dict[str, dict[str, float]]:
    """For every way of saying things, the names of the needs meant and how often each is (not normalised)."""
    meanings: dict[str, dict[str, float]] = {}
    for need in needs:
        for text, share in phrases(need):
            meanings.setdefault(text, {})[need.name] = need.weight * share
    return meanings


def _drawn_queries(products: Sequence[Product], queries: int, draw: Random) -> Iterator[tuple[str, list[Need]]]:
    needs = sample_needs(products)
    by_name = {need.name: need for need in needs}
    meanings = query_meanings(needs)
    if queries > len(meanings):
        raise ValueError(f"these products have {len(meanings)} different queries, not {queries}")
    texts = sorted(meanings)
    # The smallest of weighted random keys: a draw without repeats, each text as likely as it is said.
    keys = [-(draw.random() ** (1 / sum(meanings[text].values()))) for text in texts]
    order = sorted(range(len(texts)), key=lambda i: (keys[i], texts[i]))
    taken: set[str] = set()
    for i in order:
        if len(taken) == queries:
            return
        said = meanings[texts[i]]
        total = sum(said.values())
        query = slip(texts[i], draw) if draw.random() < ShopperSettings().typo_share else texts[i]
        if query in taken or (query != texts[i] and query in meanings):
            query = texts[i]
        if query not in taken:
            taken.add(query)
            yield query, [by_name[name] for name, weight in said.items() if weight >= MEANT * total]


def _rows(products: Sequence[Product]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, product in enumerate(products):
        rows.setdefault(product.category[-1] if product.category else "", []).append(row)
    return rows


def _candidates(meanings: Sequence[Need], products: Sequence[Product], rows_by_kind: dict[str, list[int]]) -> list[int]:
    """Rows that may be relevant to any of the needs: whole kinds, settled by one product of each."""
    rows: set[int] = set()
    for found in rows_by_kind.values():
        first = products[found[0]]
        if any(not need.kinds or true_relevance(need, first) > 0 for need in meanings):
            rows.update(found)
    return sorted(rows)
