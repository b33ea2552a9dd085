"""Letters to the guardians of many: minors who came in by a file were never written about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.roles import Permission
from exchange.errors import Conflict
from exchange.records import Application, Cycle
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.bulk_decisions import MOST
from exchange.services.locks import hold_cycle
from exchange.services.paper_agreements import write_again
from exchange.translations import Sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose guardians were written to, or why not."""

    application: Application
    refusal: Conflict | None = None


def write_to_each(
    session: Session, actor: Actor, cycle: Cycle, chosen: Sequence[str], at: datetime
) -> list[Asked]:
    """Write to the guardians of each application that waits for them, in the order chosen.

    Parameters
    ----------
    chosen : sequence of id
        Ids of other cycles are not there.

    Raises
    ------
    Conflict
        When more than `MOST` are chosen.
    """
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    if len(chosen) > MOST:
        raise Conflict(Sentence("Choose at most %(most)d applications at once.", most=MOST))
    hold_cycle(session, cycle.id)
    query = select(Application).where(
        Application.cycle_id == cycle.id,
        col(Application.public_id).in_(chosen),
        col(Application.erased_at).is_(None),
    )
    found = {one.public_id: one for one in session.exec(query)}
    return [_ask(session, actor, found[one], at) for one in dict.fromkeys(chosen) if one in found]


def _ask(session: Session, actor: Actor, application: Application, at: datetime) -> Asked:
    if application.state is not ApplicationState.WAITING:
        return Asked(application, Conflict("This application does not wait for a guardian."))
    try:
        with session.begin_nested():
            write_again(session, actor, application, at)
    except Conflict as refusal:
        return Asked(application, refusal)
    return Asked(application)
