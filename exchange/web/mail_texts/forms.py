"""The form in which a mail is worded."""

from exchange.web.base_form import BaseForm
from exchange.web.fields import LongTextField, TextField
from exchange.web.i18n import lazy_gettext as _l


class AsTypedField(TextField):
    """One line, checked by the service, so that all faults of a mail are told at once."""

    def read(self, typed: str) -> str:
        """Leave it as it was typed."""
        return typed


class AsTypedLongField(LongTextField):
    """Several lines, checked by the service."""

    def read(self, typed: str) -> str:
        """Leave it as it was typed."""
        return typed


class WordsForm(BaseForm):
    """Subject and body of a mail in one language."""

    subject = AsTypedField(
        _l("Subject"),
        missing=_l("Enter a subject"),
        description=_l(
            "Neutral, and the same for everybody: it shows on screens that others can see."
        ),
    )
    body = AsTypedLongField(
        _l("Text"),
        missing=_l("Enter what the mail says"),
        rows=18,
        description=_l("Plain text. Leave an empty line between paragraphs."),
    )


class RestoreForm(BaseForm):
    """A button, with nothing to fill in."""
