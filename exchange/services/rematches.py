"""Re-matching: which placements cannot stay, a run with few changes, and what it would change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from exchange.domain.cycle import RunState
from exchange.domain.hand import Cohort, moved_between
from exchange.domain.placement import PlacementState
from exchange.domain.rematch import pairs_to_keep, troubles_of
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput
from exchange.records import Application, Cycle, MatchRun, Placement
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require
from exchange.services.hand import placements_of
from exchange.services.overrides import with_standing_pairs
from exchange.services.reciprocity import with_standing_balance
from exchange.services.rule_versions import rules_of
from exchange.services.runs import start_run
from exchange.services.snapshots import freeze
from exchange.translations import Sentence

MOST_CHANGES = 10_000


@dataclass(frozen=True, slots=True)
class State:
    """How the placements of a run stand today.

    Attributes
    ----------
    troubles : mapping of student id to codes
        Placements that cannot stay.
    host_of : mapping of student id to host id
        All placements of the run.
    waiting : tuple of str
        Cleared students without a place in the run.
    standby : mapping of host id to int
        Free places of cleared hosts, once those who cannot stay have left.
    """

    troubles: Mapping[str, tuple[str, ...]]
    host_of: Mapping[str, str]
    waiting: tuple[str, ...]
    standby: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """A student whom two runs place differently, and with which hosts; public ids."""

    student: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a run changes of the one that it was made from."""

    stay: int
    changes: tuple[Change, ...]

    def of_kind(self, *, had: bool, has: bool) -> tuple[Change, ...]:
        """Those who had a place before, or not, and have one now, or not."""
        return tuple(
            one
            for one in self.changes
            if (one.before is not None) is had and (one.after is not None) is has
        )


def current_run(session: Session, actor: Actor, cycle: Cycle) -> MatchRun | None:
    """Return the published run of a cycle."""
    require(actor, Permission.SEE_RUNS, cycle.programme_id)
    return session.exec(
        select(MatchRun).where(MatchRun.cycle_id == cycle.id, MatchRun.state == RunState.PUBLISHED)
    ).one_or_none()


def state_of_run(session: Session, actor: Actor, run: MatchRun, at: datetime) -> State:
    """Hold the placements of a run against everybody as they are now."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    cycle = session.get(Cycle, run.cycle_id)
    assert cycle is not None
    now = freeze(session, cycle, at)
    rules = with_standing_pairs(
        session,
        run.cycle_id,
        with_standing_balance(session, cycle, rules_of(cycle.rules)),
        students=[one.id for one in now.students],
        hosts=[one.id for one in now.hosts],
    )
    cohort = Cohort(now, rules)
    of_student, of_host = aliased(Application), aliased(Application)
    rows = session.exec(
        select(of_student.public_id, of_host.public_id, Placement.state)
        .select_from(Placement)
        .join(of_student, col(of_student.student_id) == col(Placement.student_id))
        .join(of_host, col(of_host.host_id) == col(Placement.host_id))
        .where(Placement.run_id == run.id)
    ).all()
    host_of = {student: host for student, host, _ in rows}
    states = {student: PlacementState(state) for student, _, state in rows}
    troubles = troubles_of(cohort, host_of, states)
    kept = dict(pairs_to_keep(host_of, troubles))
    return State(
        troubles=troubles,
        host_of=host_of,
        waiting=tuple(
            sorted(one.id for one in now.students if one.cleared and one.id not in host_of)
        ),
        standby=cohort.free_places(kept),
    )


def start_rematch(
    session: Session,
    actor: Actor,
    run: MatchRun,
    *,
    at: datetime,
    max_changes: int | None = None,
    holds_waiting: bool = False,
    time_limit_s: float | None = None,
    idempotency_key: str | None = None,
) -> MatchRun:
    """Queue a re-match of a run: everybody who can stay stays, free places are used first.

    Parameters
    ----------
    max_changes : int, optional
        So many may be moved although they could stay, for more diversity; without it, as few as
        can be. Those whose placement cannot stay do not count.
    holds_waiting : bool
        Leave the waiting list as it is: a person chooses by hand who moves up.

    Raises
    ------
    Conflict
        When another run is under way, or this one has no placements.
    """
    require(actor, Permission.START_RUNS, programme_of(session, run.cycle_id))
    if run.state not in (RunState.READY, RunState.PUBLISHED):
        raise Conflict("Only a run that is ready or published can be matched again.")
    if max_changes is not None and not 0 <= max_changes <= MOST_CHANGES:
        raise InvalidInput(
            "Check how many may move.",
            {"max_changes": [Sentence("Use a whole number from 0 to %(most)d", most=MOST_CHANGES)]},
        )
    state = state_of_run(session, actor, run, at)
    return start_run(
        session,
        actor,
        cycle_id=run.cycle_id,
        epsilon=run.epsilon,
        seed=run.seed,
        time_limit_s=time_limit_s,
        idempotency_key=idempotency_key,
        parent=run,
        previous=pairs_to_keep(state.host_of, state.troubles),
        max_changes=max_changes,
        hold_back=state.waiting if holds_waiting else (),
        at=at,
    )


def compare_with_parent(session: Session, actor: Actor, run: MatchRun) -> Difference | None:
    """Say what a run changes of the one that it was made from; None where there is none."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    parent = session.get(MatchRun, run.parent_id or 0)
    if parent is None:
        return None
    before, after = (
        {one.student_id: one.host_id for one in placements_of(session, each)}
        for each in (parent, run)
    )
    changes = tuple(Change(*row) for row in moved_between(before, after))
    return Difference(len(before.keys() | after.keys()) - len(changes), changes)
