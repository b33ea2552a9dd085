"""Forms by which staff judge a section, and note a check."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import g

from exchange.domain.screening import OF_A_PERSON, Section, SectionState
from exchange.services import checks
from exchange.services.applications import ApplicationDetails
from exchange.services.checks import LONGEST_ISSUER, LONGEST_REFERENCE
from exchange.services.screening import MAX_REASON
from exchange.services.staff_notes import LONGEST_NOTE
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, PickField, SomeOfField, choices_of
from exchange.web.fields import DayField, LongTextField, TextField, TickField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.screening.words import (
    ASKERS,
    CHANNELS,
    CHECK_KINDS,
    OUTCOMES,
    SECTIONS,
    person_words,
)

_OLDEST = timedelta(days=366 * 20)
_LATEST = timedelta(days=366 * 20)
_LONG_AGO = timedelta(days=366)


class ConfirmForm(BaseForm):
    """A form of one button."""


class SectionForm(BaseForm):
    """What becomes of a section."""

    decision = OneOfField(
        _l("Your decision on this section"),
        missing=_l("Choose a decision"),
        choices=choices_of(
            (
                (SectionState.APPROVED.value, _l("Approve")),
                (SectionState.RETURNED.value, _l("Return: something is missing or wrong")),
            )
        ),
    )
    reason = LongTextField(
        _l("Reason"),
        max_length=MAX_REASON,
        rows=3,
        description=_l(
            "Needed when you return it. The applicant reads it as you write it, so write in a "
            "language that they read."
        ),
    )


class NoteForm(BaseForm):
    """Something for the colleague who covers."""

    text = LongTextField(
        _l("Note"),
        missing=_l("Write the note first"),
        max_length=LONGEST_NOTE,
        description=_l(
            "Only staff read notes here, but whoever the application is about may ask for them."
        ),
    )


class WithdrawalForm(BaseForm):
    """A withdrawal that somebody has asked the office for."""

    asker = OneOfField(
        _l("Who asked for it?"),
        missing=_l("Choose who asked for it"),
        choices=choices_of((one.value, words) for one, words in ASKERS.items()),
    )
    channel = OneOfField(
        _l("How did they ask?"),
        missing=_l("Say how they asked"),
        choices=choices_of((one.value, words) for one, words in CHANNELS.items()),
    )
    asked_on = DayField(
        _l("On which day?"),
        missing=_l("Enter the day on which they asked"),
        bounds=lambda: (g.now.date() - _LONG_AGO, None),
    )
    remark = LongTextField(
        _l("Note for colleagues, if there is something to say"),
        max_length=LONGEST_NOTE,
        rows=3,
        description=_l(
            "Only staff read notes here, but whoever the application is about may ask for them."
        ),
    )
    is_sure = TickField(
        _l("I am sure who asked, and that they want the application withdrawn"),
        missing=_l("Tick this box if you are sure; otherwise ask them first"),
    )


class ApproveForm(BaseForm):
    """Several sections at once."""

    sections = SomeOfField(
        _l("Approve these sections"), missing=_l("Tick the sections that you approve"), choices=[]
    )

    def __init__(self, waiting: Iterable[Section], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sections.choices = choices_of((one.value, SECTIONS[one]) for one in waiting)
        if self.sections.raw_data:
            self.sections.process_errors = []
            try:
                self.sections.process_formdata(self.sections.raw_data)
            except ValueError as error:
                self.sections.process_errors.append(str(error))


class CheckForm(BaseForm):
    """One check. There is no place for what a certificate says: only for how it ended."""

    kind = PickField(_l("What was checked?"), missing=_l("Choose what was checked"))
    person = PickField(
        _l("Which person?"), description=_l("Only for a background check of one person.")
    )
    outcome = OneOfField(
        _l("Outcome"),
        missing=_l("Say how the check ended"),
        choices=choices_of((one.value, words) for one, (words, _colour) in OUTCOMES.items()),
    )
    issuer = TextField(
        _l("Who made the check?"),
        missing=_l("Enter who made the check"),
        max_length=LONGEST_ISSUER,
        description=_l("The authority, organisation or colleague."),
    )
    reference = TextField(
        _l("Number or reference"),
        max_length=LONGEST_REFERENCE,
        description=_l("By which the issuer knows it. Do not enter what the document says."),
    )
    done_on = DayField(
        _l("Day of the check"),
        missing=_l("Enter the day of the check"),
        bounds=lambda: (g.now.date() - _OLDEST, None),
    )
    expires_on = DayField(
        _l("Last day on which it is valid"),
        description=_l("Leave empty if it does not expire."),
        bounds=lambda: (None, g.now.date() + _LATEST),
    )

    def __init__(self, details: ApplicationDetails, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = checks.kinds_for(details)
        self.kind.choices = choices_of((one.value, CHECK_KINDS[one]) for one in kinds)
        people = checks.people_of(details) if OF_A_PERSON & set(kinds) else range(0)
        members = details.members
        self.person.choices = choices_of(
            (str(number), person_words(number, members[number - 1] if members else None))
            for number in people
        )
        for field in (self.kind, self.person):
            if field.raw_data:
                field.process_errors = []
                try:
                    field.process_formdata(field.raw_data)
                except ValueError as error:
                    field.process_errors.append(str(error))

    def begin_with(self, kind: str, person: str) -> None:
        """Choose what the page that led here was about; other words choose nothing."""
        for field, word in ((self.kind, kind), (self.person, person)):
            if any(choice.value == word for choice in field.choices):
                field.data = word

    def validate(self, extra_validators: Any = None) -> bool:
        """Also that the days follow each other."""
        super().validate(extra_validators)
        first, last = self.done_on.data, self.expires_on.data
        if first and last and last < first:
            self.add_fault("expires_on", _("The check cannot expire before it was made"))
        return not self.fault_lines()
