"""What a program writes: as rows of files and forms do, once, and with every fault at once."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, col, func, select

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.api_scopes import Scope
from exchange.jobs.api_keeper import forget_replies
from exchange.jobs.queue import waiting_runs
from exchange.records import ApiReply, Application, AuditEvent, MatchRun, ScreeningCheck
from tests.web.api.caller import Caller, Programs
from tests.web.world import World

STUDENT: dict[str, Any] = {
    "kind": "student",
    "external_id": "S-1",
    "answers": {
        "given_name": "Ada",
        "family_name": "Lovelace",
        "email": "ada@example.org",
        "birth_on": "2009-04-05",
        "nationalities": ["GB"],
        "languages": ["en", "fr:B2"],
        "interests": ["music"],
    },
}
HOST: dict[str, Any] = {
    "kind": "host",
    "external_id": "H-1",
    "answers": {
        "name": "Byron",
        "nation": "GR",
        "capacity": 1,
        "languages": ["el"],
        "members": [{"birth_on": "1980-01-01", "relation": "father"}],
    },
}


def _applications(world: World) -> str:
    return f"/cycles/{world.own.cycle}/applications"


def _count(engine: sa.Engine, table: type[Any]) -> int:
    with Session(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


@pytest.mark.parametrize("sent", [STUDENT, HOST])
def test_application_is_taken_as_a_row_of_a_file(
    office: Caller, world: World, sent: dict[str, Any]
) -> None:
    made = office.send("POST", _applications(world), sent)
    assert made.status_code == 201
    shown = office.get(made.headers["Location"])
    assert shown.status_code == 200
    assert shown.json["external_id"] == sent["external_id"]
    told = shown.json["answers"]
    for name, value in sent["answers"].items():
        if name == "members":
            assert told[name] == [{"gender": None, **value[0]}]
        elif name == "languages":
            assert [one.partition(":")[0] for one in told[name]] == [
                one.partition(":")[0] for one in value
            ]
        else:
            assert told[name] == value
    found = office.items(f"{_applications(world)}?external_id={sent['external_id']}", 5)
    assert [one["id"] for one in found] == [made.json["id"]]


def test_minor_of_a_file_waits_for_guardians(office: Caller, world: World) -> None:
    young = {**STUDENT, "answers": {**STUDENT["answers"], "birth_on": "2012-01-01"}}
    assert office.send("POST", _applications(world), young).json["state"] == "waiting"


def test_every_fault_is_told_at_once_with_its_place(
    office: Caller, world: World, engine: sa.Engine
) -> None:
    before = _count(engine, Application)
    sent = {
        "kind": "student",
        "external_id": " x",
        "answers": {
            "nationalities": ["FR", "XX"],
            "email": "not an address",
            "interests": ["sleeping"],
            "birth_on": "2009-02-30",
            "nickname": "x",
        },
    }
    refused = office.send("POST", _applications(world), sent)
    assert (refused.status_code, refused.json["code"]) == (422, "invalid_input")
    assert {fault["pointer"] for fault in refused.json["errors"]} == {
        "/external_id",
        "/answers/nationalities/1",
        "/answers/email",
        "/answers/interests/0",
        "/answers/birth_on",
        "/answers/nickname",
    }
    assert "not an address" not in refused.text
    assert _count(engine, Application) == before


def test_answers_that_do_not_go_together_name_the_one_to_look_at(
    office: Caller, world: World
) -> None:
    answers = {"nationalities": ["FR"], "arrive_on": "2027-07-02", "depart_on": "2027-07-01"}
    refused = office.send("POST", _applications(world), {**STUDENT, "answers": answers})
    assert [fault["pointer"] for fault in refused.json["errors"]] == ["/answers/depart_on"]


def test_own_id_is_taken_once_and_the_other_is_named(office: Caller, world: World) -> None:
    first = office.send("POST", _applications(world), STUDENT)
    again = office.send("POST", _applications(world), STUDENT)
    assert (again.status_code, again.json["application_id"]) == (409, first.json["id"])


def test_same_key_is_done_once_and_answered_as_before(
    office: Caller, world: World, engine: sa.Engine
) -> None:
    before = _count(engine, Application)
    first = office.send("POST", _applications(world), STUDENT, key="k1")
    again = office.send("POST", _applications(world), STUDENT, key="k1")
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert _count(engine, Application) == before + 1
    other = office.send("POST", _applications(world), HOST, key="k1")
    assert (other.status_code, other.json["code"]) == (422, "invalid_input")
    assert _count(engine, Application) == before + 1


def test_key_belongs_to_its_token(program: Programs, world: World, engine: sa.Engine) -> None:
    one = program(world.accounts["coordinator"], world.own)
    other = program(world.accounts["coordinator"], world.own)
    assert one.send("POST", _applications(world), STUDENT, key="k").status_code == 201
    assert other.send("POST", _applications(world), HOST, key="k").status_code == 201


def test_refused_request_can_be_corrected_under_its_key(office: Caller, world: World) -> None:
    office.send("POST", _applications(world), STUDENT)
    assert office.send("POST", _applications(world), STUDENT, key="k").status_code == 409
    other = {**STUDENT, "external_id": "S-2"}
    assert office.send("POST", _applications(world), other, key="k").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 101, "with\ttab", "é"])
def test_post_without_a_sound_key_is_refused(office: Caller, world: World, key: str) -> None:
    headers = {"Idempotency-Key": key}
    refused = office.send("POST", _applications(world), STUDENT, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (400, "idempotency_key")


def test_two_at_once_with_one_key_are_one(
    app: Flask, office: Caller, world: World, engine: sa.Engine
) -> None:
    before = _count(engine, Application)
    start = threading.Barrier(4)
    answers: list[tuple[int, Any]] = []

    def send() -> None:
        caller = Caller(app, office.token)
        start.wait()
        answer = caller.send("POST", _applications(world), STUDENT, key="race")
        answers.append((answer.status_code, answer.json["id"]))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert set(answers) == {(201, answers[0][1])}
    assert _count(engine, Application) == before + 1


def test_keys_are_forgotten_after_a_day(
    office: Caller, world: World, engine: sa.Engine, settings: Settings
) -> None:
    office.send("POST", _applications(world), STUDENT, key="old")
    office.send("POST", _applications(world), HOST, key="new")
    assert forget_replies(settings) == 0
    table = ApiReply.__table__  # type: ignore[attr-defined]
    with engine.begin() as connection:
        connection.execute(
            sa.update(table)
            .where(table.c.key == "old")
            .values(created_at=now() - timedelta(hours=25))
        )
    # Also before upkeep comes by, the key is free for something else.
    other = {**STUDENT, "external_id": "S-3"}
    assert office.send("POST", _applications(world), other, key="old").status_code == 201
    with engine.begin() as connection:
        connection.execute(sa.update(table).values(created_at=now() - timedelta(hours=25)))
    assert forget_replies(settings) == 2
    assert _count(engine, ApiReply) == 0


def test_what_is_kept_under_a_key_names_nobody(
    office: Caller, world: World, engine: sa.Engine
) -> None:
    office.send("POST", _applications(world), STUDENT, key="k")
    with Session(engine) as session:
        kept = session.exec(select(ApiReply).where(ApiReply.key == "k")).one()
    told = json.dumps(kept.body) + json.dumps(kept.headers)
    assert not [word for word in ("Ada", "Lovelace", "ada@", "2009") if word in told]


def test_answers_are_changed_by_whoever_has_seen_them(office: Caller, world: World) -> None:
    path = office.send("POST", _applications(world), STUDENT).headers["Location"]
    seen = office.get(path)
    change = {"answers": {"given_name": "Augusta", "home_city": "London"}}
    assert office.send("PATCH", path, change).status_code == 428
    stale = office.send("PATCH", path, change, headers={"If-Match": '"other"'})
    assert (stale.status_code, stale.json["code"]) == (412, "changed")
    changed = office.send("PATCH", path, change, headers={"If-Match": seen.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json["answers"] == {**seen.json["answers"], **change["answers"]}
    assert changed.headers["ETag"] == office.get(path).headers["ETag"]
    again = office.send("PATCH", path, change, headers={"If-Match": seen.headers["ETag"]})
    assert again.status_code == 412


def test_faults_of_a_change_are_told_at_once(office: Caller, world: World) -> None:
    path = office.send("POST", _applications(world), STUDENT).headers["Location"]
    change = {"answers": {"email": "x", "nationalities": [], "made_up": 1}}
    refused = office.send("PATCH", path, change, headers={"If-Match": "*"})
    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == {
        "/answers/email",
        "/answers/nationalities",
        "/answers/made_up",
    }


def test_decided_application_keeps_its_answers(office: Caller, world: World) -> None:
    (host,) = office.items(f"{_applications(world)}?kind=host", 5)
    change = {"answers": {"name": "Another"}}
    refused = office.send("PATCH", f"/applications/{host['id']}", change, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json["code"]) == (409, "conflict")


def test_check_is_noted_and_read_back(
    office: Caller, program: Programs, world: World, engine: sa.Engine
) -> None:
    path = f"/applications/{world.own.host_application}/checks"
    before = office.items(path, 2)
    new = {"kind": "home_visit", "outcome": "pass", "issuer": "Rotary", "done_on": "2026-11-01"}
    made = office.send("POST", path, new)
    assert made.status_code == 201
    after = office.items(path, 2)
    assert [one["id"] for one in after] == [*(one["id"] for one in before), made.json["id"]]
    assert (after[-1]["issuer"], after[-1]["outcome"]) == ("Rotary", "pass")
    blind = program(world.accounts["coordinator"], world.own, Scope.CHECKS_READ)
    assert "Rotary" not in blind.get(path).text
    with Session(engine) as session:
        row = session.get_one(ScreeningCheck, made.json["id"])
        assert row.recorded_by_id == world.accounts["coordinator"]
    faulty = {**new, "done_on": "2099-01-01", "person": 1, "issuer": " "}
    refused = office.send("POST", path, faulty)
    assert {fault["pointer"] for fault in refused.json["errors"]} == {
        "/done_on",
        "/person",
        "/issuer",
    }
    of_student = office.send("POST", f"/applications/{world.own.application}/checks", new)
    assert of_student.status_code == 409


def test_run_is_started_watched_and_cancelled(
    office: Caller, world: World, engine: sa.Engine, settings: Settings
) -> None:
    path = f"/cycles/{world.own.cycle}/runs"
    begun = office.send("POST", path, {"epsilon": 0.1, "seed": 7}, key="run")
    assert (begun.status_code, begun.json["state"]) == (202, "queued")
    assert begun.json["id"] in waiting_runs(settings)
    watched = office.get(begun.headers["Location"])
    assert (watched.json["seed"], watched.json["epsilon"]) == (7, 0.1)
    again = office.get(begun.headers["Location"], If_None_Match=watched.headers["ETag"])
    assert (again.status_code, again.text) == (304, "")
    other = office.send("POST", path, {})
    assert (other.status_code, other.json["run_id"]) == (409, begun.json["id"])
    ended = office.send("POST", f"/runs/{begun.json['id']}/cancel")
    assert ended.json["state"] == "cancelled"
    assert office.send("POST", f"/runs/{begun.json['id']}/cancel").status_code == 409
    with Session(engine) as session:
        run = session.exec(select(MatchRun).where(MatchRun.public_id == begun.json["id"])).one()
        assert run.started_by_id == world.accounts["coordinator"]
        events = session.exec(
            select(AuditEvent.action, AuditEvent.actor)
            .where(AuditEvent.subject_id == run.public_id)
            .order_by(col(AuditEvent.id))
        ).all()
    assert [action for action, _actor in events] == ["run:start", "run:cancel"]
    assert all(actor.startswith("token:") for _action, actor in events)


def test_options_out_of_range_are_all_told(office: Caller, world: World) -> None:
    sent = {"epsilon": 2, "seed": -1, "time_limit_s": 0, "weight": 1}
    refused = office.send("POST", f"/cycles/{world.own.cycle}/runs", sent)
    assert {fault["pointer"] for fault in refused.json["errors"]} == {
        "/epsilon",
        "/seed",
        "/time_limit_s",
        "/weight",
    }
