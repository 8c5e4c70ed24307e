"""A real headless Chromium, and pages in it that may reach nothing but this machine."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launched() -> Iterator[Browser]:
    """The system's Chromium; the tests are skipped where there is none."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
    )
    if not found:
        pytest.skip("no Chromium on this machine: install Debian's package chromium to run the browser tests")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def watched_page(browser: Browser, base_url: str, **context: Any) -> Iterator[Page]:
    """A page of a fresh context. Fails at the end if it asked another host or said anything on the console."""
    opened = browser.new_context(base_url=base_url, **context)
    page = opened.new_page()
    elsewhere: list[str] = []
    said: list[str] = []
    page.on("request", lambda one: elsewhere.append(one.url) if urlsplit(one.url).hostname != "127.0.0.1" else None)
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"exception: {error}"))
    page.set_default_timeout(8000)
    yield page
    opened.close()
    assert elsewhere == []
    assert [line for line in said if line not in getattr(page, "expected_on_console", [])] == []


def titles(page: Page) -> list[str]:
    """Titles on the shelf, once it is settled."""
    page.wait_for_selector("#stage[aria-busy=false]")
    return page.locator(".product .title").all_inner_texts()


def options(page: Page) -> list[str]:
    """Suggestions shown, without the kinds of product they lead to."""
    return page.locator("#suggestions .text").all_inner_texts()


def suggestions(page: Page) -> Locator:
    """The rows of the list below the search box."""
    return page.locator("#suggestions").get_by_role("option")


def until(page: Page, holds: Callable[[], object]) -> None:
    """Let the page go on until something holds, however slow the machine is."""
    for _ in range(800):
        if holds():
            return
        page.wait_for_timeout(20)
    pytest.fail("it did not come about")
