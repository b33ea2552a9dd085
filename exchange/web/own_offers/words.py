"""How an offer stands, in words for one of its parties; never what the other side said."""

from datetime import datetime

from exchange.domain.offer import Answer, is_overdue
from exchange.domain.placement import PlacementState
from exchange.services.offer_answers import OwnOffer
from exchange.web.i18n import gettext as _


def own_state(mine: OwnOffer, at: datetime) -> tuple[str, str]:
    """Return the words for how an offer stands, and their colour."""
    state = mine.offered.placement.state
    if mine.offered.offer.ended_at is not None:
        if mine.line.answer is Answer.DECLINED:
            return _("You said no"), "quiet"
        return _("Over"), "quiet"
    if state is PlacementState.CONFIRMED:
        return _("Confirmed"), "good"
    if state is PlacementState.ACCEPTED:
        return _("Everybody said yes, an agreement is missing"), "warm"
    if mine.line.answer is Answer.ACCEPTED:
        return _("You said yes"), "good"
    if is_overdue(mine.offered.offer.deadline_at, at):
        return _("The time to answer is over"), "danger"
    return _("Waiting for your answer"), "warm"
