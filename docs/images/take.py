"""Takes the pictures of the shop page from a running sample shop: python docs/images/take.py http://127.0.0.1:8000"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

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


def main(base: str) -> None:
    """Write shop-light.png, shop-dark.png, shop-phone.png and shop-why.png beside this file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
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
    main(sys.argv[1])
