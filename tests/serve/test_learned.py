"""What /lab shows of rankers: those of the shop's versions, and those that lie among the runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import numpy as np
import pytest

from aisle.ranking.features import FEATURES
from aisle.ranking.learning import learn
from aisle.ranking.model import Ranker
from aisle.ranking.settings import RankerSettings
from aisle.serve.learned import ranker_facts
from aisle.serve.settings import ServeSettings
from tests.ranking.test_learning import lists

from .browser import launched, watched_page

Start = Callable[..., AbstractContextManager[httpx.Client]]
REPORT = {
    "queries": 120,
    "without_candidates": 3,
    "rows": 2400,
    "trees": 5,
    "held_out": 40,
    "before": {"recall@20": 0.6, "ndcg@10": 0.41, "mrr@10": 0.5},
    "after": {"recall@20": 0.65, "ndcg@10": 0.4, "mrr@10": 0.5},
    "accepted": False,
    "reason": "ndcg@10 would get worse",
    "cutoff": 0.25,
}


@pytest.fixture(scope="module")
def ranker() -> Ranker:
    some = lists("sum")
    made = learn(some, RankerSettings(trees=5, levels=2), encoder="e", about={"levels": 2})
    about = {**made.about, "report": REPORT, "importance": made.importance(some.features_RF)}
    return dataclasses.replace(made, about=about)


def test_every_feature_is_named_with_its_meaning_most_important_first(ranker: Ranker) -> None:
    facts = ranker_facts(ranker.about)
    assert facts is not None
    shares = [one["share"] for one in facts["features"]]
    assert {one["name"]: one["meaning"] for one in facts["features"]} == FEATURES
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)
    assert {one["name"] for one in facts["features"][:2]} == {"lexical", "blended"}
    assert facts["settings"]["levels"] == 2
    assert "report" not in facts["settings"]
    assert ranker_facts(None) is None
    assert ranker_facts({"queries": 3}) == {"report": None, "settings": {"queries": 3}, "features": []}


def test_versions_and_files_of_rankers_are_listed(own_server: Start, ranker: Ranker, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    for name in ("mine", "broken"):
        (runs / name).mkdir(parents=True)
    ranker.save(runs / "mine" / "ranker.json")
    (runs / "broken" / "ranker.json").write_text("{}")
    with own_server(ServeSettings(runs=(str(runs),))) as client:
        listing = client.get("/api/lab").json()
    (version,) = listing["versions"]
    assert (version["version"], version["live"], version["ranker"], version["gate"]) == (1, True, None, None)
    assert version["told"].startswith("none")
    assert [one["name"] for one in listing["rankers"]] == ["mine"]
    assert listing["rankers"][0]["ranker"]["report"] == REPORT
    assert listing["unreadable"] == ["broken"]
    assert np.isclose(sum(one["share"] for one in listing["rankers"][0]["ranker"]["features"]), 1)


@pytest.mark.browser
def test_the_page_shows_figures_and_features_and_fits_a_phone(
    own_server: Start, ranker: Ranker, tmp_path: Path
) -> None:
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    ranker.save(tmp_path / "runs" / "mine" / "ranker.json")
    with (
        own_server(ServeSettings(runs=(str(tmp_path / "runs"),))) as client,
        launched() as browser,
        watched_page(browser, str(client.base_url), viewport={"width": 390, "height": 800}) as page,
    ):
        page.goto("/lab#learned")
        page.wait_for_selector("#content[aria-busy=false]")
        shown = page.inner_text("#content")
        assert "Version 1" in shown
        assert "Not accepted: ndcg@10 would get worse." in shown
        cells = page.locator(".learned td").all_inner_texts()
        assert cells[:3] == ["0.6000", "0.6500", "+0.0500"]
        assert cells[3:6] == ["0.4100", "0.4000", "−0.0100"]
        assert page.locator(".features li").count() == len(ranker.about["importance"])
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
