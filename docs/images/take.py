"""Takes the pictures of the pages from a running sample shop: python docs/images/take.py http://127.0.0.1:8000 [walk]

`walk` takes only those of /walk, for which `aisle inspect --serve` is enough.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

DESK = {"viewport": {"width": 1280, "height": 820}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
HERE = Path(__file__).parent


def opened(browser: Browser, base: str, query: str, **looks: object) -> Page:
    """The page of a query, asked several times so that the time shown is that of a warm server."""
    page = browser.new_context(base_url=base, **looks).new_page()  # type: ignore[arg-type]
    page.goto("/")
    page.uncheck("#learn")
    for _ in range(5):
        page.goto(f"/?q={query}")
        page.wait_for_selector("#stage[aria-busy=false]")
    page.wait_for_timeout(400)
    return page


def walk(browser: Browser, base: str, picture: str, step: str, pair: str = "", **looks: object) -> None:
    """Write one picture of the walk."""
    text = "something for breakfast" if pair else "I love machine learning"
    page = browser.new_context(base_url=base, **looks).new_page()  # type: ignore[arg-type]
    page.goto(f"/walk#{urlencode({'text': text, 'pair': pair, 'step': step, 'layer': 2, 'head': 3})}")
    page.wait_for_selector("#stage[aria-busy=false]")
    if step == "glance":
        page.wait_for_function("() => !document.querySelector('.glance-row:not([data-drawn])')")
    page.wait_for_timeout(400)
    page.screenshot(path=HERE / picture)


def walks(browser: Browser, base: str) -> None:
    """Write walk-*.png."""
    tall = {"viewport": {"width": 1280, "height": 1000}}
    walk(browser, base, "walk-score.png", "score", **tall)
    walk(browser, base, "walk-lines.png", "lines", **tall)
    walk(browser, base, "walk-input.png", "sum", **tall)
    walk(browser, base, "walk-glance-dark.png", "glance", **tall, color_scheme="dark")
    walk(browser, base, "walk-match.png", "match", "Crunchy oat granola with honey, cereal", **tall)
    walk(browser, base, "walk-phone.png", "softmax", **PHONE)


def main(base: str, only: str = "") -> None:
    """Write the pictures beside this file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        walks(browser, base)
        if only == "walk":
            return
        opened(browser, base, "fizzy drink", **DESK).screenshot(path=HERE / "shop-light.png")
        opened(browser, base, "something for breakfast", **PHONE).screenshot(path=HERE / "shop-phone.png")
        dark = opened(browser, base, "italian dinner", **DESK, color_scheme="dark")
        dark.fill("#query", "")
        dark.locator("#query").press_sequentially("ice c")
        dark.wait_for_selector("[role=option]")
        dark.keyboard.press("ArrowDown")
        dark.wait_for_timeout(400)
        dark.screenshot(path=HERE / "shop-dark.png")
        why = opened(browser, base, "fizzy drink", **DESK)
        why.locator(".why").nth(2).click()
        why.wait_for_selector(".reason")
        why.wait_for_timeout(400)
        why.screenshot(path=HERE / "shop-why.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
