"""Signing up by file: all rows of a checked file, in one transaction, in few statements.

What a file does not speak of stays as it is: the answers that it has no column for, the state of
an application, and whatever a guardian has agreed to.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from exchange.domain.cycle import ApplicationKind
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput, NotFound
from exchange.records import Application, Cycle, HouseholdMember
from exchange.services import audit, import_writing
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.import_plan import ImportOutcome, ImportRow, Plan, known_applications
from exchange.services.import_writing import Additions, Replacements
from exchange.services.locks import hold_cycle
from exchange.translations import Sentence


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an import is going to write, and what was stored when that was found out."""

    cycle_id: int
    kind: ApplicationKind
    rows: Sequence[ImportRow]
    fields: Collection[str] | None
    at: datetime
    seen: Hashable
    outcome: ImportOutcome
    new: Additions
    replaced: Replacements


def import_profiles(
    session: Session,
    actor: Actor,
    *,
    cycle_id: int,
    kind: ApplicationKind,
    rows: Iterable[ImportRow],
    at: datetime,
    fields: Collection[str] | None = None,
) -> ImportOutcome:
    """Prepare and write in one transaction, for few rows; see there."""
    prepared = prepare(
        session, actor, cycle_id=cycle_id, kind=kind, rows=rows, at=at, fields=fields
    )
    return write(session, actor, prepared)


def prepare(
    session: Session,
    actor: Actor,
    *,
    cycle_id: int,
    kind: ApplicationKind,
    rows: Iterable[ImportRow],
    at: datetime,
    fields: Collection[str] | None = None,
) -> Prepared:
    """Find out what becomes of the rows of a checked file. This takes seconds, and only reads.

    A row is about the application that a file with its id made before, or whose public id it has,
    as our own exports do. One that is still `waiting` or `submitted` takes the new answers of its
    row; one that was decided keeps its own and is listed as refused. The same file again changes
    nothing.

    Parameters
    ----------
    fields : collection of str, optional
        The answers that the file has columns for; by default all. Others stay as they are stored.

    Raises
    ------
    InvalidInput
        When two rows have the same id.
    """
    cycle = session.get(Cycle, cycle_id, populate_existing=True)
    if cycle is None:
        raise NotFound("There is nothing at this address.")
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    rows = _each_once(rows)
    seen = _seen(session, cycle, kind, rows)
    plan = Plan(known_applications(session, cycle_id, kind), fields)
    for row in rows:
        plan.add(row)
    return Prepared(
        cycle_id=cycle_id,
        kind=kind,
        rows=rows,
        fields=fields,
        at=at,
        seen=seen,
        outcome=plan.outcome(),
        new=import_writing.additions(cycle, kind, plan.new, at),
        replaced=import_writing.replacements(cycle, kind, plan.replaced, at),
    )


def write(session: Session, actor: Actor, prepared: Prepared) -> ImportOutcome:
    """Write all that was prepared, or nothing where a row has a fault.

    What was stored may be another by now: then it is prepared anew, while everybody waits.
    """
    cycle = hold_cycle(session, prepared.cycle_id)
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    if _seen(session, cycle, prepared.kind, prepared.rows) != prepared.seen:
        prepared = prepare(
            session,
            actor,
            cycle_id=prepared.cycle_id,
            kind=prepared.kind,
            rows=prepared.rows,
            at=prepared.at,
            fields=prepared.fields,
        )
    if not prepared.outcome.faults:
        kind = prepared.kind.value
        created = import_writing.add(session, prepared.new)
        replaced = import_writing.replace(session, prepared.replaced)
        # Told last: on PostgreSQL whoever else has something to tell waits from here on.
        _tell(session, actor, "application:submit", cycle, created, prepared.at, kind=kind)
        _tell(session, actor, "application:import_again", cycle, replaced, prepared.at)
        import_writing.forget_held(session)
    return prepared.outcome


def _seen(
    session: Session, cycle: Cycle, kind: ApplicationKind, rows: Iterable[ImportRow]
) -> Hashable:
    """Return what a plan for rows rests on, in short: each change of an answer raises a version.

    Whoever else signs up or is decided on meanwhile changes nothing about these rows.
    """
    ids = {row.external_id for row in rows}
    stored = session.connection()
    applications = stored.execute(
        sa.select(
            col(Application.id),
            col(Application.public_id),
            col(Application.external_id),
            col(Application.version),
            col(Application.state),
            col(Application.guardians_agreed),
        )
        .where(col(Application.cycle_id) == cycle.id, col(Application.kind) == kind)
        .order_by(col(Application.id))
    )
    meant = [tuple(one) for one in applications if one.public_id in ids or one.external_id in ids]
    members = stored.execute(
        sa.select(
            col(Application.id),
            col(HouseholdMember.id),
            col(HouseholdMember.birth_on),
            col(HouseholdMember.gender),
            col(HouseholdMember.relation),
        )
        .join(Application, col(Application.host_id) == col(HouseholdMember.host_id))
        .where(col(Application.cycle_id) == cycle.id, col(Application.kind) == kind)
        .order_by(col(HouseholdMember.id))
    )
    applied = {one[0] for one in meant}
    at_home = tuple(tuple(one) for one in members if one[0] in applied)
    return cycle.version, tuple(meant), at_home


def _each_once(rows: Iterable[ImportRow]) -> list[ImportRow]:
    seen: set[str] = set()
    kept = list(rows)
    for row in kept:
        if row.external_id in seen:
            sentence = Sentence("Give every row an id of its own")
            raise InvalidInput(f"{sentence}.", {"external_id": [sentence]})
        seen.add(row.external_id)
    return kept


def _tell(
    session: Session,
    actor: Actor,
    action: str,
    cycle: Cycle,
    public_ids: Sequence[str],
    at: datetime,
    **facts: str,
) -> None:
    audit.record_each(
        session,
        actor,
        action,
        subject_kind="application",
        subject_ids=public_ids,
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )
