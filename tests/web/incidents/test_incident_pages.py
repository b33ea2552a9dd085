"""Help in two actions, what leads see and do, the emergency card, and whom to call."""

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from exchange.domain.placement import PlacementState
from exchange.records import (
    Account,
    Application,
    Cycle,
    Incident,
    IncidentEntry,
    IncidentPerson,
    Offer,
    Placement,
    Student,
)
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.visitor import Visitor
from tests.web.world import World

WHY = "We spoke with everybody and looked at it."


@pytest.fixture
def world(world: World, engine: sa.Engine) -> World:
    """The world, in which a student lives with a host: contact details are shown to both."""
    world = add_offers(engine, world)
    with open_session(engine) as session:
        offer = session.exec(select(Offer).where(Offer.public_id == world.own.offer)).one()
        placement = session.get_one(Placement, offer.placement_id)
        placement.state = PlacementState.CONFIRMED
        student = session.get_one(
            Student, session.get_one(Application, world.own.placed_id).student_id
        )
        student.arrive_on, student.depart_on = offer.created_at.date(), None
        session.add_all([placement, student])
        session.commit()
    return world


@pytest.fixture
def lead(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["lead"])


def _newest(engine: sa.Engine) -> Incident:
    with open_session(engine, writes=False) as session:
        found = session.exec(select(Incident).order_by(col(Incident.id).desc())).first()
    assert found is not None
    return found


@pytest.mark.parametrize("who", ["student", "host", "guardian"])
def test_help_is_two_actions_away_and_needs_no_word(
    enter: Enter, world: World, engine: sa.Engine, who: str
) -> None:
    visitor, place = {
        "student": (lambda: enter(application_id=world.own.placed_id), "/application"),
        "host": (lambda: enter(application_id=world.own.placed_host_id), "/application"),
        "guardian": (lambda: enter(guardian_id=world.own.placed_guardian_id), "/guardian"),
    }[who]
    browser = visitor()
    for path in (place, f"{place}/offers"):
        page = browser.get(path)
        (link,) = [a for a in page.tree.all("a") if a.text() == "I need help"]
        assert link.attrs["href"] == f"{place}/help"
    browser.get(f"{place}/help")
    page = browser.send({})
    assert page.path == f"{place}/help/sent"
    assert page.heading == "You asked for help"
    assert "It has arrived. Somebody reads it until" in page.text
    assert _newest(engine).reporter == who
    # No other page tells that anybody asked, not even to whoever opens this browser.
    for path in (place, f"{place}/offers", "/application/data"):
        assert "asked for help" not in browser.get(path).text
    other = enter(application_id=world.own.placed_id)
    assert other.get("/application/help/sent").heading == "Whom you can call"


def test_what_was_typed_stays_when_the_form_is_refused(enter: Enter, world: World) -> None:
    browser = enter(application_id=world.own.placed_id)
    browser.get("/application/help")
    page = browser.send({"text": "a" * 4001})
    assert page.status == 422
    assert page.values()["text"] == "a" * 4001


def test_ticked_lead_and_host_are_named_and_the_page_says_that_nobody_may_look(
    enter: Enter, world: World, engine: sa.Engine, lead: Visitor
) -> None:
    with open_session(engine, writes=False) as session:
        account = session.get_one(Account, world.accounts["lead"]).public_id
    before = lead.get("/incidents").text.count("Nobody has looked yet")
    browser = enter(application_id=world.own.placed_id)
    browser.get("/application/help")
    page = browser.send({"named": ["host", f"staff:{account}"], "text": "Secret words"})
    assert "Please do not wait: call one of these numbers" in page.text
    incident = _newest(engine)
    assert lead.get(f"/incidents/{incident.public_id}").status == 404
    assert lead.get("/incidents").text.count("Nobody has looked yet") == before
    with open_session(engine, writes=False) as session:
        people = session.exec(
            select(IncidentPerson).where(IncidentPerson.incident_id == incident.id)
        ).all()
    assert {(one.application_id, one.account_id) for one in people} == {
        (world.own.placed_host_id, None),
        (None, world.accounts["lead"]),
    }


def test_contact_details_are_gone_from_both_pages_while_a_lead_has_not_decided(
    enter: Enter, world: World, lead: Visitor, engine: sa.Engine
) -> None:
    sides = {
        "salma@example.org": enter(application_id=world.own.placed_host_id),
        "lea@example.org": enter(application_id=world.own.placed_id),
    }
    for address, browser in sides.items():
        assert address in browser.get("/application/offers/1").text
    sides["lea@example.org"].get("/application/help")
    sides["lea@example.org"].send({})
    for address, browser in sides.items():
        text = browser.get("/application/offers/1").text
        assert address not in text
        assert "How to reach each other is not shown at the moment" in text
    incident = _newest(engine).public_id
    lead.get(f"/incidents/{incident}/decide")
    page = lead.send({"outcome": "no_action", "contact": "shown", "text": WHY})
    assert page.path == f"/incidents/{incident}"
    for address, browser in sides.items():
        assert address in browser.get("/application/offers/1").text


def test_lead_acknowledges_notes_and_tells_an_authority(
    lead: Visitor, world: World, engine: sa.Engine
) -> None:
    path = f"/incidents/{world.own.incident}"
    assert "Help asked for" in [a.text() for a in lead.get("/cycles").tree.all("a")]
    page = lead.get(path)
    assert "The neighbours called." in page.text
    page = lead.post(f"{path}/acknowledge", {})
    assert "Seen, not decided" in page.text
    page = lead.post(f"{path}/notes", {"text": "I called back."})
    assert "I called back." in page.text
    lead.get(f"{path}/decide")
    assert lead.send({}).status == 422
    page = lead.send({"outcome": "authority", "contact": "hidden", "text": WHY})
    assert page.faults == ["Say when the authority was told"]
    day = {"told_on-day": "1", "told_on-month": "2", "told_on-year": "2026"}
    page = lead.send({**day, "told_time": "later"})
    assert page.faults == ["Write a time from 0:00 to 23:59, such as 9:30."]
    page = lead.send({"told_time": ""})
    assert page.faults == ["Enter a time of day"]
    page = lead.send({"told_time": "14:30"})
    assert page.path == path
    assert "Police or another authority was told" in page.text
    with open_session(engine, writes=False) as session:
        found = session.exec(select(Incident).where(Incident.public_id == world.own.incident)).one()
    assert found.told_at is not None
    assert found.told_at.isoformat() == "2026-02-01T13:30:00+00:00"


def test_authority_told_at_a_time_that_clocks_show_twice_is_asked_about(
    lead: Visitor, world: World, engine: sa.Engine
) -> None:
    path = f"/incidents/{world.own.incident}"
    lead.get(f"{path}/decide")
    night = {"told_on-day": "26", "told_on-month": "10", "told_on-year": "2025"}
    outcome = {"outcome": "authority", "contact": "hidden", "text": WHY}
    page = lead.send({**night, **outcome, "told_time": "2.30"})
    assert page.status == 422
    assert page.faults == ["The clocks show that time twice; choose which of the two is meant"]
    page = lead.send({"told_which": "+01:00"})
    assert page.status == 422
    page = lead.send({"told_which": "UTC+01:00"})
    assert page.path == path
    with open_session(engine, writes=False) as session:
        found = session.exec(select(Incident).where(Incident.public_id == world.own.incident)).one()
    assert found.told_at is not None
    assert found.told_at.isoformat() == "2025-10-26T01:30:00+00:00"


def test_desk_of_the_cycle_says_that_a_lead_asks_for_another_home(
    enter: Enter, world: World, lead: Visitor, engine: sa.Engine
) -> None:
    browser = enter(application_id=world.own.placed_id)
    browser.get("/application/help")
    browser.send({})
    with open_session(engine, writes=False) as session:
        cycle = session.get_one(Cycle, _newest(engine).cycle_id).public_id
    office, words = enter(account_id=world.accounts["coordinator"]), "asks for another home"
    assert words not in office.get(f"/cycles/{cycle}").text
    lead.get(f"/incidents/{_newest(engine).public_id}/decide")
    lead.send({"outcome": "relocation", "contact": "hidden", "text": WHY})
    page = office.get(f"/cycles/{cycle}")
    assert [a.attrs["href"] for a in page.tree.all("a") if words in a.text()] == [
        f"/cycles/{cycle}/contacts"
    ]


def test_lead_who_names_themselves_has_no_page_of_it_any_more(
    lead: Visitor, world: World, engine: sa.Engine
) -> None:
    with open_session(engine, writes=False) as session:
        account = session.get_one(Account, world.accounts["lead"]).public_id
    path = f"/incidents/{world.own.incident}"
    page = lead.post(f"{path}/named", {"account": account})
    assert page.path == "/incidents"
    assert lead.get(path).status == 404


@pytest.mark.parametrize("who", ["administrator", "coordinator", "reviewer"])
def test_nobody_else_opens_an_incident(enter: Enter, world: World, who: str) -> None:
    browser = enter(account_id=world.accounts[who])
    for path in ("/incidents", f"/incidents/{world.own.incident}"):
        assert browser.get(path).status == 403
    assert "Help asked for" not in browser.get("/cycles").text


def test_staff_report_and_are_not_shown_it_again(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    browser = enter(account_id=world.accounts["coordinator"])
    page = browser.get(f"/applications/{world.own.application}")
    path = f"/applications/{world.own.application}/help"
    assert path in [a.attrs["href"] for a in page.tree.all("a")]
    browser.get(path)
    assert browser.send({}).status == 422
    page = browser.send({"text": "She told me on the telephone."})
    assert page.heading == "The leads were told"
    assert "She told me" not in browser.get(f"/applications/{world.own.application}").text
    with open_session(engine, writes=False) as session:
        assert session.exec(
            select(IncidentEntry).where(IncidentEntry.text == "She told me on the telephone.")
        ).one()


def test_emergency_card_has_numbers_and_no_name(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    staff = enter(account_id=world.accounts["coordinator"])
    with open_session(engine, writes=False) as session:
        application = session.get_one(Application, world.own.placed_id)
        cycle = session.get_one(Cycle, application.cycle_id).public_id
    staff.get(f"/cycles/{cycle}/help-contacts")
    page = staff.send({"outside_name": "Ms Out"})
    assert page.status == 422
    page = staff.send(
        {
            "duty_phone": "+33 1 55 01 00",
            "outside_name": "Ms Out",
            "outside_email": "out@example.net",
            "outside_phone": "+33 1 55 01 01",
        }
    )
    assert page.path == f"/cycles/{cycle}/contacts"
    page = enter(application_id=world.own.placed_id).get("/application/card")
    assert "For France." in page.text
    assert "112" in page.text
    assert "+33 1 55 01 00" in page.text
    assert world.own.canary not in page.text
    assert "programme" not in page.text.replace("It names nobody and no programme.", "")


def test_wish_to_be_erased_is_noted_and_the_lead_decides(
    enter: Enter, world: World, lead: Visitor, engine: sa.Engine
) -> None:
    browser = enter(application_id=world.own.placed_id)
    browser.get("/application/help")
    browser.send({})
    browser.get("/application/data/erase")
    page = browser.send({"is_sure": "yes"})
    assert page.heading == "Your wish was noted"
    said = page.tree.all("main")[0].text().replace("Help with this page", "")
    for word in ("help", "incident", "lead"):
        assert word not in said.lower().split()
    path = f"/incidents/{_newest(engine).public_id}"
    assert "wishes to be erased" in lead.get(path).text
    lead.get(f"{path}/erasure")
    assert lead.send({"answer": "yes", "text": "short"}).status == 422
    page = lead.send({"answer": "yes", "text": WHY})
    assert "Erasure was allowed" in page.text
    with open_session(engine, writes=False) as session:
        assert session.get_one(Application, world.own.placed_id).erased_at is not None
