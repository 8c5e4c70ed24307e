"""The walk in a real browser: every step shows the numbers of the Python trace, nothing is asked of anybody else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from aisle.inspection.inspector import Inspector
from aisle.inspection.match import match
from aisle.serve.run import address_of, config, listen
from aisle.serve.settings import ServeSettings
from aisle.serve.walk_app import create_walk_app
from aisle.serve.walk_file import walk_file
from tests.conftest import TINY, write_tiny_encoder

from .browser import launched, titles, watched_page
from .world import Ready

pytestmark = pytest.mark.browser

CONTRAST = Path(__file__).with_name("contrast.js").read_text()
STEPS = [
    "text", "pieces", "ids", "sum", "positions", "qkv", "score", "softmax", "context", "join", "norm1", "ffn", "norm2",
    "lines", "glance", "neurons", "caveat", "pool", "match",
]  # fmt: skip
TEXT, PAIR = "Organic oat milk", "whole milk"
PATIENCE = 60_000
LAYER, HEAD, FROM, TO, DIM, UNIT = 1, 2, 2, 3, 5, 9


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def inspector(tiny_encoder: Path) -> Inspector:
    return Inspector.load(tiny_encoder)


@pytest.fixture(scope="module", autouse=True)
def opened(client) -> None:
    """The server loads torch and the encoder at the first walk, for which no page should have to wait."""
    assert client.get("/api/inspect", params={"text": "milk"}, timeout=120).status_code == 200


@pytest.fixture
def page(browser: Browser, client) -> Iterator[Page]:
    with watched_page(browser, str(client.base_url), viewport={"width": 1280, "height": 860}) as found:
        yield found


def address(step: str = "text", **state: object) -> str:
    return f"/walk#{urlencode({'text': TEXT, 'step': step, **state})}"


def settled(page: Page) -> None:
    page.wait_for_selector("#stage[aria-busy=false]", timeout=PATIENCE)


def go_to(page: Page, step: str) -> None:
    page.locator(f"#stations a[href*='step={step}']").click()
    page.wait_for_selector(f"#stations [aria-current][href*='step={step}']", timeout=PATIENCE)
    settled(page)


def shown(page: Page, what: str) -> float:
    """The number that stands under this name, in full."""
    return float(page.locator(f'#stage [data-value="{what}"]').first.get_attribute("title") or "")


def test_clicking_through_every_step_shows_the_numbers_of_the_trace(page: Page, inspector: Inspector) -> None:
    trace = inspector.trace(TEXT)
    read = inspector.tokens(TEXT)
    page.goto(address(layer=LAYER, head=HEAD, **{"from": FROM, "to": TO, "dim": DIM, "unit": UNIT}))
    settled(page)
    expect(page.locator("#stations li")).to_have_count(len(STEPS))
    attention, forward = f"layer.{LAYER}.attention", f"layer.{LAYER}.feed_forward"

    def agree(name: str, value: float, *, at: str = "") -> None:
        assert shown(page, at or name) == pytest.approx(float(value), abs=1e-6), name

    for step in STEPS:
        go_to(page, step)
        expect(page.locator("#stage [role=alert]")).to_have_count(0)
        expect(page.locator("#stage .differs")).to_have_count(0)
        if step == "text":
            expect(page.locator("#stage [data-value=normalized]")).to_have_text("organic oat milk")
        elif step == "ids":
            assert page.locator("#stage .ticket-id").all_inner_texts() == [str(number) for number in read.ids]
            assert page.locator("#stage .ticket-token").all_inner_texts() == read.tokens
        elif step == "sum":
            for kind in ("token", "position", "segment", "sum", "normalized"):
                agree(f"embeddings.{kind}", trace[f"embeddings.{kind}"][FROM, DIM])
        elif step == "qkv":
            for kind in ("query", "key", "value"):
                boxes = page.locator(f"#stage [data-boxes={kind}] .box").all_inner_texts()
                expected = [f"{number:.2f}" for number in trace[f"{attention}.{kind}"][HEAD, FROM]]
                assert [box.replace("−", "-") for box in boxes] == expected
                agree(f"{attention}.{kind}", trace[f"{attention}.{kind}"][HEAD, FROM, DIM])
        elif step == "score":
            q_K, k_K = trace[f"{attention}.query"][HEAD, FROM], trace[f"{attention}.key"][HEAD, TO]
            agree("q·k", np.dot(q_K.astype(float), k_K.astype(float)))
            agree(f"{attention}.scores", trace[f"{attention}.scores"][HEAD, FROM, TO])
        elif step == "softmax":
            for place, weight in enumerate(trace[f"{attention}.weights"][HEAD, FROM]):
                agree(f"weight {place}", weight)
            agree("row sum", 1)
        elif step == "context":
            agree(f"{attention}.context", trace[f"{attention}.context"][HEAD, FROM, DIM])
        elif step == "join":
            page.locator("#stage .agrees").wait_for()
            agree(f"{attention}.output", trace[f"{attention}.output"][FROM, DIM])
        elif step == "norm1":
            for kind in ("output", "residual", "normalized"):
                agree(f"{attention}.{kind}", trace[f"{attention}.{kind}"][FROM, DIM])
        elif step == "ffn":
            expect(page.locator("#stage .agrees")).to_have_count(3)
            agree(f"{forward}.hidden", trace[f"{forward}.hidden"][FROM, UNIT])
            agree(f"{forward}.activated", trace[f"{forward}.activated"][FROM, UNIT])
            agree(f"{forward}.output", trace[f"{forward}.output"][FROM, DIM])
        elif step == "norm2":
            for kind in ("output", "residual", "normalized"):
                agree(f"{forward}.{kind}", trace[f"{forward}.{kind}"][FROM, DIM])
        elif step == "lines":
            weights_TT = trace[f"{attention}.weights"][HEAD]
            for place in range(len(read.ids)):
                agree(f"from {place}", weights_TT[FROM, place])
                agree(f"to {place}", weights_TT[place, TO])
        elif step == "glance":
            expect(page.locator(".glance-row[data-drawn]")).to_have_count(2)
            mean = trace["layer.0.attention.weights"][3].diagonal().mean()
            expect(page.locator('[data-value="habit 0 3"]')).to_have_text(f"{mean * 100:.1f}%")
        elif step == "neurons":
            for place in range(len(read.ids)):
                agree(f"score {place}", trace[f"{attention}.scores"][HEAD, FROM, place])
        elif step == "pool":
            for kind in ("cls", "mean", "max"):
                agree(f"pooled.{kind}", trace[f"pooled.{kind}"][DIM])


def test_layers_heads_and_tokens_are_chosen_by_click_and_by_key(page: Page, inspector: Inspector) -> None:
    trace = inspector.trace(TEXT)
    page.goto(address("score"))
    settled(page)
    page.get_by_role("radiogroup", name="Layer").get_by_role("radio", name="1").click()
    page.get_by_role("radiogroup", name="Head").get_by_role("radio", name="3").click()
    page.wait_for_function("() => location.hash.includes('head=3')")
    settled(page)
    assert shown(page, "score") == pytest.approx(trace["layer.1.attention.scores"][3, 2, 3], abs=1e-6)
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("radiogroup", name="Head").get_by_role("radio", name="2")).to_be_focused()
    page.locator("#stage h2").click()
    page.keyboard.press("l")
    page.keyboard.press("Shift+T")
    page.wait_for_function("() => location.hash.includes('from=1')")
    settled(page)
    assert shown(page, "score") == pytest.approx(trace["layer.0.attention.scores"][2, 1, 3], abs=1e-6)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#stage h2")).to_have_text("Softmax")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")


def test_a_picture_is_read_out_under_the_pointer_and_by_arrow_keys(page: Page, inspector: Inspector) -> None:
    page.goto(address("sum"))
    settled(page)
    canvas = page.locator('[data-map="embeddings.token"] canvas')
    box = canvas.bounding_box()
    assert box
    token_TD = inspector.trace(TEXT)["embeddings.token"]
    rows, columns = token_TD.shape
    page.mouse.move(box["x"] + box["width"] * 7.5 / columns, box["y"] + box["height"] * 2.5 / rows)
    readout = page.locator("#stage .readout").first
    expect(readout).to_have_text(f"oat (2) · dimension 7 · {token_TD[2, 7]:.4f}".replace("-", "−"))
    canvas.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(readout).to_have_text(f"milk (3) · dimension 8 · {token_TD[3, 8]:.4f}".replace("-", "−"))
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash.includes('dim=8')")
    settled(page)
    assert shown(page, "embeddings.token") == pytest.approx(token_TD[3, 8], abs=1e-6)


def test_the_string_is_split_try_by_try_and_what_is_unknown_is_told(page: Page) -> None:
    page.goto(f"/walk#{urlencode({'text': 'Milky café 🥑', 'step': 'pieces'})}")
    settled(page)
    expect(page.locator("#notices")).to_contain_text("1 word is in no part of the vocabulary")
    assert page.locator("#stage .try code").all_inner_texts() == ["milky", "milk", "##y"]
    assert page.locator("#stage .try.found code").all_inner_texts() == ["milk", "##y"]
    page.get_by_role("radio", name="🥑").click()
    expect(page.locator("#stage .cut")).to_contain_text("[UNK]")
    go_to(page, "text")
    expect(page.locator("#stage .edit").filter(has_text="é")).to_have_text("é→e")


def test_two_texts_show_why_they_match_and_can_be_told_apart(page: Page, inspector: Inspector) -> None:
    page.goto("/walk")
    settled(page)
    page.locator("#text").fill(TEXT)
    page.locator("#pair").fill(PAIR)
    page.get_by_role("button", name="Walk", exact=True).click()
    page.wait_for_function("() => location.hash.includes('pair=')")
    settled(page)
    go_to(page, "match")
    page.get_by_role("radio", name="pieces").click()
    found = match(inspector, TEXT, PAIR)
    assert shown(page, "cosine") == pytest.approx(found.cosine, abs=1e-9)
    assert shown(page, "sum of parts") == pytest.approx(found.cosine, abs=1e-6)
    first, second = divmod(int(found.contributions_AB.argmax()), len(found.b))
    assert shown(page, f"pair {first} {second}") == pytest.approx(found.contributions_AB.max(), abs=1e-6)
    go_to(page, "lines")
    page.get_by_role("radio", name="A → B").click()
    page.wait_for_function("() => location.hash.includes('filter=ab')")
    settled(page)
    sides = inspector.tokens(TEXT, PAIR).sides
    expect(page.locator("#stage .small").first).to_contain_text(f"of {sides.count(0) * sides.count(1)} weights")


def test_the_shop_page_leads_from_a_result_to_its_match(page: Page) -> None:
    page.goto("/?q=whole+milk")
    titles(page)
    page.get_by_role("button", name="Why this result").first.click()
    page.get_by_role("link", name="Taken apart word by word").click()
    settled(page)
    expect(page.locator("#stage h2")).to_have_text("Why two texts match")
    expect(page.locator("#text")).to_have_value("whole milk")
    expect(page.locator("#pair")).not_to_have_value("")


def test_bad_input_is_answered_in_words(page: Page) -> None:
    page.expected_on_console = [
        "error: Failed to load resource: the server responded with a status of 400 (Bad Request)"
    ]
    page.goto(f"/walk#{urlencode({'text': '   '})}")
    expect(page.get_by_role("alert")).to_contain_text("give at least one word")
    page.locator("#text").fill("milk " * 10_000)
    page.get_by_role("button", name="Walk", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("the last 9,938 are not read", timeout=PATIENCE)
    go_to(page, "ids")
    expect(page.locator("#stage .ticket")).to_have_count(64)
    expect(page.locator("#stage .cut").first).to_contain_text("9,938 tokens did not fit")
    page.locator("#text").fill("milk " * 30_000)
    page.get_by_role("button", name="Walk", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("too long to send")


def test_an_address_leads_to_the_very_number_and_back_goes_back(page: Page) -> None:
    page.goto(address("ffn", layer=1, unit=33, **{"from": 1}))
    settled(page)
    before = shown(page, "layer.1.feed_forward.hidden")
    go_to(page, "pool")
    page.go_back()
    expect(page.locator("#stage h2")).to_have_text("Feed-forward")
    settled(page)
    assert shown(page, "layer.1.feed_forward.hidden") == before
    page.goto(address("nowhere", layer=99, head=99, dim=9999, **{"from": 999}))
    settled(page)
    expect(page.locator("#stage h2")).to_have_text("Normalise")


def test_the_page_names_its_checkpoint_and_what_is_known_of_its_difference(page: Page) -> None:
    page.goto(address())
    settled(page)
    expect(page.locator("#trust")).to_contain_text("2 layers × 4 heads, 32 wide")
    expect(page.locator("#trust")).to_contain_text("Hugging Face")


DESK = {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}


@pytest.mark.parametrize("look", [DESK, PHONE], ids=["light at a desk", "dark on a phone"])
def test_every_step_can_be_read_and_needs_no_sideways_scrolling(browser: Browser, client, look: dict[str, Any]) -> None:
    with watched_page(browser, str(client.base_url), reduced_motion="reduce", **look) as page:
        page.goto(address(pair=PAIR))
        for step in STEPS:
            go_to(page, step)
            assert page.evaluate(CONTRAST) == [], step
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step


def test_one_file_holds_the_walk_without_a_server(browser: Browser, inspector: Inspector, tmp_path: Path) -> None:
    file = tmp_path / "walk.html"
    file.write_text(walk_file(inspector, TEXT, PAIR), encoding="utf-8")
    trace = inspector.trace(TEXT, PAIR)
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith(("file:", "data:")) else said.append(one.url))
    page.goto(f"{file.as_uri()}#step=score&layer=1&head=2")
    settled(page)
    assert shown(page, "layer.1.attention.scores") == pytest.approx(
        trace["layer.1.attention.scores"][2, 2, 3], abs=1e-6
    )
    for step in STEPS:
        go_to(page, step)
        expect(page.locator("#stage [role=alert]")).to_have_count(0)
        expect(page.locator("#stage .differs")).to_have_count(0)
    expect(page.locator("#walk-form")).to_be_hidden()
    page.close()
    assert said == []


def test_a_file_with_some_steps_says_what_it_lacks(browser: Browser, inspector: Inspector, tmp_path: Path) -> None:
    file = tmp_path / "part.html"
    file.write_text(walk_file(inspector, TEXT, steps=("embeddings.*",)), encoding="utf-8")
    page = browser.new_page()
    page.goto(f"{file.as_uri()}#step=sum")
    settled(page)
    expect(page.locator("#stage [role=alert]")).to_have_count(0)
    go_to(page, "score")
    expect(page.get_by_role("alert")).to_contain_text(re.compile("does not hold layer.0.attention.query"))
    page.close()


@pytest.fixture
def long_address(tmp_path: Path) -> Iterator[str]:
    """The walk served alone, over an encoder with 512 positions."""
    encoder = write_tiny_encoder(tmp_path / "long", config=replace(TINY, max_positions=512))
    settings = ServeSettings(port=0)
    listener = listen(settings)
    server = Ready(config(create_walk_app(str(encoder), settings), settings))
    server.ready = threading.Event()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    assert server.ready.wait(30)
    yield address_of(listener)
    server.should_exit = True
    thread.join(20)
    listener.close()


def test_512_tokens_are_walked_through_with_little_on_the_page_at_a_time(browser: Browser, long_address: str) -> None:
    text = "oat milk and whole bread with butter " * 100
    with watched_page(browser, long_address, viewport={"width": 1280, "height": 860}) as page:
        page.goto(f"/walk#{urlencode({'text': text})}")
        settled(page)
        expect(page.locator("#notices")).to_contain_text("512 positions")
        # Leaving a step that is still being drawn is no error.
        go_to(page, "glance")
        for step in STEPS:
            go_to(page, step)
            expect(page.locator("#stage [role=alert]")).to_have_count(0)
            expect(page.locator("#stage .differs")).to_have_count(0)
            assert page.locator("#stage *").count() < 5000, step
            if step == "ids":
                expect(page.locator("#stage .ticket")).to_have_count(512)
            elif step == "softmax":
                expect(page.locator("#stage tbody tr")).to_have_count(24)
                assert shown(page, "row sum") == pytest.approx(1, abs=1e-5)
            elif step == "lines":
                page.get_by_role("radio", name="any").click()
                expect(page.locator("#stage .small").first).to_contain_text("262,144 of 262,144 weights")
                expect(page.locator("#stage .small").first).to_contain_text("of which the 3,000 strongest are drawn")
            elif step == "glance":
                expect(page.locator(".glance-row[data-drawn]")).to_have_count(2)
                assert page.locator(".thumb canvas").first.get_attribute("width") == "48"
