"""The form that starts a re-match."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import TickField, WholeNumberField
from exchange.web.i18n import lazy_gettext as _l

MOST_CHANGES = 10_000


class RematchForm(BaseForm):
    """How gentle a re-match should be."""

    max_changes = WholeNumberField(
        _l("How many may move although they could stay?"),
        low=0,
        high=MOST_CHANGES,
        description=_l(
            "Leave it empty, and as few as can be move: an answer comes within seconds. A number "
            "lets so many move for more diversity, which takes longer to find."
        ),
    )
    holds_waiting = TickField(
        _l("Leave the waiting list as it is: I choose by hand who gets a free place")
    )
