"""Two runs of a cycle side by side on a page."""

from dataclasses import replace

import sqlalchemy as sa
from flask import Flask

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.rules import Rules
from exchange.jobs.tasks import execute_run
from exchange.records.session import open_session
from exchange.services import cycles
from exchange.services.actor import SYSTEM
from tests.web.conftest import Enter
from tests.web.statements import MOST, statements
from tests.web.world import World, start


def _second_run(engine: sa.Engine, settings: Settings, world: World, rules: Rules) -> str:
    with open_session(engine) as session:
        cycle = cycles.get_cycle(session, SYSTEM, world.own.cycle)
        cycles.set_rules(session, SYSTEM, cycle, rules, now())
        run = start(session, cycle, now())
        session.commit()
    execute_run(run, settings)
    return run


def test_runs_are_compared_by_certificate_rules_people_and_nations(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, settings: Settings
) -> None:
    with open_session(engine, writes=False) as session:
        from sqlmodel import select

        from exchange.records import Application

        rows = session.exec(select(Application)).all()
        student = next(one for one in rows if one.id == world.own.application_id)
    forbid = ((student.public_id, world.own.host_application),)
    other = _second_run(engine, settings, world, replace(Rules(), forbids=forbid))
    coordinator = enter(account_id=world.accounts["coordinator"])
    with statements(app) as sent:
        page = coordinator.get(f"/runs/{other}/compare?with={world.own.run}")
    assert len(sent) <= MOST
    assert "Students placed 1 0" in page.text
    assert "Students who lose their place: 1" in page.text
    name = f"Salma {world.own.canary}"
    assert name in page.text
    auditor = enter(account_id=world.accounts["auditor"])
    unnamed = auditor.get(f"/runs/{other}/compare?with={world.own.run}").text
    assert student.reference in unnamed
    assert name not in unnamed
    assert "Student and host who must not be together" in page.text
    assert "Morocco 1 0 0 0 1" in page.text
    back = coordinator.get(f"/runs/{world.own.run}/compare?with={other}")
    assert "Students who gain a place: 1" in back.text


def test_runs_of_others_and_of_other_cycles_are_not_found(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/runs/{world.own.run}/compare"
    assert "There is no other finished run" in coordinator.get(path).text
    for other in (world.other.run, world.own.live_run, "0" * 32, "odd"):
        assert coordinator.get(f"{path}?with={other}").status == 404


def test_run_page_prints_the_command_that_repeats_it(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/runs/{world.own.run}")
    assert f"exchange run reproduce {world.own.run}" in page.text
    assert "Rules Version 1" in page.text
