"""What was sent is opened again by its owner, corrected, and sent anew for the staff to read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update

from exchange.domain.cycle import ApplicationState, RunState, is_open
from exchange.domain.screening import Section, SectionState
from exchange.errors import Conflict, NotFound
from exchange.intake.profile_sections import SECTION_OF
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import (
    Application,
    Cycle,
    Draft,
    Host,
    MatchRun,
    Placement,
    Student,
)
from exchange.services import agreements, audit, guardians, question_answers, sections
from exchange.services.actor import Actor
from exchange.services.application_states import swap_in
from exchange.services.applications import ApplicationDetails, details_of
from exchange.services.enrolment import Profile, guardians_needed
from exchange.services.households import list_anew
from exchange.services.locks import hold_cycle
from exchange.services.profiles import host_columns, listing, student_columns

_OPEN_STATES = frozenset(
    {ApplicationState.WAITING, ApplicationState.SUBMITTED, ApplicationState.APPROVED}
)


def may_correct(session: Session, application: Application, at: datetime) -> bool:
    """Say whether its owner may change the answers of an application now.

    Until sign-up closes; later only if the staff returned it. Never once a match that was
    published placed it, and only where the forms were filled in here: a row of a file is
    corrected in the file.
    """
    cycle = session.get_one(Cycle, application.cycle_id)
    is_time = (
        application.state in _OPEN_STATES and is_open(cycle.opens_at, cycle.closes_at, at)
    ) or application.state is ApplicationState.RETURNED
    return (
        is_time
        and _draft_of(session, application) is not None
        and not _placed(session, application)
    )


def _draft_of(session: Session, application: Application) -> Draft | None:
    found = session.exec(
        select(Draft).where(Draft.submitted_application_id == application.id).limit(1)
    ).first()
    return found if found is not None and found.data else None


def _placed(session: Session, application: Application) -> bool:
    mine = (
        col(Placement.student_id) == application.student_id
        if application.student_id is not None
        else col(Placement.host_id) == application.host_id
    )
    query = (
        select(Placement.id)
        .join(MatchRun, col(MatchRun.id) == col(Placement.run_id))
        .where(mine, MatchRun.state == RunState.PUBLISHED)
    )
    return session.exec(query.limit(1)).first() is not None


def closed_sections(session: Session, details: ApplicationDetails) -> frozenset[Section]:
    """Return the sections that stay as they are while others were returned; else none.

    Sections that the application does not have, such as that of guardians before somebody turns
    out to be under age, are not among them: another answer may call for them.
    """
    application = details.application
    if application.state is not ApplicationState.RETURNED or application.return_reason:
        return frozenset()
    reviews = sections.list_reviews(session, application.id)
    returned = {one for one, row in reviews.items() if row.state is SectionState.RETURNED}
    return frozenset(sections.sections_for(details)) - returned if returned else frozenset()


def reopen(
    session: Session, actor: Actor, application: Application, *, web_session_id: int, at: datetime
) -> Draft:
    """Open what was typed again, for this browser; nothing changes until it is sent anew.

    Raises
    ------
    Conflict
        When the answers cannot be changed any more.
    """
    if actor.application_id != application.id:
        raise NotFound("There is nothing at this address.")
    draft = _draft_of(session, application)
    if draft is None or not may_correct(session, application, at):
        raise Conflict("These answers cannot be changed here any more. Write to the programme.")
    session.connection().execute(
        update(Draft)
        .where(col(Draft.id) == draft.id)
        .values(web_session_id=web_session_id, reopened_at=draft.reopened_at or at, updated_at=at)
    )
    session.refresh(draft)
    return draft


def correct_profile(
    session: Session,
    actor: Actor,
    draft: Draft,
    *,
    profile: Profile,
    at: datetime,
    answers: Mapping[str, object] | None = None,
) -> Application:
    """Put corrected answers in place of the old ones; the staff read what is new in them.

    Sections that were returned, and those in which an answer is another now, are open again; the
    others stay as they were judged. A guardian who had agreed is asked anew when it is another
    guardian than before.

    Raises
    ------
    Conflict
        When the answers cannot be changed any more, or somebody decides about them just now.
    """
    application = session.get(Application, draft.submitted_application_id or 0)
    if application is None or actor.application_id != application.id:
        raise NotFound("There is nothing at this address.")
    hold_cycle(session, application.cycle_id)
    session.refresh(application)
    session.refresh(draft)
    if draft.reopened_at is None:
        return application  # Sent twice, it was corrected all the same.
    if not may_correct(session, application, at):
        raise Conflict("These answers cannot be changed here any more. Write to the programme.")
    details = details_of(session, application)
    values: dict[str, Any] = {}
    if isinstance(profile, StudentProfile) and details.student is not None:
        changed = _write(details.student, student_columns(profile))
        session.flush()
        needed = guardians_needed(details.cycle, profile, at)
        values = agreements.after_correction(session, actor, application, needed=needed, at=at)
    elif isinstance(profile, HostProfile) and details.host is not None:
        changed = _write(details.host, host_columns(profile))
        if list_anew(session, details.host, profile):
            changed.append("members")
    else:
        raise NotFound("There is nothing at this address.")
    session.flush()
    answered = question_answers.keep_answers(session, application, answers or {}, at)
    changed += [f"question:{code}" for code in answered]
    opened = _open_again(session, application, changed)
    state = {"state": ApplicationState.SUBMITTED, "return_reason": None}
    swap_in(session, application, application.version, **state | values | listing(profile))
    if application.student_id is not None:
        guardians.invite(session, actor, application, at)
    session.connection().execute(
        update(Draft).where(col(Draft.id) == draft.id).values(reopened_at=None, updated_at=at)
    )
    session.refresh(draft)
    audit.record(
        session,
        actor,
        "application:corrected",
        subject_kind="application",
        subject_id=application.public_id,
        programme_id=details.cycle.programme_id,
        facts={"fields": changed, "sections": [one.value for one in opened]},
        at=at,
    )
    return application


def _write(record: Student | Host, columns: dict[str, Any]) -> list[str]:
    """Set the columns, and return the names of those that changed."""
    changed = sorted(name for name, value in columns.items() if getattr(record, name) != value)
    for name in changed:
        setattr(record, name, columns[name])
    return changed


def _open_again(session: Session, application: Application, changed: list[str]) -> list[Section]:
    reviews = sections.list_reviews(session, application.id)
    returned = {one for one, row in reviews.items() if row.state is SectionState.RETURNED}
    section_of = SECTION_OF[application.kind]
    touched = returned | {section_of[name] for name in changed if name in section_of}
    return sections.open_again(session, application.id, sorted(touched))
