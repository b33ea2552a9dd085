"""A guardian's forms: a new link, and the answer."""

from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.consents.forms import ConsentBoxes
from exchange.web.fields import EmailField, TextField
from exchange.web.i18n import lazy_gettext as _l


class BareForm(BaseForm):
    """A button that changes something, with nothing to fill in."""


class NewLinkForm(BaseForm):
    """Ask for a new link."""

    reference = TextField(
        _l("Reference"),
        missing=_l("Enter the reference"),
        max_length=40,
        description=_l("It looks like S-7K3M-92QF and stands in the e-mail that you got."),
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    )
    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter the e-mail address to which we wrote"),
        render_kw={"autocomplete": "email"},
    )


class AnswerForm(ConsentBoxes):
    """Whether the young person may take part; beside it, what nobody has to consent to."""

    answer = OneOfField(
        _l("Do you agree?"),
        missing=_l("Say whether you agree"),
        choices=choices_of([("yes", _l("Yes, I agree")), ("no", _l("No, I do not agree"))]),
    )
