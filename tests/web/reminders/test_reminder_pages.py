"""A coordinator sets rules that remind, sees whom they would reach today, and what they sent."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, select, update

from exchange.clock import now
from exchange.records import Application, Cycle, Guardian, Programme, ReminderRule
from exchange.records.session import open_session
from exchange.services import reminders
from tests.web.conftest import Enter
from tests.web.world import World


def _cycle_of_minor(session: Session, world: World) -> str:
    minor = session.get_one(Application, world.own.minor_id)
    return session.get_one(Cycle, minor.cycle_id).public_id


def test_rule_is_added_looked_at_dry_carried_out_and_switched_off(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as db:
        db.exec(update(Guardian).values(invited_at=now() - timedelta(days=4)))
        db.exec(update(Programme).values(quiet_from=0, quiet_until=0))
        address = f"/cycles/{_cycle_of_minor(db, world)}/reminders"
        db.commit()
    desk = enter(account_id=world.accounts["coordinator"])
    desk.get(address)
    page = desk.post(address, {"condition": "guardian_silent", "days": "3"})
    assert page.path == address
    assert "1 reminder is due until the day ends." in page.text
    assert f"/applications/{world.own.minor}" in {a.attrs.get("href") for a in page.tree.all("a")}
    with open_session(engine) as db:
        rule = db.exec(
            select(ReminderRule).where(ReminderRule.condition == "guardian_silent")
        ).one()
        assert reminders.carry_out(db, rule.id, now()) == 1
        db.commit()
    page = desk.get(address)
    assert "0 reminders are due until the day ends." in page.text
    assert "A guardian has not answered" in page.text and "On its way" in page.text
    page = desk.post(f"/reminder-rules/{rule.public_id}/switch", {"do": "off"})
    assert "Switch on" in page.text


def test_faults_of_a_rule_are_told_together_and_kept(enter: Enter, world: World) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    address = f"/cycles/{world.own.cycle}/reminders"
    page = desk.post(address, {"days": "many"})
    assert page.status == 422
    assert len(page.faults) == 2
    assert page.tree.all("input", name="days")[0].attrs["value"] == "many"
    for _ in range(2):
        page = desk.post(address, {"condition": "staff_waiting", "days": "5"})
    assert page.faults == ["This rule is there already"]


def test_quiet_hours_are_those_of_the_programme(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = enter(account_id=world.accounts["coordinator"])
    address = f"/cycles/{world.own.cycle}/reminders"
    page = desk.post(f"{address}/quiet", {"quiet_from": "22", "quiet_until": "6"})
    assert page.path == address
    with open_session(engine, writes=False) as db:
        mine = db.get_one(Programme, world.own.programme_id)
        assert (mine.quiet_from, mine.quiet_until) == (22, 6)
    page = desk.post(f"{address}/quiet", {"quiet_from": "24", "quiet_until": "6"})
    assert page.status == 422
