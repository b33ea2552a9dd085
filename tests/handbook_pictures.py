"""The pictures of the handbook: `python -m tests.handbook_pictures` walks a season and makes them.

They show the pages as they are, with invented people, and are committed; run it again when a page
has changed. The journey of the season fails when one of them can no longer be made.
"""

import base64
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from exchange.config import Settings
from exchange.records.base import migrate
from tests.browser import launch
from tests.journeys import season

FOLDER = Path(__file__).parents[1] / "exchange" / "handbook" / "pictures"
WIDTH_PX = 1200
MARGIN_PX = 16
MOST_BYTES = 60_000
QUALITIES = (80, 65, 50, 35)
"""Tried in turn until a picture is small enough."""

PICTURES = {
    "desk": ("h1", 700),
    "questions": ("h1", 1100),
    "rules": ("#pack", 700),
    "import": ("h1", 420),
    "queue": ("h1", 760),
    "application": ("h1", 900),
    "checks": ("h1", 700),
    "run-start": ("h1", 960),
    "run": ("h1", 900),
    "pictures": ("h1", 900),
    "compare": ("h1", 900),
    "why": ("h1", 900),
    "stress": ("h1", 330),
    "hand": ("h1", 700),
    "price": ("h1", 1100),
    "propose": ("h1", 520),
    "confirm": ("h1", 520),
    "offers": ("h1", 700),
    "rematch": ("h1", 900),
    "export": ("h1", 760),
}
"""Name → what stands at the top of the picture, and the most that it is high in pixels."""


def take(page: Page, name: str) -> bytes:
    """Return a picture of the page: as wide as the handbook is, cut to what it is about."""
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": WIDTH_PX, "height": size["height"]})
    selector, most = PICTURES[name]
    top = page.evaluate("(css) => document.querySelector(css).getBoundingClientRect().y", selector)
    end = page.evaluate("document.querySelector('main').getBoundingClientRect().bottom")
    top = max(0, top + page.evaluate("scrollY") - MARGIN_PX)
    clip = {"x": 0, "y": top, "width": WIDTH_PX, "height": min(most, end - top), "scale": 1}
    session = page.context.new_cdp_session(page)
    for quality in QUALITIES:
        picture = _capture(session, clip, quality)
        if len(picture) <= MOST_BYTES:
            break
    session.detach()
    page.set_viewport_size(size)
    return picture


def _capture(session: Any, clip: dict[str, float], quality: int) -> bytes:
    asked = {"format": "webp", "quality": quality, "clip": clip, "captureBeyondViewport": True}
    return base64.b64decode(session.send("Page.captureScreenshot", asked)["data"])


def main() -> None:
    """Make all of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        url = f"sqlite:///{folder / 'season.sqlite'}"
        migrate(url)
        settings = Settings(
            instance_dir=folder / "instance",
            database_url=url,
            _env_file=None,  # type: ignore[call-arg]
        )
        browser = launch(playwright)
        if browser is None:
            sys.exit("No Chromium on this machine.")
        try:
            with season.office_of(
                browser, settings, folder, inspects=False, width=WIDTH_PX
            ) as office:

                def show(name: str) -> None:
                    picture = take(office.visit.page, name)
                    (FOLDER / f"{name}.webp").write_bytes(picture)
                    print(f"{name}: {len(picture)} bytes", flush=True)

                season.walk(office, show)
        finally:
            browser.close()


if __name__ == "__main__":
    main()
