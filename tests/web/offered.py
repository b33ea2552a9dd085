"""A cycle whose match is published: offers to an adult, to a minor and to hosts, and a hold."""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.clock import now
from exchange.domain.consent import TEXTS, Purpose
from exchange.domain.contact_schedule import ContactKind, ContactOutcome
from exchange.domain.cycle import ApplicationState, RunState
from exchange.domain.placement import Placement
from exchange.domain.roles import Role
from exchange.records import Application, ContactEntry, Cycle, Offer
from exchange.records.session import open_session
from exchange.services import (
    accounts,
    agreements,
    attempts,
    guardians,
    holds,
    incident_reports,
    publishing,
    runs,
    screening,
)
from exchange.services.actor import SYSTEM, Actor
from exchange.services.incident_reports import Named
from tests.services.people import clear_host
from tests.web.world import (
    Realm,
    World,
    host_profile,
    look_after,
    make_cycle,
    minor_profile,
    partner_of,
    sign_up,
    student_profile,
)


def add_offers(engine: sa.Engine, world: World) -> World:
    """Add such a cycle to both programmes."""
    at = now()
    with open_session(engine) as session:
        second = accounts.create_account(
            session,
            SYSTEM,
            email="second-elsewhere@example.org",
            display_name="second elsewhere",
            password=None,
            role=Role.REVIEWER,
            programme_id=world.other.programme_id,
            at=at,
        )
        ours = (world.accounts["coordinator"], world.accounts["reviewer"])
        theirs = (world.accounts["coordinator elsewhere"], second.id)
        own = _with_offers(session, world.own, ours, at)
        placed = session.get_one(Application, own.placed_id)
        look_after(session, world.accounts["local_coordinator"], placed.public_id, at)
        other = _with_offers(session, world.other, theirs, at)
        session.commit()
    return replace(world, own=own, other=other)


def _with_offers(session: Session, realm: "Realm", staff: tuple[int, int], at: datetime) -> "Realm":
    """Add such a cycle to a programme, published by two of its staff."""
    cycle = make_cycle(session, realm.programme_id, at, f"{realm.canary} third cycle")
    adult = sign_up(
        session,
        cycle,
        student_profile(
            family_name=realm.canary,
            letter="I like rain.\nAnd chess.",
            partner=partner_of(realm.canary),
        ),
        at,
    )
    minor = sign_up(session, cycle, minor_profile(family_name=realm.canary), at, key="minor")
    third = sign_up(
        session,
        cycle,
        student_profile(email="third@example.org", given_name="Third"),
        at,
        key="third",
    )
    first = host_profile(name=realm.canary, about="We live by the sea.", capacity=3)
    second = host_profile(name=f"Second {realm.canary}", email="second@example.org")
    alone = host_profile(
        name=f"Third {realm.canary}", email="alone@example.org", about="We live by the sea."
    )
    hosts = [
        sign_up(session, cycle, profile, at, key=profile.email or "")
        for profile in (first, second, alone)
    ]
    for guardian in guardians.guardians_of(session, minor):
        agreements.agree(
            session,
            Actor(guardian_id=guardian.id),
            wanted=(),
            shown={Purpose.TAKING_PART: TEXTS[Purpose.TAKING_PART].text},
            language="en",
            at=at,
        )
    for one in hosts:
        clear_host(session, SYSTEM, one, at)
    for one in (adult, minor, third, *hosts):
        session.refresh(one)
        screening.decide(
            session,
            SYSTEM,
            one,
            state=ApplicationState.APPROVED,
            expected_version=one.version,
            at=at,
        )
    two = [replace(accounts.actor_of(session, one), stepped_up_at=at) for one in staff]
    _publish(session, cycle, [(adult, hosts[0]), (minor, hosts[2]), (third, hosts[1])], two, at)
    offers = list(
        session.exec(select(Offer).where(Offer.cycle_id == cycle.id).order_by(col(Offer.id)))
    )
    return replace(
        realm,
        offer=offers[0].public_id,
        looked_at_offer=offers[2].public_id,
        incident=_incident(session, third, two[0], at),
        contact=_contact(session, adult, staff[0], at),
        hold=_hold(session, cycle, two[0], hosts[1], at),
        placed_id=adult.id,
        placed_host_id=hosts[0].id,
        placed_guardian_id=guardians.guardians_of(session, minor)[0].id,
    )


def _publish(
    session: Session,
    cycle: Cycle,
    pairs: list[tuple[Application, Application]],
    staff: list[Actor],
    at: datetime,
) -> None:
    run = runs.start_run(session, SYSTEM, cycle_id=cycle.id, epsilon=0.02, seed=1, at=at)
    claimed = attempts.claim_run(session, run.public_id, at=at, lease_s=30)
    assert claimed is not None
    placed = tuple(
        Placement(
            student_id=guest.public_id,
            host_id=home.public_id,
            student_nation="MA",
            host_nation="FR",
            quality=0.5,
            review=guest is pairs[-1][0],
            only_contact_of_pair=False,
        )
        for guest, home in pairs
    )
    outcome = attempts.RunOutcome(
        state=RunState.READY, report={"M": len(placed)}, placements=placed
    )
    attempts.finish_run(session, run.public_id, claimed.attempt, outcome=outcome, at=at)
    session.refresh(run)
    publishing.propose(session, staff[0], run, at)
    publishing.publish_run(session, staff[1], run, at)


def _incident(session: Session, about: Application, actor: Actor, at: datetime) -> str:
    """Tell the leads something about somebody."""
    incident = incident_reports.report_for(
        session, actor, about, text="The neighbours called.", named=Named(), key="0" * 32, at=at
    )
    return incident.public_id


def _contact(session: Session, application: Application, account_id: int, at: datetime) -> str:
    """Put an entry into the log of somebody whose stay has not begun."""
    entry = ContactEntry(
        application_id=application.id,
        met_on=at.date(),
        kind=ContactKind.PHONE,
        outcome=ContactOutcome.ALL_WELL,
        by_id=account_id,
        created_at=at,
    )
    session.add(entry)
    session.flush()
    return entry.public_id


def _hold(
    session: Session, cycle: Cycle, coordinator: Actor, home: Application, at: datetime
) -> str:
    """Let the second host hold a student who signed up too late for the match."""
    late = sign_up(
        session,
        cycle,
        student_profile(email="late@example.org", given_name="Late"),
        at + timedelta(seconds=1),
        key="late",
    )
    screening.decide(
        session,
        SYSTEM,
        late,
        state=ApplicationState.APPROVED,
        expected_version=late.version,
        at=at,
    )
    hold = holds.place_hold(
        session, coordinator, cycle, student=late.reference, host=home.reference, at=at
    )
    return hold.public_id
