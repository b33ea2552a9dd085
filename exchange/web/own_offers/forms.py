"""The form with which a party answers an offer."""

from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.fields import LongTextField
from exchange.web.i18n import lazy_gettext as _l


class OfferForm(BaseForm):
    """Yes or no; and why not, for whoever wants to say."""

    answer = OneOfField(
        _l("Does this suit you?"),
        missing=_l("Say whether it suits you"),
        choices=choices_of([("yes", _l("Yes, I accept")), ("no", _l("No, thank you"))]),
    )
    reason = LongTextField(
        _l("If not, would you like to say why?"),
        max_length=1000,
        description=_l("Only the programme’s staff read it. The other side never does."),
    )
