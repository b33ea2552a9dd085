"""List pages send few statements, and as many for a crowd as for one person."""

import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, select

from exchange.clock import now
from exchange.domain.cycle import ApplicationKind, RunState
from exchange.domain.placement import Contact, Placement, Unplaced
from exchange.records import Cycle, MatchRun
from exchange.records.session import open_session
from exchange.services import attempts, enrolment
from exchange.services.actor import SYSTEM
from tests.web.conftest import Enter
from tests.web.statements import MOST, MOST_DESK, statements
from tests.web.visitor import Visitor
from tests.web.world import World, host_profile, make_cycle, start, student_profile

CROWD = 60


def test_list_pages_send_no_more_statements_for_a_crowd_than_for_one(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    few = _statements(app, coordinator, cycle=world.own.cycle, run=world.own.run)
    with open_session(engine) as session:
        cycle, run = make_crowd(session, world)
        session.commit()
    many = _statements(app, coordinator, cycle=cycle, run=run)
    assert many.pop("cycle") == few.pop("cycle") <= MOST_DESK
    assert max(many.values()) <= MOST, many
    assert many == few


def test_pages_of_a_crowd_show_each_person_once(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        _cycle, run = make_crowd(session, world)
        session.commit()
    coordinator = enter(account_id=world.accounts["coordinator"])
    for path, words in (
        ("placements", f"{CROWD} placements"),
        ("placements?review=yes", f"{CROWD} placements"),
        ("unplaced", f"{CROWD} students"),
    ):
        join = "&" if "?" in path else "?"
        pages = [coordinator.get(f"/runs/{run}/{path}{join}page={n}") for n in (1, 2, 3)]
        assert all(words in page.text for page in pages)
        tag, heads = ("dt", 0) if path == "unplaced" else ("tr", 1)
        found = [[row.text() for row in page.tree.all(tag)[heads:]] for page in pages]
        assert len(found[0]) == 50
        assert len({*found[0], *found[1]}) == CROWD
        assert found[2] == found[1]
        assert "Page 2 of 2" in pages[1].text


def test_cycles_are_listed_with_their_counts_and_latest_run(enter: Enter, world: World) -> None:
    page = enter(account_id=world.accounts["coordinator"]).get("/cycles")
    cards = {
        card.all("h2")[0].text(): [entry.text() for entry in card.all("dd")]
        for card in page.tree.all("article")
    }
    # Students, hosts, waiting for a decision, places of approved hosts.
    assert cards == {
        "Canary-Own cycle": ["1", "1", "0", "1"],
        "Canary-Own second cycle": ["2", "0", "1", "0"],
    }
    links = {link.attrs["href"] for link in page.tree.all("a")}
    assert {f"/runs/{world.own.run}", f"/runs/{world.own.live_run}"} <= links


def _statements(app: Flask, visitor: Visitor, *, cycle: str, run: str) -> dict[str, int]:
    """Count the statements of each list page."""
    paths = {
        "cycles": "/cycles",
        "cycle": f"/cycles/{cycle}",
        "applications": f"/cycles/{cycle}/applications?search=a",
        "runs": f"/cycles/{cycle}/runs",
        "run": f"/runs/{run}",
        "placements": f"/runs/{run}/placements",
        "unplaced": f"/runs/{run}/unplaced",
        "unplaced_2": f"/runs/{run}/unplaced?page=2",
        "exports": f"/runs/{run}/exports",
    }
    counted = {}
    for name, path in paths.items():
        with statements(app) as sent:
            assert visitor.get(path).status == 200
        counted[name] = len(sent)
    return counted


def make_crowd(session: Session, world: World) -> tuple[str, str]:
    """Make a cycle with twice a crowd of students, half of them placed, and several runs."""
    at = now()
    own = session.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()
    for number in range(5):
        make_cycle(session, own.programme_id, at, f"Cycle {number}")
    cycle = make_cycle(session, own.programme_id, at, "Crowd")
    host = enrolment.submit_profile(
        session,
        SYSTEM,
        cycle_id=cycle.id or 0,
        kind=ApplicationKind.HOST,
        profile=host_profile(capacity=CROWD),
        idempotency_key="crowd:host",
        at=at,
    )
    students = [
        enrolment.submit_profile(
            session,
            SYSTEM,
            cycle_id=cycle.id or 0,
            kind=ApplicationKind.STUDENT,
            profile=student_profile(family_name=f"Idrissi {number}"),
            idempotency_key=f"crowd:{number}",
            at=at,
        ).public_id
        for number in range(2 * CROWD)
    ]
    report = session.exec(select(MatchRun.report).where(MatchRun.public_id == world.own.run)).one()
    placements = [
        Placement(
            student_id=one,
            host_id=host.public_id,
            student_nation="MA",
            host_nation="FR",
            quality=0.5,
            review=True,
            only_contact_of_pair=False,
            terms={"languages": 0.5},
        )
        for one in students[:CROWD]
    ]
    outcome = attempts.RunOutcome(
        state=RunState.READY,
        report=report,
        placements=placements,
        unplaced=[Unplaced(one, "not_screened", "Nobody did.") for one in students[CROWD:]],
        contacts=[Contact("FR", "MA", CROWD, 0.5, tension_tier=4)],
    )
    for _ in range(3):
        run = start(session, cycle, at)
        claimed = attempts.claim_run(session, run, at=at, lease_s=30)
        assert claimed is not None
        attempts.finish_run(session, run, claimed.attempt, outcome=outcome, at=at)
    return cycle.public_id, run
