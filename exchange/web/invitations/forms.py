"""What somebody gives who takes a role for the first time."""

from exchange.web.accounts.forms import LONGEST_PASSWORD, NEW_PASSWORD_HINT, SHORTEST_PASSWORD
from exchange.web.base_form import BaseForm
from exchange.web.fields import NameField, PasswordField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l


class NewColleagueForm(BaseForm):
    """A name and a password of one's own."""

    display_name = NameField(
        _l("Your name"),
        missing=_l("Enter your name"),
        max_length=200,
        description=_l("Colleagues see it beside what you do."),
        render_kw={"autocomplete": "name"},
    )
    password = PasswordField(
        _l("Password"),
        missing=_l("Choose a password"),
        description=NEW_PASSWORD_HINT,
        render_kw={"autocomplete": "new-password"},
    )

    def validate(self, extra_validators: object = None) -> bool:
        """The password has a sensible length; nothing else is asked of it."""
        super().validate()
        typed = self.password.data
        if typed and not SHORTEST_PASSWORD <= len(typed) <= LONGEST_PASSWORD:
            self.add_fault(
                "password",
                _(
                    "Use %(low)d to %(high)d characters",
                    low=SHORTEST_PASSWORD,
                    high=LONGEST_PASSWORD,
                ),
            )
        return not self.fault_lines()
