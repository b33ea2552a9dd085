"""What holds for every address: problems, ETags, cursors, few statements, and no cookie."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session

from exchange.clock import now
from exchange.records import Cycle
from exchange.records.session import open_session
from exchange.services import cycles
from tests.web.api.caller import Caller, Programs
from tests.web.conftest import Enter
from tests.web.statements import statements
from tests.web.test_list_pages import make_crowd
from tests.web.visitor import HOST
from tests.web.world import World, make_cycle, sign_up, student_profile

MOST = 14
"""Statements of one request: six that look at the token, the rest for the answer."""


def test_session_of_a_browser_is_worth_nothing_here(enter: Enter, world: World) -> None:
    visitor = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    path = f"/cycles/{world.own.cycle}"
    assert visitor.get(path).status == 200
    for method in ("GET", "POST"):
        answer = visitor.client.open(
            f"/api/v1{path}/runs",
            method=method,
            json={} if method == "POST" else None,
            headers={"Idempotency-Key": "k", "X-CSRFToken": visitor.csrf or ""},
            base_url=HOST,
        )
        assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Vary"] == "Authorization"
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/cycles/x", 404),
        ("GET", "/api/v2/cycles", 404),
        ("DELETE", "/cycles", 405),
        ("GET", "/cycles?page=2", 422),
        ("GET", "/cycles?limit=0", 422),
        ("GET", "/cycles?limit=201", 422),
        ("GET", "/cycles?limit=1&limit=2", 422),
        ("GET", "/cycles?cursor=abc", 422),
        ("GET", "/cycles?lang=fr", 422),
    ],
)
def test_what_is_wrong_is_a_problem(office: Caller, method: str, path: str, status: int) -> None:
    answer = office.send(method, path)
    assert answer.status_code == answer.json["status"] == status
    assert {"type", "title", "status", "code", "detail"} <= answer.json.keys()
    if status == 405:
        assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("data", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"\xff", {}, 400),
        (b"", {}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Encoding": "gzip"}, 415),
        (b'{"epsilon": NaN}', {}, 422),
        (b"[]", {}, 422),
        (b" " * 70_000, {}, 413),
    ],
)
def test_body_that_cannot_be_read_is_a_problem(
    office: Caller, world: World, data: bytes, headers: dict[str, str], status: int
) -> None:
    path = f"/cycles/{world.own.cycle}/runs"
    answer = office.send("POST", path, data=data, headers=headers)
    assert answer.status_code == status, answer.text


def test_fault_of_ours_tells_nothing(
    app: Flask, office: Caller, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(cycles, "cycle_counts", broken)
    answer = office.get(f"/cycles/{world.own.cycle}")
    assert (answer.status_code, answer.json["code"]) == (500, "error")
    assert "secret" not in answer.text


def test_unchanged_things_are_not_sent_again(office: Caller, world: World) -> None:
    for path in (
        "/cycles",
        f"/applications/{world.own.application}",
        f"/runs/{world.own.run}/exports/placements?form=programs",
        "/openapi.json",
    ):
        first = office.get(path)
        again = office.get(path, If_None_Match=first.headers["ETag"])
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert office.get(path, If_None_Match='"other"').status_code == 200


def test_walk_meets_everything_once_whatever_is_added_meanwhile(
    office: Caller, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        cycle = make_cycle(session, world.own.programme_id, now(), "Walked")
        _add(session, cycle, range(7))
        session.commit()
    path = f"/cycles/{cycle.public_id}/applications"
    seen: list[str] = []
    address: str | None = f"{path}?limit=3"
    added = 7
    while address is not None:
        page = office.get(address)
        seen += [one["id"] for one in page.json["items"]]
        link = page.headers.get("Link")
        address = link[1:].partition(">")[0] if link else None
        if address is not None and added < 10:
            with open_session(engine) as session:
                _add(session, session.get_one(Cycle, cycle.id), range(added, added + 1))
                session.commit()
            added += 1
    assert len(seen) == len(set(seen)) == added > 7
    assert seen == [one["id"] for one in office.items(path, 200)]


def _add(session: Session, cycle: Cycle, numbers: range) -> None:
    for number in numbers:
        sign_up(session, cycle, student_profile(family_name=f"Nr{number}"), now(), key=str(number))


def test_cursor_is_of_one_list(office: Caller, world: World) -> None:
    cursor = office.get("/cycles?limit=1").json["next"]
    assert office.get(f"/cycles?cursor={cursor}").status_code == 200
    other = office.get(f"/cycles/{world.own.cycle}/applications?cursor={cursor}")
    assert [fault["parameter"] for fault in other.json["errors"]] == ["cursor"]


def test_crowd_costs_no_more_statements_than_one(
    app: Flask, program: Programs, world: World, engine: sa.Engine
) -> None:
    caller = program(world.accounts["coordinator"], world.own)
    few = _statements(app, caller, cycle=world.own.cycle, run=world.own.run)
    with open_session(engine) as session:
        cycle, run = make_crowd(session, world)
        session.commit()
    many = _statements(app, caller, cycle=cycle, run=run)
    assert many == few
    assert max(many.values()) <= MOST, many


def _statements(app: Flask, caller: Caller, *, cycle: str, run: str) -> dict[str, int]:
    paths = {
        "programmes": "/programmes",
        "cycles": "/cycles",
        "cycle": f"/cycles/{cycle}",
        "rules": f"/cycles/{cycle}/rules",
        "applications": f"/cycles/{cycle}/applications?limit=200",
        "runs": f"/cycles/{cycle}/runs",
        "run": f"/runs/{run}",
        "placements": f"/runs/{run}/placements?limit=200",
        "unplaced": f"/runs/{run}/unplaced?limit=200",
        "contacts": f"/runs/{run}/contacts?limit=200",
        "waiting": f"/runs/{run}/waiting-list?limit=200",
    }
    assert caller.get("/programmes").status_code == 200
    counted = {}
    for name, path in paths.items():
        with statements(app) as sent:
            answer = caller.get(path)
        assert answer.status_code == 200
        assert answer.json.get("items", [1]) or name in ("unplaced", "waiting")
        counted[name] = len(sent)
    return counted


def test_adding_costs_as_much_in_a_crowd(
    app: Flask, office: Caller, world: World, engine: sa.Engine
) -> None:
    def cost(cycle: str, number: int) -> int:
        body = {
            "kind": "student",
            "external_id": f"S{number}",
            "answers": {"nationalities": ["FR"]},
        }
        with statements(app) as sent:
            made = office.send("POST", f"/cycles/{cycle}/applications", body)
        assert made.status_code == 201
        return len(sent)

    office.get("/programmes")
    few = cost(world.own.cycle, 1)
    with open_session(engine) as session:
        cycle, _run = make_crowd(session, world)
        session.commit()
    assert cost(cycle, 2) == few
