"""A re-match on pages: what cannot stay, a gentle run by the worker, its diff, and relocations."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import RunKind, RunState
from exchange.domain.placement import RelocationReason
from exchange.jobs.queue import queue_depth
from exchange.jobs.tasks import execute_run
from exchange.records import Application, MatchRun, Placement
from exchange.records.session import open_session
from exchange.services import relocations, screening
from exchange.services.actor import SYSTEM, Actor
from tests.web.conftest import Enter
from tests.web.season import Season, make_season, run_of
from tests.web.statements import statements
from tests.web.visitor import Visitor
from tests.web.world import World


@pytest.fixture
def season(engine: sa.Engine, world: World) -> Season:
    return make_season(engine, world)


@pytest.fixture
def coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"])


def _withdraw(engine: sa.Engine, public_id: str) -> None:
    with open_session(engine) as session:
        found = session.exec(select(Application).where(Application.public_id == public_id)).one()
        screening.withdraw(session, Actor(application_id=found.id), found, now())
        session.commit()


def test_a_withdrawn_host_is_listed_matched_again_and_compared(
    app: Flask, season: Season, coordinator: Visitor, engine: sa.Engine, settings: Settings
) -> None:
    before = coordinator.get(f"/runs/{season.run}/rematch")
    assert before.heading == "Match again, gently"
    assert "Every placement can stay as it is." in before.text
    salma = season.ids["Salma"]
    _withdraw(engine, season.homes[salma])
    with statements(app) as sent:
        page = coordinator.get(f"/runs/{season.run}/rematch")
    assert len(sent) <= 24
    assert "The host has withdrawn." in page.text
    assert "Salma Test" in page.text
    values = page.values()
    values["max_changes"] = "minus one"
    assert coordinator.post(f"/runs/{season.run}/rematch", values).status == 422
    values["max_changes"] = ""
    watching = coordinator.post(f"/runs/{season.run}/rematch", values)
    run_id = watching.path.rsplit("/", 1)[1]
    assert queue_depth(settings) == 1
    assert (run_of(engine, run_id).kind, run_of(engine, run_id).state) == (
        RunKind.REMATCH,
        RunState.QUEUED,
    )
    values["key"] = "f" * 32
    again = coordinator.post(f"/runs/{season.run}/rematch", values)
    assert again.status == 409
    execute_run(run_id, settings)
    changes = coordinator.get(f"/runs/{run_id}/changes")
    counts = [one.text() for one in changes.tree.all("dd")]
    assert counts == ["2", "1", "0", "0"]
    assert "Salma Test" in changes.text
    shown = coordinator.get(f"/runs/{run_id}")
    assert "This is a re-match: it keeps what can stay." in shown.text
    assert run_of(engine, run_id).report["changes"] == 0  # type: ignore[index]


def test_relocations_of_a_cycle_are_listed_with_their_reason(
    season: Season, coordinator: Visitor, enter: Enter, world: World, engine: sa.Engine
) -> None:
    empty = coordinator.get(f"/cycles/{season.cycle}/relocations")
    assert "Nobody has been relocated" in empty.text
    with open_session(engine) as session:
        run = session.exec(select(MatchRun).where(MatchRun.public_id == season.run)).one()
        old = session.exec(select(Placement).where(Placement.run_id == run.id)).first()
        assert old is not None
        relocations.record_relocation(
            session, SYSTEM, old=old, new=None, reason=RelocationReason.SCHOOL_CHANGE, at=now()
        )
        session.commit()
    page = coordinator.get(f"/cycles/{season.cycle}/relocations")
    assert "Change of school" in page.text
    assert "Test" in page.text
    audited = enter(account_id=world.accounts["auditor"]).get(f"/cycles/{season.cycle}/relocations")
    assert "Change of school" in audited.text
    assert "Test" not in audited.text
