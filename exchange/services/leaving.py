"""The beginning of a relocation: a student cannot stay with a host, and staff say why.

The pair is forbidden from then on, so that the next re-match finds another home; the reason is
kept with the offer and becomes the relocation's when that match is published.
"""

from datetime import datetime

from sqlmodel import Session

from exchange.domain.hand import OverrideKind
from exchange.domain.placement import RelocationReason
from exchange.domain.roles import Permission
from exchange.errors import Conflict
from exchange.records import Cycle, MatchRun
from exchange.services import hand, offers, rematches
from exchange.services.actor import Actor
from exchange.services.applications import details_of
from exchange.services.authority import require
from exchange.services.contacts import is_live
from exchange.services.impartiality import require_impartial
from exchange.services.offers import Offered


def begin_relocation(
    session: Session,
    actor: Actor,
    one: Offered,
    *,
    reason: RelocationReason,
    words: str,
    at: datetime,
) -> MatchRun:
    """Keep a live pair from every later match, and return the run from which to match again.

    Raises
    ------
    Conflict
        When the placement is not live, or this was begun before.
    SafetyRefusal
        When one of the applications names the actor.
    """
    cycle = session.get_one(Cycle, one.offer.cycle_id)
    require(actor, Permission.START_RUNS, cycle.programme_id)
    for application in (one.student, one.host):
        require_impartial(session, actor, details_of(session, application))
    run = rematches.current_run(session, actor, cycle)
    if run is None or not is_live(one):
        raise Conflict("This placement is not live, so nobody has to leave it.")
    hand.decide_pair(
        session,
        actor,
        run,
        OverrideKind.FORBID,
        student=one.student.public_id,
        host=one.host.public_id,
        reason=words,
        at=at,
    )
    one.offer.leave_reason = reason
    one.offer.version += 1
    session.add(one.offer)
    session.flush()
    offers.audit_offer(session, actor, "offer:leave", one.offer, at, reason=reason.value)
    return run
