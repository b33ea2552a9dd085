"""The forms of sign-up that are no step: beginning and declaring."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import TickField
from exchange.web.i18n import lazy_gettext as _l


class BareForm(BaseForm):
    """A button that changes something, with nothing to fill in."""


class DeclarationForm(BaseForm):
    """What one agrees to when signing up; nothing is ticked beforehand."""

    is_true = TickField(
        _l("What I wrote is true, as far as I know."),
        missing=_l("Confirm that what you wrote is true"),
    )
    agrees = TickField(
        _l(
            "I agree that the programme’s staff read my answers and use them to find a match, "
            "and that a host or guest I am placed with is told what is needed to meet."
        ),
        missing=_l("Confirm that your answers may be used to find a match"),
    )
