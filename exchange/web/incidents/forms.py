"""Forms of what safeguarding leads write down and decide."""

from collections.abc import Iterable
from typing import Any

from exchange.domain.incident import IncidentOutcome
from exchange.records import Account
from exchange.services.incident_entries import LONGEST_TEXT
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import OneOfField, PickField, choices_of
from exchange.web.clock_fields import ClockField, WhichMomentField
from exchange.web.fields import DayField, LongTextField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.incidents.words import OUTCOMES


class EntryForm(BaseForm):
    """Something to be added to an incident."""

    text = LongTextField(
        _l("Note"),
        missing=_l("Write the note first"),
        max_length=LONGEST_TEXT,
        rows=4,
        description=_l("It cannot be changed afterwards; add another note instead."),
    )


class NameForm(BaseForm):
    """Somebody of the staff whom an incident concerns."""

    account = PickField(_l("Whom does it concern too?"), missing=_l("Choose somebody of the list"))

    def __init__(self, staff: Iterable[Account], *args: Any, **kwargs: Any) -> None:
        self.people = choices_of((one.public_id, one.display_name) for one in staff)
        super().__init__(*args, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer the staff before what was chosen is read."""
        self.account.choices, self.account.names_people = self.people, True
        super().process(*args, **kwargs)


class DecideForm(BaseForm):
    """What becomes of an incident."""

    outcome = OneOfField(
        _l("What is decided?"),
        missing=_l("Say what is decided"),
        choices=choices_of((one.value, words) for one, words in OUTCOMES.items()),
    )
    told_on = DayField(_l("Day on which the authority was told"))
    told_time = ClockField(
        _l("Time of that day"), description=_l("Such as 14:30, by the clocks of the cycle.")
    )
    told_which = WhichMomentField(
        _l("Which of the two times was it?"), day="told_on", clock="told_time"
    )
    contact = OneOfField(
        _l("How the two sides of the placement reach each other"),
        missing=_l("Say whether it is shown again"),
        choices=choices_of(
            (
                ("hidden", _l("It stays hidden from both")),
                ("shown", _l("It may be shown again")),
            )
        ),
    )
    text = LongTextField(_l("Reasons"), missing=_l("Enter the reasons"), max_length=LONGEST_TEXT)

    def __init__(self, time_zone: str, *args: Any, **kwargs: Any) -> None:
        self.time_zone = time_zone
        super().__init__(*args, **kwargs)

    def zone_of_clocks(self) -> str | None:
        """The zone of the cycle, where the outcome is one that has a moment."""
        has_moment = self.outcome.data == IncidentOutcome.AUTHORITY.value
        return self.time_zone if has_moment else None


class ErasureForm(BaseForm):
    """Whether a person may be erased."""

    answer = OneOfField(
        _l("May everything about them be erased?"),
        missing=_l("Say whether it may be erased"),
        choices=choices_of((("yes", _l("Yes, now")), ("no", _l("No, not yet")))),
    )
    text = LongTextField(_l("Reasons"), missing=_l("Enter the reasons"), max_length=LONGEST_TEXT)
