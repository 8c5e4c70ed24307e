from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from aisle.errors import UserError
from aisle.evaluation.suggestion import Typing, evaluate_suggestions, read_typings, same_text, same_words

LISTS = {
    "m": ["milk", "mango", "mangoes"],
    "oa": ["oat bran", "oat-milk", "milk, oat", "oat milks"],
    "iceb": [],
    "milk": ["milk"],
    "te": [f"tea {number}" for number in range(10)] + ["tea"],
}


def suggest(at: Typing) -> list[str]:
    after = [f"more {at.previous}"] if at.previous else []
    return [*(["local milk"] if at.store == "north" else []), *after, *LISTS[at.prefix]]


def figures(*moments: Typing) -> dict[str, object]:
    return evaluate_suggestions(suggest, moments).as_dict()


def test_the_figures_by_hand() -> None:
    numbers = figures(
        Typing(prefix="m", query="mango"),  # second; 3 of 5 characters saved, for taking it is one more; 1 duplicate
        Typing(prefix="oa", query="Oat milk"),  # second; 5 of 8 saved; 2 duplicates
        Typing(prefix="iceb", query="iceberg"),  # not listed; 0 of 7
        Typing(prefix="m", query="milk"),  # first; 2 of 4; 1 duplicate
    )
    assert numbers == {
        "prefixes": 4,
        "success@10": 3 / 4,
        "mrr@10": (1 / 2 + 1 / 2 + 0 + 1) / 4,
        "keystrokes_saved": (3 + 5 + 0 + 2) / (5 + 8 + 7 + 4),
        "duplicates@10": (1 + 2 + 0 + 1) / 4,
        "by_prefix_length": {
            "1": {
                "prefixes": 2,
                "success@10": 1.0,
                "mrr@10": 3 / 4,
                "keystrokes_saved": 5 / 9,
                "duplicates@10": 1.0,
            },
            "2": {
                "prefixes": 1,
                "success@10": 1.0,
                "mrr@10": 1 / 2,
                "keystrokes_saved": 5 / 8,
                "duplicates@10": 2.0,
            },
            "4-6": {
                "prefixes": 1,
                "success@10": 0.0,
                "mrr@10": 0.0,
                "keystrokes_saved": 0.0,
                "duplicates@10": 0.0,
            },
        },
    }
    assert json.loads(json.dumps(numbers)) == numbers


def test_the_eleventh_suggestion_is_not_seen() -> None:
    assert figures(Typing(prefix="te", query="tea"))["success@10"] == 0


def test_suggestions_are_those_of_the_store() -> None:
    assert figures(Typing(prefix="m", query="local milk", store="north"))["mrr@10"] == 1
    assert figures(Typing(prefix="m", query="local milk"))["mrr@10"] == 0


def test_suggestions_may_go_by_the_query_before() -> None:
    assert figures(Typing(prefix="m", query="more tea", previous="tea"))["mrr@10"] == 1
    assert figures(Typing(prefix="m", query="more tea"))["mrr@10"] == 0


def test_nothing_is_saved_by_a_suggestion_of_what_is_typed_already() -> None:
    assert figures(Typing(prefix="milk", query="milk"))["keystrokes_saved"] == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [("7 up", "7up"), ("Häagen-Dazs", "haagen dazs"), ("500 g rice", "500g rice"), ("jerry’s", "jerrys")],
)
def test_spellings_of_one_query_are_the_same_text(one: str, other: str) -> None:
    assert same_text(one) == same_text(other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("cheese slices", "slice cheese", True),
        ("cherries", "cherry", True),
        ("box of peaches", "boxes of peach", True),
        ("potatoes", "potato", True),
        ("size 1 diapers", "size 2 diapers", False),
        ("2 % milk", "whole milk", False),
        ("bus pass", "bu pas", False),
        ("milk", "milk milk", False),
    ],
)
def test_word_order_and_plurals_make_no_new_suggestion(one: str, other: str, same: bool) -> None:
    assert (same_words(one) == same_words(other)) is same


def test_the_table_shows_each_length_and_all_together() -> None:
    console = Console(file=io.StringIO(), width=120)
    console.print(evaluate_suggestions(suggest, [Typing(prefix="m", query="milk"), Typing(prefix="oa", query="oats")]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for text in ("success@10", "keystrokes saved", "duplicates@10", "all", "0.500"):
        assert text in shown


def test_a_log_is_read_with_and_without_stores(tmp_path: Path) -> None:
    path = tmp_path / "log.tsv"
    path.write_text("prefix\tquery\tstore\nmi\tmilk\tnorth\n\ttea\t\n", encoding="utf-8")
    assert read_typings(path) == [
        Typing(prefix="mi", query="milk", store="north"), Typing(prefix="", query="tea")
    ]  # fmt: skip
    path.write_text("prefix\tquery\tprevious\nmi\tmilk\ttea\n", encoding="utf-8")
    assert read_typings(path) == [Typing(prefix="mi", query="milk", previous="tea")]


def test_a_log_without_use_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "log.tsv"
    path.write_text("prefix\tquery\nmi\t!?\n", encoding="utf-8")
    with pytest.raises(UserError, match="line 2: the query '!\\?' has no words"):
        read_typings(path)
    path.write_text("prefix\tchosen\nmi\tmilk\n", encoding="utf-8")
    with pytest.raises(UserError, match="no column 'query'; its columns are prefix, chosen"):
        read_typings(path)
    with pytest.raises(UserError, match="at least one is needed"):
        evaluate_suggestions(suggest, [])
