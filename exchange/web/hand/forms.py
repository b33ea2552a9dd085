"""Forms of changes by hand: each asks why."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import LongTextField, TickField
from exchange.web.i18n import lazy_gettext as _l


class ReasonForm(BaseForm):
    """Why somebody decides by hand."""

    reason = LongTextField(
        _l("Reason"),
        missing=_l("Enter the reason"),
        max_length=1000,
        rows=3,
        description=_l("Your colleagues read it in the list of decisions by hand."),
    )


class ChangeForm(ReasonForm):
    """Why placements are changed, and whether the pair should last."""

    accepts_broken = TickField(_l("I want it although it breaks a limit of the programme"))
    keep = TickField(_l("Keep this pair in later runs too (a pin)"))
