"""Forms about offers and holds, for the staff."""

from collections.abc import Sequence
from typing import Any

from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.fields import LongTextField, TextField, WholeNumberField
from exchange.web.i18n import lazy_gettext as _l

MOST_REASON = 1000


def _reason(label: Any, hint: Any) -> LongTextField:
    return LongTextField(
        label, missing=_l("Say why"), max_length=MOST_REASON, description=hint, rows=3
    )


class ButtonForm(BaseForm):
    """A button, with nothing to fill in."""


class ExtendForm(BaseForm):
    """More time to answer."""

    days = WholeNumberField(
        _l("Days from today"), low=1, high=60, missing=_l("Enter a number of days")
    )
    reason = _reason(_l("Why?"), _l("For your colleagues. Neither side sees it."))


class WithdrawForm(BaseForm):
    """Take an offer back."""

    reason = _reason(
        _l("Why?"),
        _l("For your colleagues. Both sides hear that the offer is over, and not why."),
    )


class RecordForm(BaseForm):
    """What a party has said by telephone or letter."""

    party = OneOfField(_l("Who answered?"), missing=_l("Say who answered"))
    answer = OneOfField(
        _l("What did they say?"),
        missing=_l("Say what they answered"),
        choices=choices_of([("yes", _l("Yes")), ("no", _l("No"))]),
    )
    reason = _reason(
        _l("How do you know?"),
        _l("Such as: by telephone on 3 March, she called from the number we know."),
    )

    def __init__(self, parties: Sequence[tuple[str, Any]], *args: Any, **kwargs: Any) -> None:
        self.parties = choices_of(parties)
        super().__init__(*args, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the parties of this offer before what was typed is read."""
        self.party.choices = self.parties
        super().process(*args, **kwargs)


class TimesForm(BaseForm):
    """How long offers and holds last, and when contact details are shown."""

    offer_days = WholeNumberField(
        _l("Days to answer an offer"), low=1, high=60, missing=_l("Enter a number of days")
    )
    contact_days = WholeNumberField(
        _l("Days before the stay from which those who agreed see how to reach each other"),
        low=0,
        high=120,
        missing=_l("Enter a number of days"),
    )
    hold_hours = WholeNumberField(
        _l("Hours for which a host holds a student"),
        low=1,
        high=720,
        missing=_l("Enter a number of hours"),
    )


class HoldForm(BaseForm):
    """A student whom a host would like to think about."""

    student = TextField(
        _l("Reference of the student"),
        missing=_l("Enter the reference of the student"),
        max_length=40,
        description=_l("Approved, and without an offer."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    host = TextField(
        _l("Reference of the host"),
        missing=_l("Enter the reference of the host"),
        max_length=40,
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
