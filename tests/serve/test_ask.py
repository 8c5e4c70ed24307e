"""GET /api/ask, and the ask box of the lab in a real browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, Route, expect

from aisle.serve.settings import ServeSettings
from tests.ask.shops import random_model

from .browser import launched, watched_page
from .world import ATTACK, serving


@pytest.fixture(scope="module")
def asking(
    shop_directory: Path, tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A server whose model has random weights and always answers."""
    model = random_model(shop_directory, tiny_encoder, tmp_path_factory.mktemp("asking") / "ask")
    with serving(shop_directory, ServeSettings(ask_model=str(model))) as found:
        yield found


def test_a_question_is_answered_with_its_query(asking: httpx.Client) -> None:
    answer = asking.get("/api/ask", params={"q": "how many products are there"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["question"] == "how many products are there"
    assert found["answered"] == found["sql"].startswith("SELECT ")
    assert found["reason"] in ("", "unknown", "refused")
    assert answer.headers["cache-control"] == "no-store"


def test_more_confidence_than_there_is_may_be_asked_for(asking: httpx.Client) -> None:
    found = asking.get("/api/ask", params={"q": "how many products are there", "least": 100}).json()
    assert not found["answered"]
    assert (found["rows"], found["threshold"]) == ([], 1.0)


@pytest.mark.parametrize("query", ["", "q=a&q=b", "q=" + "a" * 401, "q=a&least=101", "q=a&sql=DROP"])
def test_bad_parameters_are_problems(asking: httpx.Client, query: str) -> None:
    answer = asking.get(f"/api/ask?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_question_without_words_is_a_problem(asking: httpx.Client) -> None:
    answer = asking.get("/api/ask", params={"q": "?!"})
    assert answer.status_code == 400
    assert "the question is empty" in answer.json()["detail"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=40))
def test_any_text_is_answered_or_a_problem(asking: httpx.Client, text: str) -> None:
    answer = asking.get(f"/api/ask?q={quote(text.encode('utf-8', 'replace'))}")
    assert answer.status_code in (200, 400)


def test_without_a_model_it_says_how_to_get_one(
    own_server: Callable[..., AbstractContextManager[httpx.Client]],
) -> None:
    with own_server() as server:
        answer = server.get("/api/ask", params={"q": "how many products"})
        assert answer.status_code == 404
        assert "aisle train ask" in answer.json()["what_to_do"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture
def page(browser: Browser, asking: httpx.Client) -> Iterator[Page]:
    with watched_page(browser, str(asking.base_url)) as found:
        found.goto("/lab#ask")
        yield found


@pytest.mark.browser
def test_the_box_answers_and_an_example_can_be_clicked(page: Page) -> None:
    page.get_by_role("textbox", name="Ask about products").fill("how many products")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".ask-facts")).to_contain_text("confident")
    example = page.locator(".ask-examples button").first
    example.click()
    expect(page.get_by_role("textbox", name="Ask about products")).to_have_value(example.inner_text())
    expect(page.locator(".ask-facts")).to_contain_text("confident")


@pytest.mark.browser
def test_the_query_comes_before_the_answer_and_nothing_in_it_is_markup(page: Page) -> None:
    found = {
        "question": ATTACK, "answered": True, "reason": "", "explanation": "", "sql": f"SELECT {ATTACK}",
        "columns": [ATTACK, "n"], "rows": [[ATTACK, 1.005], [None, 2]], "more": True, "confidence": 0.9,
        "threshold": 0.5, "today": "2025-12-14", "milliseconds": 3.2,
        "links": [{"words": ATTACK, "value": ATTACK, "column": "department", "similarity": 0.5}],
        "unaccounted": [ATTACK, "annual"],
    }  # fmt: skip

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps(found))

    page.route("**/api/ask*", answer)
    page.get_by_role("textbox", name="Ask about products").fill("x")
    page.keyboard.press("Enter")
    expect(page.locator(".ask-sql")).to_have_text(f"SELECT {ATTACK}")
    expect(page.locator(".ask-answer td, .ask-answer tbody th")).to_have_count(4)
    expect(page.locator(".ask-guess").first).to_contain_text("names nothing here")
    expect(page.locator(".ask-guess").last).to_contain_text("does not account for")
    parts = page.locator(".ask-answer > *").evaluate_all("all => all.map((one) => one.className || one.tagName)")
    assert parts[0] == "ask-sql"
    assert page.evaluate("window.hacked") is None
    assert page.locator(".ask-answer img, .ask-answer script").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_can_be_read(browser: Browser, asking: httpx.Client, scheme: str) -> None:
    with watched_page(
        browser, str(asking.base_url), viewport={"width": 360, "height": 740}, color_scheme=scheme
    ) as page:
        page.goto("/lab#ask")
        page.locator(".ask-examples button").nth(1).click()
        expect(page.locator(".ask-facts")).to_contain_text("confident")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
