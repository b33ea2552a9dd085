"""The first page of a cycle's desk: what needs somebody today, and what moved lately."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from exchange.domain.cycle import ApplicationKind, RunState
from exchange.domain.queues import Attention
from exchange.domain.roles import Permission
from exchange.records import Application, AuditEvent, Cycle, MatchRun, UnplacedRow
from exchange.records.audit_event import DECISIONS, IS_DECISION
from exchange.records.base import UtcDateTime
from exchange.services import queues
from exchange.services.actor import Actor
from exchange.services.authority import require

PERIOD = timedelta(days=7)
_ANSWERED = (RunState.READY, RunState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Trend:
    """How often something happened in the last seven days, and in the seven before."""

    lately: int
    before: int


@dataclass(frozen=True, slots=True)
class Unplaced:
    """Whom the latest run leaves without a place: how many, by the reason's code."""

    run_id: str
    reasons: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the page shows beside the counts of the cycle."""

    attention: Mapping[Attention, int]
    trends: Mapping[str, Trend]
    """By kind of application what was sent, by decision what was decided."""
    unplaced: Unplaced | None


def desk_of(session: Session, actor: Actor, cycle: Cycle, at: datetime) -> Desk:
    """Return what needs somebody in a cycle today; three statements."""
    require(actor, Permission.SEE_APPLICATIONS, cycle.programme_id)
    return Desk(
        attention=queues.count_attention(session, cycle, at),
        trends=_trends(session, cycle, at),
        unplaced=_unplaced(session, cycle),
    )


def _trends(session: Session, cycle: Cycle, at: datetime) -> dict[str, Trend]:
    """Count what was sent, by kind, and what was decided, by action."""
    compared = {
        "cycle": cycle.id,
        "programme": cycle.programme_id,
        "at": at,
        "lately": at - PERIOD,
        "before": at - 2 * PERIOD,
    }
    counted: Counter[tuple[str, bool]] = Counter()
    for what, is_late, count in session.connection().execute(_counted_lately(), compared):
        counted[what.removeprefix("application:"), bool(is_late)] += count
    return {
        one: Trend(counted[one, True], counted[one, False])
        for one in (*ApplicationKind, *DECISIONS)
    }


@cache
def _counted_lately() -> sa.CompoundSelect[Any]:
    """Build the statement once; only its parameters change between requests."""
    lately, before, until = (
        sa.bindparam(name, type_=UtcDateTime) for name in ("lately", "before", "at")
    )
    sent = [
        # Ranges of an index, counted as they are, need no sorting into groups.
        sa.select(sa.literal(kind.value), sa.literal(is_late), sa.func.count())
        .select_from(Application)
        .where(
            col(Application.cycle_id) == sa.bindparam("cycle"),
            col(Application.erased_at).is_(None),
            col(Application.kind) == kind,
            col(Application.submitted_at) > since,
            col(Application.submitted_at) <= to,
        )
        for kind in ApplicationKind
        for is_late, since, to in ((True, lately, until), (False, before, lately))
    ]
    is_decided_lately = col(AuditEvent.at) > lately
    decided = (
        sa.select(col(AuditEvent.action), is_decided_lately, sa.func.count())
        .join(Application, col(Application.public_id) == col(AuditEvent.subject_id))
        .where(
            col(Application.cycle_id) == sa.bindparam("cycle"),
            col(AuditEvent.programme_id) == sa.bindparam("programme"),
            col(AuditEvent.subject_kind) == "application",
            IS_DECISION,
            col(AuditEvent.at) > before,
            col(AuditEvent.at) <= until,
        )
        .group_by(col(AuditEvent.action), is_decided_lately)
    )
    return sa.union_all(*sent, decided)


def _unplaced(session: Session, cycle: Cycle) -> Unplaced | None:
    found = session.connection().execute(_left_out(), {"cycle": cycle.id}).all()
    if not found:
        return None
    by_code: Counter[str] = Counter()
    for _run, reason, count in found:
        if reason is not None:
            by_code[reason.partition(":")[0]] += count
    return Unplaced(found[0][0], by_code.most_common())


@cache
def _left_out() -> sa.Select[Any]:
    run = (
        sa.select(col(MatchRun.id), col(MatchRun.public_id))
        .where(col(MatchRun.cycle_id) == sa.bindparam("cycle"), col(MatchRun.state).in_(_ANSWERED))
        .order_by(col(MatchRun.state) != RunState.PUBLISHED, col(MatchRun.id).desc())
        .limit(1)
        .subquery()
    )
    return (
        sa.select(run.c.public_id, col(UnplacedRow.reason), sa.func.count())
        .outerjoin_from(run, UnplacedRow, col(UnplacedRow.run_id) == run.c.id)
        .group_by(run.c.public_id, col(UnplacedRow.reason))
    )
