"""A small programme and the people in it, made with the services that the tests are about."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from exchange.domain.consent import TEXTS, Purpose
from exchange.domain.cycle import ApplicationKind, ApplicationState, RunState
from exchange.domain.placement import Contact
from exchange.domain.placement import Placement as MatchedPlacement
from exchange.domain.roles import Role
from exchange.domain.screening import OF_A_PERSON, CheckOutcome
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Application, AuditEvent, Cycle, MatchRun, Programme
from exchange.services import (
    accounts,
    agreements,
    applications,
    attempts,
    checks,
    cycles,
    enrolment,
    guardians,
    programmes,
    publishing,
    runs,
    screening,
)
from exchange.services.actor import SYSTEM, Actor
from exchange.services.attempts import RunOutcome
from exchange.services.checks import NewCheck

AT = datetime(2027, 1, 10, 12, tzinfo=UTC)
"""A moment at which sign-up of every cycle made here is open."""


@dataclass(frozen=True)
class Office:
    """A programme with one open cycle, one coordinator and one reviewer."""

    programme: Programme
    cycle: Cycle
    actor: Actor
    second: Actor
    """A reviewer, who confirms what the coordinator proposes."""


def make_office(session: Session, name: str = "Neighbours") -> Office:
    """Make a programme, a cycle that is open at `AT`, and the actor who coordinates it."""
    programme = programmes.create_programme(
        session, SYSTEM, name=name, contact_email="office@example.org", time_zone="UTC", at=AT
    )
    cycle = cycles.create_cycle(
        session,
        SYSTEM,
        programme_id=programme.id,
        name="Summer",
        time_zone="Europe/Vienna",
        opens_at=AT - timedelta(days=9),
        closes_at=AT + timedelta(days=30),
        stay_from_on=date(2027, 7, 1),
        stay_to_on=date(2027, 7, 20),
        at=AT,
    )
    account = accounts.create_account(
        session,
        SYSTEM,
        email=f"{name.lower()}@example.org",
        display_name="A coordinator",
        password=None,
        role=Role.COORDINATOR,
        programme_id=programme.id,
        at=AT,
    )
    reviewer = accounts.create_account(
        session,
        SYSTEM,
        email=f"reviewer-{name.lower()}@example.org",
        display_name="A reviewer",
        password=None,
        role=Role.REVIEWER,
        programme_id=programme.id,
        at=AT,
    )
    actor, second = (signed_in(session, one.id or 0) for one in (account, reviewer))
    return Office(programme, cycle, actor, second)


def signed_in(session: Session, account_id: int, at: datetime = AT) -> Actor:
    """Return an account's actor as it is just after a code was typed."""
    return replace(accounts.actor_of(session, account_id), stepped_up_at=at)


def student(number: int = 0, **answers: Any) -> StudentProfile:
    """Return an adult's profile."""
    return StudentProfile.model_validate(
        {
            "given_name": "Student",
            "family_name": f"Number {number}",
            "email": f"student{number}@example.org",
            "birth_on": date(2000, 1, 1 + number % 28),
            "nationalities": ["IL" if number % 2 else "TR"],
            "languages": ["en:C1"],
            **answers,
        }
    )


def host(number: int = 0, **answers: Any) -> HostProfile:
    """Return a household's profile."""
    return HostProfile.model_validate(
        {
            "name": f"Host {number}",
            "email": f"host{number}@example.org",
            "nation": "GR",
            "capacity": 2,
            "languages": ["en:B2"],
            "adults": 2,
            **answers,
        }
    )


def sign_up(
    session: Session, office: Office, profile: StudentProfile | HostProfile, key: str = ""
) -> Application:
    """Send a profile in, as its owner does."""
    is_student = isinstance(profile, StudentProfile)
    return enrolment.submit_profile(
        session,
        Actor(),
        cycle_id=office.cycle.id,
        kind=ApplicationKind.STUDENT if is_student else ApplicationKind.HOST,
        profile=profile,
        idempotency_key=key or f"key of {profile.email}",
        at=AT,
    )


def clear_host(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Note that everything that the plain pack asks of a host was checked and is in order."""
    details = applications.details_of(session, application)
    people = checks.people_of(details)
    new = [
        NewCheck(
            kind=kind,
            outcome=CheckOutcome.PASS,
            issuer="Police of Atlantis",
            reference=f"{kind.value}-{person}",
            done_on=at.date(),
            person=person,
        )
        for kind in checks.kinds_for(details)
        for person in (people if kind in OF_A_PERSON else [None])
    ]
    checks.record_checks(session, actor, details, new, at=at)


def approve(session: Session, office: Office, application: Application) -> None:
    """Approve an application, as the coordinator does; of a host, when all is checked."""
    if application.kind is ApplicationKind.HOST:
        clear_host(session, office.actor, application, AT)
    screening.decide(
        session,
        office.actor,
        application,
        state=ApplicationState.APPROVED,
        expected_version=application.version,
        at=AT,
    )


def guardians_agree(session: Session, application: Application) -> None:
    """Let every guardian whom a minor named agree."""
    for guardian in guardians.guardians_of(session, application):
        agreements.agree(
            session,
            Actor(guardian_id=guardian.id),
            wanted=(),
            shown={Purpose.TAKING_PART: TEXTS[Purpose.TAKING_PART].text},
            language="en",
            at=AT,
        )


def enrol(session: Session, office: Office, *, students: int = 2, hosts: int = 1) -> list[str]:
    """Sign up and approve people; return the public ids, students first."""
    profiles = [*map(student, range(students)), *map(host, range(hosts))]
    found = [sign_up(session, office, one) for one in profiles]
    for application in found:
        approve(session, office, application)
    return [one.public_id for one in found]


def start(session: Session, office: Office, at: datetime = AT) -> MatchRun:
    """Start a run of the office's cycle."""
    return runs.start_run(
        session, office.actor, cycle_id=office.cycle.id, epsilon=0.02, seed=1, at=at
    )


def outcome_of(ids: list[str], *, nation: str = "TR") -> RunOutcome:
    """Return a finished outcome: the first student with the last host."""
    return RunOutcome(
        state=RunState.READY,
        report={"M": 1},
        placements=(
            MatchedPlacement(
                student_id=ids[0],
                host_id=ids[-1],
                student_nation=nation,
                host_nation="GR",
                quality=0.5,
                review=False,
                only_contact_of_pair=True,
                terms={"languages": 0.5},
            ),
        ),
        contacts=(Contact("GR", nation, 1, 0.4, 0),),
    )


def finish(session: Session, run: MatchRun, ids: list[str], at: datetime = AT) -> None:
    """Carry a run out as a worker would, with an outcome that is given."""
    claimed = attempts.claim_run(session, run.public_id, at=at, lease_s=10)
    assert claimed is not None
    attempts.finish_run(session, run.public_id, claimed.attempt, outcome=outcome_of(ids), at=at)
    session.refresh(run)


def publish(session: Session, office: Office, run: MatchRun, at: datetime = AT) -> None:
    """Publish a run, as the two of an office do it."""
    first, second = (replace(one, stepped_up_at=at) for one in (office.actor, office.second))
    publishing.propose(session, first, run, at)
    publishing.publish_run(session, second, run, at)


def told(session: Session) -> list[str]:
    """Return the actions on the audit trail, the first first."""
    return list(session.exec(select(AuditEvent.action).order_by(col(AuditEvent.id))))
