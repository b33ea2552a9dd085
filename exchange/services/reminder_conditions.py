"""Whom a rule concerns at a moment: a query for each condition, asked again before each mail.

Whoever came in by a file is reminded by the staff, as in everything else.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, func, or_, select

from exchange.domain.cycle import ApplicationState, GuardianState
from exchange.domain.offer import Answer, HoldState
from exchange.domain.placement import PlacementState
from exchange.domain.reminders import GAP, Condition
from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.notices.texts import Template
from exchange.records import (
    Application,
    AuditEvent,
    Cycle,
    Draft,
    Guardian,
    Hold,
    Host,
    HostKind,
    Offer,
    OfferAnswer,
    Placement,
    ScreeningCheck,
    Student,
)
from exchange.services.time_zones import day_in
from exchange.translations import ENGLISH

_ENDED = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)
_REFERENCES = (CheckKind.REFERENCE_1, CheckKind.REFERENCE_2)
TOUCHED_LATELY = timedelta(days=1)
"""Whoever has a form open needs no reminder of it."""


@dataclass(frozen=True, slots=True)
class Due:
    """One person to be reminded of one thing; for staff the thing alone."""

    occasion: str
    template: Template
    application: Application | None = None
    draft: Draft | None = None
    guardian: Guardian | None = None
    email: str | None = None

    @property
    def person(self) -> str:
        """By whom several occasions are put into one mail."""
        if self.guardian is not None:
            return f"guardian:{self.guardian.id}"
        if self.draft is not None:
            return f"draft:{self.draft.id}"
        is_of_staff = self.email is None
        return "staff" if is_of_staff else f"application:{self.application.id}"  # type: ignore[union-attr]

    @property
    def language(self) -> str:
        """In which the person reads."""
        if self.guardian is not None and self.guardian.language:
            return self.guardian.language
        if self.email is None:
            return ENGLISH
        source = self.draft or self.application
        return source.language if source is not None else ENGLISH


def whom(
    session: Session,
    cycle: Cycle,
    condition: Condition,
    days: int,
    at: datetime,
    *,
    only: int | None = None,
) -> list[Due]:
    """Return whom a rule concerns at a moment, whether or not they were reminded before.

    With `only`, the row id of an application or a draft, it looks at that one alone.
    """
    return _QUERIES[condition](session, cycle, timedelta(days=days), at, only)


def _drafts(
    session: Session, cycle: Cycle, span: timedelta, at: datetime, only: int | None
) -> list[Due]:
    if not cycle.closes_at - span <= at < cycle.closes_at:
        return []
    # Who has sent another form in meanwhile is done.
    in_cycle = Application.cycle_id == cycle.id
    sent = [
        select(func.lower(kind.email))
        .join(Application, col(key) == col(kind.id))
        .where(in_cycle, col(kind.email).is_not(None))
        for kind, key in ((Student, Application.student_id), (Host, Application.host_id))
    ]
    found = session.exec(
        select(Draft).where(
            Draft.cycle_id == cycle.id,
            _is(Draft.id, only),
            col(Draft.submitted_application_id).is_(None),
            col(Draft.email).is_not(None),
            col(Draft.updated_at) <= at - TOUCHED_LATELY,
            or_(col(Draft.reminded_at).is_(None), col(Draft.reminded_at) <= at - GAP),
            *(func.lower(Draft.email).not_in(one) for one in sent),
        )
    )
    return [
        Due(f"draft:{one.public_id}", Template.REMIND_DRAFT, draft=one, email=one.email)
        for one in found
    ]


def _guardians(
    session: Session, cycle: Cycle, span: timedelta, at: datetime, only: int | None
) -> list[Due]:
    found = session.exec(
        select(Guardian, Application)
        .join(Application, col(Guardian.application_id) == col(Application.id))
        .where(
            Application.cycle_id == cycle.id,
            _is(Application.id, only),
            Application.state == ApplicationState.WAITING,
            col(Application.external_id).is_(None),
            Guardian.state == GuardianState.INVITED,
            col(Guardian.email).is_not(None),
            col(Guardian.invited_at) <= at - span,
        )
    )
    return [
        Due(
            f"guardian:{one.public_id}:{_sign(one.email)}:{_minute(one.asked_again_at)}",
            Template.REMIND_GUARDIAN,
            application=application,
            guardian=one,
            email=one.email,
        )
        for one, application in found
    ]


def _returned(
    session: Session, cycle: Cycle, span: timedelta, at: datetime, only: int | None
) -> list[Due]:
    since = (
        select(AuditEvent.subject_id, func.max(AuditEvent.at).label("at"))
        .where(
            AuditEvent.subject_kind == "application",
            AuditEvent.action == f"application:{ApplicationState.RETURNED.value}",
            AuditEvent.programme_id == cycle.programme_id,
            sa.true()
            if only is None
            else col(AuditEvent.subject_id)
            == select(Application.public_id).where(Application.id == only).scalar_subquery(),
        )
        .group_by(col(AuditEvent.subject_id))
        .subquery()
    )
    query = _people(cycle, only, since.c.at).join(
        since, col(Application.public_id) == since.c.subject_id
    )
    found = session.exec(
        query.where(Application.state == ApplicationState.RETURNED, since.c.at <= at - span)
    )
    return [
        Due(
            f"returned:{one.public_id}:{_minute(moment)}",
            Template.REMIND_RETURNED,
            application=one,
            email=email,
        )
        for one, email, moment in found
    ]


def _offers(
    session: Session, cycle: Cycle, span: timedelta, at: datetime, only: int | None
) -> list[Due]:
    query = (
        _people(cycle, only, OfferAnswer, Offer, Guardian)
        .join(OfferAnswer, col(OfferAnswer.application_id) == col(Application.id))
        .join(Offer, col(OfferAnswer.offer_id) == col(Offer.id))
        .join(Placement, col(Offer.placement_id) == col(Placement.id))
        .outerjoin(Guardian, col(OfferAnswer.guardian_id) == col(Guardian.id))
        .where(
            OfferAnswer.answer == Answer.AWAITED,
            Placement.state == PlacementState.OFFERED,
            col(Offer.ended_at).is_(None),
            col(Offer.deadline_at) > at,
            col(Offer.deadline_at) <= at + span,
            # Whose guardian no longer agrees is asked for nothing, nor is that guardian.
            col(Application.state).not_in((*_ENDED, ApplicationState.WAITING)),
            or_(col(Guardian.id).is_(None), col(Guardian.state) == GuardianState.AGREED),
        )
        .order_by(col(OfferAnswer.id))
    )
    due = []
    for application, email, line, offer, guardian in session.exec(query):
        to = guardian.email if guardian is not None else email
        if to:
            name = f"{line.party.value}:{line.guardian_key}:{_minute(offer.deadline_at)}"
            due.append(
                Due(
                    f"offer:{offer.public_id}:{name}",
                    Template.REMIND_OFFER_GUARDIAN if guardian else Template.REMIND_OFFER,
                    application=application,
                    guardian=guardian,
                    email=to,
                )
            )
    return due


def _checks(
    session: Session, cycle: Cycle, span: timedelta, at: datetime, only: int | None
) -> list[Due]:
    today, later = day_in(cycle.time_zone, at), aliased(ScreeningCheck)
    is_replaced = (
        sa.exists()
        .where(
            col(later.application_id) == col(ScreeningCheck.application_id),
            col(later.kind) == col(ScreeningCheck.kind),
            col(later.member_id).is_not_distinct_from(col(ScreeningCheck.member_id)),
            col(later.member_number).is_not_distinct_from(col(ScreeningCheck.member_number)),
            col(later.id) > col(ScreeningCheck.id),
        )
        .correlate(ScreeningCheck)
    )
    found = session.exec(
        _people(cycle, only, ScreeningCheck.id)
        .join(ScreeningCheck, col(ScreeningCheck.application_id) == col(Application.id))
        .where(
            ScreeningCheck.outcome == CheckOutcome.PASS,
            col(ScreeningCheck.expires_on) >= today,
            col(ScreeningCheck.expires_on) <= today + span,
            # One that lasts until everybody has left need not be made again.
            col(ScreeningCheck.expires_on) < cycle.stay_to_on,
            ~is_replaced,
            col(Application.state).not_in(_ENDED),
        )
        .order_by(col(ScreeningCheck.id))
    )
    return [
        Due(f"check:{number}", Template.REMIND_CHECK, application=one, email=email)
        for one, email, number in found
    ]


def _references(
    session: Session, cycle: Cycle, span: timedelta, at: datetime, only: int | None
) -> list[Due]:
    heard = (
        select(func.count(sa.distinct(col(ScreeningCheck.kind))))
        .where(
            ScreeningCheck.application_id == Application.id,
            col(ScreeningCheck.kind).in_(_REFERENCES),
            ScreeningCheck.outcome == CheckOutcome.PASS,
        )
        .correlate(Application)
        .scalar_subquery()
    )
    found = session.exec(
        _people(cycle, only).where(
            Application.state == ApplicationState.SUBMITTED,
            col(Application.submitted_at) <= at - span,
            Host.kind == HostKind.HOUSEHOLD,
            heard < len(_REFERENCES),
        )
    )
    return [
        Due(f"reference:{one.public_id}", Template.REMIND_REFERENCE, application=one, email=email)
        for one, email in found
    ]


def _waiting(
    session: Session, cycle: Cycle, span: timedelta, at: datetime, only: int | None
) -> list[Due]:
    found = session.exec(
        select(Application).where(
            Application.cycle_id == cycle.id,
            _is(Application.id, only),
            Application.state == ApplicationState.SUBMITTED,
            col(Application.submitted_at) <= at - span,
        )
    )
    return [
        Due(f"waiting:{one.public_id}", Template.REMIND_STAFF_WAITING, application=one)
        for one in found
    ]


def _holds(
    session: Session, cycle: Cycle, span: timedelta, at: datetime, only: int | None
) -> list[Due]:
    found = session.exec(
        select(Hold, Application)
        .join(Application, col(Hold.student_application_id) == col(Application.id))
        .where(
            Hold.cycle_id == cycle.id,
            _is(Application.id, only),
            Hold.state == HoldState.ACTIVE,
            col(Hold.until) > at,
            col(Hold.until) <= at + span,
        )
    )
    return [
        Due(
            f"hold:{hold.public_id}:{_minute(hold.until)}",
            Template.REMIND_STAFF_HOLDS,
            application=student,
        )
        for hold, student in found
    ]


def _people(cycle: Cycle, only: int | None, *more: Any) -> Any:
    """Select (application, address, …) of those of a cycle who signed up here in person."""
    email = func.coalesce(Student.email, Host.email)
    return (
        select(Application, email, *more)
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(
            and_(
                col(Application.cycle_id) == cycle.id,
                _is(Application.id, only),
                col(Application.external_id).is_(None),
                col(Application.erased_at).is_(None),
                email.is_not(None),
            )
        )
    )


def _is(column: Any, only: int | None) -> Any:
    return sa.true() if only is None else col(column) == only


def _minute(at: datetime | None) -> str:
    return f"{at:%Y%m%d%H%M}" if at is not None else "0"


def _sign(email: str | None) -> str:
    """Tell two addresses apart without keeping either."""
    return hashlib.sha256((email or "").encode()).hexdigest()[:8]


_QUERIES: dict[
    Condition, Callable[[Session, Cycle, timedelta, datetime, int | None], list[Due]]
] = {
    Condition.DRAFT_UNFINISHED: _drafts,
    Condition.GUARDIAN_SILENT: _guardians,
    Condition.NOT_CORRECTED: _returned,
    Condition.OFFER_UNANSWERED: _offers,
    Condition.CHECK_ENDS: _checks,
    Condition.REFERENCE_MISSING: _references,
    Condition.STAFF_WAITING: _waiting,
    Condition.STAFF_HOLDS: _holds,
}
