"""Files that are defined once and written again: on a button, or by the worker into a folder."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from exchange.domain.recipients import (
    IMPERSONAL,
    Column,
    Recipient,
    Schedule,
    column_kind,
    is_known,
)
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput, NotFound
from exchange.exports import KINDS, Table
from exchange.exports.files import FORMS
from exchange.exports.recipient_view import for_recipient
from exchange.records import Account, Cycle, ExportDefinition
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.export_rows import Party
from exchange.services.exports import PERSONAL, check_party, export_table
from exchange.services.names import clean_name
from exchange.services.step_up import require_step_up
from exchange.translations import Sentence

LONGEST_NAME = 100
LONGEST_REASON = 500
MOST = 50
"""For one cycle."""


def list_definitions(session: Session, actor: Actor, cycle: Cycle) -> list[ExportDefinition]:
    """Return the files that a cycle defines, by name."""
    require(actor, Permission.EXPORT, cycle.programme_id)
    query = select(ExportDefinition).where(ExportDefinition.cycle_id == cycle.id)
    return list(session.exec(query.order_by(col(ExportDefinition.name), col(ExportDefinition.id))))


def get_definition(
    session: Session, actor: Actor, public_id: str
) -> tuple[ExportDefinition, Cycle]:
    """Return one definition of the actor's programmes with its cycle; NotFound for any other."""
    row = session.exec(
        select(ExportDefinition, Cycle)
        .join(Cycle, col(Cycle.id) == col(ExportDefinition.cycle_id))
        .where(ExportDefinition.public_id == public_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is nothing at this address.")
    definition, cycle = row
    require(actor, Permission.EXPORT, cycle.programme_id)
    return definition, cycle


def define(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    *,
    name: str,
    kind: str,
    recipient: Recipient,
    form: str,
    at: datetime,
    party: str = "",
    granted: Sequence[str] = (),
    reason: str = "",
    schedule: Schedule = Schedule.NEVER,
) -> ExportDefinition:
    """Keep what a file holds and who it is for.

    Raises
    ------
    InvalidInput
        With every fault: a name that is missing or taken, a file that the recipient does not
        get, columns that nobody can grant, or that are granted without a reason.
    """
    require(actor, Permission.EXPORT, cycle.programme_id)
    if kind in PERSONAL and schedule is not Schedule.NEVER:
        require_step_up(actor, at)
    faults: dict[str, list[str]] = {}
    try:
        clean_name(name)
    except InvalidInput as refusal:
        faults |= {field: list(said) for field, said in refusal.faults.items()}
    try:
        check_party(kind, Party(recipient, party.strip()))
    except InvalidInput as refusal:
        faults |= {field: list(said) for field, said in refusal.faults.items()}
    if kind not in KINDS or form not in FORMS:
        faults.setdefault("kind", []).append(Sentence("Choose a file and its form"))
    if not all(is_known(one) and column_kind(one) is Column.SPECIAL for one in granted):
        faults["granted"] = [Sentence("Grant only columns that are left out otherwise")]
    elif granted and kind not in IMPERSONAL and not reason.strip():
        faults["reason"] = [Sentence("Say why this recipient needs these columns")]
    if len(reason) > LONGEST_REASON:
        faults["reason"] = [Sentence("Use %(most)d characters or fewer", most=LONGEST_REASON)]
    if len(list_definitions(session, actor, cycle)) >= MOST:
        faults["name"] = [Sentence("You keep %(most)d files; remove one first", most=MOST)]
    if actor.account_id is None:
        raise NotFound("There is nothing at this address.")
    if faults:
        raise InvalidInput("Check what was chosen for the file.", faults)
    made = ExportDefinition(
        created_at=at,
        cycle_id=cycle.id,
        account_id=actor.account_id,
        name=clean_name(name)[:LONGEST_NAME],
        kind=kind,
        recipient=recipient,
        party=party.strip(),
        granted=sorted(set(granted)),
        reason=reason.strip() or None,
        form=form,
        schedule=schedule,
        next_at=None if schedule is Schedule.NEVER else at,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        sentence = Sentence("There is a file of that name already")
        raise InvalidInput(f"{sentence}.", {"name": [sentence]}) from error
    facts = {"kind": kind, "recipient": recipient.value, "granted": made.granted}
    _audit(session, actor, "export:define", cycle, at, **facts, schedule=schedule.value)
    return made


def forget(session: Session, actor: Actor, public_id: str, at: datetime) -> Cycle:
    """Remove a definition; files that were written stay where they are. Returns the cycle."""
    definition, cycle = get_definition(session, actor, public_id)
    session.delete(definition)
    _audit(session, actor, "export:forget", cycle, at, kind=definition.kind)
    return cycle


def defined_table(
    session: Session,
    actor: Actor,
    definition: ExportDefinition,
    *,
    key: str,
    at: datetime,
    is_scheduled: bool = False,
) -> Table:
    """Return the table of a definition as its recipient may read it.

    Parameters
    ----------
    key : str
        The installation's key, behind the ids of auditors.
    is_scheduled : bool
        Whether the worker writes it, without anybody who could type a code.

    Raises
    ------
    NotFound
        When it is about a run, and there is none yet.
    """
    table = export_table(
        session,
        actor,
        definition.kind,
        cycle_id=definition.cycle_id,
        at=at,
        party=Party(definition.recipient, definition.party),
        granted=definition.granted,
        is_scheduled=is_scheduled,
    )
    cycle = session.get(Cycle, definition.cycle_id)
    assert cycle is not None
    return for_recipient(
        table,
        definition.recipient,
        granted=definition.granted,
        purpose=definition.public_id,
        key=key,
        on=cycle.stay_from_on,
    )


def due(session: Session, at: datetime, *, limit: int = 20) -> list[int]:
    """Return the row ids of definitions whose time has come, the longest waiting first."""
    query = (
        select(ExportDefinition.id)
        .join(Account, col(Account.id) == col(ExportDefinition.account_id))
        .where(col(ExportDefinition.next_at) <= at, col(Account.disabled_at).is_(None))
        .order_by(col(ExportDefinition.next_at), col(ExportDefinition.id))
    )
    return list(session.exec(query.limit(limit)))


def advance(
    session: Session, definition: ExportDefinition, at: datetime, *, fault: str | None = None
) -> bool:
    """Note that a file was written, or why not, and when the next is due; False if another did."""
    every = definition.schedule.every
    if every is None:
        return False
    changed = session.connection().execute(
        update(ExportDefinition)
        .where(
            col(ExportDefinition.id) == definition.id,
            col(ExportDefinition.next_at) == definition.next_at,
        )
        .values(next_at=at + every, last_at=at, last_fault=fault)
    )
    return bool(changed.rowcount == 1)


def _audit(
    session: Session, actor: Actor, action: str, cycle: Cycle, at: datetime, **facts: object
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="cycle",
        subject_id=cycle.public_id,
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )
