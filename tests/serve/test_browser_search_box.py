"""The search box in a real browser: keyboard, screen readers, answers that come late, text that attacks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, Response, Route, expect

from .browser import launched, options, suggestions, titles, until, watched_page
from .world import ATTACK

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture
def page(browser: Browser, client) -> Iterator[Page]:
    with watched_page(browser, str(client.base_url)) as found:
        found.goto("/")
        titles(found)
        yield found


def box(page: Page):
    return page.get_by_role("combobox", name="Search the shop")


def test_the_box_is_a_combobox_that_says_what_it_shows(page):
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    expect(box(page)).to_have_attribute("aria-autocomplete", "list")
    box(page).fill("mil")
    expect(suggestions(page).first).to_be_visible()
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    controlled = page.locator(f"#{box(page).get_attribute('aria-controls')}")
    expect(controlled).to_have_attribute("role", "listbox")
    expect(page.get_by_role("status")).to_contain_text("suggestions. Use the arrow keys.")
    assert "whole milk" in options(page)
    assert set(page.locator("#suggestions mark").all_inner_texts()) == {"mil"}


def test_arrow_keys_choose_without_changing_what_was_typed_and_enter_takes(page):
    box(page).fill("mil")
    suggestions(page).first.wait_for()
    shown = options(page)
    for place in (0, 1):
        page.keyboard.press("ArrowDown")
        chosen = page.locator("[role=option][aria-selected=true]")
        expect(chosen).to_have_count(1)
        expect(chosen.locator(".text")).to_have_text(shown[place])
        expect(box(page)).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
        expect(box(page)).to_have_value("mil")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert box(page).get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    expect(page.locator("[role=option][aria-selected=true] .text")).to_have_text(shown[-1])
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value(shown[-1])
    expect(page.locator("#headline")).to_contain_text(shown[-1])
    expect(page.locator("#suggestions")).to_be_hidden()


def test_rows_say_what_kind_of_product_they_lead_to_and_show_a_picture(page):
    box(page).fill("whole mi")
    row = suggestions(page).filter(has_text="whole milk").first
    expect(row).to_contain_text("in ")
    picture = row.locator("img")
    expect(picture).to_have_attribute("src", re.compile("^/thumbnails/"))
    expect(picture).to_have_attribute("alt", "")
    until(page, lambda: picture.evaluate("one => one.complete && one.naturalWidth > 0"))


def test_a_row_that_stays_is_not_drawn_again(page):
    waiting = held(page, "**/api/suggest**")
    for asked, letter in enumerate("wh", 1):
        box(page).press_sequentially(letter)
        until(page, lambda asked=asked: len(waiting) == asked)
        if asked == 1:
            answer(waiting[0], "whole milk")
            expect(suggestions(page)).to_have_text(["whole milk"])
            page.evaluate("document.querySelector('#suggestions .text').mine = true")
            page.evaluate("window.changes = 0")
            page.evaluate(
                "new MutationObserver((all) => { window.changes += all.length; })"
                ".observe(document.querySelector('#suggestions'), {childList: true, subtree: true})"
            )
    # The list before stands until the new one is there, and what is the same in both is left alone.
    expect(suggestions(page)).to_have_text(["whole milk"])
    answer(waiting[1], "whole milk")
    page.wait_for_timeout(150)
    assert page.evaluate("document.querySelector('#suggestions .text').mine")
    assert page.evaluate("window.changes") == 0


def test_suggestions_are_on_the_screen_in_the_frame_after_the_answer(page):
    """Counted in frames, not in time: the list is there when the first frame after the answer is drawn."""
    waiting = held(page, "**/api/suggest**")
    box(page).press_sequentially("w")
    until(page, lambda: waiting)
    page.evaluate(
        """() => {
          const list = document.querySelector('#suggestions');
          const original = Response.prototype.json;
          Response.prototype.json = async function () {
            const value = await original.call(this);
            requestAnimationFrame(() => requestAnimationFrame(() => { window.inTime = !list.hidden; }));
            return value;
          };
        }"""
    )
    answer(waiting[0], "whole milk")
    until(page, lambda: page.evaluate("window.inTime !== undefined"))
    assert page.evaluate("window.inTime")


def test_escape_closes_the_list_and_keeps_the_text_and_arrow_down_opens_it_again(page):
    box(page).fill("mil")
    suggestions(page).first.wait_for()
    page.keyboard.press("Escape")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(box(page)).to_have_value("mil")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#suggestions")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("#suggestions")).to_be_hidden()


def test_enter_without_a_choice_searches_for_what_was_typed(page):
    box(page).press_sequentially("oat milk")
    page.keyboard.press("Enter")
    expect(page.locator("#headline")).to_have_text("Results for oat milk")
    expect(page).to_have_url(re.compile(r"[?&]q=oat\+milk$"))
    page.wait_for_timeout(200)
    expect(page.locator("#suggestions")).to_be_hidden()


def test_a_suggestion_is_taken_with_the_pointer(page):
    box(page).fill("whole")
    suggestions(page).get_by_text("whole milk", exact=True).click()
    expect(box(page)).to_have_value("whole milk")
    expect(box(page)).to_be_focused()
    expect(page.locator("#headline")).to_contain_text("whole milk")


def held(page: Page, pattern: str) -> list[Route]:
    """Requests that wait until the test lets them go on."""
    waiting: list[Route] = []
    page.route(pattern, lambda route: waiting.append(route))
    return waiting


def answer(route: Route, text: str) -> None:
    """Answer a held request; nothing happens where the page has given it up."""
    one = {"text": text, "score": 1, "match": "prefix", "start": 0, "end": 1}
    with suppress(Error):
        route.fulfill(json={"suggestions": [one]})


def test_a_late_answer_never_replaces_a_newer_one(page):
    waiting = held(page, "**/api/suggest**")
    for asked, letter in enumerate("mi", 1):
        box(page).press_sequentially(letter)
        until(page, lambda asked=asked: len(waiting) == asked)
    first, second = waiting
    answer(second, "newer")
    expect(suggestions(page)).to_have_text(["newer"])
    answer(first, "older")
    page.wait_for_timeout(150)
    assert options(page) == ["newer"]


def test_an_answer_to_what_no_longer_stands_in_the_box_is_dropped(page):
    waiting = held(page, "**/api/suggest**")
    box(page).fill("mil")
    until(page, lambda: waiting)
    box(page).fill("")
    for route in waiting:
        answer(route, "late")
    page.wait_for_timeout(150)
    expect(page.locator("#suggestions")).to_be_hidden()


def test_a_late_search_never_replaces_a_newer_one(page):
    waiting = held(page, "**/api/search**")
    for asked, query in enumerate(("cheese", "whole milk"), 1):
        box(page).fill(query)
        page.keyboard.press("Enter")
        until(page, lambda asked=asked: len(waiting) == asked)
    first, second = waiting
    second.continue_()
    expect(page.locator("#headline")).to_contain_text("whole milk")
    with suppress(Error):
        first.continue_()
    page.wait_for_timeout(150)
    expect(page.locator("#headline")).to_contain_text("whole milk")
    assert all("milk" in title.lower() for title in titles(page)[:3])


def test_typing_fast_asks_once_for_the_whole_text(page):
    page.clock.install()
    page.clock.pause_at("2030-01-01")
    waiting = held(page, "**/api/suggest**")
    box(page).press_sequentially("whole milk")
    page.wait_for_timeout(50)
    assert waiting == []
    page.clock.run_for(100)
    until(page, lambda: waiting)
    assert [parse_qs(urlsplit(route.request.url).query)["q"] for route in waiting] == [["whole milk"]]


def test_markup_is_shown_as_text_everywhere(page):
    waiting = held(page, "**/api/suggest**")
    box(page).press_sequentially("h")
    until(page, lambda: waiting)
    answer(waiting[0], f"hostile {ATTACK}")
    expect(suggestions(page)).to_have_text([f"hostile {ATTACK}"])
    page.unroute_all()
    box(page).fill(f"Hostile {ATTACK}")
    page.keyboard.press("Enter")
    expect(page.locator("#headline")).to_contain_text(ATTACK)
    assert f"Hostile {ATTACK}" in titles(page)
    page.locator(".product", has_text="Hostile").first.locator(".title").click()
    expect(page.get_by_role("dialog")).to_contain_text(ATTACK)
    page.keyboard.press("Escape")
    page.goto(f"/?q={ATTACK}&brand={ATTACK}&category={ATTACK}&store={ATTACK}&min=<b>&page=<i>&mode={ATTACK}")
    titles(page)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img[src=x]").count() == 0


def test_what_was_typed_shown_and_taken_is_logged_back(page):
    sent: list[dict] = []
    answered: list[Response] = []
    page.on("response", lambda one: answered.append(one) if "/api/events" in one.url else None)
    page.on("request", lambda one: sent.extend(json.loads(one.post_data or "[]")) if "/api/events" in one.url else None)
    box(page).fill("whole")
    suggestions(page).first.wait_for()
    until(page, lambda: any(record.get("action_name") == "suggestion_shown" for record in sent))
    suggestions(page).get_by_text("whole milk", exact=True).click()
    titles(page)
    page.locator(".product .add").first.click()
    page.locator(".product .title").nth(1).click()
    until(page, lambda: any(record.get("action_name") == "click" for record in sent))
    until(page, lambda: answered)
    assert [answer.json()["rejected"] for answer in answered] == [0] * len(answered)
    by_action: dict[str, list[dict]] = {}
    for record in sent:
        by_action.setdefault(record.get("action_name", "search"), []).append(record)
    assert {"typed", "suggestion_shown", "suggestion_tapped", "search", "add_to_cart", "click"} <= set(by_action)
    assert by_action["typed"][-1]["event_attributes"]["prefix"] == "whole"
    assert by_action["suggestion_tapped"][0]["user_query"] == "whole milk"
    query_id = by_action["search"][0]["query_id"]
    assert by_action["add_to_cart"][0]["query_id"] == by_action["click"][0]["query_id"] == query_id
    assert by_action["click"][0]["event_attributes"]["position"]["ordinal"] == 2
    assert len({record["session_id"] for record in sent}) == 1


def test_nothing_is_logged_once_learning_is_switched_off(page):
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if "/api/events" in one.url else None)
    page.clock.install()
    page.get_by_role("checkbox", name="Let this search learn").uncheck()
    page.clock.fast_forward(5000)
    page.wait_for_timeout(50)
    sent.clear()
    box(page).press_sequentially("milk")
    page.keyboard.press("Enter")
    titles(page)
    page.locator(".product .add").first.click()
    page.clock.fast_forward(5000)
    page.wait_for_timeout(50)
    assert sent == []
    page.reload()
    expect(page.get_by_role("checkbox", name="Let this search learn")).not_to_be_checked()
