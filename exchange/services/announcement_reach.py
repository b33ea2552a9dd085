"""Whom an announcement reaches: applicants by a filter, and the guardians of minors among them."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, func, or_, select

from exchange.domain.audiences import Placing, Recipients
from exchange.domain.cycle import ApplicationState, GuardianState
from exchange.domain.offer import Answer
from exchange.notices.texts import Template
from exchange.records import (
    Announcement,
    Application,
    Cycle,
    Guardian,
    Host,
    Offer,
    OfferAnswer,
    Student,
)
from exchange.services.queues import conditions_of

_LEFT = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)
_REACHED = (GuardianState.INVITED, GuardianState.AGREED)
"""Guardians who said no, or took it back, are written to no more."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One mailbox that an announcement goes to."""

    key: str
    application_id: int
    public_id: str
    reference: str
    email: str
    language: str
    template: Template


@dataclass(frozen=True, slots=True)
class Reach:
    """All of them, and how many of the filter came in by a file and are not written to."""

    readers: Sequence[Reader]
    not_written_to: int

    @property
    def digest(self) -> str:
        """Tells whether two looks saw the same people."""
        keys = "\n".join(one.key for one in self.readers)
        return hashlib.sha256(keys.encode()).hexdigest()[:32]

    def languages(self) -> Counter[str]:
        """Count the readers by the language in which they read."""
        return Counter(one.language for one in self.readers)


def reach_of(session: Session, cycle: Cycle, announcement: Announcement, at: datetime) -> Reach:
    """Return whom an announcement would reach now; at most three statements, whatever the size."""
    recipients = Recipients.from_words(announcement.words)
    wanted = _conditions(cycle, recipients, at)
    readers = _applicants(session, wanted)
    if announcement.with_guardians:
        readers += _guardians(session, wanted)
    from_files = select(func.count()).select_from(Application)
    missed = session.exec(
        from_files.where(*wanted, col(Application.external_id).is_not(None))
    ).one()
    return Reach(tuple(sorted(readers, key=lambda one: one.key)), missed)


def _applicants(session: Session, wanted: list[ColumnElement[bool]]) -> list[Reader]:
    email = func.coalesce(Student.email, Host.email)
    query = (
        sa.select(
            col(Application.id),
            col(Application.public_id),
            col(Application.reference),
            email,
            col(Application.language),
        )
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(*wanted, col(Application.external_id).is_(None), email.is_not(None))
    )
    return [
        Reader(public_id, number, public_id, reference, address, language, Template.ANNOUNCEMENT)
        for number, public_id, reference, address, language in session.connection().execute(query)
    ]


def _guardians(session: Session, wanted: list[ColumnElement[bool]]) -> list[Reader]:
    query = (
        sa.select(
            col(Guardian.public_id),
            col(Application.id),
            col(Application.public_id),
            col(Application.reference),
            col(Guardian.email),
            func.coalesce(Guardian.language, Application.language),
        )
        .join(Application, col(Guardian.application_id) == col(Application.id))
        .where(
            *wanted,
            col(Application.guardians_needed) > 0,
            col(Application.external_id).is_(None),
            col(Guardian.email).is_not(None),
            col(Guardian.state).in_(_REACHED),
        )
    )
    template = Template.ANNOUNCEMENT_TO_GUARDIAN
    return [
        Reader(
            f"{application}:{key}",
            number,
            application,
            reference,
            address or "",
            language,
            template,
        )
        for key, number, application, reference, address, language in session.connection().execute(
            query
        )
    ]


def _conditions(cycle: Cycle, recipients: Recipients, at: datetime) -> list[ColumnElement[bool]]:
    wanted = conditions_of(cycle, recipients.queue, at)
    if recipients.queue.state is None:
        wanted.append(col(Application.state).not_in(_LEFT))
    if recipients.placing is not None:
        wanted += _placing(recipients.placing)
    return wanted


def _placing(placing: Placing) -> list[ColumnElement[bool]]:
    of_mine = or_(
        col(Offer.student_application_id) == col(Application.id),
        col(Offer.host_application_id) == col(Application.id),
    )
    is_live = [of_mine, col(Offer.made_at).is_not(None), col(Offer.ended_at).is_(None)]

    def has(*conditions: Any) -> ColumnElement[bool]:
        return sa.exists().where(*is_live, *conditions).correlate(Application)

    match placing:
        case Placing.UNPLACED:
            return [col(Application.state) == ApplicationState.APPROVED, ~has()]
        case Placing.OFFERED:
            return [has(col(Offer.confirmed_at).is_(None))]
        case Placing.PLACED:
            return [has(col(Offer.confirmed_at).is_not(None))]
        case Placing.UNANSWERED:
            mine = select(OfferAnswer.offer_id).where(
                OfferAnswer.application_id == Application.id,
                col(OfferAnswer.guardian_id).is_(None),
                OfferAnswer.answer == Answer.AWAITED,
            )
            return [has(col(Offer.id).in_(mine.correlate(Application)))]
