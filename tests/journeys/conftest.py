"""A running service with the demonstration's cycle in it, and a visitor who inspects every page."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Response, expect

from exchange.clock import now
from exchange.config import Settings
from exchange.services import seeding
from exchange.services.actor import COMMAND
from tests.journeys.serving import Service, serve, sign_in_link, writing
from tests.patience import PATIENCE_S

PATIENCE_MS = 1000 * PATIENCE_S
NARROWEST_PX = 320
MOST_TABS = 60
"""A person who uses the keyboard gives up before."""


@dataclass
class Inspector:
    """A visitor's page; `look` finds what a person with a screen reader or a phone would miss."""

    page: Page
    url: str
    inspects: bool
    seen: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to a page of the service."""
        self.page.goto(self.url + path)

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Wait until what is done here has led to another page, and that page is all there.

        The load state alone tells nothing: right after a click it is still that of the old page.
        """
        with self.page.expect_navigation(timeout=PATIENCE_MS):
            yield

    def press(self, words: str) -> None:
        """Press the button of these words and wait for the page that follows."""
        with self.leaving():
            self.page.get_by_role("button", name=words, exact=True).click()

    def press_by_keyboard(self, words: str) -> None:
        """Reach the button or link of these words with the Tab key alone, and press Enter."""
        self.page.locator("body").focus()
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            focused = self.page.evaluate("document.activeElement.innerText || ''")
            if focused.strip() == words:
                with self.leaving():
                    self.page.keyboard.press("Enter")
                return
        raise AssertionError(f"{words} is not reached within {MOST_TABS} presses of Tab")

    def follow(self, words: str) -> None:
        """Follow the link of these words."""
        with self.leaving():
            self.page.get_by_role("link", name=words, exact=True).first.click()

    def look(self, heading: str | None = None) -> None:
        """Check that this is the page meant, and that nothing is wrong with it."""
        title = self.page.locator("h1")
        if heading is None:
            heading = title.inner_text()
        expect(title).to_have_text(heading, timeout=PATIENCE_MS)
        self.page.wait_for_load_state()
        self.seen.append(heading)
        assert self.faults == [], heading
        if not self.inspects:
            return
        size = self.page.viewport_size
        assert size is not None
        for pixels in (size["width"], NARROWEST_PX):
            self.page.set_viewport_size({"width": pixels, "height": size["height"]})
            width = self.page.evaluate("document.documentElement.scrollWidth")
            assert width <= pixels, f"{heading} is {width} pixels wide on {pixels}"
        # What axe knows of hardly depends on the width; where it does, the narrow page is worse.
        report = Axe().run(self.page)
        assert report.violations_count == 0, (heading, report.generate_report())
        self.page.set_viewport_size(size)

    def note_console(self, message: ConsoleMessage) -> None:
        """Remember what the browser complains of: a blocked script or style among others.

        A request that the browser drops when a page is left is no fault of that page.
        """
        if message.type in ("error", "warning") and "Failed to fetch" not in message.text:
            self.faults.append(message.text)

    def note_response(self, response: Response) -> None:
        """Remember answers that no page of a journey should give."""
        if response.status >= 400:
            self.faults.append(f"{response.status} {response.url}")


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    """The service with the demonstration in it."""
    with serve(settings, _load_demonstration(settings)) as running:
        yield running


@pytest.fixture
def inspector(page: Page, service: Service, settings: Settings) -> Inspector:
    """A visitor to the service; which database stands behind a page does not change the page."""
    page.set_default_timeout(PATIENCE_MS)
    made = Inspector(page, service.url, inspects=settings.database_url.startswith("sqlite"))
    page.on("console", made.note_console)
    page.on("response", made.note_response)
    return made


def _load_demonstration(settings: Settings) -> list[str]:
    """Load the demonstration; return paths of links that sign its coordinator and reviewer in."""
    with writing(settings) as session:
        demo = seeding.load_demo(session, COMMAND, now())
        return [sign_in_link(session, account) for account in (demo.coordinator, demo.reviewer)]
