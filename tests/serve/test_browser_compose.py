"""The compose box in a real browser: grey text behind the cursor, Tab takes it, Escape dismisses it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from .browser import launched, watched_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture
def page(browser: Browser, client: httpx.Client) -> Iterator[Page]:
    with watched_page(browser, str(client.base_url)) as found:
        found.goto("/compose")
        yield found


def paper(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("textbox", name="Your message", exact=True)


def ghost(page: Page):  # type: ignore[no-untyped-def]
    return page.locator(".compose-ghost")


def test_tab_takes_what_is_offered_and_the_cursor_stands_behind_it(page: Page) -> None:
    paper(page).press_sequentially("Please let me know if you have any ques")
    expect(ghost(page)).to_have_text("tions.")
    expect(page.get_by_role("status")).to_contain_text("Press Tab to take it")
    page.keyboard.press("Tab")
    expect(paper(page)).to_have_value("Please let me know if you have any questions.")
    expect(paper(page)).to_be_focused()
    expect(ghost(page)).to_have_text("")
    page.keyboard.type(" Bye")
    expect(paper(page)).to_have_value("Please let me know if you have any questions. Bye")


def test_escape_dismisses_it_until_something_else_is_typed(page: Page) -> None:
    paper(page).press_sequentially("Thank you for your pat")
    expect(ghost(page)).to_have_text("ience.")
    page.keyboard.press("Escape")
    expect(ghost(page)).to_have_text("")
    expect(paper(page)).to_have_value("Thank you for your pat")
    page.wait_for_timeout(300)
    expect(ghost(page)).to_have_text("")
    page.keyboard.type("i")
    expect(ghost(page)).to_have_text("ence.")


def test_tab_moves_on_where_nothing_is_offered(page: Page) -> None:
    paper(page).fill("")
    paper(page).focus()
    page.keyboard.press("Tab")
    expect(paper(page)).not_to_be_focused()


def test_typing_what_is_offered_keeps_the_rest_of_it(page: Page) -> None:
    paper(page).press_sequentially("Thank you for your pat")
    expect(ghost(page)).to_have_text("ience.")
    page.route("**/api/complete*", lambda route: route.abort())
    page.expected_on_console = ["error: Failed to load resource: net::ERR_FAILED"]  # type: ignore[attr-defined]
    page.evaluate("document.querySelector('.compose-paper textarea').setSelectionRange(22, 22)")
    page.keyboard.type("i")
    assert ghost(page).inner_text() == "ence."


def test_the_grey_text_lies_where_the_cursor_is(page: Page) -> None:
    paper(page).press_sequentially("Thank you for your pat")
    expect(ghost(page)).to_have_text("ience.")
    before = ghost(page).bounding_box()
    page.keyboard.press("Tab")
    expect(ghost(page)).to_have_text("")
    # What was grey now stands in the field: the mirror's copy of the text ends where the grey text ended.
    # Read in the page in one step: the mirror is drawn anew with every answer.
    after = page.evaluate("document.querySelector('.compose-typed').getBoundingClientRect().toJSON()")
    assert before is not None
    assert abs((before["x"] + before["width"]) - (after["x"] + after["width"])) < 1
    assert abs(before["y"] - after["y"]) < 1


def test_inside_a_text_nothing_is_offered(page: Page) -> None:
    paper(page).press_sequentially("Thank you for your pat")
    expect(ghost(page)).to_have_text("ience.")
    page.keyboard.press("Home")
    expect(ghost(page)).to_have_text("")


def test_a_text_that_attacks_stays_text(page: Page) -> None:
    paper(page).fill('<img src=x onerror="window.hacked=1">Thank you for your pat')
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None


def test_the_box_is_a_part_of_the_lab(page: Page) -> None:
    page.goto("/lab")
    page.get_by_role("link", name="Compose").click()
    paper(page).press_sequentially("Thank you for your pat")
    expect(ghost(page)).to_have_text("ience.")
    page.keyboard.press("Tab")
    expect(paper(page)).to_have_value("Thank you for your patience.")
