"""Forms for going on later: where a link goes to, and the code that belongs to it."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import EmailField, TextField
from exchange.web.i18n import lazy_gettext as _l


class LaterForm(BaseForm):
    """Have a link mailed to oneself."""

    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter the e-mail address that the link goes to"),
        description=_l("We send the link there, and one reminder before your answers are deleted."),
        render_kw={"autocomplete": "email"},
    )


class AskForm(BaseForm):
    """Ask for a new link, on a device that does not know the draft."""

    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter the e-mail address to which you had the link sent"),
        render_kw={"autocomplete": "email"},
    )


class CodeForm(BaseForm):
    """Type the code that was shown when the link was asked for."""

    code = TextField(
        _l("Code"),
        missing=_l("Enter the code of six signs"),
        max_length=20,
        description=_l("Six letters and digits, like K3M 92Q. Capitals and spaces do not matter."),
        render_kw={
            "autocomplete": "off",
            "spellcheck": "false",
            "autocapitalize": "characters",
        },
    )
