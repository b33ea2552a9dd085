"""Forms of one's own application: a new link, and buttons that change something."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import EmailField, TextField
from exchange.web.i18n import lazy_gettext as _l


class BareForm(BaseForm):
    """A button that changes something, with nothing to fill in."""


class NewLinkForm(BaseForm):
    """Ask for a new link to one's application."""

    reference = TextField(
        _l("Reference"),
        missing=_l("Enter your reference"),
        max_length=40,
        description=_l("It looks like S-7K3M-92QF and stands in the e-mail that you got."),
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    )
    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter the e-mail address that you signed up with"),
        render_kw={"autocomplete": "email"},
    )
