"""Signing up in person: a validated profile becomes an application. Files: see `imports`."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from exchange.domain.ages import ADULT_AGE
from exchange.domain.cycle import ApplicationKind, ApplicationState, is_open
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, LinkPurpose
from exchange.services import audit, guardians, links, mails, question_answers
from exchange.services.actor import Actor
from exchange.services.profiles import add_host, add_student, listing
from exchange.translations import ENGLISH, Sentence

_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
"""No vowels, so that no reference spells a word; no signs that look alike."""

Profile = StudentProfile | HostProfile


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
    language: str = ENGLISH,
    answers: Mapping[str, object] | None = None,
) -> Application:
    """Make an application; sent again with the same key, it is the same application.

    Parameters
    ----------
    answers : mapping, optional
        To the questions of the programme, by their codes.

    Raises
    ------
    Conflict
        When the cycle does not take sign-ups now.
    InvalidInput
        When a minor who signs up in person names too few guardians.
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
        _check_guardians(cycle, profile, at)
    try:
        with session.begin_nested():
            application = _add(
                session,
                cycle,
                kind=kind,
                profile=profile,
                idempotency_key=idempotency_key,
                external_id=external_id,
                language=language,
                at=at,
            )
            if answers:
                question_answers.keep_answers(session, application, answers, at)
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
    if external_id is None and application.guardians_needed:
        guardians.invite(session, actor, application, at)
    if profile.email and external_id is None:
        token = links.issue_link(
            session, purpose=LinkPurpose.STATUS, application_id=application.id, at=at
        )
        mails.queue_mail(
            session,
            key=f"received:{application.public_id}",
            recipient=profile.email,
            template=Template.RECEIVED,
            language=application.language,
            context={"reference": application.reference, "token": token},
            at=at,
            application_id=application.id,
        )
    return application


def _add(
    session: Session,
    cycle: Cycle,
    *,
    kind: ApplicationKind,
    profile: Profile,
    idempotency_key: str,
    external_id: str | None,
    language: str,
    at: datetime,
) -> Application:
    student_id = host_id = None
    if isinstance(profile, StudentProfile):
        student_id = add_student(session, profile).id
    else:
        host_id = add_host(session, profile).id
    application = Application(
        reference=new_reference(kind),
        cycle_id=cycle.id or 0,
        kind=kind,
        student_id=student_id,
        host_id=host_id,
        submitted_at=at,
        created_at=at,
        idempotency_key=idempotency_key,
        external_id=external_id,
        language=language,
        **listing(profile),
        **guardians_of_new(cycle, profile, at),
    )
    session.add(application)
    session.flush()
    return application


def _by_key(session: Session, key: str) -> Application | None:
    return session.exec(select(Application).where(Application.idempotency_key == key)).one_or_none()


def is_minor(profile: StudentProfile, at: datetime, adult_age: int = ADULT_AGE) -> bool:
    """Say whether somebody is under age, so that a guardian has to agree."""
    # The day of application is the day on which somebody is youngest.
    age = profile.age_at(at.date())
    return age is not None and age < adult_age


def guardians_needed(cycle: Cycle, profile: Profile, at: datetime) -> int:
    """Return how many guardians have to agree before the application goes anywhere."""
    is_of_minor = isinstance(profile, StudentProfile) and is_minor(profile, at, cycle.adult_age)
    return cycle.guardians_needed if is_of_minor else 0


def guardians_of_new(cycle: Cycle, profile: Profile, at: datetime) -> dict[str, Any]:
    """Return the columns of a new application that depend on whether it is a minor's."""
    needed = guardians_needed(cycle, profile, at)
    state = ApplicationState.WAITING if needed else ApplicationState.SUBMITTED
    return {"guardians_needed": needed, "state": state}


def _check_guardians(cycle: Cycle, profile: StudentProfile, at: datetime) -> None:
    """A file of an organisation may leave guardians to it; who signs up in person may not."""
    needed = guardians_needed(cycle, profile, at)
    faults = {}
    for prefix in ("guardian", "second_guardian")[:needed]:
        if not getattr(profile, f"{prefix}_name"):
            faults[f"{prefix}_name"] = [Sentence("Enter the name of a parent or guardian")]
        if not getattr(profile, f"{prefix}_email"):
            faults[f"{prefix}_email"] = [
                Sentence("Enter the e-mail address of a parent or guardian")
            ]
    if faults:
        raise InvalidInput("Somebody under age needs a guardian to agree.", faults)


def new_reference(kind: ApplicationKind) -> str:
    """Draw what an applicant calls the application by; it spells nothing."""
    letters = [secrets.choice(_LETTERS) for _ in range(8)]
    return f"{kind.value[0].upper()}-{''.join(letters[:4])}-{''.join(letters[4:])}"
