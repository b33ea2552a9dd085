"""A match changed by hand on pages: the price first, then a run of its own, and back."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from exchange.domain.cycle import RunKind, RunState
from exchange.records import AuditEvent, MatchRun, Override
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.season import Season, make_season, run_of
from tests.web.statements import MOST, statements
from tests.web.visitor import Page, Visitor
from tests.web.world import World


@pytest.fixture
def season(engine: sa.Engine, world: World) -> Season:
    return make_season(engine, world)


@pytest.fixture
def coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"])


def _price(visitor: Visitor, season: Season, **asked: str) -> tuple[str, Page]:
    path = f"/runs/{season.run}/hand/price?" + "&".join(f"{k}={v}" for k, v in asked.items())
    return path, visitor.get(path)


def test_a_student_is_moved_by_plain_forms_and_back(
    season: Season, coordinator: Visitor, engine: sa.Engine
) -> None:
    salma, free = season.ids["Salma"], season.free()
    board = coordinator.get(f"/runs/{season.run}/hand")
    assert board.heading == "Change the match by hand"
    assert "3 placements" in board.text
    assert free in board.text
    chosen = coordinator.get(f"/runs/{season.run}/hand/student?student={salma}")
    links = {link.attrs["href"] for link in chosen.tree.all("a")}
    path, page = _price(coordinator, season, student=salma, host=season.ids[free])
    assert path in links
    assert page.heading == "What this change costs"
    assert "Every rule and every limit is kept." in page.text
    refused = coordinator.post(path, page.values())
    assert (refused.status, refused.faults) == (422, ["Enter the reason"])
    values = refused.values()
    values["reason"] = "They know each other"
    made = coordinator.post(path, values)
    assert made.heading == "What this run changes"
    run_id = made.path.split("/")[2]
    assert (run_of(engine, run_id).kind, run_of(engine, season.run).state) == (
        RunKind.HAND,
        RunState.READY,
    )
    assert coordinator.post(path, values).path == made.path
    shown = coordinator.get(f"/runs/{run_id}")
    assert "Changed by hand" in shown.text
    assert "It is proven" not in shown.text
    assert "exchange run reproduce" not in shown.text
    back = coordinator.post(f"/runs/{run_id}/hand/undo", {})
    assert back.path == f"/runs/{season.run}"
    assert run_of(engine, run_id).state is RunState.CANCELLED
    listed = coordinator.get(f"/cycles/{season.cycle}/by-hand")
    assert "They know each other" in listed.text
    assert "Moved to a free place" in listed.text
    assert f"/runs/{run_id}/changes" in {link.attrs["href"] for link in listed.tree.all("a")}


def test_two_students_change_places(
    season: Season, coordinator: Visitor, engine: sa.Engine
) -> None:
    salma, omar = season.ids["Salma"], season.ids["Omar"]
    path, page = _price(coordinator, season, student=salma, other=omar)
    values = page.values()
    values["reason"] = "Each asked for the other"
    values["keep"] = "yes"
    made = coordinator.post(path, values)
    assert made.heading == "What this run changes"
    with open_session(engine, writes=False) as session:
        kinds = session.exec(select(Override.kind).order_by(Override.id)).all()  # type: ignore[arg-type]
        assert [kind.value for kind in kinds] == ["swap", "pin"]
        actions = set(session.exec(select(AuditEvent.action)))
        assert {"run:hand", "override:swap", "override:pin"} <= actions


def test_a_pair_that_a_rule_blocks_shows_the_rule_and_no_button(
    season: Season, coordinator: Visitor, engine: sa.Engine
) -> None:
    waits, free = season.ids["Waits"], season.ids[season.free()]
    path, page = _price(coordinator, season, student=waits, host=free)
    assert "Nobody can override it" in page.text
    assert "They share no language" in page.text
    assert not page.tree.all("main")[0].all("form")
    answer = coordinator.post(path, {"reason": "I insist", "key": "0" * 32})
    assert answer.status == 409
    with open_session(engine, writes=False) as session:
        assert not session.exec(select(MatchRun).where(MatchRun.kind == RunKind.HAND)).all()


def test_a_pin_is_made_listed_and_taken_back(
    season: Season, coordinator: Visitor, engine: sa.Engine
) -> None:
    salma = season.ids["Salma"]
    where = f"student={salma}&host={season.homes[salma]}"
    page = coordinator.get(f"/runs/{season.run}/hand/pair?{where}&kind=pin")
    assert page.heading == "Pin this pair?"
    values = page.values()
    values["reason"] = "Promised to the parents"
    listed = coordinator.post(f"/runs/{season.run}/hand/pair?{where}&kind=pin", values)
    assert listed.heading == "Decisions by hand"
    assert "Promised to the parents" in listed.text
    taken = coordinator.post(f"/cycles/{season.cycle}/by-hand", listed.values())
    assert taken.heading == "Decisions by hand"
    with open_session(engine, writes=False) as session:
        assert session.exec(select(Override.taken_back_at)).one() is not None


def test_an_auditor_sees_decisions_by_reference_and_changes_nothing(
    season: Season, coordinator: Visitor, enter: Enter, world: World
) -> None:
    salma = season.ids["Salma"]
    where = f"student={salma}&host={season.homes[salma]}&kind=forbid"
    page = coordinator.get(f"/runs/{season.run}/hand/pair?{where}")
    values = page.values()
    values["reason"] = "A quarrel"
    coordinator.post(f"/runs/{season.run}/hand/pair?{where}", values)
    auditor = enter(account_id=world.accounts["auditor"])
    listed = auditor.get(f"/cycles/{season.cycle}/by-hand")
    assert "Forbidden for later runs" in listed.text
    assert "Salma" not in listed.text
    assert not listed.tree.all("main")[0].all("form")
    assert auditor.get(f"/runs/{season.run}/hand").status == 403


def test_pages_by_hand_send_few_statements(
    app: Flask, season: Season, coordinator: Visitor
) -> None:
    salma = season.ids["Salma"]
    for path in (
        f"/runs/{season.run}/hand",
        f"/runs/{season.run}/hand/student?student={salma}",
        f"/runs/{season.run}/hand/price?student={salma}",
        f"/cycles/{season.cycle}/by-hand",
    ):
        with statements(app) as sent:
            assert coordinator.get(path).status == 200
        assert len(sent) <= MOST, (path, sent)


def test_a_student_whom_the_run_does_not_know_is_not_found(
    season: Season, coordinator: Visitor, world: World
) -> None:
    for one in ("0" * 32, "x", world.other.application):
        for page in ("student", "price"):
            found = coordinator.get(f"/runs/{season.run}/hand/{page}?student={one}")
            assert found.status == 404
