"""A real browser for the journeys: Debian's Chromium, driven headless."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")


def find_browser() -> str | None:
    """Return the browser to drive: `EXCHANGE_TEST_BROWSER`, else the first one on the path."""
    named = os.environ.get("EXCHANGE_TEST_BROWSER")
    return named or next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def launch(playwright: Playwright) -> Browser | None:
    """Start the browser of this machine without a window; None where there is none."""
    program = find_browser()
    if program is None:
        return None
    arguments = ["--disable-gpu", "--disable-quic", "--no-first-run"]
    # Without these it asks the network for things of its own at every start.
    arguments += ["--disable-background-networking", "--disable-component-update"]
    arguments += ["--disable-sync"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=program, args=arguments)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless browser for the session."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        if started is None:
            pytest.skip("no Chromium on this machine")
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page in a context of its own; it may not reach anything but this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    yield opened
    context.close()
