"""Results, filters, addresses, sheets and looks of the shop page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from .browser import launched, suggestions, titles, watched_page

pytestmark = pytest.mark.browser

# Contrast of every visible text against what is painted behind it, by the formula of WCAG 2.
CONTRAST = Path(__file__).with_name("contrast.js").read_text()

# A ring around the focused element, the label beside it, or the box around it.
FOCUS_IS_VISIBLE = """() => {
  const element = document.activeElement;
  const ring = (one) => one && getComputedStyle(one).outlineStyle !== "none";
  const shadow = getComputedStyle(element.parentElement).boxShadow;
  return ring(element) || ring(element.nextElementSibling) || shadow !== "none";
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture
def page(browser: Browser, client) -> Iterator[Page]:
    with watched_page(browser, str(client.base_url), viewport={"width": 1280, "height": 860}) as found:
        yield found


def given(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_a_result_shows_what_a_shopper_needs(page):
    page.goto("/?q=whole+milk")
    assert titles(page)
    first = page.locator(".product").first
    expect(first.locator("mark").first).to_be_visible()
    assert {text.lower() for text in first.locator("mark").all_inner_texts()} <= {"whole", "milk"}
    expect(first.locator(".stock")).to_contain_text("stock")
    picture = first.locator("img")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    assert first.locator(".tag .unseen").inner_text().startswith("Price ")
    expect(page.locator("#simulated")).to_contain_text("Simulated data")
    expect(page).to_have_title("whole milk – Test & <Market>")


def test_the_address_holds_the_whole_view_and_the_back_button_works(page):
    page.goto("/?q=milk")
    unfiltered = titles(page)
    page.get_by_label("In stock only").check()
    expect(page.locator(".chip")).to_have_text("In stock")
    page.locator("input[name=brand]").first.click()
    expect(page.locator(".chip")).to_have_count(2)
    titles(page)
    page.get_by_role("radio", name="Meaning").check()
    titles(page)
    assert given(page)["q"] == ["milk"]
    assert given(page)["stock"] == ["1"]
    assert given(page)["mode"] == ["semantic"]
    assert len(given(page)["brand"]) == 1
    shown = titles(page)
    page.reload()
    assert titles(page) == shown
    for _ in range(3):
        page.go_back()
    expect(page.locator(".chip")).to_have_count(0)
    assert titles(page) == unfiltered
    assert given(page) == {"q": ["milk"]}
    page.go_forward()
    expect(page.locator(".chip")).to_have_text("In stock")


def test_filters_keep_the_focus_and_can_be_lifted(page):
    page.goto("/")
    titles(page)
    box = page.locator("input[name=brand]").first
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator(".chip")).to_have_count(1)
    titles(page)
    expect(page.locator("input[name=brand]:checked")).to_be_focused()
    # The other brands stay on offer, so that a second one can be added.
    assert page.locator("input[name=brand]").count() > 1
    page.locator("input[name=brand]:not(:checked)").first.click()
    expect(page.locator(".chip")).to_have_count(2)
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator(".chip")).to_have_count(0)


def test_a_price_range_and_a_department_are_exact(page):
    page.goto("/")
    titles(page)
    page.get_by_label("from", exact=True).fill("2")
    page.get_by_label("to", exact=True).fill("3,00")
    page.keyboard.press("Enter")
    expect(page.locator(".chip")).to_have_count(2)
    titles(page)
    for text in page.locator(".product .tag .unseen").all_inner_texts():
        assert 2 <= float(text.removeprefix("Price ")) <= 3
    page.locator("input[name=category]").nth(1).check()
    expect(page.locator(".chip")).to_have_count(3)
    assert titles(page)
    page.get_by_label("from", exact=True).fill("9")
    page.keyboard.press("Enter")
    expect(page.locator(".complaint")).to_have_text("The first price must not be above the second.")


def test_odd_category_names_can_be_filtered_by(page):
    page.goto('/?category="Quoted" \\ things&q=')
    page.goto("/?q=hostile&category=Odd")
    assert len(titles(page)) == 1


def test_pages_lead_on_and_say_where_one_is(page):
    page.goto("/")
    first = titles(page)
    assert len(first) == 24
    expect(page.locator("#summary")).to_contain_text("1–24 of 303 products")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("#summary")).to_contain_text("25–48 of 303 products")
    assert not set(first) & set(titles(page))
    expect(page.get_by_role("link", name="Page 2")).to_have_attribute("aria-current", "page")
    assert given(page)["page"] == ["2"]


def test_why_this_result_is_told_in_words(page):
    page.goto("/?q=whole+milk")
    titles(page)
    page.get_by_role("button", name="Why this result").first.click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("heading", name="Why this result")).to_be_focused()
    expect(sheet.locator(".reasons")).to_have_attribute("aria-busy", "false")
    expect(sheet.locator(".reason").first).to_be_visible()
    text = sheet.locator(".reasons").inner_text()
    assert "{" not in text
    assert "milk" in text
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()


def test_the_cart_counts_and_survives_a_reload(page):
    page.goto("/?q=milk")
    titles(page)
    page.locator(".add").first.click()
    page.locator(".add").first.click()
    page.locator(".add").nth(1).click()
    page.reload()
    titles(page)
    page.get_by_role("button", name="Cart, 3 items").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("listitem")).to_have_count(2)
    sheet.get_by_role("button", name="less").first.click()
    expect(page.locator("#cart-count")).to_have_text("2")


def test_nothing_found_says_what_to_do(page):
    page.goto("/?q=zzqqxx&mode=lexical&stock=1")
    titles(page)
    expect(page.get_by_role("heading", name="This shelf is empty")).to_be_visible()
    page.get_by_role("button", name="See all products").click()
    assert len(titles(page)) == 24


def test_an_error_is_told_with_its_advice_and_can_be_retried(page):
    page.goto("/?q=milk")
    titles(page)
    problem = {"type": "/docs#problem-busy", "title": "The server is too busy", "status": 503, "detail": "64 wait.",
               "what_to_do": "Try again."}  # fmt: skip
    content = {"status": 503, "content_type": "application/problem+json"}
    page.expected_on_console = [
        "error: Failed to load resource: the server responded with a status of 503 (Service Unavailable)"
    ]
    page.route("**/api/search**", lambda route: route.fulfill(json=problem, **content))
    page.get_by_role("radio", name="Words").check()
    expect(page.get_by_role("alert").filter(has_text="64 wait.")).to_contain_text("The server is too busy")
    page.unroute("**/api/search**")
    page.get_by_role("button", name="Try again").click()
    assert titles(page)


def test_old_results_stay_while_new_ones_are_on_their_way(page):
    page.goto("/?q=milk")
    before = titles(page)
    waiting = []
    page.route("**/api/search**", lambda route: waiting.append(route))
    page.get_by_role("radio", name="Words").check()
    expect(page.locator("#stage")).to_have_class("slow")
    expect(page.locator("#stage")).to_have_attribute("aria-busy", "true")
    assert page.locator(".product .title").all_inner_texts() == before
    for route in waiting:
        route.continue_()
    titles(page)


def test_a_phone_needs_no_sideways_scrolling_and_has_the_filters_behind_a_button(browser, client):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with watched_page(browser, str(client.base_url), **phone) as page:
        page.goto("/?q=milk")
        titles(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        expect(page.locator("#filters")).to_be_hidden()
        page.get_by_role("button", name="Filters").tap()
        expect(page.get_by_role("button", name="Filters")).to_have_attribute("aria-expanded", "true")
        page.get_by_label("In stock only").tap()
        expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()
        page.get_by_role("combobox", name="Search the shop").fill("whole")
        suggestions(page).first.tap()
        titles(page)
        page.locator(".why").first.tap()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_both_schemes(browser, client, scheme):
    with watched_page(browser, str(client.base_url), color_scheme=scheme, reduced_motion="reduce") as page:
        for address in ("/?q=milk&stock=1", "/?q=zzqqxx&mode=lexical", "/docs"):
            page.goto(address)
            page.wait_for_selector("#stage[aria-busy=false], .operation")
            dark = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g)[0] < 128")
            assert dark == (scheme == "dark")
            assert page.evaluate(CONTRAST) == []


def test_the_keyboard_reaches_everything_and_the_focus_can_be_seen(page):
    page.goto("/?q=milk")
    titles(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the results")).to_be_focused()
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("(e => e.name || e.className || e.id)(document.activeElement)"))
        assert page.evaluate(FOCUS_IS_VISIBLE), page.evaluate("document.activeElement.outerHTML")
    assert {"q", "store", "stock", "least", "most", "category", "brand", "mode", "title", "add", "why"} <= reached


def test_motion_stops_where_it_is_not_wanted(browser, client):
    with watched_page(browser, str(client.base_url), reduced_motion="reduce") as page:
        page.goto("/?q=milk")
        titles(page)
        assert page.locator(".stand img").first.evaluate("image => getComputedStyle(image).transitionDuration") == "0s"


def test_the_interface_page_draws_every_route_and_problem(page, client):
    page.goto("/docs")
    page.wait_for_selector(".operation")
    paths = client.get("/openapi.json").json()["paths"]
    assert page.locator(".operation").count() == sum(len(methods) for methods in paths.values())
    page.goto("/docs#problem-busy")
    page.wait_for_selector("tr:target")
    expect(page.locator("tr:target")).to_contain_text("too busy")
    section = page.locator("#get-api-suggest")
    section.get_by_text("Try it").click()
    section.locator("input[name=q]").fill("mil")
    section.get_by_role("button", name="Send").click()
    expect(section.locator(".output")).to_contain_text("whole milk")
