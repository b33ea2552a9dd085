"""Exports: records as tables for files. Every one is on the audit trail."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind, RunState
from exchange.domain.placement import Placement as MatchedPlacement
from exchange.domain.placement import Unplaced
from exchange.domain.roles import Permission
from exchange.domain.rules import TERM_WEIGHTS
from exchange.errors import NotFound
from exchange.exports import KINDS, Table
from exchange.exports.contacts import contacts_table
from exchange.exports.hosts import hosts_table
from exchange.exports.participants import participants_table, question_column
from exchange.exports.placements import placements_table
from exchange.exports.rooming import rooming_table
from exchange.exports.run_report import run_report_table
from exchange.exports.unplaced import unplaced_table
from exchange.records import Application, Cycle, Host, MatchRun, Student
from exchange.services import audit, runs
from exchange.services.actor import Actor
from exchange.services.asked_questions import list_questions
from exchange.services.authority import require
from exchange.services.question_answers import answers_by_application
from exchange.services.step_up import require_step_up

PERSONAL = frozenset({"participants", "hosts", "rooming"})
"""Kinds that hold names, addresses and answers of people."""
OF_A_CYCLE = ("participants", "hosts")
"""Kinds that need no run."""


def export_table(
    session: Session,
    actor: Actor,
    kind: str,
    *,
    cycle_id: int,
    at: datetime,
    run_id: int | None = None,
) -> Table:
    """Return one export of a cycle.

    Parameters
    ----------
    kind : str
        One of `exchange.exports.KINDS`.
    run_id : int, optional
        Row id; by default the published run, else the latest that is ready.

    Raises
    ------
    NotFound
        When there is no such kind, or no finished run.
    StepUpNeeded
        When it holds people and the actor has not typed a code just now.
    """
    cycle = session.get(Cycle, cycle_id)
    if cycle is None or kind not in KINDS:
        raise NotFound("There is nothing at this address.")
    require(actor, Permission.EXPORT, cycle.programme_id)
    if kind in PERSONAL:
        require_step_up(actor, at)
    if kind in OF_A_CYCLE:
        run = None
        table = _of_cycle(session, kind, cycle)
    else:
        run = _finished_run(session, cycle_id, run_id)
        table = _OF_A_RUN[kind](session, actor, run)
    audit.record(
        session,
        actor,
        "export:write",
        subject_kind="cycle" if run is None else "run",
        subject_id=cycle.public_id if run is None else run.public_id,
        programme_id=cycle.programme_id,
        facts={"kind": kind, "rows": len(table.rows)},
        at=at,
    )
    return table


def _finished_run(session: Session, cycle_id: int, run_id: int | None) -> MatchRun:
    query = select(MatchRun).where(
        MatchRun.cycle_id == cycle_id,
        col(MatchRun.state).in_((RunState.READY, RunState.PUBLISHED, RunState.SUPERSEDED)),
    )
    if run_id is not None:
        query = query.where(MatchRun.id == run_id)
    found = list(session.exec(query.order_by(col(MatchRun.id).desc())))
    if not found:
        raise NotFound("This cycle has no finished run yet.")
    return next((run for run in found if run.state is RunState.PUBLISHED), found[0])


def _of_cycle(session: Session, kind: str, cycle: Cycle) -> Table:
    of_students = kind == "participants"
    asked = ApplicationKind.STUDENT if of_students else ApplicationKind.HOST
    questions = list_questions(session, cycle.id, asked)
    columns = [question_column(one.code) for one in questions]
    answers = answers_by_application(session, questions)
    if of_students:
        people = session.exec(
            select(Application, Student)
            .join(Student, col(Application.student_id) == col(Student.id))
            .where(Application.cycle_id == cycle.id, Application.kind == asked)
            .where(col(Application.erased_at).is_(None))
            .order_by(col(Application.public_id))
        )
        return participants_table(
            (_person(one, student) | _asked(answers, one) for one, student in people), columns
        )
    homes = session.exec(
        select(Application, Host)
        .join(Host, col(Application.host_id) == col(Host.id))
        .where(Application.cycle_id == cycle.id, Application.kind == asked)
        .where(col(Application.erased_at).is_(None))
        .order_by(col(Application.public_id))
    )
    return hosts_table((_home(one, host) | _asked(answers, one) for one, host in homes), columns)


def _asked(answers: Mapping[int, Mapping[str, Any]], application: Application) -> dict[str, Any]:
    """Answers to the programme's own questions; choices by their codes, which stay."""
    own = answers.get(application.id, {})
    return {question_column(code): value for code, value in own.items()}


def _person(application: Application, student: Student) -> dict[str, Any]:
    return {
        **student.model_dump(),
        "student_id": application.public_id,
        "reference": application.reference,
        "state": application.state.value,
        "birth_date": student.birth_on,
        "nationality": student.nationalities,
        "guardian_agreed": application.guardian_agreed if application.needs_guardian else None,
    }


def _home(application: Application, host: Host) -> dict[str, Any]:
    # A side that nobody told stays empty: an import would take a 0 for an answer.
    sides = ["" if one is None else str(one) for one in (host.adults, host.children)]
    household = "/".join(sides) if any(sides) else None
    return {
        **host.model_dump(),
        "host_id": application.public_id,
        "reference": application.reference,
        "state": application.state.value,
        "kind": host.kind.value,
        "household": household,
    }


def _placements(session: Session, actor: Actor, run: MatchRun) -> Table:
    rows = runs.run_placements(session, actor, run)
    used = {term for row in rows for term in row.placement.terms}
    return placements_table(
        (
            MatchedPlacement(
                student_id=row.student.public_id,
                host_id=row.host.public_id,
                student_nation=row.placement.student_nation,
                host_nation=row.placement.host_nation,
                quality=row.placement.quality,
                review=row.placement.review,
                only_contact_of_pair=row.placement.only_contact_of_pair,
                terms=row.placement.terms,
            )
            for row in rows
        ),
        [term for term in TERM_WEIGHTS if term in used],
    )


def _unplaced(session: Session, actor: Actor, run: MatchRun) -> Table:
    return unplaced_table(
        Unplaced(one.application.public_id, one.reason, one.detail)
        for one in runs.run_unplaced(session, actor, run)
    )


def _contacts(session: Session, actor: Actor, run: MatchRun) -> Table:
    return contacts_table(runs.run_contacts(session, actor, run))


def _report(session: Session, actor: Actor, run: MatchRun) -> Table:
    return run_report_table(run.report or {})


def _rooming(session: Session, actor: Actor, run: MatchRun) -> Table:
    cycle = session.get(Cycle, run.cycle_id)
    assert cycle is not None
    rows = runs.run_placements(session, actor, run)
    students = {
        one.id: one
        for one in session.exec(
            select(Student).where(col(Student.id).in_([row.placement.student_id for row in rows]))
        )
    }
    hosts = {
        one.id: one
        for one in session.exec(
            select(Host).where(col(Host.id).in_([row.placement.host_id for row in rows]))
        )
    }
    stays = [
        _stay(row, students[row.placement.student_id], hosts[row.placement.host_id], cycle)
        for row in rows
    ]
    return rooming_table(sorted(stays, key=lambda stay: (stay["host_id"], stay["student_id"])))


def _stay(row: runs.PlacementRow, student: Student, host: Host, cycle: Cycle) -> dict[str, Any]:
    arrive: date = student.arrive_on or cycle.stay_from_on
    depart: date = student.depart_on or cycle.stay_to_on
    return {
        **student.model_dump(),
        "host_id": row.host.public_id,
        "host_name": host.name,
        "city": host.city,
        "host_email": host.email,
        "host_phone": host.phone,
        "student_id": row.student.public_id,
        "arrive_on": arrive,
        "depart_on": depart,
        "nights": (depart - arrive).days,
    }


_OF_A_RUN: Mapping[str, Callable[[Session, Actor, MatchRun], Table]] = {
    "placements": _placements,
    "unplaced": _unplaced,
    "contacts": _contacts,
    "run-report": _report,
    "rooming": _rooming,
}
