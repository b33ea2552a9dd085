"""A small cycle, signed up and approved: what the tests of runs work with."""

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from exchange.clock import now
from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.roles import Role
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Application, Cycle
from exchange.records.session import open_session
from exchange.services import accounts, cycles, enrolment, programmes, runs, screening
from exchange.services.actor import SYSTEM
from tests.services.people import clear_host

STUDENTS = ("DE", "FR", "IL", "JP", "KR", "DE", "FR", "GR", "TR", "IL")
HOSTS = ("TR", "GR", "JP", "KR", "DE", "FR")


@dataclass(frozen=True)
class Cohort:
    """Row ids and public ids of the cycle."""

    cycle_id: int
    cycle: str
    students: tuple[str, ...]
    hosts: tuple[str, ...]
    staff: tuple[str, str]
    """The e-mail addresses of the coordinator and the reviewer."""


def make_cohort(engine: sa.Engine) -> Cohort:
    """Make a programme with one open cycle, ten approved students and six approved hosts."""
    at = now()
    with open_session(engine) as session:
        programme = programmes.create_programme(
            session,
            SYSTEM,
            name="Neighbours",
            contact_email="office@example.org",
            time_zone="UTC",
            at=at,
        )
        cycle = cycles.create_cycle(
            session,
            SYSTEM,
            programme_id=programme.id or 0,
            name="Summer",
            time_zone="UTC",
            opens_at=at - timedelta(days=1),
            closes_at=at + timedelta(days=30),
            stay_from_on=date(2027, 7, 1),
            stay_to_on=date(2027, 7, 20),
            at=at,
        )
        students = [_student(number, nation) for number, nation in enumerate(STUDENTS)]
        hosts = [_host(number, nation) for number, nation in enumerate(HOSTS)]
        made = Cohort(
            cycle_id=cycle.id or 0,
            cycle=cycle.public_id,
            students=tuple(_approved(session, cycle, one) for one in students),
            hosts=tuple(_approved(session, cycle, one) for one in hosts),
            staff=(
                _staff(session, programme.id or 0, Role.COORDINATOR),
                _staff(session, programme.id or 0, Role.REVIEWER),
            ),
        )
        session.commit()
    return made


def _staff(session: Session, programme_id: int, role: Role) -> str:
    return accounts.create_account(
        session,
        SYSTEM,
        email=f"{role.value}@example.org",
        display_name=role.value,
        password=None,
        role=role,
        programme_id=programme_id,
        at=now(),
    ).email


def start_run(engine: sa.Engine, cohort: Cohort, *, minutes_ago: float = 0.0) -> str:
    """Start a run and return its id; nobody tells the queue."""
    with open_session(engine) as session:
        run = runs.start_run(
            session,
            SYSTEM,
            cycle_id=cohort.cycle_id,
            epsilon=0.02,
            seed=1,
            at=now() - timedelta(minutes=minutes_ago),
        )
        session.commit()
    return run.public_id


def _student(number: int, nation: str) -> StudentProfile:
    return StudentProfile.model_validate(
        {
            "given_name": "Student",
            "family_name": str(number),
            "email": f"student{number}@example.org",
            "birth_on": date(2000, 1, 1 + number),
            "nationalities": [nation],
            "languages": ["en:C1"],
            "interests": ["chess"] if number % 2 else ["music"],
        }
    )


def _host(number: int, nation: str) -> HostProfile:
    return HostProfile.model_validate(
        {
            "name": f"Host {number}",
            "email": f"host{number}@example.org",
            "nation": nation,
            "capacity": 2 if number == 0 else 1,
            "languages": ["en:B2"],
            "interests": ["music"],
            "adults": 2,
        }
    )


def _approved(session: Session, cycle: Cycle, profile: StudentProfile | HostProfile) -> str:
    is_student = isinstance(profile, StudentProfile)
    application: Application = enrolment.submit_profile(
        session,
        SYSTEM,
        cycle_id=cycle.id or 0,
        kind=ApplicationKind.STUDENT if is_student else ApplicationKind.HOST,
        profile=profile,
        idempotency_key=f"cohort:{cycle.id}:{profile.email}",
        at=now(),
    )
    if not is_student:
        clear_host(session, SYSTEM, application, now())
    screening.decide(
        session,
        SYSTEM,
        application,
        state=ApplicationState.APPROVED,
        expected_version=application.version,
        at=now(),
    )
    return application.public_id
