"""The coordinator's cycles: counted, opened, closed."""

import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from exchange.clock import now
from exchange.records import Account, Cycle
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.statements import MOST_DESK, statements
from tests.web.world import World


def test_cycles_of_the_own_programme_only_are_listed(enter: Enter, world: World) -> None:
    page = enter(account_id=world.accounts["coordinator"]).get("/cycles")
    assert "Canary-Own cycle" in page.text
    assert "Canary-Other" not in page.text
    elsewhere = enter(account_id=world.accounts["coordinator elsewhere"]).get("/cycles")
    assert "Canary-Other cycle" in elsewhere.text


def test_cycle_shows_counts_and_its_run(app: Flask, enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    with statements(app) as sent:
        page = coordinator.get(f"/cycles/{world.own.cycle}")
    assert page.status == 200
    assert "Ready" in page.text
    assert "Places of approved hosts 1" in page.text or "1 Places" in page.text.replace("\n", " ")
    assert len(sent) <= MOST_DESK


def test_desk_says_that_nobody_would_read_a_call_for_help(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    path, words = f"/cycles/{world.own.cycle}", "nobody inside reads a call for help"
    assert words not in enter(account_id=world.accounts["coordinator"]).get(path).text
    with open_session(engine) as session:
        lead = session.get_one(Account, world.accounts["lead"])
        lead.disabled_at = now()
        session.add(lead)
        session.commit()
    assert words in enter(account_id=world.accounts["coordinator"]).get(path).text
    assert words not in enter(account_id=world.accounts["reviewer"]).get(path).text


def test_sign_up_closed_now_takes_no_more_and_is_kept(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    before = now()
    page = coordinator.post(f"/cycles/{world.own.cycle}/close")
    assert page.status == 200
    assert "Sign-up closed" in page.text
    with open_session(engine, writes=False) as session:
        cycle = session.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()
    assert before <= cycle.closes_at <= now()
    refused = coordinator.post(f"/cycles/{world.own.cycle}/open")
    assert refused.status == 409


def test_auditor_sees_no_button_that_would_be_refused(enter: Enter, world: World) -> None:
    page = enter(account_id=world.accounts["auditor"]).get(f"/cycles/{world.own.cycle}")
    assert page.status == 200
    assert "Start a match run" not in page.text
    assert "All applications" not in page.text
    full = enter(account_id=world.accounts["coordinator"]).get(f"/cycles/{world.own.cycle}")
    assert "Start a match run" in full.text
    assert "All applications" in full.text
