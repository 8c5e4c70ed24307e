"""Two versions side by side: the list of versions, searching one of them, the page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from aisle.shop.product import Product
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop

from .browser import launched, watched_page
from .world import make_shop, serving


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server of a shop with two versions; the second has one product more."""
    path = make_shop(tmp_path_factory.mktemp("two") / "shop", "none", products=40)
    with Shop.open(path) as shop:
        shop.put_products([Product(product_id="NEW-1", title="Whole Milk of Tomorrow", price=1.0)])
        shop.build(BuildSettings(encoder="none"))
    with serving(path) as client:
        yield client


def test_versions_are_listed_oldest_first(two: httpx.Client) -> None:
    answer = two.get("/api/versions").json()
    assert [(one["version"], one["live"], one["encoder"]) for one in answer["versions"]] == [
        (1, False, "none"),
        (2, True, "none"),
    ]
    assert answer["versions"][1]["products"] == answer["versions"][0]["products"] + 1
    assert answer["simulated"] is True


def test_a_version_answers_as_it_was_built(two: httpx.Client) -> None:
    found = {
        version: two.get("/api/search", params={"q": "milk of tomorrow", "version": version}).json()
        for version in (0, 1, 2)
    }
    assert [found[version]["version"] for version in (0, 1, 2)] == [2, 1, 2]
    assert found[2]["hits"][0]["product_id"] == found[0]["hits"][0]["product_id"] == "NEW-1"
    assert "NEW-1" not in [hit["product_id"] for hit in found[1]["hits"]]


def test_a_version_that_is_not_there_is_a_problem_that_names_those_that_are(two: httpx.Client) -> None:
    answer = two.get("/api/search", params={"q": "milk", "version": 7})
    assert answer.status_code == 400
    assert "there is no version 7; the shop has 1, 2" in answer.json()["detail"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.mark.browser
def test_the_page_shows_both_and_marks_what_moved(two: httpx.Client, browser: Browser, tmp_path: Path) -> None:
    with watched_page(browser, str(two.base_url), viewport={"width": 1280, "height": 900}) as page:
        page.goto("/compare?q=milk")
        left, right = page.locator("#columns section").nth(0), page.locator("#columns section").nth(1)
        expect(right.locator(".compare-hit").first).to_be_visible()
        assert (page.locator("#left-version").input_value(), page.locator("#right-version").input_value()) == ("1", "2")
        only = right.locator(".compare-hit.only")
        expect(only).to_have_count(1)
        expect(only).to_contain_text("Whole Milk of Tomorrow")
        expect(left.locator(".compare-hit.only")).to_have_count(0)
        expect(page.locator("#summary")).to_contain_text("on both sides")
        page.locator("#left-version").select_option("2")
        expect(page.locator(".compare-hit.only")).to_have_count(0)
        assert "left=2" in page.url
        page.locator("#query").fill("cheese")
        page.locator("#query").press("Enter")
        expect(page).to_have_url(f"{two.base_url}/compare?q=cheese&left=2&left-mode=hybrid&right=2&right-mode=hybrid")


@pytest.mark.browser
def test_the_page_holds_on_a_narrow_screen_and_an_empty_query(two: httpx.Client, browser: Browser) -> None:
    with watched_page(browser, str(two.base_url), viewport={"width": 360, "height": 700}) as page:
        page.goto("/compare")
        expect(page.locator("#summary")).to_contain_text("Type a query")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
