"""Exports: records as tables for files, for whoever gets them. Every one is on the audit trail."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind, RunState
from exchange.domain.placement import Placement as MatchedPlacement
from exchange.domain.placement import Unplaced
from exchange.domain.recipients import FILES, OF_ONE_PARTY, Recipient
from exchange.domain.roles import Permission
from exchange.domain.rules import TERM_WEIGHTS
from exchange.errors import InvalidInput, NotFound
from exchange.exports import KINDS, Table
from exchange.exports.contacts import contacts_table
from exchange.exports.hosts import hosts_table
from exchange.exports.mobilities import mobilities_table
from exchange.exports.participants import participants_table, question_column
from exchange.exports.placements import placements_table
from exchange.exports.relocations import relocations_table
from exchange.exports.rooming import rooming_table
from exchange.exports.run_report import run_report_table
from exchange.exports.unplaced import unplaced_table
from exchange.exports.waiting_list import waiting_list_table
from exchange.records import Cycle, MatchRun
from exchange.services import audit, export_rows, runs, sight
from exchange.services.actor import Actor
from exchange.services.asked_questions import list_questions
from exchange.services.authority import require
from exchange.services.export_rows import EVERYBODY, Party, Row
from exchange.services.question_answers import answers_by_application
from exchange.services.step_up import require_step_up
from exchange.translations import Sentence

PERSONAL = frozenset(
    {"participants", "hosts", "rooming", "waiting-list", "mobilities", "relocations"}
)
"""Kinds that hold names, addresses and answers of people."""
OF_A_CYCLE = ("participants", "hosts", "waiting-list", "relocations")
"""Kinds that need no run; the waiting list looks at one where there is one."""


_FINISHED = (RunState.READY, RunState.PUBLISHED, RunState.SUPERSEDED)


def export_table(
    session: Session,
    actor: Actor,
    kind: str,
    *,
    cycle_id: int,
    at: datetime,
    run_id: int | None = None,
    party: Party = EVERYBODY,
    granted: Collection[str] = (),
    is_scheduled: bool = False,
) -> Table:
    """Return one export of a cycle, with every column of its kind.

    Parameters
    ----------
    kind : str
        One of `exchange.exports.KINDS`.
    run_id : int, optional
        Row id; by default the published run, else the latest that is ready.
    party : Party
        Whose people it is about; what of the columns they may read is for the caller to cut.
        A partner writes the files of their own organisation.
    granted : collection of str
        Columns that the party gets in spite of their kind, for the audit trail.
    is_scheduled : bool
        Whether the worker writes it; whoever set that up has typed a code then.

    Raises
    ------
    NotFound
        When there is no such kind, or no finished run.
    InvalidInput
        When that recipient gets no such file, or nobody said whose people it is about.
    StepUpNeeded
        When it holds people and the actor has not typed a code just now.
    """
    cycle = session.get(Cycle, cycle_id)
    if cycle is None or kind not in KINDS:
        raise NotFound("There is nothing at this address.")
    is_own = sight.is_own_party(actor, cycle.programme_id, party)
    if not is_own:
        require(actor, Permission.EXPORT, cycle.programme_id)
    if kind in PERSONAL and not is_scheduled:
        require_step_up(actor, at)
    check_party(kind, party)
    # Of a match that is not published yet nobody outside the office hears by themselves.
    states = (RunState.PUBLISHED,) if is_own else _FINISHED
    run = _finished_run(session, cycle_id, run_id, states, is_needed=kind not in OF_A_CYCLE)
    table = _table(session, actor, kind, cycle, run, party)
    subject = cycle if run is None or kind in OF_A_CYCLE else run
    facts: dict[str, Any] = {"kind": kind, "rows": len(table.rows)}
    if party.recipient is not Recipient.OFFICE:
        facts |= {"recipient": party.recipient.value, "granted": sorted(granted)}
    audit.record(
        session,
        actor,
        "export:write",
        subject_kind="cycle" if subject is cycle else "run",
        subject_id=subject.public_id,
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )
    return table


def check_party(kind: str, party: Party) -> None:
    """Raise where a recipient gets no such file, or it is not said whose people it is about."""
    faults: dict[str, list[str]] = {}
    recipient = party.recipient
    if recipient is not Recipient.OFFICE and kind not in FILES[recipient]:
        faults["kind"] = [Sentence("This file is not for that recipient; choose another one")]
    if recipient in OF_ONE_PARTY and not party.name:
        faults["party"] = [Sentence("Say whose people the file is about")]
    if faults:
        raise InvalidInput("Check what was chosen for the file.", faults)


def has_published_run(session: Session, cycle: Cycle) -> bool:
    """Say whether a match of the cycle is published."""
    return (
        _finished_run(session, cycle.id, None, (RunState.PUBLISHED,), is_needed=False) is not None
    )


def _finished_run(
    session: Session,
    cycle_id: int,
    run_id: int | None,
    states: Collection[RunState],
    *,
    is_needed: bool,
) -> MatchRun | None:
    query = select(MatchRun).where(MatchRun.cycle_id == cycle_id, col(MatchRun.state).in_(states))
    if run_id is not None:
        query = query.where(MatchRun.id == run_id)
    query = query.order_by(col(MatchRun.state) != RunState.PUBLISHED, col(MatchRun.id).desc())
    found: MatchRun | None = session.exec(query.limit(1)).first()
    if found is None and is_needed:
        raise NotFound("This cycle has no finished run yet.")
    return found


def _table(
    session: Session,
    actor: Actor,
    kind: str,
    cycle: Cycle,
    run: MatchRun | None,
    party: Party,
) -> Table:
    if kind == "participants":
        return _participants(session, cycle, party)
    if kind == "hosts":
        return _hosts(session, cycle, party)
    if kind == "waiting-list":
        return waiting_list_table(export_rows.waiting_of(session, run, cycle, party))
    if kind == "relocations":
        return relocations_table(export_rows.relocations_of(session, cycle))
    assert run is not None
    if kind == "rooming":
        return rooming_table(export_rows.stays_of(session, run, cycle, party))
    if kind == "mobilities":
        return mobilities_table(export_rows.mobilities_of(session, run, cycle, party))
    return _OF_A_RUN[kind](session, actor, run, party)


def _participants(session: Session, cycle: Cycle, party: Party) -> Table:
    questions, told = _asked(session, cycle, ApplicationKind.STUDENT)
    rows = export_rows.students_of(session, cycle, party)
    return participants_table((row | told(row) for row in rows), questions)


def _hosts(session: Session, cycle: Cycle, party: Party) -> Table:
    questions, told = _asked(session, cycle, ApplicationKind.HOST)
    rows = export_rows.hosts_of(session, cycle, party)
    return hosts_table((row | told(row) for row in rows), questions)


def _asked(
    session: Session, cycle: Cycle, kind: ApplicationKind
) -> tuple[list[str], Callable[[Row], Row]]:
    """Columns of the programme's own questions, and the answers of a row; choices by code."""
    questions = list_questions(session, cycle.id, kind)
    answers: Mapping[int, Mapping[str, Any]] = answers_by_application(session, questions)

    def told(row: Row) -> Row:
        own = answers.get(row["application"], {})
        return {question_column(code): value for code, value in own.items()}

    return [question_column(one.code) for one in questions], told


def _placements(session: Session, _actor: Actor, run: MatchRun, party: Party) -> Table:
    rows = list(export_rows.placements_of(session, run, party))
    used = {term for row in rows for term in row["terms"]}
    return placements_table(_matched(rows), [term for term in TERM_WEIGHTS if term in used])


def _matched(rows: list[Row]) -> Iterator[MatchedPlacement]:
    for row in rows:
        yield MatchedPlacement(**row)


def _unplaced(session: Session, _actor: Actor, run: MatchRun, party: Party) -> Table:
    return unplaced_table(Unplaced(**row) for row in export_rows.unplaced_of(session, run, party))


def _contacts(session: Session, actor: Actor, run: MatchRun, _party: Party) -> Table:
    return contacts_table(runs.run_contacts(session, actor, run))


def _report(_session: Session, _actor: Actor, run: MatchRun, _party: Party) -> Table:
    return run_report_table(run.report or {})


_OF_A_RUN: Mapping[str, Callable[[Session, Actor, MatchRun, Party], Table]] = {
    "placements": _placements,
    "unplaced": _unplaced,
    "contacts": _contacts,
    "run-report": _report,
}
