"""The page of placements that need a look: reached from the cycle, in words, for staff."""

from dataclasses import replace

import sqlalchemy as sa
from sqlmodel import col, select, update

from exchange.clock import now
from exchange.records import Cycle, Host, MatchRun, PlacementFinding
from exchange.records.session import open_session
from exchange.services import accounts, live_placements, publishing
from exchange.services.actor import SYSTEM
from tests.web.conftest import Enter
from tests.web.world import World


def _find(engine: sa.Engine, world: World) -> None:
    """Publish the run, take the host's places away, and look."""
    at = now()
    with open_session(engine) as session:
        cycle = session.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()
        run = session.exec(select(MatchRun).where(MatchRun.public_id == world.own.run)).one()
        proposer, publisher = (
            replace(accounts.actor_of(session, world.accounts[role]), stepped_up_at=at)
            for role in ("coordinator", "reviewer")
        )
        publishing.propose(session, proposer, run, at)
        publishing.publish_run(session, publisher, run, at)
        session.exec(update(Host).values(capacity=0))
        seen = live_placements.look(session, cycle.id, at)
        live_placements.keep(session, SYSTEM, seen, at)
        session.commit()


def test_page_lists_what_was_found_and_is_linked_from_the_cycle(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    address = f"/cycles/{world.own.cycle}/look"
    assert "Nothing was looked at yet" in coordinator.get(address).text
    _find(engine, world)
    cycle = coordinator.get(f"/cycles/{world.own.cycle}")
    assert "1 Placements that need a look" in cycle.text
    page = coordinator.get(address)
    assert page.heading == "Placements that need a look"
    assert "The host offers no place." in page.text
    assert "More guests are placed with the host (1) than it offers places (0)." in page.text
    assert world.own.canary in page.text
    elsewhere = enter(account_id=world.accounts["coordinator elsewhere"]).get(address)
    assert elsewhere.status == 404
    assert world.own.canary not in elsewhere.text


def test_page_tells_days_in_words(enter: Enter, world: World, engine: sa.Engine) -> None:
    _find(engine, world)
    with open_session(engine) as session:
        session.exec(
            update(PlacementFinding)
            .where(col(PlacementFinding.code) == "no_place_offered")
            .values(code="background_expired", parameters={"member": 2, "day": "2027-02-03"})
        )
        session.commit()
    page = enter(account_id=world.accounts["coordinator"]).get(f"/cycles/{world.own.cycle}/look")
    assert "The background check of person 2 is valid only until 3 February 2027." in page.text
