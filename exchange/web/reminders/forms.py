"""Forms of reminders: a rule, and the quiet hours."""

from exchange.domain.reminders import HIGHEST_DAYS
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.fields import WholeNumberField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.reminders.words import CONDITIONS


class RuleForm(BaseForm):
    """When to remind of what; whom, follows from it."""

    condition = OneOfField(
        _l("Remind"),
        missing=_l("Choose of what to remind"),
        choices=choices_of((one.value, words) for one, words in CONDITIONS.items()),
    )
    days = WholeNumberField(
        _l("How many days before or after"),
        low=1,
        high=HIGHEST_DAYS,
        missing=_l("Enter a number of days"),
    )


class QuietForm(BaseForm):
    """The hours at which no reminder goes out."""

    quiet_from = WholeNumberField(
        _l("No reminders from this hour"), low=0, high=23, missing=_l("Enter an hour from 0 to 23")
    )
    quiet_until = WholeNumberField(
        _l("Until this hour"),
        low=0,
        high=23,
        missing=_l("Enter an hour from 0 to 23"),
        description=_l("The same hour twice means that there are no quiet hours."),
    )
