"""The rows of an import as the columns of tables, and how they are written in few statements.

Columns are made while nothing is locked; whoever signs up meanwhile waits for the writing alone.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import (
    Application,
    Cycle,
    Host,
    HouseholdMember,
    ScreeningCheck,
    SectionReview,
    Student,
)
from exchange.records.base import new_public_id
from exchange.services.enrolment import Profile, guardians_needed, guardians_of_new, new_reference
from exchange.services.households import named_anew
from exchange.services.import_plan import ImportRow, Known
from exchange.services.profiles import host_columns, listing, student_columns

T = TypeVar("T")
_AT_ONCE = 500
"""So many ids are asked about in one statement."""

Columns = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Additions:
    """New people or hosts: of each a profile, an application to it, and who lives there."""

    kind: ApplicationKind
    profiles: Sequence[Columns]
    applications: Sequence[Columns]
    members: Sequence[Sequence[Columns]]
    references: Sequence[str]
    """One for each, drawn already; one that is taken is drawn again."""


@dataclass(frozen=True, slots=True)
class Replacements:
    """New answers of known applications; each column that changes by the row it stands in."""

    kind: ApplicationKind
    profiles: Sequence[tuple[int, Columns]]
    applications: Sequence[tuple[int, Columns]]
    public_ids: Sequence[str]
    members: Sequence[Columns]
    gone: Sequence[int]
    """Row ids of members whom their hosts do not name any more."""


def additions(
    cycle: Cycle, kind: ApplicationKind, rows: Sequence[ImportRow], at: datetime
) -> Additions:
    """Return what is to be stored of new rows."""
    return Additions(
        kind,
        profiles=[
            {"public_id": new_public_id(), "created_at": at, **_columns(row.profile)}
            for row in rows
        ],
        applications=[
            {
                "public_id": new_public_id(),
                "created_at": at,
                "cycle_id": cycle.id,
                "kind": kind,
                "submitted_at": at,
                "language": Application.model_fields["language"].default,
                "idempotency_key": f"import:{cycle.public_id}:{secrets.token_hex(16)}",
                "external_id": row.external_id,
                "guardians_agreed": 0,
                "version": 1,
                **listing(row.profile),
                **guardians_of_new(cycle, row.profile, at),
            }
            for row in rows
        ],
        members=[_members(row.profile, at) for row in rows],
        references=[new_reference(kind) for _ in rows],
    )


def replacements(
    cycle: Cycle, kind: ApplicationKind, replaced: Sequence[tuple[Known, Profile]], at: datetime
) -> Replacements:
    """Return what is to be stored of new answers."""
    members: list[Columns] = []
    gone: list[int] = []
    for before, profile in replaced:
        if isinstance(profile, HostProfile):
            left, come = named_anew(before.members, profile)
            gone += [one.id for one in left]
            members += [
                {"created_at": at, "host_id": before.application.host_id, **one.model_dump()}
                for one in come
            ]
    return Replacements(
        kind,
        profiles=[
            (record.id, _different(record, _columns(profile)))
            for record, profile in ((before.student or before.host, p) for before, p in replaced)
            if record is not None
        ],
        applications=[
            (
                before.application.id,
                _different(before.application, _of_application(cycle, before, profile, at)),
            )
            for before, profile in replaced
        ],
        public_ids=[before.application.public_id for before, _ in replaced],
        members=members,
        gone=gone,
    )


def add(session: Session, new: Additions) -> list[str]:
    """Store new people or hosts with their applications; return the applications' public ids."""
    record = Student if new.kind is ApplicationKind.STUDENT else Host
    _insert(session, record, new.profiles)
    ids = _row_ids(session, record, [one["public_id"] for one in new.profiles])
    rows = [ids[one["public_id"]] for one in new.profiles]
    _insert(
        session,
        HouseholdMember,
        [
            {"host_id": row, **member}
            for row, members in zip(rows, new.members, strict=True)
            for member in members
        ],
    )
    own = "student_id" if record is Student else "host_id"
    references = _free(session, new.kind, new.references)
    _insert(
        session,
        Application,
        [
            {"reference": reference, own: row, **columns}
            for columns, row, reference in zip(new.applications, rows, references, strict=True)
        ],
    )
    return [one["public_id"] for one in new.applications]


def replace(session: Session, new: Replacements) -> list[str]:
    """Store new answers and forget how the old ones were judged; return the public ids."""
    record = Student if new.kind is ApplicationKind.STUDENT else Host
    _update(session, record, new.profiles)
    _update(session, Application, new.applications, version=Application.version + 1)
    for some in _in_parts(new.gone):
        _delete(session, HouseholdMember, "id", some)
    _insert(session, HouseholdMember, new.members)
    # What was judged and checked were the answers, and the people, of before.
    for some in _in_parts([row for row, _ in new.applications]):
        _delete(session, SectionReview, "application_id", some)
        _delete(session, ScreeningCheck, "application_id", some)
    return list(new.public_ids)


def forget_held(session: Session) -> None:
    """Have the session read anew what it holds of rows that were written to past it."""
    for one in list(session):
        if isinstance(one, (Application, Student, Host)):
            session.expire(one)


def _columns(profile: Profile) -> Columns:
    return (
        student_columns(profile) if isinstance(profile, StudentProfile) else host_columns(profile)
    )


def _members(profile: Profile, at: datetime) -> list[Columns]:
    if not isinstance(profile, HostProfile):
        return []
    return [{"created_at": at, **member.model_dump()} for member in profile.members]


def _of_application(cycle: Cycle, before: Known, profile: Profile, at: datetime) -> Columns:
    columns = listing(profile)
    if isinstance(profile, StudentProfile):
        needed = before.application.guardians_needed
        # A file that no longer tells an age does not make anybody older.
        if profile.age_at(at.date()) is not None:
            needed = guardians_needed(cycle, profile, at)
        is_waiting = needed > before.application.guardians_agreed
        columns["guardians_needed"] = needed
        columns["state"] = ApplicationState.WAITING if is_waiting else ApplicationState.SUBMITTED
    return columns


def _different(record: SQLModel, columns: Columns) -> Columns:
    return {name: value for name, value in columns.items() if getattr(record, name) != value}


def _free(session: Session, kind: ApplicationKind, drawn: Sequence[str]) -> list[str]:
    """Return references that no application has: in a large file a clash is no longer a wonder."""
    free: dict[str, None] = {}
    while len(free) < len(drawn):
        for some in _in_parts([one for one in drawn if one not in free]):
            query = select(Application.reference).where(col(Application.reference).in_(some))
            free |= dict.fromkeys(set(some) - set(session.exec(query).all()))
        drawn = [*free, *(new_reference(kind) for _ in range(len(drawn) - len(free)))]
    return list(free)


def _table(record: type[SQLModel]) -> sa.Table:
    return SQLModel.metadata.tables[str(record.__tablename__)]


def _insert(session: Session, record: type[SQLModel], rows: Sequence[Columns]) -> None:
    # Past the ORM: it would make an object, and send a statement, for each row.
    if rows:
        session.connection().execute(sa.insert(_table(record)), list(rows))


def _row_ids(
    session: Session, record: type[Student] | type[Host], public_ids: Sequence[str]
) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in _in_parts(public_ids):
        query = select(record.public_id, record.id).where(col(record.public_id).in_(some))
        found.update(session.exec(query).all())
    return found


def _update(
    session: Session,
    record: type[SQLModel],
    rows: Iterable[tuple[int, Columns]],
    **everywhere: Any,
) -> None:
    """Write each row's columns; rows that change in the same columns go in one statement."""
    alike: defaultdict[tuple[str, ...], list[Columns]] = defaultdict(list)
    for row, columns in rows:
        # No column begins like this, so that no value is taken for the row to write to.
        alike[tuple(columns)].append({"of_row": row, **columns})
    table = _table(record)
    change = sa.update(table).where(table.c.id == sa.bindparam("of_row")).values(everywhere)
    for names, several in alike.items():
        if names or everywhere:
            session.connection().execute(change, several)


def _delete(session: Session, record: type[SQLModel], column: str, some: Sequence[int]) -> None:
    table = _table(record)
    session.connection().execute(sa.delete(table).where(table.c[column].in_(some)))


def _in_parts(many: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(many), _AT_ONCE):
        yield many[first : first + _AT_ONCE]
