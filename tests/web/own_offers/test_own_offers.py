"""Offers on one's own pages: no name before all agreed, no address before its time."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from exchange import clock
from exchange.domain.placement import PlacementState
from exchange.records import Application, Cycle, Offer, Placement
from exchange.records.session import open_session
from exchange.services import viewings
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.visitor import Page, Visitor
from tests.web.world import World

PATH = "/application/offers/1"


@pytest.fixture
def world(world: World, engine: sa.Engine) -> World:
    """The world, with a match that is published and offered."""
    return add_offers(engine, world)


@pytest.fixture
def student(enter: Enter, world: World) -> Visitor:
    return enter(application_id=world.own.placed_id)


@pytest.fixture
def host(enter: Enter, world: World) -> Visitor:
    return enter(application_id=world.own.placed_host_id)


def _state(engine: sa.Engine, world: World) -> PlacementState:
    with open_session(engine, writes=False) as session:
        return session.exec(
            select(Placement.state)
            .join(Offer, Offer.placement_id == Placement.id)  # type: ignore[arg-type]
            .where(Offer.public_id == world.own.offer)
        ).one()


def _seen(engine: sa.Engine, application_id: int) -> list[str]:
    with open_session(engine, writes=False) as session:
        public_id = session.get_one(Application, application_id).public_id
        return [one.role for one in viewings.viewings_of(session, public_id)]


def _move_stay(engine: sa.Engine, world: World, *, first_in_days: int, last_in_days: int) -> None:
    with open_session(engine) as session:
        application = session.get_one(Application, world.own.placed_id)
        cycle = session.get_one(Cycle, application.cycle_id)
        today = clock.now().date()
        cycle.stay_from_on = today + timedelta(days=first_in_days)
        cycle.stay_to_on = today + timedelta(days=last_in_days)
        session.add(cycle)
        session.commit()


def _yes(visitor: Visitor, path: str = PATH) -> Page:
    visitor.get(path)
    return visitor.send({"answer": "yes"})


def test_offer_is_found_from_ones_first_page(student: Visitor) -> None:
    page = student.get("/application")
    assert "A home has been found for you." in page.text
    links = [a.attrs["href"] for a in page.tree.all("a") if a.text() == "See your offers"]
    assert student.get(links[0]).heading == "Your offers"
    assert "Waiting for your answer" in student.get(links[0]).text


def test_before_all_agreed_nobody_sees_a_name(
    student: Visitor, host: Visitor, world: World, engine: sa.Engine
) -> None:
    code = world.own.offer[:4].upper()
    page = student.get(PATH)
    assert page.heading == "Offer 1"
    for words in (f"Home {code}", "France", "French", "2 adults", "We live by the sea."):
        assert words in page.text
    assert world.own.canary not in page.text
    assert "Lyon" not in page.text
    page = host.get(PATH)
    for words in (f"Guest {code}", "Morocco", "21-24", "I like rain.", "French"):
        assert words in page.text
    for words in (world.own.canary, "Salma", "salma@example.org"):
        assert words not in page.text
    assert _seen(engine, world.own.placed_host_id) == ["student"]
    assert _seen(engine, world.own.placed_id) == ["host"]


def test_first_names_come_with_the_confirmation_and_addresses_near_the_stay(
    student: Visitor,
    host: Visitor,
    world: World,
    engine: sa.Engine,
) -> None:
    assert "You said yes" in _yes(student).text
    assert "Salma" not in host.get(PATH).text
    assert "Confirmed" in _yes(host).text
    assert _state(engine, world) is PlacementState.CONFIRMED
    page = host.get(PATH)
    assert "Salma" in page.text
    assert "salma@example.org" not in page.text
    assert "From 21 days before the stay" in page.text
    _move_stay(engine, world, first_in_days=20, last_in_days=40)
    assert "salma@example.org" in host.get(PATH).text
    assert "lea@example.org" in student.get(PATH).text
    assert _seen(engine, world.own.placed_id) == ["host"]
    _move_stay(engine, world, first_in_days=-60, last_in_days=-32)
    assert "salma@example.org" not in host.get(PATH).text


def test_no_is_neutral_to_the_other_side(
    student: Visitor, host: Visitor, world: World, engine: sa.Engine
) -> None:
    host.get(PATH)
    page = host.send({"answer": "no", "reason": "A SECRET of ours"})
    assert "You said no" in page.text
    page = student.get(PATH)
    assert "This offer is over." in page.text
    assert "SECRET" not in page.text
    assert "said no" not in page.text
    assert "The offer that you had is over." in student.get("/application").text
    assert _state(engine, world) is PlacementState.DECLINED


def test_answer_is_asked_for(student: Visitor) -> None:
    student.get(PATH)
    page = student.send({"reason": "Kept as typed"})
    assert (page.status, page.faults) == (422, ["Say whether it suits you"])
    assert "Kept as typed" in page.response.get_data(as_text=True)


def test_answer_to_another_offer_than_the_one_shown_is_refused(
    student: Visitor, world: World, engine: sa.Engine
) -> None:
    student.get(PATH)
    page = student.send({"answer": "yes", "offer": world.other.offer})
    assert page.status == 409
    assert _state(engine, world) is PlacementState.OFFERED


def test_number_of_no_offer_leads_to_the_list(student: Visitor) -> None:
    assert student.get("/application/offers/7").path == "/application/offers"
    assert student.post("/application/offers/7", {"answer": "yes"}).path == "/application/offers"


def test_guardian_answers_beside_the_young_person(enter: Enter, world: World) -> None:
    guardian = enter(guardian_id=world.own.placed_guardian_id)
    page = guardian.get("/guardian")
    assert "See the offers" in page.text
    page = guardian.get("/guardian/offers/1")
    assert "We live by the sea." in page.text
    assert world.own.canary not in page.text
    guardian.send({"answer": "yes"})
    assert "You said yes" in guardian.get("/guardian/offers").text


def test_review_is_not_spoken_of(enter: Enter, world: World, engine: sa.Engine) -> None:
    with open_session(engine, writes=False) as session:
        offer = session.exec(
            select(Offer).where(Offer.public_id == world.own.looked_at_offer)
        ).one()
    third = enter(application_id=offer.student_application_id)
    assert "looked over" in third.get("/application").text
    assert "There is no offer for you yet." in third.get("/application/offers").text


def test_whoever_said_yes_hears_what_is_still_asked_of_them(
    student: Visitor, host: Visitor, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        offer = session.exec(select(Offer).where(Offer.public_id == world.own.offer)).one()
        placement = session.get_one(Placement, offer.placement_id)
        placement.review = True
        session.add(placement)
        session.commit()
    missing = "Your agreement to something else is still missing"
    assert missing in _yes(student).text
    page = _yes(host)
    assert "Everybody said yes, an agreement is missing" in page.text
    assert missing in page.text
    page = host.post(f"{PATH}/agreements", {"contested_nations": "yes"})
    assert "nothing more is asked of you" in page.text
    assert "Salma" not in page.text
    page = student.post(f"{PATH}/agreements", {"contested_nations": "yes"})
    assert "It is settled." in page.text


def test_staff_find_the_offer_on_the_page_of_either_side(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    office = enter(account_id=world.accounts["coordinator"])
    with open_session(engine, writes=False) as session:
        sides = [
            session.get_one(Application, one).public_id
            for one in (world.own.placed_id, world.own.placed_host_id)
        ]
    for whose in sides:
        page = office.get(f"/applications/{whose}")
        links = [a.attrs["href"] for a in page.tree.all("a")]
        assert f"/offers/{world.own.offer}" in links
