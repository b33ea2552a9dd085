"""Consents: given and withdrawn one by one, each as easily as the other. Nothing here is required.

Whoever asks whether something may be told to somebody asks `is_consented`; no gate, score or
state of an application does.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select, update

from exchange.domain.ages import consent_age
from exchange.domain.attributes import age_on
from exchange.domain.consent import TEXTS, Ages, Giver, Purpose, asked_of, givers_of, text_hash
from exchange.domain.cycle import GuardianState
from exchange.errors import Forbidden, NotFound
from exchange.records import Application, Consent, Cycle, Guardian, Student
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.guardians import guardians_of


def decide(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    wanted: Collection[Purpose],
    shown: Mapping[Purpose, str],
    language: str,
    at: datetime,
    guardian: Guardian | None = None,
) -> None:
    """Make the consents of one giver what was ticked: give the new ones, withdraw the others.

    Parameters
    ----------
    wanted : collection of Purpose
        What was ticked.
    shown : mapping of Purpose to str
        The text of every box on the page, as it was shown; boxes not shown change nothing.
    guardian : Guardian, optional
        Who decides; the applicant where it is None.

    Raises
    ------
    NotFound
        When it is not the actor's to decide.
    Forbidden
        When a purpose was ticked that is not asked of this giver.
    """
    _require_giver(actor, application, guardian)
    asked = asked_purposes(session, application, at, guardian=guardian)
    if not set(wanted) <= set(shown) or not set(wanted) <= set(asked):
        raise Forbidden("This consent is not yours to give.")
    active = _active_rows(session, application, guardian)
    for purpose in shown:
        known = active.get(purpose)
        if purpose not in wanted:
            if known is not None:
                withdraw(session, actor, application, purpose, at, guardian=guardian)
        elif known is None or not _is_current(known):
            if known is not None:
                _end(session, application, purpose, at, guardian)
            _add(
                session,
                actor,
                application,
                purpose=purpose,
                text=shown[purpose],
                language=language,
                at=at,
                guardian=guardian,
            )


def give(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    purpose: Purpose,
    text: str,
    language: str,
    at: datetime,
    guardian: Guardian | None = None,
) -> None:
    """Store one consent with the version and the hash of the text that was read."""
    _require_giver(actor, application, guardian)
    _end(session, application, purpose, at, guardian)  # One to an older text makes way.
    _add(
        session,
        actor,
        application,
        purpose=purpose,
        text=text,
        language=language,
        at=at,
        guardian=guardian,
    )


def _add(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    purpose: Purpose,
    text: str,
    language: str,
    at: datetime,
    guardian: Guardian | None,
) -> None:
    row = {
        "application_id": application.id,
        "guardian_id": guardian.id if guardian else None,
        "purpose": purpose,
        "text_version": TEXTS[purpose].version,
        "text_hash": text_hash(text),
        "language": language,
        "given_at": at,
        "created_at": at,
    }
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert: Any = sqlite.insert if is_sqlite else postgresql.insert
    # Sent twice at once: the other one counts.
    statement = insert(Consent).on_conflict_do_nothing().returning(col(Consent.id))
    if session.connection().execute(statement, row).first() is not None:
        _audit(session, actor, "consent:give", application, purpose, at)


def withdraw(
    session: Session,
    actor: Actor,
    application: Application,
    purpose: Purpose,
    at: datetime,
    *,
    guardian: Guardian | None = None,
) -> None:
    """Withdraw one consent; the row stays, with the moment. Done twice, it is done."""
    _require_giver(actor, application, guardian)
    if _end(session, application, purpose, at, guardian):
        _audit(session, actor, "consent:withdraw", application, purpose, at)


def end_all(
    session: Session, actor: Actor, application: Application, guardian: Guardian, at: datetime
) -> None:
    """End every consent of a guardian who no longer agrees that the student takes part."""
    for purpose in Purpose:
        if _end(session, application, purpose, at, guardian):
            _audit(session, actor, "consent:withdraw", application, purpose, at)


def in_force(
    session: Session, application: Application, *, guardian: Guardian | None = None
) -> dict[Purpose, Consent]:
    """Return what one giver consents to now; consents to an older text do not count."""
    rows = _active_rows(session, application, guardian)
    return {purpose: row for purpose, row in rows.items() if _is_current(row)}


def history(session: Session, application: Application) -> list[Consent]:
    """Return every consent there ever was for an application, the first first."""
    query = select(Consent).where(Consent.application_id == application.id)
    query = query.order_by(col(Consent.id)).execution_options(populate_existing=True)
    return list(session.exec(query))


def asked_purposes(
    session: Session, application: Application, at: datetime, *, guardian: Guardian | None = None
) -> tuple[Purpose, ...]:
    """Return the optional purposes that one giver is asked about now."""
    giver = Giver.APPLICANT if guardian is None else Giver.GUARDIANS
    return asked_of(giver, application.kind, ages=_ages(session, application, at))


def is_consented(
    session: Session, application: Application, purpose: Purpose, at: datetime
) -> bool:
    """Say whether everybody whose consent a purpose needs has given it, to the present text."""
    givers = givers_of(purpose, _ages(session, application, at))
    if not givers:
        return False
    if Giver.APPLICANT in givers and purpose not in in_force(session, application):
        return False
    if Giver.GUARDIANS not in givers:
        return True
    agreed = [
        one for one in guardians_of(session, application) if one.state is GuardianState.AGREED
    ]
    return len(agreed) >= max(1, application.guardians_needed) and all(
        purpose in in_force(session, application, guardian=one) for one in agreed
    )


def _ages(session: Session, application: Application, at: datetime) -> Ages:
    cycle = session.get(Cycle, application.cycle_id)
    student = session.get(Student, application.student_id) if application.student_id else None
    assert cycle is not None
    age = None
    if student is not None:
        born = student.birth_on
        age = student.age if born is None else age_on(born, at.date())
    nations = student.nationalities if student else ()
    return Ages(age, consent_age=consent_age(nations), adult_age=cycle.adult_age)


def _require_giver(actor: Actor, application: Application, guardian: Guardian | None) -> None:
    """Nobody consents for somebody else, whatever their role."""
    if guardian is None:
        is_own = actor.application_id is not None and actor.application_id == application.id
    else:
        is_own = actor.guardian_id == guardian.id and guardian.application_id == application.id
    if not is_own:
        raise NotFound("There is nothing at this address.")


def _active(application: Application, guardian: Guardian | None) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a giver's consents that were not withdrawn."""
    of_guardian = col(Consent.guardian_id)
    return (
        col(Consent.application_id) == application.id,
        of_guardian.is_(None) if guardian is None else of_guardian == guardian.id,
        col(Consent.withdrawn_at).is_(None),
    )


def _active_rows(
    session: Session, application: Application, guardian: Guardian | None
) -> dict[Purpose, Consent]:
    query = select(Consent).where(*_active(application, guardian))
    rows = session.exec(query.execution_options(populate_existing=True))
    return {row.purpose: row for row in rows}


def _is_current(row: Consent) -> bool:
    return row.text_version == TEXTS[row.purpose].version


def _end(
    session: Session,
    application: Application,
    purpose: Purpose,
    at: datetime,
    guardian: Guardian | None,
) -> bool:
    ended = session.connection().execute(
        update(Consent)
        .where(*_active(application, guardian), col(Consent.purpose) == purpose)
        .values(withdrawn_at=at)
    )
    return bool(ended.rowcount)


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    application: Application,
    purpose: Purpose,
    at: datetime,
) -> None:
    cycle = session.get(Cycle, application.cycle_id)
    audit.record(
        session,
        actor,
        action,
        subject_kind="application",
        subject_id=application.public_id,
        programme_id=cycle.programme_id if cycle else None,
        facts={"purpose": purpose.value, "version": TEXTS[purpose].version},
        at=at,
    )
