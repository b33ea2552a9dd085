"""How far somebody is with a place, in plain words."""

from exchange.domain.audiences import Placing
from exchange.web.i18n import lazy_gettext as _l

PLACINGS = {
    Placing.UNPLACED: _l("Approved, and without an offer"),
    Placing.OFFERED: _l("With an offer that is not confirmed yet"),
    Placing.UNANSWERED: _l("With an offer that they have not answered"),
    Placing.PLACED: _l("With a confirmed placement"),
}
