"""Words of lists: why somebody should look, and which comes first."""

from exchange.domain.queues import Attention, Order
from exchange.web.i18n import lazy_gettext as _l

ATTENTION = {
    Attention.UNTOUCHED: _l("Nobody has looked yet"),
    Attention.ANSWERED: _l("Answered after it was returned"),
    Attention.SECOND_APPROVAL: _l("A second approval is missing"),
    Attention.CHECK_ENDS: _l("A check lapses within 30 days, or has lapsed"),
    Attention.LONG_WAIT: _l("Waiting for more than two weeks"),
}

ORDERS = {
    Order.LATEST: _l("The latest first"),
    Order.OLDEST: _l("The oldest first"),
}
