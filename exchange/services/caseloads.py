"""Caseloads: who of the staff looks after which student during the stay."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.roles import PROGRAMME_PERMISSIONS, Permission
from exchange.errors import InvalidInput
from exchange.records import Account, Application, Caseload, Cycle, Membership
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.offers import Offered
from exchange.translations import Sentence


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the staff who can look after a student."""

    account_id: int
    public_id: str
    name: str


def colleagues(session: Session, programme_id: int) -> list[Colleague]:
    """Return who of a programme's staff can look after a student, by name."""
    roles = [
        role for role, held in PROGRAMME_PERMISSIONS.items() if Permission.LOG_CONTACTS in held
    ]
    rows = session.exec(
        select(Account.id, Account.public_id, Account.display_name)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .where(
            Membership.programme_id == programme_id,
            col(Membership.role).in_(roles),
            col(Account.disabled_at).is_(None),
        )
        .distinct()
        .order_by(col(Account.display_name), col(Account.id))
    )
    return [Colleague(*row) for row in rows]


def who_looks_after(session: Session, application: Application) -> Account | None:
    """Return who of the staff looks after a student."""
    case = caseload_of(session, application.id)
    return None if case is None else session.get(Account, case.account_id)


def assign(
    session: Session, actor: Actor, one: Offered, account_id: str | None, at: datetime
) -> None:
    """Say who looks after a student; nobody in particular where there is no account.

    Raises
    ------
    InvalidInput
        When that account cannot.
    """
    cycle = session.get_one(Cycle, one.offer.cycle_id)
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    chosen = next(
        (c for c in colleagues(session, cycle.programme_id) if c.public_id == account_id), None
    )
    if account_id is not None and chosen is None:
        sentence = Sentence("Choose somebody of the list")
        raise InvalidInput(f"{sentence}.", {"account": [sentence]})
    case = caseload_of(session, one.student.id)
    if case is not None:
        session.delete(case)
        session.flush()
    if chosen is not None:
        session.add(
            Caseload(application_id=one.student.id, account_id=chosen.account_id, created_at=at)
        )
        session.flush()
    audit.record(
        session,
        actor,
        "application:assign",
        subject_kind="application",
        subject_id=one.student.public_id,
        programme_id=cycle.programme_id,
        facts={"account": None if chosen is None else chosen.account_id},
        at=at,
    )


def caseload_of(session: Session, application_id: int) -> Caseload | None:
    """Return the line that says who looks after a student."""
    query = select(Caseload).where(Caseload.application_id == application_id)
    return session.exec(query).one_or_none()
