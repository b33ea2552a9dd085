"""The form of a file that is written again and again."""

from typing import Any

from exchange.domain.recipients import Column, Recipient, Schedule, column_kind
from exchange.exports import KINDS
from exchange.exports.files import FORMS
from exchange.exports.hosts import COLUMNS as OF_HOSTS
from exchange.exports.mobilities import COLUMNS as OF_MOBILITIES
from exchange.exports.participants import COLUMNS as OF_STUDENTS
from exchange.exports.rooming import COLUMNS as OF_ROOMS
from exchange.services.export_definitions import LONGEST_NAME, LONGEST_REASON
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, PickField, SomeOfField, choices_of
from exchange.web.desk_words import EXPORTS
from exchange.web.exports.words import FORM_WORDS, RECIPIENTS, SCHEDULES, SPECIAL_WORDS
from exchange.web.fields import LongTextField, TextField
from exchange.web.i18n import lazy_gettext as _l

SPECIAL = tuple(
    dict.fromkeys(
        name
        for name in (*OF_STUDENTS, *OF_HOSTS, *OF_ROOMS, *OF_MOBILITIES)
        if column_kind(name) is Column.SPECIAL and name != "email"
    )
)
"""Columns that leave the office only where they are granted."""


class DefinitionForm(BaseForm):
    """What a file holds, for whom, in which form, how often."""

    name = TextField(_l("Name of this file"), missing=_l("Enter a name"), max_length=LONGEST_NAME)
    kind = PickField(_l("What is in it?"), missing=_l("Choose what is in it"))
    recipient = OneOfField(
        _l("Who gets it?"),
        missing=_l("Choose who gets it"),
        choices=choices_of((one.value, words) for one, words in RECIPIENTS.items()),
        description=_l("Everybody but the office gets only what they need, as said below."),
    )
    party = TextField(
        _l("Whose people?"),
        max_length=100,
        description=_l(
            "For a host: the id of its application. For a partner: its name, as students and "
            "hosts have it."
        ),
    )
    granted = SomeOfField(
        _l("Columns that are left out otherwise"),
        choices=choices_of((one, SPECIAL_WORDS[one]) for one in SPECIAL),
        description=_l("Health, diet, gender and the like. Tick only what this recipient needs."),
    )
    reason = LongTextField(
        _l("Why do they need these columns?"),
        max_length=LONGEST_REASON,
        description=_l("Needed when you tick one. It stays with the file."),
    )
    file_form = OneOfField(
        _l("Form"),
        missing=_l("Choose a form"),
        choices=choices_of((one, FORM_WORDS[one]) for one in FORMS),
    )
    schedule = OneOfField(
        _l("Write it by itself?"),
        missing=_l("Choose whether it is written by itself"),
        choices=choices_of((one.value, words) for one, words in SCHEDULES.items()),
        description=_l(
            "Into the folder exports/scheduled of the installation, with the rights that you have "
            "on that day."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = choices_of((kind, EXPORTS[kind][0]) for kind in KINDS)
        if self.kind.raw_data:
            self.kind.process_errors = []
            try:
                self.kind.process_formdata(self.kind.raw_data)
            except ValueError as error:
                self.kind.process_errors.append(str(error))


def recipient_of(form: DefinitionForm) -> Recipient:
    """Return who gets the file."""
    return Recipient(form.recipient.data)


def schedule_of(form: DefinitionForm) -> Schedule:
    """Return how often it is written."""
    return Schedule(form.schedule.data)
