"""An explanation adds up to the score and names the fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aisle.search.index import SearchIndex
from aisle.search.request import MODES, SearchRequest
from tests.search.catalogue import vector


def explained(index: SearchIndex, query: str, **rest: Any) -> dict[str, dict[str, Any]]:
    request = SearchRequest(query=query, explain=True, k=100, **rest)
    hits = index.search(request, vector(query) if query else None).hits
    assert all(hit.explanation is not None for hit in hits)
    return {hit.product_id: hit.explanation for hit in hits if hit.explanation is not None}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("query", ["golden ridge cereal 12 oz", "back splash tile", "chedar", "FW-2001", "🥛"])
def test_the_parts_add_up_to_the_score(index: SearchIndex, mode: Any, query: str) -> None:
    for parts in explained(index, query, mode=mode).values():
        json.dumps(parts)
        within = 0.0
        if "lexical" in parts:
            points = sum(word["points"] for word in parts["lexical"]["words"])
            assert points == pytest.approx(parts["lexical"]["score"], abs=1e-5)
            within += parts["lexical"]["score"] * parts.get("weights", {"lexical": 1})["lexical"]
        if "semantic" in parts:
            within += max(0, parts["semantic"]["score"]) * parts.get("weights", {"semantic": 1})["semantic"]
        assert parts["score"] == pytest.approx(parts["tier"]["level"] + min(within, 1), abs=1e-5)
        assert parts["why"] or query == "🥛"


def test_words_name_the_fields_they_stand_in(index: SearchIndex) -> None:
    words = explained(index, "golden breakfast chedar", mode="lexical")["GR-6"]["lexical"]["words"]
    by_word = {word["word"]: word for word in words}
    assert by_word["golden"]["fields"] == ["title", "brand"]
    assert by_word["breakfast"]["fields"] == ["category", "description"]
    assert by_word["chedar"] == {
        "word": "chedar", "matched": None, "how": "missing", "fields": [], "points": 0.0, "whole": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "product", "says"),
    [
        ("FW-2001", "FW-2001", "product number"),
        ("fernwood", "FW-2001", "is its brand"),
        ("oatmeal cookies", "CK-1", "is its title"),
        ("milk 2%", "FW-2002", "every word"),
        ("chedar", "OK-17", '"chedar", taken as "cheddar" in title'),
        ("back splash", "HW-9", 'written as one word in "backsplash"'),
        ("backsplash", "HW-10", 'written as "back splash"'),
        ("milk zebra", "FW-2001", 'without "zebra"'),
        ("", "FW-2001", "empty"),
    ],
)
def test_why(index: SearchIndex, query: str, product: str, says: str) -> None:
    assert says in explained(index, query)[product]["why"]


def test_no_explanation_unless_asked_for(index: SearchIndex) -> None:
    hits = index.search(SearchRequest(query="milk"), vector("milk")).hits
    assert all(hit.explanation is None for hit in hits)
