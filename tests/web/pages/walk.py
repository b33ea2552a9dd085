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
FORMS = """() => [...document.querySelectorAll("main form[method=post]")]
  .filter((form) => form.querySelector("input:not([type=hidden]), select, textarea"))
  .map((form) => new URL(form.getAttribute("action") || location.pathname, location).pathname)"""
ALL_RULES: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}}
COLOURS: dict[str, Any] = {"runOnly": ["color-contrast"]}
WRONG = ("", "?" * 3000)
"""What is typed into every box: nothing, and more than any of them takes."""
RTL = ("ar", "he")
PHONE_PX, DESK_PX = 320, 1280
ALL = slice(None)


@dataclass
class Walker:
    """One browser; `faults` holds what is wrong, each with the page where it is."""

    page: Page
    url: str
    app: Flask
    world: World
    looked_at: set[tuple[str, int, str]]
    """Pages, widths and languages that anybody looked at; only what is new is looked at."""
    is_thorough: bool = False
    """Whether on a desk, too, in dark colours, and with boxes that hold too much."""
    faults: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    shown: set[str] = field(default_factory=set)
    """Routes that showed their page, ..."""
    refused: set[str] = field(default_factory=set)
    """... that refused it, ..."""
    accepted: set[str] = field(default_factory=set)
    """... and that took a form with nothing in it."""
    language: str = "en"
    at: str = ""
    status: int = 0

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
                continue
            (self.shown if self.status == 200 else self.refused).add(self._route(path, "GET"))
            self.look()
            self.send_wrongly(path)

    def look(self) -> None:
        """Check the page at hand, unless one that is the same word for word was seen before."""
        kept = re.sub(r"[0-9a-f]{32}|value=\"[^\"]{40,}\"", "", self.page.inner_html("main"))
        for width in (PHONE_PX, DESK_PX) if self.is_thorough else (PHONE_PX,):
            if (kept, width, self.language) in self.looked_at:
                continue
            self.looked_at.add((kept, width, self.language))
            self.counts["pages"] += 1
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
        """Send each form of the page that has boxes: empty, and with far too much in it."""
        for action in dict.fromkeys(self.page.evaluate(FORMS)):
            for typed in WRONG if self.is_thorough else WRONG[:1]:
                self.page.goto(self.url + path)
                if action not in self.page.evaluate(FORMS):
                    break
                with self.page.expect_navigation():
                    self.page.evaluate(FAULTY, {"action": action, "typed": typed})
                if self.status != 422:
                    self.accepted |= set() if typed else {self._route(action, "POST")}
                    continue
                self.counts["refused forms"] += 1
                place, self.at = self.at, f"{self.at} [{action} with {typed[:3]!r}]"
                self._note("summary", self.page.evaluate(SUMMARY))
                self.look()
                self.at = place

    def _route(self, path: str, method: str) -> str:
        endpoint: str = self.app.url_map.bind("127.0.0.1").match(path, method)[0]
        return endpoint

    def _note(self, where: object, faults: list[str]) -> None:
        self.faults += [f"{self.at} {where}: {fault}" for fault in faults]

    def _note_console(self, message: ConsoleMessage) -> None:
        # Blocked scripts and styles among others; answers that say no come by `_note_response`.
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
