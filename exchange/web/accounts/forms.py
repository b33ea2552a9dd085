"""Forms of signing in and changing the password."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import EmailField, PasswordField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
NEW_PASSWORD_HINT = _l("At least 12 characters. A few words in a row are easy to keep in mind.")


class SignInForm(BaseForm):
    """E-mail address and password."""

    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter your e-mail address"),
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        _l("Password"),
        missing=_l("Enter your password"),
        render_kw={"autocomplete": "current-password"},
    )


class SignInLinkForm(BaseForm):
    """A button, with nothing to fill in."""


class ForgottenForm(BaseForm):
    """The address to which a link goes."""

    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter the e-mail address that you sign in with"),
        render_kw={"autocomplete": "username"},
    )


class NewEmailForm(BaseForm):
    """The address to sign in with from now on."""

    email = EmailField(
        _l("New e-mail address"),
        missing=_l("Enter your new e-mail address"),
        render_kw={"autocomplete": "email"},
    )


class NewPasswordForm(BaseForm):
    """A new password, where the old one is not known any more."""

    new = PasswordField(
        _l("New password"),
        missing=_l("Enter a new password"),
        description=NEW_PASSWORD_HINT,
        render_kw={"autocomplete": "new-password"},
    )

    def validate(self, extra_validators: object = None) -> bool:
        """The new one has a sensible length; nothing else is asked of it."""
        super().validate()
        if self.new.data and not SHORTEST_PASSWORD <= len(self.new.data) <= LONGEST_PASSWORD:
            self.add_fault(
                "new",
                _(
                    "Use %(low)d to %(high)d characters",
                    low=SHORTEST_PASSWORD,
                    high=LONGEST_PASSWORD,
                ),
            )
        return not self.fault_lines()


class PasswordForm(NewPasswordForm):
    """The old password and a new one."""

    current = PasswordField(
        _l("Your password until now"),
        missing=_l("Enter your password until now"),
        render_kw={"autocomplete": "current-password"},
    )
    new = PasswordField(
        _l("New password"),
        missing=_l("Enter a new password"),
        description=NEW_PASSWORD_HINT,
        render_kw={"autocomplete": "new-password"},
    )
