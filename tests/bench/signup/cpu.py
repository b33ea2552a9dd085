"""Processor time of the pages of sign-up, over a bare control that answers in between.

Requests go straight into the WSGI application, so that no web server and no client is counted;
what PostgreSQL does in its own processes is not counted either, for neither of the two.
"""

import io
import os
import secrets
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import urlencode

import itsdangerous
from flask import Flask
from werkzeug.test import EnvironBuilder

from exchange.app import create_app
from tests.bench.apart import apart
from tests.bench.signup.applicant import TYPICAL, steps_sent, walk
from tests.bench.signup.control import create_control
from tests.bench.signup.load import SEEN
from tests.bench.signup.site import (
    RAW_CSRF_TOKEN,
    SECRET,
    Answers,
    new_cycle,
    new_drafts,
    settings_of,
)
from tests.web.statements import statements

ROUNDS = 12
MOST_PAGE_MS = 2.5
MOST_POST_MS = 6.0
MOST_SENDING_MS = 40.0
"""Two cores have so much for each of 3,000 sendings a minute."""


class Cost(NamedTuple):
    """Milliseconds of each request over the control of the same moment, and statements sent."""

    page_ms: list[float]
    post_ms: list[float]
    page_statements: int
    post_statements: int


class Measured(NamedTuple):
    """What one database's process sends back."""

    control_ms: list[float]
    steps: dict[str, Cost]
    sending_ms: list[float]
    sending_statements: int


def measure(urls: dict[str, str]) -> None:
    """Print a table for each database."""
    for name, url in urls.items():
        found = apart(_measure, url)
        assert found is not None
        _print(name, found)


def _print(name: str, found: Measured) -> None:
    print(f"Processor time on {name}, CPU-ms over a bare Flask page; median (least-most)")
    print(f"the bare page itself: {_spread(found.control_ms)}")
    print(f"{'step':14} {'GET':>18} {'SQL':>4} {'POST':>18} {'SQL':>4}")
    for slug, cost in found.steps.items():
        print(
            f"{slug:14} {_spread(cost.page_ms):>18} {cost.page_statements:4}"
            f" {_spread(cost.post_ms):>18} {cost.post_statements:4}"
        )
    pages = [ms for cost in found.steps.values() for ms in cost.page_ms]
    posts = [ms for cost in found.steps.values() for ms in cost.post_ms]
    print(f"{'all steps':14} {_spread(pages):>18}      {_spread(posts):>18}")
    print(f"{'target':14} {f'<= {MOST_PAGE_MS}':>18}      {f'<= {MOST_POST_MS}':>18}")
    sending = f"{_spread(found.sending_ms):>18} {found.sending_statements:4}"
    print(f"{'final sending':14} {'':18}      {sending}\n", flush=True)


def _spread(ms: list[float]) -> str:
    return f"{statistics.median(ms):.2f} ({min(ms):.2f}-{max(ms):.2f})"


def _measure(url: str) -> Measured:
    # Its log lines are made as in service; only nobody reads them.
    sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    with TemporaryDirectory() as folder:
        app = create_app(settings_of(url, folder))
        control = create_control(url, SECRET)
        cycle = new_cycle(url)
        answers = steps_sent(walk(app, cycle, TYPICAL))
        empty = new_drafts(url, cycle, {}, count=ROUNDS + 1)
        complete = new_drafts(url, cycle, answers, count=ROUNDS + 2)
        site = Site(app, control, f"/signup/{cycle}/student")
        # The first ones warm templates, statements and caches.
        rounds = [site.walk_steps(cookie, answers) for cookie in empty][1:]
        sent = [site.send_off(cookie) for cookie in complete][2:]
    steps = {
        slug: Cost(
            [one[slug][0] for one in rounds],
            [one[slug][1] for one in rounds],
            rounds[0][slug][2],
            rounds[0][slug][3],
        )
        for slug in answers
    }
    return Measured(site.control_ms, steps, [ms for ms, _sql in sent], sent[0][1])


class Site:
    """The product and the control side by side, asked one after the other."""

    def __init__(self, app: Flask, control: Flask, root: str) -> None:
        self.app, self.control, self.root = app, control, root
        self.control_ms: list[float] = []
        client = control.test_client()
        client.post("/")
        kept = client.get_cookie("session")
        self.control_cookie = kept.value if kept else ""
        signer = itsdangerous.URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token")
        self.csrf_token = str(signer.dumps(RAW_CSRF_TOKEN))

    def walk_steps(self, cookie: str, answers: Answers) -> dict[str, tuple[float, float, int, int]]:
        """Open and send each step of an empty draft; (GET, POST, statements of each)."""
        found = {}
        for slug, kept in answers.items():
            path = f"{self.root}/{slug}"
            got_ms, status, page = self._over_control(cookie, "GET", path)
            assert status == 200, (slug, status)
            match = SEEN.search(page)
            values = {**kept, "csrf_token": self.csrf_token, "seen": match and match[1]}
            with statements(self.app) as posted:
                sent_ms, status, _page = self._over_control(cookie, "POST", path, values)
            assert status == 303, (slug, status)
            with statements(self.app) as read:
                self._answer(self.app, cookie, "GET", path)
            found[slug] = (got_ms, sent_ms, len(read), len(posted))
        return found

    def send_off(self, cookie: str) -> tuple[float, int]:
        """Send a complete draft; (milliseconds over the control, statements)."""
        values = {"csrf_token": self.csrf_token, "is_true": "yes", "agrees": "yes"}
        path = f"{self.root}/declaration"
        with statements(self.app) as sent:
            ms, status, _page = self._over_control(cookie, "POST", path, values)
        assert status == 303, status
        return ms, len(sent)

    def _over_control(
        self, cookie: str, method: str, path: str, values: Any = None
    ) -> tuple[float, int, str]:
        bare_ms, _status, _page = self._answer(self.control, self.control_cookie, "GET", "/")
        self.control_ms.append(bare_ms)
        ms, status, page = self._answer(self.app, cookie, method, path, values)
        return ms - bare_ms, status, page

    def _answer(
        self, app: Flask, cookie: str, method: str, path: str, values: Any = None
    ) -> tuple[float, int, str]:
        body = urlencode(values, doseq=True).encode() if values is not None else b""
        environ = EnvironBuilder(
            path=path,
            method=method,
            base_url="http://127.0.0.1:8000",
            headers={"Cookie": f"session={cookie}"} if cookie else {},
            input_stream=io.BytesIO(body),
            content_type="application/x-www-form-urlencoded" if body else None,
            content_length=len(body),
        ).get_environ()
        # Another address each time, as the proxy in front would say: limits hold by address.
        environ["HTTP_X_FORWARDED_FOR"] = f"2001:db8:2::{secrets.token_hex(2)}"
        status: list[str] = []
        began = time.process_time()
        answer = app(environ, lambda line, headers, exc=None: status.append(line))
        page = b"".join(answer)
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        return (time.process_time() - began) * 1000, int(status[0][:3]), page.decode()
