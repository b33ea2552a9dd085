"""The offers of a cycle, for the staff."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from exchange.domain.placement import PlacementState
from exchange.records import Application, Cycle, Offer, Placement, Programme
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.statements import statements
from tests.web.visitor import Visitor
from tests.web.world import World

REASON = "She called me on Monday."


@pytest.fixture
def world(world: World, engine: sa.Engine) -> World:
    """The world, with a match that is published and offered."""
    return add_offers(engine, world)


@pytest.fixture
def coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"])


def _cycle(engine: sa.Engine, world: World) -> str:
    with open_session(engine, writes=False) as session:
        application = session.get_one(Application, world.own.placed_id)
        return session.get_one(Cycle, application.cycle_id).public_id


def _state(engine: sa.Engine, offer: str) -> PlacementState:
    with open_session(engine, writes=False) as session:
        return session.exec(
            select(Placement.state)
            .join(Offer, Offer.placement_id == Placement.id)  # type: ignore[arg-type]
            .where(Offer.public_id == offer)
        ).one()


def test_list_says_who_is_awaited_and_leads_on(
    app: Flask, coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    cycle = _cycle(engine, world)
    links = [a.attrs["href"] for a in coordinator.get(f"/cycles/{cycle}").tree.all("a")]
    path = f"/cycles/{cycle}/offers"
    assert path in links
    with statements(app) as sent:
        page = coordinator.get(path)
    assert len(sent) <= 14
    assert page.heading == "Offers"
    assert "Student, Parent or guardian, Host" in page.text
    page = coordinator.get(f"{path}?group=look")
    assert page.heading == "Offers: To look at first"
    assert page.text.count("To look at") >= 2
    assert coordinator.get(f"{path}?group=over").text.count("There is none.") == 1


def test_answer_is_written_down(coordinator: Visitor, world: World, engine: sa.Engine) -> None:
    path = f"/offers/{world.own.offer}"
    coordinator.get(f"{path}/record")
    page = coordinator.send({"reason": "short"})
    assert page.status == 422
    assert "Say who answered" in page.faults
    for number in (0, 1):
        page = coordinator.get(f"{path}/record")
        party = page.tree.all("input", name="party")[number].attrs["value"]
        page = coordinator.send({"party": party, "answer": "yes", "reason": REASON})
        assert page.path == path
        assert REASON in page.text
    assert _state(engine, world.own.offer) is PlacementState.CONFIRMED
    assert "Written down by the staff." in page.text
    assert "Take the offer back" not in page.text


def test_more_time_and_back_again(coordinator: Visitor, world: World, engine: sa.Engine) -> None:
    path = f"/offers/{world.own.offer}"
    coordinator.get(f"{path}/extend")
    page = coordinator.send({"days": "900", "reason": REASON})
    assert page.status == 422
    coordinator.get(f"{path}/extend")
    page = coordinator.send({"days": "14", "reason": REASON})
    assert "More time was given" in page.text
    coordinator.get(f"{path}/withdraw")
    page = coordinator.send({"reason": REASON})
    assert "The staff took it back." in page.text
    assert _state(engine, world.own.offer) is PlacementState.ENDED
    assert coordinator.post(f"{path}/withdraw", {"reason": REASON}).status == 409


def test_placement_to_look_at_is_offered_by_a_button(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    path = f"/offers/{world.own.looked_at_offer}"
    assert "nobody has heard of it yet" in coordinator.get(path).text
    assert "Waiting for answers" in coordinator.post(f"{path}/release").text
    assert _state(engine, world.own.looked_at_offer) is PlacementState.OFFERED
    assert coordinator.post(f"{path}/release").status == 409


def test_reviewer_reads_and_changes_nothing(enter: Enter, world: World) -> None:
    reviewer = enter(account_id=world.accounts["reviewer"])
    page = reviewer.get(f"/offers/{world.own.offer}")
    assert page.status == 200
    assert "Take the offer back" not in page.text


def test_times_of_the_programme(coordinator: Visitor, world: World, engine: sa.Engine) -> None:
    path = f"/cycles/{_cycle(engine, world)}/offers/times"
    coordinator.get(path)
    assert coordinator.send({"offer_days": "0"}).status == 422
    coordinator.get(path)
    page = coordinator.send({"offer_days": "10", "contact_days": "5", "hold_hours": "24"})
    assert page.heading == "Offers"
    with open_session(engine, writes=False) as session:
        found = session.get_one(Programme, world.own.programme_id)
    assert (found.offer_days, found.contact_days, found.hold_hours) == (10, 5, 24)


def test_holds_are_placed_and_given_up(
    coordinator: Visitor, world: World, engine: sa.Engine
) -> None:
    path = f"/cycles/{_cycle(engine, world)}/holds"
    page = coordinator.get(path)
    assert "Holds" in page.text
    [late] = [row.all("a")[0].text() for row in page.tree.all("tbody")[0].all("tr")]
    with open_session(engine, writes=False) as session:
        home = session.get_one(Application, world.own.placed_host_id).reference
    page = coordinator.post(path, {"student": "S-XXXX", "host": ""})
    assert page.faults == ["Enter the reference of the host"]
    page = coordinator.post(path, {"student": "S-XXXX", "host": home})
    assert page.faults == ["Enter the reference of an approved student of this cycle"]
    page = coordinator.post(path, {"student": late, "host": home.lower()})
    assert "In the queue 1" in page.text
    page = coordinator.post(path, {"student": late, "host": home})
    assert page.faults == ["This host holds this student already, or queues for them."]
    page = coordinator.post(f"/holds/{world.own.hold}/release")
    assert "In the queue" not in page.text
    assert home in page.text
