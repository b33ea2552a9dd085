"""Erasure: everything about a person goes, and what past matches count stays without a name.

It works on the tables as they are declared, so that a column or a table that is added later is
erased too without a word here. What may stay is listed; nothing else does.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, delete, or_, select, update

from exchange.domain.cycle import ApplicationState
from exchange.domain.offer import OfferEnd
from exchange.domain.placement import PlacementState
from exchange.errors import NotFound
from exchange.records import Application, Draft, Offer, Renewal, UnplacedRow
from exchange.services import audit, incident_waits, offer_mails, offers
from exchange.services.actor import Actor
from exchange.services.applications import details_of
from exchange.services.enrolment import new_reference
from exchange.services.locks import hold_cycle

PERSON_TABLES = ("application", "student", "host")
"""The rows that stand for a person; what refers to them belongs to that person."""
STAYING_TABLES = frozenset(
    {"placement", "unplaced_row", "incident", "incident_entry", "incident_person"}
)
"""What a match counts: nations and figures, by row ids that lead to nobody any more. And what
safeguarding leads answer for: they have decided before anybody is erased whom it touches."""
STAYING_COLUMNS = {
    "student": frozenset({"id", "created_at"}),
    "host": frozenset({"id", "created_at", "kind", "nation"}),
}
"""A host's nation and kind stand in the totals; a student's nation is kept by the placement."""


def erase(session: Session, actor: Actor, application: Application, at: datetime) -> bool:
    """Erase everything about the person of an application; done twice, it is done.

    The id under which snapshots know the application stays, so that a match under way can end;
    it leads to nothing but the nation. Such a match cannot be published any more.

    Returns
    -------
    bool
        False where the wish was only noted: a safeguarding lead has to decide first.
    """
    if actor.application_id != application.id:
        raise NotFound("There is nothing at this address.")
    hold_cycle(session, application.cycle_id)
    if application.erased_at is None and incident_waits.waits(session, application):
        incident_waits.note_wish(session, actor, application, at)
        return False
    erase_for(session, actor, application, at)
    return True


def erase_for(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Erase a person who wishes it, for whoever has made sure that they may be."""
    cycle = hold_cycle(session, application.cycle_id)
    details = details_of(session, application)
    if application.erased_at is not None:
        return
    rows = {"application": application.id, "student": application.student_id}
    rows["host"] = application.host_id
    _end_offers(session, actor, application, at)
    _forget_details_of_matches(session, application)
    _forget_drafts_filled_in(session, application)
    for table, condition in reversed(belongings(rows)):
        session.connection().execute(sa.delete(table).where(condition))
    profile = details.student or details.host
    if profile is not None:
        _empty(session, type(profile), profile.id)
    _empty_application(session, application, at)
    session.expire_all()
    audit.record(
        session,
        actor,
        "application:erased",
        subject_kind="application",
        subject_id=application.public_id,
        programme_id=cycle.programme_id,
        at=at,
    )


def belongings(rows: Mapping[str, int | None]) -> list[tuple[sa.Table, Any]]:
    """Return each table that belongs to a person's rows, with the condition that selects its rows.

    A row belongs to what it cannot exist without (its foreign key says CASCADE), and to what that
    belongs to. What a table refers to stands before it, so delete from the last to the first.
    """
    known: dict[str, Any] = {name: [row_id] for name, row_id in rows.items() if row_id is not None}
    found = []
    for table in SQLModel.metadata.sorted_tables:
        if table.name in STAYING_TABLES or table.name in PERSON_TABLES:
            continue
        conditions = [
            table.c[key.parent.name].in_(known[key.column.table.name])
            for key in table.foreign_keys
            if key.column.table.name in known and key.ondelete == "CASCADE"
        ]
        if conditions:
            condition = sa.or_(*conditions)
            found.append((table, condition))
            if "id" in table.c:
                known[table.name] = sa.select(table.c.id).where(condition)
    return found


def _end_offers(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Free the places that are held, and tell the other side, before the offers go as well."""
    query = offers.joined().where(
        col(Offer.ended_at).is_(None),
        or_(
            col(Offer.student_application_id) == application.id,
            col(Offer.host_application_id) == application.id,
        ),
    )
    for one in [offers.Offered(*row) for row in session.exec(query)]:
        offers.end_offer(session, actor, one, OfferEnd.LEFT, PlacementState.ENDED, at)
        if one.offer.made_at is not None:
            offer_mails.tell_of_news(session, one, at)


def _forget_details_of_matches(session: Session, application: Application) -> None:
    if application.student_id is not None:
        session.exec(
            update(UnplacedRow)
            .where(col(UnplacedRow.student_id) == application.student_id)
            .values(detail="")
        )


def _forget_drafts_filled_in(session: Session, application: Application) -> None:
    """Delete drafts that hold its answers again, for another cycle, and were not sent yet."""
    filled_in = select(Renewal.draft_id).where(Renewal.previous_id == application.id)
    session.exec(
        delete(Draft).where(
            col(Draft.id).in_(filled_in), col(Draft.submitted_application_id).is_(None)
        )
    )


def _empty(session: Session, kind: type[SQLModel], row_id: int) -> None:
    """Set every column that may not stay to nothing: NULL, what a new record has, or a new id."""
    table: sa.Table = SQLModel.metadata.tables[str(kind.__tablename__)]
    values = {
        column.name: nothing(kind, column)
        for column in table.columns
        if column.name not in STAYING_COLUMNS[table.name]
    }
    session.connection().execute(sa.update(table).where(table.c.id == row_id).values(values))


def nothing(kind: type[SQLModel], column: sa.Column[Any]) -> Any:
    """What a column holds when it holds nothing.

    Raises
    ------
    TypeError
        For a kind of column for which that is not said here.
    """
    if column.nullable:
        return sa.null()
    field = kind.model_fields[column.name]
    if not field.is_required():
        return field.get_default(call_default_factory=True)
    if isinstance(column.type, sa.Integer):
        return 0
    raise TypeError(f"nobody has said what is left of {column}")


def _empty_application(session: Session, application: Application, at: datetime) -> None:
    is_over = application.state in (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)
    session.connection().execute(
        update(Application)
        .where(col(Application.id) == application.id)
        .values(
            state=application.state if is_over else ApplicationState.WITHDRAWN,
            reference=new_reference(application.kind),
            idempotency_key=f"erased:{secrets.token_hex(16)}",
            external_id=None,
            return_reason=None,
            nation=None,
            search_key=None,
            guardians_needed=0,
            guardians_agreed=0,
            erased_at=at,
            version=Application.version + 1,
        )
    )
