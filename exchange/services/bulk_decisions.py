"""One decision about many applications: each is decided or refused by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.findings import Finding, blockers
from exchange.domain.roles import Permission
from exchange.errors import Conflict, SafetyRefusal
from exchange.records import Application, Cycle
from exchange.services.actor import Actor
from exchange.services.applications import details_of
from exchange.services.authority import require
from exchange.services.clearance import findings_of
from exchange.services.locks import hold_cycle
from exchange.services.screening import checked_reason, decide
from exchange.translations import Sentence

MOST = 200


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one of them: decided, or why not."""

    application: Application
    refusal: SafetyRefusal | Conflict | None = None
    findings: tuple[Finding, ...] = ()
    """What stands in the way, where rules do."""


def decide_each(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    chosen: Sequence[tuple[str, int]],
    *,
    state: ApplicationState,
    at: datetime,
    reason: str | None = None,
) -> list[Decided]:
    """Decide each application as `screening.decide` does, in the order in which they were chosen.

    Parameters
    ----------
    chosen : sequence of (id, version)
        As the list showed them; what has changed since is refused. Ids of other cycles are not
        there.

    Raises
    ------
    InvalidInput
        When they are returned without a reason; then none is decided.
    Conflict
        When more than `MOST` are chosen.
    """
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    if len(chosen) > MOST:
        raise Conflict(Sentence("Choose at most %(most)d applications at once.", most=MOST))
    reason = checked_reason(reason, is_needed=state is ApplicationState.RETURNED)
    hold_cycle(session, cycle.id)
    query = select(Application).where(
        Application.cycle_id == cycle.id,
        col(Application.public_id).in_([public_id for public_id, _version in chosen]),
        col(Application.erased_at).is_(None),
    )
    found = {one.public_id: one for one in session.exec(query)}
    return [
        _decide(session, actor, found[public_id], version, state=state, reason=reason, at=at)
        for public_id, version in dict(chosen).items()
        if public_id in found
    ]


def _decide(
    session: Session,
    actor: Actor,
    application: Application,
    version: int,
    *,
    state: ApplicationState,
    reason: str | None,
    at: datetime,
) -> Decided:
    try:
        with session.begin_nested():
            decide(
                session,
                actor,
                application,
                state=state,
                reason=reason,
                expected_version=version,
                at=at,
            )
    except (SafetyRefusal, Conflict) as refusal:
        if "blockers" not in refusal.facts:
            return Decided(application, refusal)
        details = details_of(session, application)
        return Decided(application, refusal, tuple(blockers(findings_of(session, details, at))))
    return Decided(application)
