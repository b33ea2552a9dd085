"""Forms of the second step: a code, and what is asked before anything about it changes."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import PasswordField, TextField
from exchange.web.i18n import lazy_gettext as _l


class ButtonForm(BaseForm):
    """A button, with nothing to fill in."""


class SetUpForm(BaseForm):
    """One's password, so that a browser left open is not enough."""

    password = PasswordField(
        _l("Password"),
        missing=_l("Enter your password"),
        render_kw={"autocomplete": "current-password"},
    )


class CodeForm(BaseForm):
    """A code of the app, or one of those for when it is lost."""

    code = TextField(
        _l("Code"),
        missing=_l("Enter the code that your app shows"),
        max_length=40,
        description=_l("Six digits, which change every 30 seconds."),
        render_kw={
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "spellcheck": "false",
        },
    )


class AnyCodeForm(CodeForm):
    """The same, where a recovery code does as well."""

    code = TextField(
        _l("Code"),
        missing=_l("Enter the code that your app shows"),
        max_length=40,
        description=_l("Six digits, which change every 30 seconds; or one of your recovery codes."),
        render_kw={
            "autocomplete": "one-time-code",
            "spellcheck": "false",
            "autocapitalize": "none",
        },
    )
