"""A match changed by hand: a price first, then a run of its own. A finished run is never edited.

What a price needs is read from the run's snapshot, and from the pins and forbids that hold now.
NumPy is loaded by whoever asks for a price, not by the process that serves pages.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from exchange import __version__
from exchange.domain.cycle import RunKind, RunState
from exchange.domain.hand import Cohort, Edit, OverrideKind
from exchange.domain.placement import Placement as MatchedPlacement
from exchange.domain.placement import Unplaced
from exchange.domain.roles import Permission
from exchange.domain.snapshot import Snapshot as FrozenSnapshot
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import Application, MatchRun, Override, Placement, Snapshot, UnplacedRow
from exchange.services.actor import Actor
from exchange.services.attempts import RunOutcome, add_rows, result_digest
from exchange.services.authority import programme_of, require
from exchange.services.locks import hold_cycle
from exchange.services.overrides import add_override, standing_pairs, tell, with_standing_pairs
from exchange.services.rule_versions import rules_of
from exchange.services.runs import audit_run, swap_run
from exchange.translations import Sentence

if TYPE_CHECKING:
    from exchange.formulation.hand import EditPrice
    from exchange.formulation.ways import Ways

EDITABLE = frozenset({RunState.READY, RunState.PUBLISHED})
"""Placements of other runs are history."""
MAX_REASON = 1000
TAKEN_OUT = "taken_out_by_hand"
"""Why a student whom a person took out of the match has no place."""
MADE_ROOM = "gave_place_by_hand"
"""Why a student has no place who gave it to another by hand."""

Build = Callable[["Match"], Edit]


@dataclass(frozen=True, slots=True)
class Match:
    """A run as a hand sees it: everybody by public id, the placements, and who is whose row."""

    run: MatchRun
    cohort: Cohort
    placements: tuple[MatchedPlacement, ...]
    host_of: Mapping[str, str]


def read_match(session: Session, actor: Actor, run: MatchRun) -> Match:
    """Read the placements of a run and what it knew of everybody: five statements.

    Raises
    ------
    NotFound
        When the run has no placements: it is not done, or came to nothing.
    """
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    if run.state not in EDITABLE | {RunState.SUPERSEDED}:
        raise NotFound("There is nothing at this address.")
    body = session.exec(select(Snapshot.body).where(Snapshot.id == run.snapshot_id)).one()
    snapshot = FrozenSnapshot.from_json(body)
    rules = with_standing_pairs(
        session,
        run.cycle_id,
        rules_of(run.rules),
        students=[one.id for one in snapshot.students],
        hosts=[one.id for one in snapshot.hosts],
    )
    placements = placements_of(session, run)
    return Match(
        run,
        Cohort(snapshot, rules),
        placements,
        {one.student_id: one.host_id for one in placements},
    )


def placements_of(session: Session, run: MatchRun) -> tuple[MatchedPlacement, ...]:
    """Return the placements of a run by public ids, in the order of the students' ids."""
    of_student, of_host = aliased(Application), aliased(Application)
    rows = session.exec(
        select(Placement, of_student.public_id, of_host.public_id)
        .join(of_student, col(of_student.student_id) == col(Placement.student_id))
        .join(of_host, col(of_host.host_id) == col(Placement.host_id))
        .where(Placement.run_id == run.id)
        .order_by(col(of_student.public_id))
    )
    return tuple(
        MatchedPlacement(
            student_id=student,
            host_id=host,
            student_nation=one.student_nation,
            host_nation=one.host_nation,
            quality=one.quality,
            review=one.review,
            only_contact_of_pair=one.only_contact_of_pair,
            terms=one.terms,
        )
        for one, student, host in rows
    )


def price(match: Match, edit: Edit) -> "EditPrice":
    """Say what an edit would change; nothing is written."""
    # Loaded here: NumPy is for whoever asks for a price.
    from exchange.formulation.hand import price_edit

    return price_edit(match.cohort, match.placements, edit)


def change_by_hand(
    session: Session,
    actor: Actor,
    run: MatchRun,
    build: Build,
    *,
    reason: str,
    at: datetime,
    accepts_broken: bool = False,
    idempotency_key: str | None = None,
) -> MatchRun:
    """Make the run that an edit of another makes; that other stays as it is.

    Parameters
    ----------
    build : callable
        Makes the edit from the match as it is while nobody else can change it.
    accepts_broken : bool
        Whoever confirmed was shown which limits of the programme break.
    idempotency_key : str, optional
        The same key makes the same run: a form that is sent twice changes once.

    Raises
    ------
    InvalidInput
        When the reason is missing, or a limit would break and nobody said that it may.
    Conflict
        When a rule blocks a pair (no role overrides it; `facts["obstacles"]`), or the run can no
        longer be changed.
    """
    cycle = hold_cycle(session, run.cycle_id)
    require(actor, Permission.START_RUNS, cycle.programme_id)
    known = _by_key(session, run.cycle_id, idempotency_key)
    if known is not None:
        return known
    reason = checked_reason(reason)
    session.refresh(run)
    if run.state not in EDITABLE:
        raise Conflict("This run cannot be changed any more. Go on from a later one.")
    match = read_match(session, actor, run)
    edit = build(match)
    found = price(match, edit)
    if found.obstacles:
        raise Conflict(
            "A rule keeps this pair apart. Nobody can override it.", obstacles=dict(found.obstacles)
        )
    if found.placements == match.placements:
        raise Conflict("This changes nothing.")
    if found.broken and not accepts_broken:
        raise InvalidInput(
            "This breaks a limit of the programme.",
            {"accepts_broken": [Sentence("Say that you want it although a limit breaks")]},
        )
    made = _derive(session, actor, match, edit, found, at=at, key=idempotency_key)
    student, *others = edit.goes
    rows = rows_of(session, run.cycle_id, edit)
    override = add_override(
        session,
        actor,
        cycle=cycle,
        kind=edit.kind,
        student_id=rows[student],
        host_id=rows.get(edit.goes[student] or ""),
        other_student_id=rows[others[0]] if others else None,
        run_id=made.id,
        reason=reason,
        at=at,
    )
    audit_run(
        session, actor, "run:hand", made, at, parent=run.public_id, override=override.public_id
    )
    return made


def _derive(
    session: Session,
    actor: Actor,
    match: Match,
    edit: Edit,
    found: "EditPrice",
    *,
    at: datetime,
    key: str | None,
) -> MatchRun:
    from exchange.formulation.hand import report_by_hand

    parent = match.run
    report = report_by_hand(match.cohort, found, parent.report or {}, version=__version__)
    outcome = RunOutcome(
        state=RunState.READY,
        report=report,
        placements=found.placements,
        unplaced=_unplaced_after(session, match, edit, found),
        contacts=found.met,
    )
    made = MatchRun(
        cycle_id=parent.cycle_id,
        snapshot_id=parent.snapshot_id,
        kind=RunKind.HAND,
        parent_id=parent.id,
        rules=dict(parent.rules),
        rule_version_id=parent.rule_version_id,
        epsilon=parent.epsilon,
        seed=parent.seed,
        time_limit_s=parent.time_limit_s,
        state=RunState.READY,
        progress=1.0,
        started_at=at,
        finished_at=at,
        started_by_id=actor.account_id,
        idempotency_key=key,
        report=report,
        result_digest=result_digest(outcome),
        code_version=__version__,
        created_at=at,
    )
    session.add(made)
    session.flush()
    add_rows(session, made, outcome)
    return made


def _unplaced_after(
    session: Session, match: Match, edit: Edit, found: "EditPrice"
) -> list[Unplaced]:
    placed = {one.student_id for one in found.placements}
    rows = session.exec(
        select(Application.public_id, UnplacedRow.reason, UnplacedRow.detail)
        .join(Application, col(Application.student_id) == col(UnplacedRow.student_id))
        .where(UnplacedRow.run_id == match.run.id)
        .order_by(col(Application.public_id))
    )
    kept = [Unplaced(*row) for row in rows if row[0] not in placed]
    code, text = (
        (TAKEN_OUT, "A person took this student out of the match.")
        if edit.kind is OverrideKind.RELEASE
        else (MADE_ROOM, "A person gave this student's place to another student.")
    )
    lost = [student for student in edit.goes if student in match.host_of and student not in placed]
    return [*kept, *(Unplaced(student, code, text) for student in lost)]


def _by_key(session: Session, cycle_id: int, key: str | None) -> MatchRun | None:
    if key is None:
        return None
    return session.exec(
        select(MatchRun).where(MatchRun.idempotency_key == key, MatchRun.cycle_id == cycle_id)
    ).one_or_none()


def checked_reason(reason: str) -> str:
    """Return a reason without blanks around it.

    Raises
    ------
    InvalidInput
        When there is none, or too much of it.
    """
    reason = reason.strip()
    if not reason or len(reason) > MAX_REASON:
        raise InvalidInput("Say why.", {"reason": [Sentence("Enter the reason")]})
    return reason


def rows_of(session: Session, cycle_id: int, edit: Edit) -> dict[str, int]:
    """Return the row ids of the students and hosts whom an edit names."""
    wanted = {*edit.goes, *(host for host in edit.goes.values() if host is not None)}
    found = session.exec(
        select(Application.public_id, Application.student_id, Application.host_id).where(
            Application.cycle_id == cycle_id, col(Application.public_id).in_(wanted)
        )
    )
    return {public_id: student or host or 0 for public_id, student, host in found}


def undo(session: Session, actor: Actor, run: MatchRun, at: datetime) -> MatchRun:
    """Take a change by hand back: its run ends, and the one before it is the match again.

    Raises
    ------
    Conflict
        When the run was not made by hand, is published, or another was made from it.
    """
    cycle = hold_cycle(session, run.cycle_id)
    require(actor, Permission.START_RUNS, cycle.programme_id)
    session.refresh(run)
    if run.kind is not RunKind.HAND:
        raise Conflict("Only a change by hand can be taken back.")
    later = session.exec(
        select(MatchRun.public_id).where(
            MatchRun.parent_id == run.id, col(MatchRun.state) != RunState.CANCELLED
        )
    ).first()
    if later is not None:
        raise Conflict("Another run was made from this one. Take that one back first.")
    values: dict[str, Any] = {"state": RunState.CANCELLED, "cancel_requested_at": at}
    if not swap_run(session, run, [RunState.READY], **values):
        raise Conflict("Only a change that is not published yet can be taken back.")
    for override in session.exec(select(Override).where(Override.run_id == run.id)):
        override.taken_back_at, override.taken_back_by_id = at, actor.account_id
        session.add(override)
        tell(session, actor, "override:undo", override, cycle.programme_id, at)
    session.flush()
    parent = session.get(MatchRun, run.parent_id or 0)
    assert parent is not None
    return parent


def decide_pair(
    session: Session,
    actor: Actor,
    run: MatchRun,
    kind: OverrideKind,
    *,
    student: str,
    host: str,
    reason: str,
    at: datetime,
) -> Override:
    """Pin or forbid a pair for every later run of the cycle.

    Parameters
    ----------
    student, host : str
        Public ids of applications that the run read.

    Raises
    ------
    Conflict
        When a rule keeps a pair apart that should be pinned, or another decision says the
        opposite.
    """
    cycle = hold_cycle(session, run.cycle_id)
    require(actor, Permission.START_RUNS, cycle.programme_id)
    reason = checked_reason(reason)
    match = read_match(session, actor, run)
    pins, forbids = standing_pairs(session, run.cycle_id)
    if (student, host) in (pins if kind is OverrideKind.PIN else forbids):
        raise Conflict("This pair is decided already.")
    against = match.cohort.rules_against(student, host)
    if "unknown" in against:
        raise NotFound("There is nothing at this address.")
    if kind is OverrideKind.PIN:
        if against:
            raise Conflict(
                "A rule keeps this pair apart. Nobody can override it.",
                obstacles={student: against},
            )
        held = sum(1 for pin in pins if pin[1] == host)
        if held >= match.cohort.hosts[host].capacity:
            raise Conflict("Pins hold every place of this host. Take one of them back first.")
    elif (student, host) in pins:
        raise Conflict("This pair is pinned. Take the pin back first.")
    rows = rows_of(session, run.cycle_id, Edit(kind, {student: host}))
    return add_override(
        session,
        actor,
        cycle=cycle,
        kind=kind,
        student_id=rows[student],
        host_id=rows[host],
        reason=reason,
        at=at,
    )


def ways(match: Match, student: str) -> "Ways":
    """List where else a student could go.

    Raises
    ------
    NotFound
        When the run did not read such a student.
    """
    from exchange.formulation.ways import list_ways

    if student not in match.cohort.students:
        raise NotFound("There is nothing at this address.")
    return list_ways(match.cohort, match.placements, student)
