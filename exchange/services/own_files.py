"""Files that a sending partner downloads about their own students, whenever they need one.

The columns are those of any file for a sending partner; nothing can be granted besides.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from exchange.domain.recipients import FILES, Recipient
from exchange.domain.roles import Permission
from exchange.errors import NotFound
from exchange.exports import KINDS, Table
from exchange.exports.recipient_view import for_recipient
from exchange.records import Cycle
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.export_rows import Party
from exchange.services.exports import OF_A_CYCLE, export_table, has_published_run
from exchange.services.sight import partner_in


def list_kinds(session: Session, actor: Actor, cycle: Cycle) -> Mapping[str, bool]:
    """Return which files a partner gets, and whether there is something to put into each yet."""
    require(actor, Permission.DOWNLOAD_OWN, cycle.programme_id)
    is_published = has_published_run(session, cycle)
    kinds = [kind for kind in KINDS if kind in FILES[Recipient.SENDING_PARTNER]]
    return {kind: is_published or kind in OF_A_CYCLE for kind in kinds}


def own_table(
    session: Session, actor: Actor, cycle: Cycle, kind: str, *, key: str, at: datetime
) -> Table:
    """Return one file about the students whom the actor's organisation sends.

    Parameters
    ----------
    key : str
        The installation's key, behind ids that lead nowhere.

    Raises
    ------
    NotFound
        When there is no such file, or no match is published that it would be about.
    StepUpNeeded
        When it names people and the actor has not typed a code just now.
    """
    require(actor, Permission.DOWNLOAD_OWN, cycle.programme_id)
    partner = partner_in(actor, cycle.programme_id)
    if partner is None or kind not in FILES[Recipient.SENDING_PARTNER]:
        raise NotFound("There is nothing at this address.")
    party = Party(Recipient.SENDING_PARTNER, partner)
    table = export_table(session, actor, kind, cycle_id=cycle.id, at=at, party=party)
    return for_recipient(
        table,
        party.recipient,
        granted=(),
        purpose=f"own:{cycle.public_id}",
        key=key,
        on=cycle.stay_from_on,
    )
