"""Signing up by file: all rows of a checked file, in one transaction, in few statements.

What a file does not speak of stays as it is: the answers that it has no column for, the state of
an application, and whatever a guardian has agreed to.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Application, Cycle, Host, HouseholdMember, Student
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.enrolment import Profile, guardians_needed, guardians_of_new, new_reference
from exchange.services.households import list_anew
from exchange.services.import_plan import ImportOutcome, ImportRow, Known, Plan, known_applications
from exchange.services.locks import hold_cycle
from exchange.services.profiles import host_columns, listing, student_columns
from exchange.services.sections import forget_screening
from exchange.translations import Sentence

_ASK_FOR = 500
"""So many references are looked up in one statement."""


def import_profiles(
    session: Session,
    actor: Actor,
    *,
    cycle_id: int,
    kind: ApplicationKind,
    rows: Iterable[ImportRow],
    at: datetime,
    fields: Collection[str] | None = None,
    dry_run: bool = False,
) -> ImportOutcome:
    """Take the rows of a checked file; the same file again changes nothing.

    A row is about the application that a file with its id made before, or whose public id it has,
    as our own exports do. One that is still `waiting` or `submitted` takes the new answers of its
    row; one that was decided keeps its own and is listed as refused. With `dry_run`, or when any
    row has a fault, nothing is written.

    Parameters
    ----------
    fields : collection of str, optional
        The answers that the file has columns for; by default all. Others stay as they are stored.

    Raises
    ------
    InvalidInput
        When two rows have the same id.
    """
    cycle = hold_cycle(session, cycle_id)
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    plan = Plan(known_applications(session, cycle_id, kind), fields)
    for row in _each_once(rows):
        plan.add(row)
    if not (dry_run or plan.faults):
        created = _add(session, cycle, kind=kind, rows=plan.new, at=at)
        _tell(session, actor, "application:submit", cycle, created, at, kind=kind.value)
        for before, profile in plan.replaced:
            _replace(session, cycle, before, profile, at)
        replaced = [before.application for before, _ in plan.replaced]
        _tell(session, actor, "application:import_again", cycle, replaced, at)
    return plan.outcome()


def _each_once(rows: Iterable[ImportRow]) -> Iterable[ImportRow]:
    seen: set[str] = set()
    for row in rows:
        if row.external_id in seen:
            sentence = Sentence("Give every row an id of its own")
            raise InvalidInput(f"{sentence}.", {"external_id": [sentence]})
        seen.add(row.external_id)
        yield row


def _add(
    session: Session,
    cycle: Cycle,
    *,
    kind: ApplicationKind,
    rows: Sequence[ImportRow],
    at: datetime,
) -> list[Application]:
    """Store new rows; those of one table go in together."""
    stored = [_record(row.profile) for row in rows]
    session.add_all(stored)
    session.flush()
    for record, row in zip(stored, rows, strict=True):
        if isinstance(record, Host) and isinstance(row.profile, HostProfile):
            session.add_all(
                HouseholdMember(host_id=record.id, **member.model_dump())
                for member in row.profile.members
            )
    applications = [
        Application(
            reference=reference,
            cycle_id=cycle.id,
            kind=kind,
            student_id=record.id if isinstance(record, Student) else None,
            host_id=record.id if isinstance(record, Host) else None,
            submitted_at=at,
            created_at=at,
            idempotency_key=f"import:{cycle.public_id}:{secrets.token_hex(16)}",
            external_id=row.external_id,
            **listing(row.profile),
            **guardians_of_new(cycle, row.profile, at),
        )
        for row, record, reference in zip(
            rows, stored, _references(session, kind, len(rows)), strict=True
        )
    ]
    session.add_all(applications)
    session.flush()
    return applications


def _record(profile: Profile) -> Student | Host:
    if isinstance(profile, StudentProfile):
        return Student(**student_columns(profile))
    return Host(**host_columns(profile))


def _references(session: Session, kind: ApplicationKind, count: int) -> list[str]:
    """Draw references that no application has: in a large file a clash is no longer a wonder."""
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        batch = {new_reference(kind) for _ in range(min(_ASK_FOR, count - len(drawn)))}
        query = select(Application.reference).where(col(Application.reference).in_(batch))
        taken: set[str] = set(session.exec(query).all())
        drawn |= dict.fromkeys(batch - taken)
    return list(drawn)


def _replace(session: Session, cycle: Cycle, before: Known, profile: Profile, at: datetime) -> None:
    """Give a submitted application the new answers of its row."""
    if isinstance(profile, StudentProfile):
        for name, value in student_columns(profile).items():
            setattr(before.student, name, value)
        # A file that no longer tells an age does not make anybody older.
        if profile.age_at(at.date()) is not None:
            before.application.guardians_needed = guardians_needed(cycle, profile, at)
        needed = before.application.guardians_needed
        is_waiting = needed > before.application.guardians_agreed
        before.application.state = (
            ApplicationState.WAITING if is_waiting else ApplicationState.SUBMITTED
        )
    else:
        assert before.host is not None
        for name, value in host_columns(profile).items():
            setattr(before.host, name, value)
        list_anew(session, before.host, profile)
    # What was judged and checked were the answers, and the people, of before.
    forget_screening(session, before.application.id)
    for name, value in listing(profile).items():
        setattr(before.application, name, value)
    before.application.version += 1
    session.flush()


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    cycle: Cycle,
    applications: Sequence[Application],
    at: datetime,
    **facts: str,
) -> None:
    audit.record_each(
        session,
        actor,
        action,
        subject_kind="application",
        subject_ids=[one.public_id for one in applications],
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )
