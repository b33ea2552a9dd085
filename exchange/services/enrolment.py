"""Signing up: a validated profile becomes an application, from a form or from a file."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind, ApplicationState, is_open
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, Host, LinkPurpose, Student
from exchange.services import audit, links, mails
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.locks import hold_cycle
from exchange.services.profiles import (
    add_host,
    add_members,
    add_student,
    host_columns,
    host_profile,
    members_of,
    student_columns,
    student_profile,
)

ADULT_AGE = 18
_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
"""No vowels, so that no reference spells a word; no signs that look alike."""

Profile = StudentProfile | HostProfile


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


def submit_profile(
    session: Session,
    actor: Actor,
    *,
    cycle_id: int,
    kind: ApplicationKind,
    profile: Profile,
    idempotency_key: str,
    at: datetime,
    external_id: str | None = None,
) -> Application:
    """Make an application; sent again with the same key, it is the same application.

    Raises
    ------
    Conflict
        When the cycle does not take sign-ups now.
    InvalidInput
        When a minor who signs up in person names no guardian.
    """
    known = _by_key(session, idempotency_key)
    if known is not None:
        return known
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        raise NotFound("There is nothing at this address.")
    if external_id is None and not is_open(cycle.opens_at, cycle.closes_at, at):
        raise Conflict("Sign-up for this cycle is closed.")
    if isinstance(profile, StudentProfile) and external_id is None:
        _check_guardian(profile, at)
    try:
        with session.begin_nested():
            application = _add(
                session,
                cycle,
                kind=kind,
                profile=profile,
                idempotency_key=idempotency_key,
                external_id=external_id,
                at=at,
            )
    except IntegrityError:
        known = _by_key(session, idempotency_key)
        if known is None:
            raise
        return known
    audit.record(
        session,
        actor,
        "application:submit",
        subject_kind="application",
        subject_id=application.public_id,
        programme_id=cycle.programme_id,
        facts={"kind": kind.value},
        at=at,
    )
    if profile.email and external_id is None:
        token = links.issue_link(
            session, purpose=LinkPurpose.STATUS, application_id=application.id, at=at
        )
        mails.queue_mail(
            session,
            key=f"received:{application.public_id}",
            recipient=profile.email,
            template=Template.RECEIVED,
            context={"reference": application.reference, "token": token},
            at=at,
        )
    return application


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
    """
    cycle = hold_cycle(session, cycle_id)
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    known = _imported(session, cycle_id, kind)
    created = changed = unchanged = 0
    refused: list[str] = []
    seen: set[str] = set()
    for row in rows:
        if row.external_id in seen:
            sentence = "Give every row an id of its own"
            raise InvalidInput(f"{sentence}.", {"external_id": [sentence]})
        seen.add(row.external_id)
        application = known.get(row.external_id)
        if application is None:
            created += 1
            if not dry_run:
                _submit_row(session, actor, cycle, kind=kind, row=row, at=at)
        elif _stored_profile(session, application) == row.profile:
            unchanged += 1
        elif application.state is not ApplicationState.SUBMITTED:
            refused.append(row.external_id)
        else:
            changed += 1
            if not dry_run:
                _replace_profile(session, actor, cycle, application, row.profile, at)
    return ImportOutcome(created, changed, unchanged, tuple(refused))


def _imported(session: Session, cycle_id: int, kind: ApplicationKind) -> dict[str, Application]:
    """Return the applications that came from files, by the id that their file gave them."""
    query = (
        select(Application)
        .where(
            Application.cycle_id == cycle_id,
            Application.kind == kind,
            col(Application.external_id).is_not(None),
        )
        .execution_options(populate_existing=True)
    )
    return {one.external_id: one for one in session.exec(query) if one.external_id is not None}


def _submit_row(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    *,
    kind: ApplicationKind,
    row: ImportRow,
    at: datetime,
) -> None:
    submit_profile(
        session,
        actor,
        cycle_id=cycle.id or 0,
        kind=kind,
        profile=row.profile,
        idempotency_key=f"import:{cycle.public_id}:{secrets.token_hex(16)}",
        at=at,
        external_id=row.external_id,
    )


def _add(
    session: Session,
    cycle: Cycle,
    *,
    kind: ApplicationKind,
    profile: Profile,
    idempotency_key: str,
    external_id: str | None,
    at: datetime,
) -> Application:
    student_id = host_id = None
    if isinstance(profile, StudentProfile):
        student_id = add_student(session, profile).id
    else:
        host_id = add_host(session, profile).id
    application = Application(
        reference=_new_reference(kind),
        cycle_id=cycle.id or 0,
        kind=kind,
        student_id=student_id,
        host_id=host_id,
        submitted_at=at,
        created_at=at,
        idempotency_key=idempotency_key,
        external_id=external_id,
        needs_guardian=isinstance(profile, StudentProfile) and _is_minor(profile, at),
    )
    session.add(application)
    session.flush()
    return application


def _by_key(session: Session, key: str) -> Application | None:
    return session.exec(select(Application).where(Application.idempotency_key == key)).one_or_none()


def _is_minor(profile: StudentProfile, at: datetime) -> bool:
    # The day of application is the day on which somebody is youngest.
    age = profile.age_at(at.date())
    return age is not None and age < ADULT_AGE


def _check_guardian(profile: StudentProfile, at: datetime) -> None:
    """A file of an organisation may leave guardians to it; who signs up in person may not."""
    if not _is_minor(profile, at):
        return
    faults = {}
    if not profile.guardian_name:
        faults["guardian_name"] = ["Enter the name of a parent or guardian"]
    if not profile.guardian_email:
        faults["guardian_email"] = ["Enter the e-mail address of a parent or guardian"]
    if faults:
        raise InvalidInput("Somebody under 18 needs a guardian to agree.", faults)


def _new_reference(kind: ApplicationKind) -> str:
    letters = [secrets.choice(_LETTERS) for _ in range(8)]
    return f"{kind.value[0].upper()}-{''.join(letters[:4])}-{''.join(letters[4:])}"


def _stored_profile(session: Session, application: Application) -> Profile:
    if application.student_id is not None:
        student = session.get(Student, application.student_id)
        assert student is not None
        return student_profile(student)
    host = session.get(Host, application.host_id or 0)
    assert host is not None
    return host_profile(host, members_of(session, host.id or 0))


def _replace_profile(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    application: Application,
    profile: Profile,
    at: datetime,
) -> None:
    """Give a submitted application the new answers of its row."""
    if isinstance(profile, StudentProfile):
        student = session.get(Student, application.student_id or 0)
        assert student is not None
        for name, value in student_columns(profile).items():
            setattr(student, name, value)
        application.needs_guardian = _is_minor(profile, at)
    else:
        host = session.get(Host, application.host_id or 0)
        assert host is not None
        for name, value in host_columns(profile).items():
            setattr(host, name, value)
        for member in members_of(session, host.id or 0):
            session.delete(member)
        session.flush()
        add_members(session, host, profile)
    application.version += 1
    session.flush()
    audit.record(
        session,
        actor,
        "application:import_again",
        subject_kind="application",
        subject_id=application.public_id,
        programme_id=cycle.programme_id,
        at=at,
    )
