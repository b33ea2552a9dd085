"""Everything that is kept about a person, for that person: as plain data, ready for JSON.

Like erasure it works on the tables as they are declared: a table that refers to an application
is told of without a word here, unless it is listed as told of in another way, or as a secret.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, or_, select

from exchange.domain.cycle import RunState
from exchange.notices.events import Audience, audience_of
from exchange.records import Application, AuditEvent, MatchRun, OutboxMail, Placement, Programme
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails, own_application
from exchange.services.erasure import belongings
from exchange.services.question_answers import ShownAnswer, shown_answers

FORMAT = "exchange-my-data/1"
TOLD_APART = frozenset({"outbox_mail", "question_answer", "offer_note", "reminder_sent"})
"""Tables of which the person is told in words of their own, below (of a reminder by its mail);
and what staff write to each other about an offer, which concerns the other side as much."""
HIDDEN_COLUMNS = frozenset({"token_hash", "idempotency_key", "search_key"})
"""Of no use to the person, and of use to somebody who gets hold of the file."""
HIDDEN = frozenset({("web_session", "data")})


def everything_about(session: Session, actor: Actor, at: datetime) -> dict[str, Any]:
    """Return all that is kept about whoever came through the link of an application."""
    details = own_application(session, actor)
    application = details.application
    programme = session.get_one(Programme, details.cycle.programme_id)
    profile = details.student or details.host
    return {
        "format": FORMAT,
        "made_at": at.isoformat(),
        "programme": {"name": programme.name, "contact_email": programme.contact_email},
        "cycle": {"name": details.cycle.name},
        "application": _row(application),
        "answers": _row(profile) if profile is not None else {},
        "questions": [_answer(one) for one in _answers(session, application)],
        "records": _records(session, application),
        "mails": [_mail(one) for one in mails_about(session, application)],
        "placements": _placements(session, details),
        "events": [_event(one, application) for one in _events(session, application)],
    }


def mails_about(session: Session, application: Application) -> list[OutboxMail]:
    """Return the mails about an application, the first first."""
    query = select(OutboxMail).where(OutboxMail.application_id == application.id)
    return list(session.exec(query.order_by(col(OutboxMail.id))))


def _records(session: Session, application: Application) -> dict[str, list[dict[str, Any]]]:
    rows = {"application": application.id, "student": application.student_id}
    rows["host"] = application.host_id
    told = {}
    for table, condition in belongings(rows):
        if table.name in TOLD_APART:
            continue
        query = sa.select(table).where(condition).order_by(*table.primary_key.columns)
        if table.name == "offer_answer":
            # What the other side said, and why, is theirs; so is what a guardian said.
            is_own = sa.and_(
                table.c.application_id == application.id, table.c.guardian_id.is_(None)
            )
            query = query.where(is_own)
        found = session.connection().execute(query).mappings().all()
        if found:
            told[table.name] = [_shown(table, dict(one)) for one in found]
    return told


def _row(record: SQLModel) -> dict[str, Any]:
    table: sa.Table = SQLModel.metadata.tables[str(type(record).__tablename__)]
    return _shown(table, {column.name: getattr(record, column.name) for column in table.columns})


def _shown(table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without our own numbers, and without secrets."""
    numbers = {column.name for column in table.columns if column.primary_key}
    numbers |= {key.parent.name for key in table.foreign_keys}
    return {
        name: _plain(value)
        for name, value in row.items()
        if name not in numbers | HIDDEN_COLUMNS and (table.name, name) not in HIDDEN
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value


def _answers(session: Session, application: Application) -> list[ShownAnswer]:
    return shown_answers(session, application, application.language)


def _answer(one: ShownAnswer) -> dict[str, Any]:
    """A question of the programme as it was asked, with what was answered."""
    return {"question": one.question, "answer": [_plain(line) for line in one.answer]}


def _mail(mail: OutboxMail) -> dict[str, Any]:
    """A mail; its text, without its link, where it went to the person themselves."""
    is_own = audience_of(mail.template) is Audience.APPLICANT
    return {
        "to": mail.recipient,
        "subject": mail.subject,
        "about": mail.template,
        "text": mail.kept if is_own else None,
        "written_at": mail.created_at.isoformat(),
        "sent_at": mail.sent_at.isoformat() if mail.sent_at else None,
    }


def _placements(session: Session, details: ApplicationDetails) -> list[dict[str, Any]]:
    """What published matches said; never who is on the other side."""
    application = details.application
    mine = (
        col(Placement.student_id) == application.student_id
        if details.student is not None
        else col(Placement.host_id) == application.host_id
    )
    found = session.exec(
        select(Placement, MatchRun)
        .join(MatchRun, col(MatchRun.id) == col(Placement.run_id))
        .where(mine, col(MatchRun.state).in_((RunState.PUBLISHED, RunState.SUPERSEDED)))
        .where(col(Placement.review).is_(False))
        .order_by(col(Placement.id))
    )
    return [
        {
            "published_at": _plain(run.published_at),
            "is_current": run.state is RunState.PUBLISHED,
            "state": placement.state.value,
            "student_nation": placement.student_nation,
            "host_nation": placement.host_nation,
            "quality": placement.quality,
        }
        for placement, run in found
    ]


def _events(session: Session, application: Application) -> list[AuditEvent]:
    # Of an incident nothing is told here, whoever asks: whoever it names could be the one.
    query = select(AuditEvent).where(
        col(AuditEvent.subject_kind) != "incident",
        or_(
            sa.and_(
                col(AuditEvent.subject_kind) == "application",
                col(AuditEvent.subject_id) == application.public_id,
            ),
            col(AuditEvent.actor) == f"application:{application.id}",
        ),
    )
    return list(session.exec(query.order_by(col(AuditEvent.id))))


def _event(event: AuditEvent, application: Application) -> dict[str, Any]:
    """What was done and when; staff by their role where it is known, never by account."""
    by = "service"
    if event.actor == f"application:{application.id}" or event.actor == "anonymous":
        by = "you"
    elif event.actor.startswith("account:"):
        by = "staff"
    return {"at": event.at.isoformat(), "action": event.action, "by": by, "facts": event.facts}
