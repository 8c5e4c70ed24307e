"""The page /lab in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import numpy as np
import pytest

from aisle.evaluation.record import keep_evaluation, scatter
from aisle.serve.settings import ServeSettings

from .browser import launched, until, watched_page
from .test_runs import make_run

pytestmark = pytest.mark.browser
Start = Callable[..., AbstractContextManager[httpx.Client]]


@pytest.fixture
def address(own_server: Start, tmp_path: Path) -> Iterator[str]:
    """A server with two runs, an evaluation with a figure and one with a confusion matrix."""
    runs = tmp_path / "runs"
    make_run(runs / "first", started="2026-01-01T00:00:00+00:00", steps=12)
    make_run(runs / "<b>second</b>", started="2026-01-02T00:00:00+00:00", steps=9)
    keep_evaluation(
        runs,
        kind="sts",
        subject="minilm",
        data=["a.tsv"],
        command=["aisle", "evaluate", "sts", "--data", "a b.tsv"],
        numbers={"spearman": 82.03},
        figure=scatter(np.array([0, 2.5, 5]), np.array([0.1, 0.5, 0.9])),
    )
    keep_evaluation(
        runs,
        kind="classifier",
        subject="emotions",
        data=["b.tsv"],
        command=["aisle"],
        numbers={"accuracy": 75.0, "labels": ["joy", "fear"], "confusion": [[3, 1], [0, 4]]},
    )
    with own_server(ServeSettings(runs=(str(runs),))) as client:
        yield str(client.base_url)


def test_runs_stand_side_by_side_and_the_address_keeps_the_choice(address: str) -> None:
    with launched() as browser, watched_page(browser, address) as page:
        page.goto("/lab")
        page.wait_for_selector("#content[aria-busy=false]")
        boxes = page.get_by_role("checkbox")
        assert [boxes.nth(0).is_checked(), boxes.nth(1).is_checked()] == [True, False]
        assert page.locator("polyline.line").count() == 3
        boxes.nth(1).check()
        until(page, lambda: page.locator("polyline.line").count() == 6)
        page.reload()
        until(page, lambda: page.locator("polyline.line").count() == 6)
        assert "<b>second</b>" in page.inner_text("#content")
        page.locator(".chart").first.hover()
        assert page.locator(".cursor").first.get_attribute("visibility") == "visible"


def test_an_evaluation_is_shown_with_its_figure_and_its_command(address: str) -> None:
    with launched() as browser, watched_page(browser, address) as page:
        page.goto("/lab#evaluations")
        page.get_by_role("link", name="minilm").click()
        until(page, lambda: page.locator("circle.point").count() == 3)
        assert page.inner_text(".command code") == "aisle evaluate sts --data 'a b.tsv'"
        page.get_by_role("link", name="emotions").click()
        until(page, lambda: page.locator(".confusion .shade").count() == 4)
        assert page.locator(".confusion .shade").all_inner_texts() == ["3", "1", "0", "4"]


def test_it_fits_a_phone(address: str) -> None:
    with launched() as browser, watched_page(browser, address, viewport={"width": 390, "height": 800}) as page:
        page.goto("/lab")
        page.wait_for_selector("#content[aria-busy=false]")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
