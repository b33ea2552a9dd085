"""Staff are told once of each contact that is due: who looks after somebody, and later the leads.

A mail says how many are due and nothing of whom. What was told is kept, so that the next look of
the day tells only of what is new.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.contact_schedule import Clock, Side, Stage
from exchange.domain.roles import Role
from exchange.notices.texts import Template
from exchange.records import Account, ContactAlert, Cycle, Membership, Offer, Programme
from exchange.services import mails
from exchange.services.actor import SYSTEM
from exchange.services.contact_clocks import DueStay, due_in, next_looks
from exchange.translations import ENGLISH

_TOLD_OF = {Stage.REMIND: Template.CONTACTS_DUE, Stage.ESCALATED: Template.CONTACTS_OVERDUE}


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a mail goes to; `label` says it without an address."""

    label: str
    email: str
    language: str


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of the stays of a cycle."""

    cycle_id: int
    due: Sequence[DueStay]
    next_looks: Sequence[tuple[str, date]]


def look(session: Session, cycle_id: int, at: datetime) -> Look:
    """Look at every live stay of a cycle. It only reads, so nobody waits for it."""
    cycle = session.get_one(Cycle, cycle_id)
    due = due_in(session, SYSTEM, cycle, at).stays
    return Look(cycle_id, due, next_looks(session, cycle, at))


def remind(session: Session, seen: Look, at: datetime) -> int:
    """Tell staff of what is newly due in a cycle; return how many mails that makes.

    And keep for each stay before which day the desk need not look at it.
    """
    cycle, due = session.get_one(Cycle, seen.cycle_id), seen.due
    _keep_next_looks(session, seen)
    if not due:
        return 0
    told = _told(session, due)
    programme = session.get_one(Programme, cycle.programme_id)
    office = [Reader("office", programme.contact_email, ENGLISH)]
    staff = _readers(session, {one.stay.account_id for one in due if one.stay.account_id})
    leads = [reader_of(one) for one in leads_of(session, programme.id)] or office
    new: dict[tuple[Stage, Reader], list[int]] = {}
    for one in due:
        own = staff.get(one.stay.account_id or 0)
        readers = {Stage.REMIND: [own] if own else office, Stage.ESCALATED: leads}
        for clock in one.clocks:
            for stage in _reached(clock):
                alert = _note(session, told, one, clock, stage, at)
                if alert is None:
                    continue
                for reader in readers[stage]:
                    new.setdefault((stage, reader), []).append(alert)
    for (stage, reader), alerts in new.items():
        mails.queue_mail(
            session,
            key=f"contacts:{stage.value}:{min(alerts)}:{reader.label}",
            recipient=reader.email,
            template=_TOLD_OF[stage],
            language=reader.language,
            context={"count": str(len(alerts)), "token": f"{cycle.public_id}/contacts"},
            at=at,
        )
    return len(new)


def _keep_next_looks(session: Session, seen: Look) -> None:
    """A contact that is noted meanwhile only makes a stay due later; one corrected, the day after.

    The pages that list everything do not go by these days.
    """
    known = dict(
        session.exec(
            select(col(Offer.public_id), col(Offer.next_look_on)).where(
                Offer.cycle_id == seen.cycle_id, col(Offer.ended_at).is_(None)
            )
        ).all()
    )
    table: Any = Offer.__table__  # type: ignore[attr-defined]
    changed = [
        {"offer": offer, "day": day}
        for offer, day in seen.next_looks
        if offer in known and known[offer] != day
    ]
    if changed:
        statement = (
            sa.update(table)
            .where(table.c.public_id == sa.bindparam("offer"))
            .values(next_look_on=sa.bindparam("day"))
        )
        session.connection().execute(statement, changed)


def leads_of(session: Session, programme_id: int) -> list[Account]:
    """Return the safeguarding leads of a programme who can sign in.

    An administrator of the installation is none, whatever roles they gave themselves.
    """
    return list(
        session.exec(
            select(Account)
            .join(Membership, col(Membership.account_id) == col(Account.id))
            .where(
                Membership.programme_id == programme_id,
                Membership.role == Role.SAFEGUARDING_LEAD,
                col(Account.disabled_at).is_(None),
                col(Account.is_administrator).is_(False),
            )
            .order_by(col(Account.id))
        )
    )


def reader_of(account: Account) -> Reader:
    """Return how to write to somebody of the staff."""
    return Reader(f"account:{account.id}", account.email, account.language or ENGLISH)


def _readers(session: Session, accounts: Iterable[int]) -> dict[int, Reader]:
    rows = session.exec(
        select(Account).where(
            col(Account.id).in_(sorted(accounts)), col(Account.disabled_at).is_(None)
        )
    )
    return {one.id: reader_of(one) for one in rows}


def _reached(clock: Clock) -> tuple[Stage, ...]:
    """Return of what stages somebody hears: a clock nobody looked at in time has reached both."""
    if clock.stage is Stage.ESCALATED:
        return (Stage.REMIND, Stage.ESCALATED)
    return (Stage.REMIND,)


Told = set[tuple[int, str, object, str]]


def _told(session: Session, due: Iterable[DueStay]) -> Told:
    people = {_person(one, clock) for one in due for clock in one.clocks}
    rows = session.exec(
        select(ContactAlert).where(col(ContactAlert.application_id).in_(sorted(people)))
    )
    return {(one.application_id, one.clock.value, one.since_on, one.stage.value) for one in rows}


def _person(one: DueStay, clock: Clock) -> int:
    is_student = clock.kind.side is Side.STUDENT
    return one.stay.student_application_id if is_student else one.stay.host_application_id


def _note(
    session: Session, told: Told, one: DueStay, clock: Clock, stage: Stage, at: datetime
) -> int | None:
    """Keep that somebody is told, and return its number; None where that was done before."""
    person = _person(one, clock)
    key = (person, clock.kind.value, clock.since_on, stage.value)
    if key in told:
        return None
    told.add(key)
    alert = ContactAlert(
        application_id=person,
        clock=clock.kind,
        since_on=clock.since_on,
        stage=stage,
        created_at=at,
    )
    session.add(alert)
    session.flush()
    return alert.id
