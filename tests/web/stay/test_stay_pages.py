"""The contact log, the list of what is due, and the first block of the desk, for the staff."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, col, select

from exchange.clock import now
from exchange.domain.placement import PlacementState
from exchange.domain.roles import Role
from exchange.records import Application, ContactEntry, Cycle, Offer, Placement, Student
from exchange.records.session import open_session
from exchange.services import accounts
from exchange.services.actor import SYSTEM
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.statements import MOST, MOST_DESK, statements
from tests.web.visitor import Visitor
from tests.web.world import World


@pytest.fixture
def world(world: World, engine: sa.Engine) -> World:
    """The world, in which the student who was placed has lived with the host for 40 days."""
    world = add_offers(engine, world)
    with open_session(engine) as session:
        offer = _offer(session, world)
        placement = session.get_one(Placement, offer.placement_id)
        placement.state = PlacementState.CONFIRMED
        application = session.get_one(Application, world.own.placed_id)
        student = session.get_one(Student, application.student_id)
        student.arrive_on = now().date() - timedelta(days=40)
        student.depart_on = now().date() + timedelta(days=90)
        session.add_all([placement, student])
        session.commit()
    return world


def _offer(session: Session, world: World) -> Offer:
    return session.exec(select(Offer).where(Offer.public_id == world.own.offer)).one()


@pytest.fixture
def coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"])


def _cycle(engine: sa.Engine, world: World) -> str:
    with open_session(engine, writes=False) as session:
        application = session.get_one(Application, world.own.placed_id)
        return session.get_one(Cycle, application.cycle_id).public_id


def test_desk_shows_first_who_has_to_be_spoken_with(
    app: Flask, coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    cycle = _cycle(engine, world)
    with statements(app) as sent:
        page = coordinator.get(f"/cycles/{cycle}")
    assert len(sent) <= MOST_DESK
    headings = [one.text() for one in page.tree.all("h2")]
    assert headings[:2] == ["Who has to be spoken with", "What needs you today"]
    links = [a.attrs["href"] for a in page.tree.all("a")]
    assert f"/offers/{world.own.offer}/contacts" in links
    with statements(app) as sent:
        page = coordinator.get(f"/cycles/{cycle}/contacts")
    assert len(sent) <= MOST
    assert "Overdue, a lead was told" in page.text
    assert "10 days over" in page.text
    assert "Salma" not in coordinator.get(f"/cycles/{cycle}/contacts?show=soon").text
    assert "Nothing is due here." in coordinator.get(f"/cycles/{cycle}/contacts?show=mine").text


def test_contact_is_noted_corrected_and_no_longer_due(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    path = f"/offers/{world.own.offer}/contacts"
    page = coordinator.get(path)
    assert page.heading == "During the stay"
    page = coordinator.send({"note": "We talked", "on-day": ""})
    assert page.status == 422
    assert page.values()["note"] == "We talked"
    assert page.faults == [
        "Say how you spoke with them",
        "The date is missing its day.",
        "Say what came of it",
        "Say with whom you spoke",
    ]
    today = now().date()
    day = {"on-day": str(today.day), "on-month": str(today.month), "on-year": str(today.year)}
    for side in ("student", "host"):
        coordinator.get(path)
        page = coordinator.send(
            {"side": side, "kind": "in_person", "outcome": "watch", "note": f"Seen {side}", **day}
        )
        assert page.path == path
    assert "Seen student" in page.text
    assert "Salma" not in coordinator.get(f"/cycles/{_cycle(engine, world)}/contacts").text
    with open_session(engine, writes=False) as session:
        entry = session.exec(select(ContactEntry).where(ContactEntry.note == "Seen student")).one()
    page = coordinator.get(f"/contacts/{entry.public_id}/correct")
    assert page.values()["note"] == "Seen student"
    page = coordinator.send({"outcome": "not_held", "note": "It was somebody else"})
    assert page.path == path
    assert "Corrected by a later entry" in page.text
    assert "Overdue" in page.text
    assert coordinator.get(f"/contacts/{entry.public_id}/correct").status == 200
    assert coordinator.send({"outcome": "not_held"}).status == 409


def test_day_that_has_not_come_is_refused_and_what_was_typed_stays(
    coordinator: Visitor, world: World
) -> None:
    coordinator.get(f"/offers/{world.own.offer}/contacts")
    day = now().date() - timedelta(days=60)
    page = coordinator.send(
        {
            "side": "host",
            "kind": "phone",
            "outcome": "all_well",
            "note": "Too early",
            "on-day": str(day.day),
            "on-month": str(day.month),
            "on-year": str(day.year),
        }
    )
    assert page.faults == ["Enter a day of the stay: it had not begun yet"]
    assert page.values()["note"] == "Too early"


def test_local_coordinator_reaches_their_student_from_the_cycle(
    coordinator: Visitor, enter: Enter, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        local = accounts.create_account(
            session,
            SYSTEM,
            email="local@example.org",
            display_name="Local",
            password=None,
            role=Role.LOCAL_COORDINATOR,
            programme_id=world.own.programme_id,
            at=now(),
        )
        local_id, public_id = local.id, local.public_id
        session.commit()
    visitor, path = enter(account_id=local_id), f"/offers/{world.own.offer}/contacts"
    assert visitor.get(path).status == 404
    coordinator.get(path)
    page = coordinator.post(f"/offers/{world.own.offer}/looked-after", {"account": public_id})
    assert "Local" in page.text
    desk = visitor.get(f"/cycles/{_cycle(engine, world)}")
    assert path in [a.attrs["href"] for a in desk.tree.all("a")]
    page = visitor.get(path)
    assert "Salma" in page.text
    pages = [a.attrs["href"] for a in page.tree.all("a") if "/applications/" in a.attrs["href"]]
    assert [one.rsplit("/", 1)[1] for one in pages] == ["summary", "summary", "help", "help"]
    assert [visitor.get(one).status for one in pages] == [200] * 4
    assert "Look for another home" not in page.text


def test_relocation_begins_on_the_page_of_the_stay(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    page = coordinator.get(f"/offers/{world.own.offer}/contacts")
    page = coordinator.get(f"/offers/{world.own.offer}/leave")
    assert page.heading == "Look for another home"
    assert coordinator.send({}).status == 422
    page = coordinator.send({"reason": "incompatibility", "words": "They do not get on at all."})
    assert page.path.endswith("/rematch")
    page = coordinator.get(f"/offers/{world.own.offer}/contacts")
    assert "Another home is looked for: They did not get on." in page.text
    with open_session(engine, writes=False) as session:
        found = session.exec(select(Offer).where(col(Offer.leave_reason).is_not(None))).all()
        assert [one.public_id for one in found] == [world.own.offer]


def test_person_reads_what_was_noted_about_them(enter: Enter, world: World) -> None:
    page = enter(application_id=world.own.placed_id).get("/application/data")
    assert "When the staff spoke with you" in page.text
    assert "By telephone" in page.text
