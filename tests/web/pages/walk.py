"""Somebody who opens every page of theirs, sends its forms wrongly, and looks at what comes."""

import re
from collections import Counter
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
from flask import Flask
from playwright.sync_api import ConsoleMessage, Page, Request, Response

from tests.web.pages.places import Who, places_of
from tests.web.world import World

HERE = Path(__file__).parent
AXE = (resources.files(axe_playwright_python) / "axe.min.js").read_text()
LAYOUT, FAULTY, SUMMARY = (
    (HERE / f"{name}.js").read_text() for name in ("layout", "faulty", "summary")
)
RUN_AXE = """async (rules) => {
  const found = await axe.run(document, {resultTypes: ["violations"], ...rules});
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 200))}`);
}"""
ALL_RULES: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}}
COLOURS: dict[str, Any] = {"runOnly": ["color-contrast"]}
WRONG = ("", "?" * 3000)
"""What is typed into every box: nothing, and more than any of them takes."""

RTL = ("ar", "he")
ALL = slice(None)


@dataclass
class Walker:
    """One browser; `faults` holds what is wrong, each with the page where it is."""

    page: Page
    url: str
    app: Flask
    world: World
    is_thorough: bool = False
    """Whether on a desk, too, in dark colours, and with boxes that hold too much."""
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    unrefused: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    language: str = "en"
    at: str = ""
    status: int = 0
    looked_at: set[tuple[str, int, str]] = field(default_factory=set)

    @property
    def widths(self) -> tuple[int, ...]:
        """How wide the windows are."""
        return (320, 1280) if self.is_thorough else (320,)

    def __post_init__(self) -> None:
        self.page.on("console", self._note_console)
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_response)

    def walk(self, who: Who, language: str, part: slice = ALL) -> None:
        """Look at every page of somebody, or some of them, in one language."""
        self.language = language
        self.page.goto(f"{self.url}/privacy?lang={language.replace('_', '-')}")
        for path in places_of(self.app, self.world, who)[part]:
            self.at = f"{who.value} {path} {language}"
            self.page.goto(self.url + path)
            # Some lead elsewhere, and steps and sections that do not apply are not there.
            if urlsplit(self.page.url).path != path:
                self.counts["led elsewhere"] += 1
                continue
            if self.status != 200:
                self.missing.add(path)
            self.look()
            self.send_wrongly(path)

    def look(self) -> None:
        """Check the page at hand, unless one that is the same word for word was seen before."""
        html = re.sub(r"[0-9a-f]{32}|value=\"[^\"]{40,}\"", "", self.page.inner_html("main"))
        for width in self.widths:
            if (html, width, self.language) in self.looked_at:
                continue
            self.looked_at.add((html, width, self.language))
            self.counts["looked at"] += 1
            self.page.set_viewport_size({"width": width, "height": 700})
            direction = "rtl" if self.language in RTL else "ltr"
            asked = {"lang": self.language.replace("_", "-"), "dir": direction}
            self._note(width, self.page.evaluate(LAYOUT, asked))
            self.page.evaluate(AXE)
            self._note(width, self.page.evaluate(RUN_AXE, ALL_RULES))
            if self.is_thorough:
                self.page.emulate_media(color_scheme="dark")
                self._note(f"{width} dark", self.page.evaluate(RUN_AXE, COLOURS))
                self.page.emulate_media(color_scheme="light")

    def send_wrongly(self, path: str) -> None:
        """Send each form of the page that has boxes, empty and with far too much in it."""
        for action in self._forms():
            for typed in WRONG if self.is_thorough else WRONG[:1]:
                self.page.goto(self.url + path)
                if action not in self._forms():
                    break
                with self.page.expect_navigation():
                    self.page.evaluate(FAULTY, {"action": action, "typed": typed})
                if self.status != 422:
                    self.unrefused.add(action)
                    continue
                self.counts["refused"] += 1
                place, self.at = self.at, f"{self.at} [{action} with {typed[:3]!r}]"
                self._note("", self.page.evaluate(SUMMARY))
                self.look()
                self.at = place

    def _forms(self) -> list[str]:
        """Where the forms of the page go to that have something to fill in."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("main form[method=post]")]
              .filter((form) => form.querySelector("input:not([type=hidden]), select, textarea"))
              .map((form) => new URL(form.getAttribute("action") || location.pathname, location).pathname)"""
        )
        return list(dict.fromkeys(found))

    def _note(self, width: object, faults: list[str]) -> None:
        self.faults += [f"{self.at} {width}: {fault}" for fault in faults]

    def _note_console(self, message: ConsoleMessage) -> None:
        # Answers that say no are heard of in `_note_response`.
        if message.type in ("error", "warning") and "Failed to load" not in message.text:
            self._note("console", [message.text])

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith(self.url):
            self._note("request", [request.url])

    def _note_response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.status = response.status
        elif response.status >= 400:
            self._note("response", [f"{response.status} {response.url}"])
