"""The load: browsers in a process of their own, each behind its own address. Standard library only.

A browser keeps its connection and its cookie, and follows every redirect.
"""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlencode

CSRF = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
SEEN = re.compile(r'name="seen" value="([^"]+)"')
TASK = re.compile(r'class="task__link"[^>]*href="([^"]+)"')
_TIMEOUT_S = 30.0


class Browser:
    """One client of the site."""

    def __init__(self, port: int, number: int, cookie: str = "") -> None:
        self.port, self.cookie = port, cookie
        # Documentation's own range of addresses; the proxy in front would have written it.
        self.address = f"2001:db8::{number // 65536:x}:{number % 65536:x}"
        self.link: socket.socket | None = None
        self.requests = 0
        self.path = ""

    def get(self, path: str) -> str:
        """Open a page."""
        return self._open("GET", path, None)

    def post(self, path: str, values: dict[str, Any]) -> str:
        """Send a form, and return the page that it leads to."""
        return self._open("POST", path, urlencode(values, doseq=True).encode())

    def _open(self, method: str, path: str, body: bytes | None) -> str:
        status, location, text = self.exchange(method, path, body)
        if status == 303:
            return self.get(location.partition("#")[0])
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status}")
        self.path = path
        return text

    def exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, str, str]:
        """One request and its answer: (status, location, body)."""
        head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        head += [f"X-Forwarded-For: {self.address}", "Accept-Language: en"]
        if self.cookie:
            head.append(f"Cookie: session={self.cookie}")
        if body is not None:
            head.append("Content-Type: application/x-www-form-urlencoded")
            head.append(f"Content-Length: {len(body)}")
        self.requests += 1
        if self.link is None:
            self.link = socket.create_connection(("127.0.0.1", self.port), timeout=_TIMEOUT_S)
            self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link.sendall("\r\n".join((*head, "", "")).encode() + (body or b""))
        return self._answer(self.link)

    def _answer(self, link: socket.socket) -> tuple[int, str, str]:
        got = b""
        while b"\r\n\r\n" not in got:
            got += _more(link)
        head, _blank, body = got.partition(b"\r\n\r\n")
        fields: dict[str, str] = {}
        lines = head.decode("latin-1").split("\r\n")
        for line in lines[1:]:
            name, _colon, value = line.partition(":")
            fields[name.lower()] = value.strip()
        while len(body) < int(fields["content-length"]):
            body += _more(link)
        if "set-cookie" in fields:
            self.cookie = fields["set-cookie"].partition(";")[0].partition("=")[2]
        return int(lines[0].split()[1]), fields.get("location", ""), body.decode()

    def close(self) -> None:
        """Hang up."""
        if self.link is not None:
            self.link.close()


def _more(link: socket.socket) -> bytes:
    got = link.recv(65536)
    if not got:
        raise RuntimeError("the server hung up")
    return got


def whole_journey(browser: Browser, plan: dict[str, Any]) -> bool:
    """Sign up as a student, every page; say whether the reference was shown at the end."""
    root = plan["root"]
    page = browser.post(root, {"csrf_token": _found(CSRF, browser.get(root))})
    done: set[str] = set()
    while not browser.path.endswith("/check"):
        if browser.path.endswith("/tasks"):
            links = TASK.findall(page)
            page = browser.get(next(one for one in links if one.rsplit("/", 1)[1] not in done))
            continue
        slug = browser.path.rsplit("/", 1)[1]
        done.add(slug)
        values = {"csrf_token": _found(CSRF, page), "seen": _found(SEEN, page)}
        page = browser.post(browser.path, {**values, **plan["answers"][slug]})
    values = {"csrf_token": _found(CSRF, page), "seen": _found(SEEN, page)}
    page = browser.post(browser.path, values)
    values = {"csrf_token": _found(CSRF, page), "is_true": "yes", "agrees": "yes"}
    browser.post(browser.path, values)
    return browser.path.endswith("/reference")


def final_sending(browser: Browser, plan: dict[str, Any]) -> bool:
    """Send a complete draft, and nothing else."""
    values = {"csrf_token": plan["csrf_token"], "is_true": "yes", "agrees": "yes"}
    path = f"{plan['root']}/declaration"
    status, location, _page = browser.exchange("POST", path, urlencode(values).encode())
    return status == 303 and location.endswith("/reference")


def bare_pages(browser: Browser, plan: dict[str, Any]) -> bool:
    """Load the control: a page, a form, and the page that follows."""
    browser.get("/")
    browser.post("/", {"a": "b"})
    return True


WORK: dict[str, Callable[[Browser, dict[str, Any]], bool]] = {
    "journeys": whole_journey,
    "sending": final_sending,
    "control": bare_pages,
}


@dataclass
class Tally:
    """What a load has seen."""

    done: int = 0
    refused: int = 0
    requests: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def run(order: str) -> Tally:
    """Keep so many browsers busy for so many seconds; what was begun is finished."""
    plan = json.loads(order)
    tally, lock, numbers = Tally(), threading.Lock(), count(plan["first"])
    cookies: Iterator[str] | None = iter(plan["cookies"]) if "cookies" in plan else None
    began = time.monotonic()
    until = began + plan["seconds"]

    def work() -> None:
        while time.monotonic() < until:
            with lock:
                number, cookie = next(numbers), next(cookies, None) if cookies else ""
            if cookie is None:
                return
            _one(Browser(plan["port"], number, cookie), plan, tally, lock)

    threads = [threading.Thread(target=work) for _ in range(plan["browsers"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.seconds = time.monotonic() - began
    return tally


def _one(browser: Browser, plan: dict[str, Any], tally: Tally, lock: threading.Lock) -> None:
    fault = ""
    try:
        is_done = WORK[plan["work"]](browser, plan)
    except (OSError, RuntimeError, ValueError, LookupError, StopIteration) as error:
        is_done, fault = False, f"{type(error).__name__}: {error}"
    browser.close()
    with lock:
        tally.done += is_done
        tally.refused += not is_done
        tally.requests += browser.requests
        if fault:
            tally.faults.append(fault)


def _found(pattern: re.Pattern[str], page: str) -> str:
    match = pattern.search(page)
    if match is None:
        raise ValueError(f"{pattern.pattern} is not on the page")
    return match[1]
