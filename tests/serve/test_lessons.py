"""The lessons over HTTP and in a real browser."""

from __future__ import annotations

import httpx
import pytest

from .browser import launched, until, watched_page


def test_lessons_are_listed_and_worked(client: httpx.Client) -> None:
    names = [one["name"] for one in client.get("/api/lessons").json()["lessons"]]
    assert "self-attention" in names
    lesson = client.get("/api/lessons/input", params={"values": '{"token": [[1, 2], [10, 20]]}'}).json()
    assert lesson["steps"][0]["values"] == [[3, 5], [11, 25]]


@pytest.mark.parametrize(
    "values", ["[1]", "{", '{"token": 1}', '{"token": [[1, 2], [1e9, 2]]}', '{"x": []}', "[" * 5000]
)
def test_bad_numbers_are_a_problem_document(client: httpx.Client, values: str) -> None:
    answer = client.get("/api/lessons/input", params={"values": values})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_lesson_and_parameter_are_refused(client: httpx.Client) -> None:
    assert client.get("/api/lessons/astrology").status_code == 400
    assert client.get("/api/lessons", params={"x": "1"}).status_code == 422


@pytest.mark.browser
def test_the_reader_changes_a_number_and_sees_what_follows(client: httpx.Client) -> None:
    with (
        launched() as browser,
        watched_page(browser, str(client.base_url), viewport={"width": 390, "height": 800}) as page,
    ):
        page.goto("/lessons/input")
        cell = page.get_by_label("Token embeddings, machines, column 1")
        cell.fill("9")
        until(page, lambda: page.locator("#steps .matrix").first.locator("td").nth(2).inner_text() == "10")
        page.reload()
        until(page, lambda: page.get_by_label("Token embeddings, machines, column 1").input_value() == "9")
        page.get_by_role("button", name="[3, 5]").click()
        assert "Not that one" in page.inner_text(".said")
        page.get_by_role("button", name="[0, 8]").click()
        assert page.inner_text(".said").startswith("Right.")
        for lesson in ("self-attention", "families", "masking"):
            page.goto(f"/lessons/{lesson}")
            page.wait_for_selector("#lesson[aria-busy=false]")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.browser
def test_a_number_that_cannot_be_is_said_and_the_page_goes_on(client: httpx.Client) -> None:
    with launched() as browser, watched_page(browser, str(client.base_url)) as page:
        page.expected_on_console = [
            "error: Failed to load resource: the server responded with a status of 400 (Bad Request)"
        ]
        page.goto("/lessons/families")
        page.get_by_label("Heads").fill("7")
        until(page, lambda: "cannot be shared out" in page.inner_text(".wrong"))
        page.get_by_label("Heads").fill("8")
        until(page, lambda: page.locator(".wrong").is_hidden())
