"""One person or host taken as a row of a file is, for a program that sends them one by one.

Unlike an import of a file nothing of the others is read, however many there are.
"""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput
from exchange.records import Application, Cycle
from exchange.services import audit, import_writing
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails
from exchange.services.authority import require
from exchange.services.enrolment import Profile
from exchange.services.households import everybody_of
from exchange.services.import_plan import ImportRow, Known, Plan
from exchange.services.locks import hold_cycle


def import_one(
    session: Session,
    actor: Actor,
    *,
    cycle_id: int,
    kind: ApplicationKind,
    row: ImportRow,
    at: datetime,
) -> Application:
    """Take a new person or host.

    Raises
    ------
    Conflict
        When an application of the cycle has this id already; `facts["application_id"]` names it.
    """
    cycle = hold_cycle(session, cycle_id)
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    query = select(Application.public_id).where(
        Application.cycle_id == cycle_id,
        Application.kind == kind,
        Application.external_id == row.external_id,
    )
    taken = session.exec(query).first()
    if taken is not None:
        raise Conflict("An application of this cycle has this id already.", application_id=taken)
    new = import_writing.additions(cycle, kind, [row], at)
    (public_id,) = import_writing.add(session, new)
    _tell(session, actor, "application:submit", cycle, public_id, at, kind=kind.value)
    return session.exec(select(Application).where(Application.public_id == public_id)).one()


def change_one(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    profile: Profile,
    *,
    fields: Collection[str],
    at: datetime,
) -> None:
    """Give an application other answers, as a row of a file with these columns does.

    Raises
    ------
    Conflict
        When somebody has decided on it already, or a guardian has agreed under another name.
    InvalidInput
        When the answers do not go together with what is kept.
    """
    cycle = hold_cycle(session, details.cycle.id)
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    application = details.application
    members = everybody_of(session, details.host.id) if details.host else []
    known = Known(application, details.student, details.host, members)
    plan = Plan({application.public_id: known}, fields)
    plan.add(ImportRow(application.public_id, profile))
    if plan.refused:
        raise Conflict("This application has been decided on; its answers stay as they are.")
    if plan.settled:
        raise Conflict("A guardian has agreed already, under the name that is kept.")
    if plan.faults:
        faults: dict[str, list[str]] = {}
        for fault in plan.faults:
            faults.setdefault(fault.field, []).append(fault.reason)
        raise InvalidInput("Check the answers.", faults)
    if plan.replaced:
        kind = application.kind
        changes = import_writing.replacements(cycle, kind, plan.replaced, at)
        (public_id,) = import_writing.replace(session, changes)
        _tell(session, actor, "application:import_again", cycle, public_id, at)
        import_writing.forget_held(session)


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    cycle: Cycle,
    public_id: str,
    at: datetime,
    **facts: str,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="application",
        subject_id=public_id,
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )
