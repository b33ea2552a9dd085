"""The first page of a cycle's desk: what needs somebody today, and what moved lately."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from exchange.domain.cycle import ApplicationKind, RunState
from exchange.domain.queues import Attention
from exchange.domain.roles import Permission
from exchange.records import Application, AuditEvent, Cycle, MatchRun, UnplacedRow
from exchange.services import queues
from exchange.services.actor import Actor
from exchange.services.authority import require

PERIOD = timedelta(days=7)
DECISIONS = ("approved", "returned", "declined", "withdrawn")
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
    is_sent_lately = col(Application.submitted_at) > at - PERIOD
    sent = (
        sa.select(sa.cast(col(Application.kind), sa.String), is_sent_lately, sa.func.count())
        .where(
            col(Application.cycle_id) == cycle.id,
            col(Application.erased_at).is_(None),
            col(Application.submitted_at) > at - 2 * PERIOD,
            col(Application.submitted_at) <= at,
        )
        .group_by(col(Application.kind), is_sent_lately)
    )
    is_decided_lately = col(AuditEvent.at) > at - PERIOD
    decided = (
        sa.select(col(AuditEvent.action), is_decided_lately, sa.func.count())
        .join(Application, col(Application.public_id) == col(AuditEvent.subject_id))
        .where(
            col(Application.cycle_id) == cycle.id,
            col(AuditEvent.programme_id) == cycle.programme_id,
            col(AuditEvent.subject_kind) == "application",
            col(AuditEvent.action).in_([f"application:{one}" for one in DECISIONS]),
            col(AuditEvent.at) > at - 2 * PERIOD,
            col(AuditEvent.at) <= at,
        )
        .group_by(col(AuditEvent.action), is_decided_lately)
    )
    counted: Counter[tuple[str, bool]] = Counter()
    for what, is_late, count in session.connection().execute(sa.union_all(sent, decided)):
        counted[what.removeprefix("application:"), bool(is_late)] += count
    return {
        one: Trend(counted[one, True], counted[one, False])
        for one in (*ApplicationKind, *DECISIONS)
    }


def _unplaced(session: Session, cycle: Cycle) -> Unplaced | None:
    run = (
        sa.select(col(MatchRun.id), col(MatchRun.public_id))
        .where(col(MatchRun.cycle_id) == cycle.id, col(MatchRun.state).in_(_ANSWERED))
        .order_by(col(MatchRun.state) != RunState.PUBLISHED, col(MatchRun.id).desc())
        .limit(1)
        .subquery()
    )
    found = (
        session.connection()
        .execute(
            sa.select(run.c.public_id, col(UnplacedRow.reason), sa.func.count())
            .outerjoin_from(run, UnplacedRow, col(UnplacedRow.run_id) == run.c.id)
            .group_by(run.c.public_id, col(UnplacedRow.reason))
        )
        .all()
    )
    if not found:
        return None
    by_code: Counter[str] = Counter()
    for _run, reason, count in found:
        if reason is not None:
            by_code[reason.partition(":")[0]] += count
    return Unplaced(found[0][0], by_code.most_common())
