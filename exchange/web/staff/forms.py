"""Whom to offer a role."""

from exchange.translations import LANGUAGES
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, PickField, choices_of
from exchange.web.fields import EmailField, TextField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.staff.words import WHAT_ROLES_DO


class RoleForm(BaseForm):
    """An address, a role, and the language to write in."""

    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter the e-mail address of the person"),
        render_kw={"autocomplete": "off"},
    )
    role = OneOfField(
        _l("Role"),
        missing=_l("Choose a role"),
        choices=choices_of((role.value, words) for role, words in WHAT_ROLES_DO.items()),
    )
    partner = TextField(
        _l("Organisation of a partner"),
        max_length=100,
        description=_l(
            "Only for a partner: the sending organisation, exactly as students’ profiles name it."
        ),
        render_kw={"autocomplete": "off"},
    )
    language = PickField(
        _l("Language of the invitation"),
        missing=_l("Choose a language"),
        description=_l("Who has an account already is written to in their own."),
        choices=choices_of(LANGUAGES.items()),
    )


class ButtonForm(BaseForm):
    """A form of one button."""
