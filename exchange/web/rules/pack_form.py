"""The form that chooses a rule pack."""

from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, choices_of
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.rules.forms import reason_field
from exchange.web.screening.words import PACKS


class PackForm(BaseForm):
    """Which rules hosts and students have to fulfil, and why they change."""

    pack = OneOfField(
        _l("Rule pack"),
        missing=_l("Choose a rule pack"),
        choices=choices_of((pack.value, words) for pack, words in PACKS.items()),
        description=_l(
            "It counts from the next match run and the next publication on. Whoever it does not "
            "clear is not matched any more."
        ),
    )
    reason = reason_field()
