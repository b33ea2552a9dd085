"""Forms about cycles and applications."""

from typing import Any

from exchange.domain.cycle import NEXT_APPLICATION_STATES, ApplicationState
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.fields import LongTextField
from exchange.web.i18n import lazy_gettext as _l

_DECISIONS = {
    ApplicationState.SUBMITTED: _l("Look at it again: the applicant has answered"),
    ApplicationState.APPROVED: _l("Approve: the match may use it"),
    ApplicationState.RETURNED: _l("Return: something is missing"),
    ApplicationState.DECLINED: _l("Decline: it ends here"),
}


class ConfirmForm(BaseForm):
    """A form of one button."""


class DecisionForm(BaseForm):
    """What becomes of an application."""

    decision = OneOfField(
        _l("Your decision"),
        missing=_l("Choose a decision"),
        choices=choices_of((one.value, words) for one, words in _DECISIONS.items()),
    )
    reason = LongTextField(
        _l("Reason"),
        max_length=1000,
        rows=3,
        description=_l("Needed when you return it: the applicant reads what you write here."),
    )

    def __init__(self, state: ApplicationState, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        following = NEXT_APPLICATION_STATES[state]
        if state is ApplicationState.WAITING:
            # Only a guardian lets it go on.
            following = following - {ApplicationState.SUBMITTED}
        self.decision.choices = choices_of(
            (one.value, words) for one, words in _DECISIONS.items() if one in following
        )
