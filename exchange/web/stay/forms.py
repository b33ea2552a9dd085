"""Forms of the contact log."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import g

from exchange.domain.contact_schedule import ContactOutcome
from exchange.services.caseloads import Colleague
from exchange.services.contacts import LONGEST_NOTE
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, PickField, choices_of
from exchange.web.fields import DayField, LongTextField
from exchange.web.hand.words import RELOCATION_REASONS
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.stay.words import KINDS, OUTCOMES, SIDES

_EARLIEST = timedelta(days=800)


class _ContactForm(BaseForm):
    """How and when somebody was spoken with, and what came of it."""

    kind = OneOfField(
        _l("How?"),
        missing=_l("Say how you spoke with them"),
        choices=choices_of((one.value, words) for one, words in KINDS.items()),
    )
    on = DayField(
        _l("Day"),
        missing=_l("Enter the day"),
        bounds=lambda: (g.now.date() - _EARLIEST, g.now.date() + timedelta(days=1)),
    )
    outcome = OneOfField(
        _l("What came of it?"),
        missing=_l("Say what came of it"),
        choices=choices_of(
            (one.value, words)
            for one, (words, _colour) in OUTCOMES.items()
            if one is not ContactOutcome.NOT_HELD
        ),
    )
    note = LongTextField(
        _l("Note"),
        max_length=LONGEST_NOTE,
        rows=3,
        description=_l(
            "Staff read it, and so does whoever it is about. What only a safeguarding lead may "
            "know does not belong here."
        ),
    )


class NoteContactForm(_ContactForm):
    """A contact."""

    side = OneOfField(
        _l("With whom?"),
        missing=_l("Say with whom you spoke"),
        choices=choices_of((one.value, words) for one, words in SIDES.items()),
    )


class CorrectContactForm(_ContactForm):
    """The same contact as it really was; or it was none."""

    outcome = OneOfField(
        _l("What came of it?"),
        missing=_l("Say what came of it"),
        choices=choices_of((one.value, words) for one, (words, _colour) in OUTCOMES.items()),
    )


class LeaveForm(BaseForm):
    """Why a student cannot stay with a host."""

    reason = OneOfField(
        _l("Why can the student not stay there?"),
        missing=_l("Choose the reason"),
        choices=choices_of((one.value, words) for one, words in RELOCATION_REASONS.items()),
    )
    words = LongTextField(
        _l("In your words"),
        missing=_l("Enter the reason"),
        max_length=1000,
        rows=4,
        description=_l(
            "Your colleagues read it in the list of decisions by hand. What only a safeguarding "
            "lead may know does not belong here."
        ),
    )


class CaseloadForm(BaseForm):
    """Who looks after a student."""

    account = PickField(_l("Who looks after this student?"), nothing=_l("Nobody in particular"))

    def __init__(self, colleagues: Iterable[Colleague], *args: Any, **kwargs: Any) -> None:
        self.colleagues = choices_of((one.public_id, one.name) for one in colleagues)
        super().__init__(*args, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the staff of the programme before what was chosen is read."""
        self.account.choices, self.account.names_people = self.colleagues, True
        super().process(*args, **kwargs)
