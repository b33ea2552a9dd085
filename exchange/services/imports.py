"""Signing up by file: all rows of a checked file, in one transaction, in few statements."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from exchange.services.enrolment import Profile, is_minor, new_reference
from exchange.services.locks import hold_cycle
from exchange.services.profiles import (
    add_members,
    host_columns,
    host_profile,
    student_columns,
    student_profile,
)
from exchange.translations import Sentence

_ASK_FOR = 500
"""So many references are looked up in one statement."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One person or host of a file, with the id that the file gives it."""

    external_id: str
    profile: Profile


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did, or would do."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: Sequence[str] = field(default=())
    """External ids whose application has moved on, and so keeps its answers."""


@dataclass(frozen=True, slots=True)
class _Known:
    """An application that came from a file before, with what belongs to it."""

    application: Application
    student: Student | None
    host: Host | None
    members: list[HouseholdMember]

    @property
    def profile(self) -> Profile:
        if self.student is not None:
            return student_profile(self.student)
        assert self.host is not None
        return host_profile(self.host, self.members)


def import_profiles(
    session: Session,
    actor: Actor,
    *,
    cycle_id: int,
    kind: ApplicationKind,
    rows: Iterable[ImportRow],
    at: datetime,
    dry_run: bool = False,
) -> ImportOutcome:
    """Take the rows of a checked file; the same file again changes nothing.

    An application that is still `submitted` takes the new answers of its row; one that was
    decided keeps its own and is listed as refused. With `dry_run` nothing is written.

    Raises
    ------
    InvalidInput
        When two rows have the same id.
    """
    cycle = hold_cycle(session, cycle_id)
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    known = _imported(session, cycle_id, kind)
    new: list[ImportRow] = []
    changed: list[tuple[_Known, Profile]] = []
    unchanged = 0
    refused: list[str] = []
    for row in _each_once(rows):
        before = known.get(row.external_id)
        if before is None:
            new.append(row)
        elif before.profile == row.profile:
            unchanged += 1
        elif before.application.state is not ApplicationState.SUBMITTED:
            refused.append(row.external_id)
        else:
            changed.append((before, row.profile))
    if not dry_run:
        created = _add(session, cycle, kind=kind, rows=new, at=at)
        _tell(session, actor, "application:submit", cycle, created, at, kind=kind.value)
        for before, profile in changed:
            _replace(session, before, profile, at)
        replaced = [before.application for before, _ in changed]
        _tell(session, actor, "application:import_again", cycle, replaced, at)
    return ImportOutcome(len(new), len(changed), unchanged, tuple(refused))


def _each_once(rows: Iterable[ImportRow]) -> Iterable[ImportRow]:
    seen: set[str] = set()
    for row in rows:
        if row.external_id in seen:
            sentence = Sentence("Give every row an id of its own")
            raise InvalidInput(f"{sentence}.", {"external_id": [sentence]})
        seen.add(row.external_id)
        yield row


def _imported(session: Session, cycle_id: int, kind: ApplicationKind) -> dict[str, _Known]:
    """Return what came from files, by the id that its file gave it; two statements."""
    members: dict[int, list[HouseholdMember]] = {}
    if kind is ApplicationKind.HOST:
        at_home = (
            select(HouseholdMember)
            .join(Application, col(Application.host_id) == col(HouseholdMember.host_id))
            .where(Application.cycle_id == cycle_id)
            .order_by(col(HouseholdMember.id))
        )
        for member in session.exec(at_home):
            members.setdefault(member.host_id, []).append(member)
    query = (
        select(Application, Student, Host)
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(
            Application.cycle_id == cycle_id,
            Application.kind == kind,
            col(Application.external_id).is_not(None),
        )
        .execution_options(populate_existing=True)
    )
    return {
        application.external_id or "": _Known(
            application, student, host, members.get(application.host_id or 0, [])
        )
        for application, student, host in session.exec(query)
    }


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
            needs_guardian=isinstance(row.profile, StudentProfile) and is_minor(row.profile, at),
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


def _replace(session: Session, before: _Known, profile: Profile, at: datetime) -> None:
    """Give a submitted application the new answers of its row."""
    if isinstance(profile, StudentProfile):
        for name, value in student_columns(profile).items():
            setattr(before.student, name, value)
        before.application.needs_guardian = is_minor(profile, at)
    else:
        assert before.host is not None
        for name, value in host_columns(profile).items():
            setattr(before.host, name, value)
        for member in before.members:
            session.delete(member)
        session.flush()
        add_members(session, before.host, profile)
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
