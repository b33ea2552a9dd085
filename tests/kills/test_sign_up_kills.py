"""SIGKILL of the web process while somebody signs up: nothing, or one whole application."""

import http.client
import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import pytest
from sqlmodel import col, select

from exchange.app import create_app
from exchange.records import Application, Draft, Student
from exchange.records.session import open_session
from tests.kills.lab import Lab
from tests.kills.places import SIGN_UP_PLACES
from tests.patience import PATIENCE_S
from tests.web.signup.way import STUDENT, begin, fill_in
from tests.web.visitor import Visitor

SIGN_UPS = 25
"""Of the long suite, on each database; the site takes no more from one address in an hour."""


@dataclass(frozen=True)
class LastStep:
    """What the browser is about to send, and with which cookie."""

    path: str
    cookie: str
    body: str


def test_sign_up_web_process_killed_sent_again_is_one_application(lab: Lab) -> None:
    _kill_and_send_again(lab, SIGN_UP_PLACES[1:])


@pytest.mark.full("kills")
def test_sign_up_web_process_killed_many_times_loses_and_doubles_nothing(lab: Lab) -> None:
    chance = random.Random(20261124)
    _kill_and_send_again(lab, [chance.choice(SIGN_UP_PLACES) for _ in range(SIGN_UPS)])


def _kill_and_send_again(lab: Lab, places: Sequence[str]) -> None:
    """Kill the site at each place in turn; the next site gets the same form again, twice."""
    lost: tuple[LastStep, set[int], str] | None = None
    for place in [*places, None]:
        with _site(lab) as address:
            if lost is not None:
                _check_sent_again(lab, address, *lost)
            if place is not None:
                last = _all_but_the_last_step(lab)
                before = _applications(lab)
                _send_and_kill(lab, address, last, place)
                lost = (last, before, place)


def _send_and_kill(lab: Lab, address: str, last: LastStep, place: str) -> None:
    lab.arm(place)
    with closing(http.client.HTTPConnection(address, timeout=PATIENCE_S)) as connection:
        _request(connection, last)
        lab.kill(lab.wait_at_place())
        with pytest.raises((ConnectionError, http.client.HTTPException), match="."):
            connection.getresponse()


def _check_sent_again(lab: Lab, address: str, last: LastStep, before: set[int], place: str) -> None:
    kept = _applications(lab) - before
    assert len(kept) == (1 if place == "sign_up_committed" else 0)
    for _ in range(2):
        with closing(http.client.HTTPConnection(address, timeout=PATIENCE_S)) as connection:
            _request(connection, last)
            response = connection.getresponse()
        assert response.status == 303
        assert (response.getheader("Location") or "").endswith("/student/reference")
    added = _applications(lab) - before
    assert len(added) == 1
    assert kept <= added
    with open_session(lab.engine, writes=False) as session:
        drafts = session.exec(
            select(Draft).where(col(Draft.submitted_application_id).in_(added))
        ).all()
        assert len(drafts) == 1
        of_applications = set(session.exec(select(Application.student_id)).all())
        assert set(session.exec(select(Student.id)).all()) <= of_applications


def _all_but_the_last_step(lab: Lab) -> LastStep:
    """Fill in everything in the application of this process; only the last step is really sent."""
    app = create_app(lab.settings)
    visitor = Visitor(app)
    fill_in(visitor, begin(visitor, lab.cohort.cycle), STUDENT)
    page = visitor.send()
    assert page.path.endswith("/declaration"), page.faults
    values = {**page.values().to_dict(), "is_true": "yes", "agrees": "yes"}
    name = visitor.app.config["SESSION_COOKIE_NAME"]
    cookie = visitor.client.get_cookie(name, domain="127.0.0.1")
    assert cookie is not None
    app.extensions["exchange.engine"].dispose()
    return LastStep(page.path, f"{name}={cookie.value}", urlencode(values))


@contextmanager
def _site(lab: Lab) -> Iterator[str]:
    """Run the site in a process of its own; it is stopped at the end if it still lives."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        fd = listening.fileno()
        arguments = ("web-process", "--fd", "{fd}", "--parent", str(lab.nursery.pid))
        process = lab.command(*arguments, inherits=(fd,))
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    process.terminate()
    process.wait()


def _request(connection: http.client.HTTPConnection, last: LastStep) -> None:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": last.cookie,
        "Host": urlsplit("http://127.0.0.1:8000").netloc,
    }
    connection.request("POST", last.path, last.body, headers)


def _applications(lab: Lab) -> set[int]:
    with open_session(lab.engine, writes=False) as session:
        return {one or 0 for one in session.exec(select(Application.id)).all()}
