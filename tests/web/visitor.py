"""A browser without scripts that fills in forms, and inspects every page it gets."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.web import page as pages
from tests.web.page import Element

HOST = "http://127.0.0.1:8000"


@dataclass
class Page:
    """An answer: its status, headers, address and tree."""

    status: int
    response: TestResponse
    path: str
    tree: Element

    @property
    def heading(self) -> str:
        """The words of the h1."""
        return self.tree.all("h1")[0].text() if self.tree.all("h1") else ""

    @property
    def text(self) -> str:
        """All words of the content."""
        mains = self.tree.all("main")
        return (mains[0] if mains else self.tree).text()

    @property
    def faults(self) -> list[str]:
        """The lines of the error summary."""
        summary = next(
            (e for e in self.tree.walk() if e.attrs.get("class") == "error-summary"), None
        )
        return [li.text() for li in summary.all("li")] if summary else []

    def values(self) -> MultiDict[str, str]:
        """What the form in the content would send if its button were pressed now."""
        form = self.form()
        values: MultiDict[str, str] = MultiDict()
        for e in form.walk():
            name, kind = e.attrs.get("name"), e.attrs.get("type", "text")
            if not name or e.tag == "button":
                continue
            if e.tag == "textarea":
                values.add(name, "".join(c for c in e.children if isinstance(c, str)).lstrip("\n"))
            elif e.tag == "select":
                picked = [o for o in e.all("option") if "selected" in o.attrs] or e.all("option")
                values.add(name, picked[0].attrs["value"])
            elif e.tag == "input" and (kind not in ("radio", "checkbox") or "checked" in e.attrs):
                values.add(name, e.attrs.get("value", ""))
        return values

    def form(self) -> Element:
        """The form in the content."""
        return self.tree.all("main")[0].all("form")[0]


class Visitor:
    """One browser."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.page: Page | None = None
        self.csrf: str | None = None

    def get(self, path: str, *, follow: bool = True, **kwargs: Any) -> Page:
        """Open a page."""
        return self._take(self.client.get(path, base_url=HOST, buffered=True, **kwargs), follow)

    def post(self, path: str, data: Any = None, *, follow: bool = True, token: bool = True) -> Page:
        """Send values to an address, with the token of this browser's session."""
        values = MultiDict(data or {})
        if token and "csrf_token" not in values:
            values["csrf_token"] = self.token()
        return self._take(self.client.post(path, data=values, base_url=HOST, buffered=True), follow)

    def post_body(self, path: str, body: bytes, content_type: str, *, follow: bool = True) -> Page:
        """Send a body that is made already, such as one with a file in it."""
        response = self.client.post(
            path, data=body, content_type=content_type, base_url=HOST, buffered=True
        )
        return self._take(response, follow)

    def token(self) -> str:
        """A token such as any form of this browser has."""
        if self.csrf is not None:
            return self.csrf
        found = self.get("/application/link").tree.all("input", name="csrf_token")
        return found[0].attrs["value"]

    def send(self, changes: dict[str, Any] | None = None, *, follow: bool = True) -> Page:
        """Fill in the form of the page at hand, and press its button."""
        assert self.page is not None
        values = self.page.values()
        for name, value in (changes or {}).items():
            values.setlist(name, value if isinstance(value, list) else [value])
        sent_from = self.page.response.request.full_path.rstrip("?")
        action = self.page.form().attrs.get("action") or sent_from
        return self._take(
            self.client.post(action, data=values, base_url=HOST, buffered=True), follow
        )

    def _take(self, response: TestResponse, follow: bool) -> Page:
        while follow and response.status_code in (302, 303, 307):
            response = self.client.get(response.headers["Location"], base_url=HOST, buffered=True)
        is_redirect = response.status_code in (301, 302, 303, 307, 308)
        is_page = response.mimetype == "text/html" and response.get_data() and not is_redirect
        tree = pages.read(response.get_data(as_text=True)) if is_page else Element("root", {})
        if is_page:
            pages.check(tree)
        self.page = Page(response.status_code, response, response.request.path, tree)
        return self.page
