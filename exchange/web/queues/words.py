"""Words of lists: why somebody should look, and which comes first."""

from functools import lru_cache

from markupsafe import Markup

from exchange.domain.queues import Attention, Order
from exchange.translations import LANGUAGES
from exchange.web.i18n import country_choices, current_language
from exchange.web.i18n import lazy_gettext as _l

ATTENTION = {
    Attention.UNTOUCHED: _l("Applications that nobody has looked at"),
    Attention.ANSWERED: _l("Applications answered after they were returned"),
    Attention.SECOND_APPROVAL: _l("Applications that lack a second approval"),
    Attention.CHECK_ENDS: _l("Hosts with a check that lapses within 30 days, or has lapsed"),
    Attention.LONG_WAIT: _l("Applications that have waited for more than two weeks"),
}

ORDERS = {
    Order.LATEST: _l("The latest first"),
    Order.OLDEST: _l("The oldest first"),
}


def country_options() -> Markup:
    """Return the options of a list of all nations, in the reader's language and order."""
    return _options(current_language())


@lru_cache(maxsize=len(LANGUAGES))
def _options(_language: str) -> Markup:
    # Hundreds of lines that are the same on every page: they are made once.
    option = Markup('<option value="{}">{}</option>')
    return Markup("\n").join(option.format(code, name) for code, name in country_choices())
