"""Caseloads: who of the staff looks after which student during the stay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from exchange.domain.cycle import ApplicationKind
from exchange.domain.roles import PROGRAMME_PERMISSIONS, Permission
from exchange.errors import Conflict, InvalidInput
from exchange.records import Account, Application, Caseload, Cycle, Membership
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.translations import Sentence

MOST_AT_ONCE = 100


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
    session: Session,
    actor: Actor,
    cycle: Cycle,
    application_ids: Sequence[str],
    account_id: str | None,
    at: datetime,
) -> int:
    """Say who looks after some students; nobody in particular where there is no account.

    Whom the cycle does not have is passed over. Return how many students there were.

    Raises
    ------
    InvalidInput
        When that account cannot, or there are more students than a page shows.
    Conflict
        When a colleague has just assigned one of them.
    """
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    chosen = next(
        (c for c in colleagues(session, cycle.programme_id) if c.public_id == account_id), None
    )
    if account_id is not None and chosen is None:
        raise _fault("account", Sentence("Choose somebody of the list"))
    if len(application_ids) > MOST_AT_ONCE:
        raise _fault("application", Sentence("Tick at most %(most)d students", most=MOST_AT_ONCE))
    students = session.exec(
        select(Application.id, Application.public_id)
        .where(
            Application.cycle_id == cycle.id,
            Application.kind == ApplicationKind.STUDENT,
            col(Application.erased_at).is_(None),
            col(Application.public_id).in_(application_ids),
        )
        .order_by(col(Application.id))
    ).all()
    rows = [row for row, _public_id in students]
    try:
        with session.begin_nested():
            session.exec(delete(Caseload).where(col(Caseload.application_id).in_(rows)))
            if chosen is not None:
                session.add_all(
                    Caseload(application_id=row, account_id=chosen.account_id, created_at=at)
                    for row in rows
                )
    except IntegrityError as error:
        raise Conflict(
            "A colleague has just assigned one of them. Look at the list again."
        ) from error
    audit.record_each(
        session,
        actor,
        "application:assign",
        subject_kind="application",
        subject_ids=[public_id for _row, public_id in students],
        programme_id=cycle.programme_id,
        facts={"account": None if chosen is None else chosen.account_id},
        at=at,
    )
    return len(students)


def _fault(field: str, sentence: Sentence) -> InvalidInput:
    return InvalidInput(f"{sentence}.", {field: [sentence]})


def caseload_of(session: Session, application_id: int) -> Caseload | None:
    """Return the line that says who looks after a student."""
    query = select(Caseload).where(Caseload.application_id == application_id)
    return session.exec(query).one_or_none()
