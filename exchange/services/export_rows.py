"""Rows of exports as the database gives them: columns, not records, a thousand at a time.

A `Party` narrows every file about people to those of one host or of one partner.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, SQLModel, col

from exchange.domain.cycle import ApplicationState
from exchange.domain.recipients import Recipient
from exchange.intake.cells import NOTHING
from exchange.records import Cycle, MatchRun, Placement, Relocation, UnplacedRow
from exchange.services.time_zones import day_in

Row = dict[str, Any]

AT_ONCE = 1_000
_OURS = frozenset({"id", "created_at", "public_id", "name_skeleton"})
_OF_STUDENT: sa.Table = SQLModel.metadata.tables["student"]
_OF_HOST: sa.Table = SQLModel.metadata.tables["host"]
_STUDENT_APPLICATION = SQLModel.metadata.tables["application"].alias("of_student")
_HOST_APPLICATION = SQLModel.metadata.tables["application"].alias("of_host")
_WAITS = (ApplicationState.SUBMITTED, ApplicationState.APPROVED)


@dataclass(frozen=True, slots=True)
class Party:
    """Whose people a file is about: a host by its application's id, a partner by its name."""

    recipient: Recipient
    name: str

    def of_student(self) -> list[ColumnElement[bool]]:
        """Conditions on students."""
        is_sender = self.recipient is Recipient.SENDING_PARTNER
        return [_OF_STUDENT.c.partner == self.name] if is_sender else []

    def of_host(self) -> list[ColumnElement[bool]]:
        """Conditions on hosts, whose application is at hand."""
        if self.recipient is Recipient.RECEIVING_PARTNER:
            return [_OF_HOST.c.group == self.name]
        if self.recipient is Recipient.HOST:
            return [_HOST_APPLICATION.c.public_id == self.name]
        return []


EVERYBODY = Party(Recipient.OFFICE, "")


def students_of(session: Session, cycle: Cycle, party: Party) -> Iterator[Row]:
    """Yield the students of a cycle by the names that files use; `application` is the row id."""
    of = _STUDENT_APPLICATION.c
    query = (
        sa.select(
            *_columns(_OF_STUDENT),
            of.id.label("application"),
            of.public_id.label("student_id"),
            of.reference,
            of.state,
            of.guardians_needed,
            of.guardians_agreed,
        )
        .join_from(_STUDENT_APPLICATION, _OF_STUDENT, of.student_id == _OF_STUDENT.c.id)
        .where(of.cycle_id == cycle.id, of.erased_at.is_(None), *party.of_student())
        .order_by(of.public_id)
    )
    for row in _read(session, query):
        needed = row["guardians_needed"]
        yield {
            **row,
            "birth_date": row["birth_on"],
            "nationality": row["nationalities"],
            # Nothing is an answer here, and an empty cell would be none.
            "open_to": [NOTHING] if row["open_to"] == [] else row["open_to"],
            "guardian_agreed": row["guardians_agreed"] >= needed if needed else None,
        }


def hosts_of(session: Session, cycle: Cycle, party: Party) -> Iterator[Row]:
    """Yield the hosts of a cycle by the names that files use; `application` is the row id."""
    of = _HOST_APPLICATION.c
    query = (
        sa.select(
            *_columns(_OF_HOST),
            of.id.label("application"),
            of.public_id.label("host_id"),
            of.reference,
            of.state,
        )
        .join_from(_HOST_APPLICATION, _OF_HOST, of.host_id == _OF_HOST.c.id)
        .where(of.cycle_id == cycle.id, of.erased_at.is_(None), *party.of_host())
        .order_by(of.public_id)
    )
    for row in _read(session, query):
        # A side that nobody told stays empty: an import would take a 0 for an answer.
        sides = ["" if one is None else str(one) for one in (row["adults"], row["children"])]
        yield {**row, "household": "/".join(sides) if any(sides) else None}


def placements_of(session: Session, run: MatchRun, party: Party) -> Iterator[Row]:
    """Yield the placements of a run by id, with nations and terms, by student."""
    placement = SQLModel.metadata.tables["placement"].c
    query = _placed(
        [
            placement.student_nation,
            placement.host_nation,
            placement.quality,
            placement.review,
            placement.only_contact_of_pair,
            placement.terms,
        ],
        run,
        party,
    ).order_by(_STUDENT_APPLICATION.c.public_id)
    yield from _read(session, query)


def stays_of(session: Session, run: MatchRun, cycle: Cycle, party: Party) -> Iterator[Row]:
    """Yield the placements of a run with everything about student and host, by host.

    What both have stands as the student's; the host's is `host_name`, `host_email` and so on.
    """
    placement = SQLModel.metadata.tables["placement"].c
    query = _placed(
        [
            *_columns(_OF_STUDENT),
            placement.public_id.label("placement_id"),
            placement.state.label("placement_state"),
            placement.host_nation,
            _OF_HOST.c.name.label("host_name"),
            _OF_HOST.c.city,
            _OF_HOST.c.group,
            _OF_HOST.c.email.label("host_email"),
            _OF_HOST.c.phone.label("host_phone"),
        ],
        run,
        party,
    ).order_by(_HOST_APPLICATION.c.public_id, _STUDENT_APPLICATION.c.public_id)
    for row in _read(session, query):
        arrive: date = row["arrive_on"] or cycle.stay_from_on
        depart: date = row["depart_on"] or cycle.stay_to_on
        yield {
            **row,
            "arrive_on": arrive,
            "depart_on": depart,
            "nights": (depart - arrive).days,
        }


def mobilities_of(session: Session, run: MatchRun, cycle: Cycle, party: Party) -> Iterator[Row]:
    """Yield the placements of a run by the names of outgoing mobilities."""
    for stay in stays_of(session, run, cycle, party):
        yield {
            "omobility_id": stay["placement_id"],
            "status": stay["placement_state"].value,
            "activity_type": "exchange",
            "sending_partner": stay["partner"],
            "sending_school": stay["school"],
            "receiving_partner": stay["group"],
            "receiving_host_id": stay["host_id"],
            "receiving_country": stay["host_nation"],
            "planned_arrival_date": stay["arrive_on"],
            "planned_departure_date": stay["depart_on"],
            "global_id": stay["student_id"],
            "given_names": stay["given_name"],
            "family_name": stay["family_name"],
            "birth_date": stay["birth_on"],
            "citizenship": stay["nationalities"],
            "gender": stay["gender"],
            "email": stay["email"],
            "nominee_isced_f_code": stay["field"],
            "nominee_language_skills": stay["languages"],
            "additional_requirements": stay["needs"],
        }


def unplaced_of(session: Session, run: MatchRun, party: Party) -> Iterator[Row]:
    """Yield the students whom a run left without a place, with reason and detail."""
    of = _STUDENT_APPLICATION.c
    row = SQLModel.metadata.tables[str(UnplacedRow.__tablename__)].c
    query = (
        sa.select(of.public_id.label("student_id"), row.reason, row.detail)
        .join_from(_STUDENT_APPLICATION, row.run_id.table, of.student_id == row.student_id)
        .join(_OF_STUDENT, _OF_STUDENT.c.id == of.student_id)
        .where(row.run_id == run.id, *party.of_student())
        .order_by(of.public_id)
    )
    yield from _read(session, query)


def waiting_of(session: Session, run: MatchRun | None, cycle: Cycle, party: Party) -> Iterator[Row]:
    """Yield the students who have no place in a run (or in none), the longest waiting first."""
    of = _STUDENT_APPLICATION.c
    unplaced = SQLModel.metadata.tables[str(UnplacedRow.__tablename__)].c
    run_id = run.id if run is not None else None
    placed = sa.select(col(Placement.student_id)).where(col(Placement.run_id) == run_id)
    is_left = (unplaced.student_id == of.student_id) & (unplaced.run_id == run_id)
    query = (
        sa.select(
            *_columns(_OF_STUDENT),
            of.public_id.label("student_id"),
            of.reference,
            of.state,
            of.submitted_at,
            unplaced.reason,
        )
        .join_from(_STUDENT_APPLICATION, _OF_STUDENT, of.student_id == _OF_STUDENT.c.id)
        .outerjoin(unplaced.run_id.table, is_left)
        .where(
            of.cycle_id == cycle.id,
            of.erased_at.is_(None),
            of.state.in_(_WAITS),
            of.student_id.not_in(placed),
            *party.of_student(),
        )
    )
    rows = [
        {
            **row,
            "nationality": row["nationalities"],
            "sent_on": row["submitted_at"].date(),
        }
        for row in _read(session, query)
    ]
    rows.sort(
        key=lambda row: (row["waiting_since"] or row["sent_on"], row["sent_on"], row["student_id"])
    )
    yield from rows


def relocations_of(session: Session, cycle: Cycle) -> Iterator[Row]:
    """Yield the changes of host in a cycle, the earliest first, each with both homes.

    A student joined the home that was left on the day of the change before, else on arrival.
    """
    relocation = SQLModel.metadata.tables[str(Relocation.__tablename__)].c
    student, left = _STUDENT_APPLICATION.c, _HOST_APPLICATION.c
    next_host = _OF_HOST.alias("next_host")
    next_application = SQLModel.metadata.tables["application"].alias("of_next_host")
    query = (
        sa.select(
            relocation.public_id.label("relocation_id"),
            relocation.moved_at,
            relocation.reason,
            student.public_id.label("student_id"),
            student.reference,
            *(_OF_STUDENT.c[name] for name in ("given_name", "family_name", "school", "partner")),
            _OF_STUDENT.c.nationalities,
            _OF_STUDENT.c.arrive_on,
            left.public_id.label("host_id"),
            _OF_HOST.c.name.label("host_name"),
            *(_OF_HOST.c[name] for name in ("address", "city", "nation")),
            next_application.c.public_id.label("next_host_id"),
            next_host.c.name.label("next_host_name"),
            *(next_host.c[name].label(f"next_{name}") for name in ("address", "city", "nation")),
        )
        .join_from(relocation.id.table, _OF_STUDENT, _OF_STUDENT.c.id == relocation.student_id)
        .join(_STUDENT_APPLICATION, student.student_id == relocation.student_id)
        .join(_OF_HOST, _OF_HOST.c.id == relocation.from_host_id)
        .join(_HOST_APPLICATION, left.host_id == relocation.from_host_id)
        .outerjoin(next_host, next_host.c.id == relocation.to_host_id)
        .outerjoin(next_application, next_application.c.host_id == relocation.to_host_id)
        .where(relocation.cycle_id == cycle.id)
        .order_by(relocation.moved_at, relocation.id)
    )
    came: dict[str, date] = {}
    for row in _read(session, query):
        moved_on = day_in(cycle.time_zone, row["moved_at"])
        arrived = row["arrive_on"] or cycle.stay_from_on
        yield {
            **row,
            "moved_on": moved_on,
            "reason": row["reason"].value,
            "nationality": row["nationalities"],
            "joined_on": came.get(row["student_id"], arrived),
        }
        came[row["student_id"]] = moved_on


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name not in _OURS]


def _placed(columns: list[Any], run: MatchRun, party: Party) -> sa.Select[Any]:
    placement = SQLModel.metadata.tables["placement"]
    student, host = _STUDENT_APPLICATION, _HOST_APPLICATION
    return (
        sa.select(
            *columns, student.c.public_id.label("student_id"), host.c.public_id.label("host_id")
        )
        .join_from(placement, student, student.c.student_id == placement.c.student_id)
        .join(host, host.c.host_id == placement.c.host_id)
        .join(_OF_STUDENT, _OF_STUDENT.c.id == placement.c.student_id)
        .join(_OF_HOST, _OF_HOST.c.id == placement.c.host_id)
        .where(placement.c.run_id == run.id, *party.of_student(), *party.of_host())
    )


def _read(session: Session, query: sa.Select[Any]) -> Iterator[Row]:
    found = session.connection().execute(query, execution_options={"yield_per": AT_ONCE})
    for row in found.mappings():
        yield dict(row)
