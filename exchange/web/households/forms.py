"""Forms about one person of a household."""

from datetime import date, timedelta

from flask import g

from exchange.intake.profiles import MemberProfile
from exchange.services.households import MAX_REASON
from exchange.web.base_form import BaseForm
from exchange.web.choice_fields import PickField, choices_of
from exchange.web.fields import DayField, LongTextField, TextField
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.words import GENDERS


def _birthdays() -> tuple[date, date]:
    today = g.now.date()
    return date(today.year - 120, 1, 1), today


def _not_long_ago() -> tuple[date, date]:
    today = g.now.date()
    return today - timedelta(days=366 * 5), today


class MemberForm(BaseForm):
    """Somebody who lives in the home, for staff."""

    birth_on = DayField(
        _l("Date of birth"), missing=_l("Enter the date of birth"), bounds=_birthdays
    )
    gender = PickField(_l("Gender"), choices=choices_of(GENDERS.items()))
    relation = TextField(
        _l("Who is it?"),
        max_length=60,
        description=_l("For example: mother, son, flatmate. No name is needed."),
    )
    reason = LongTextField(
        _l("Why is this changed?"),
        missing=_l("Say why, in a few words"),
        max_length=MAX_REASON,
        description=_l("It is kept with the application. The host can ask to read it."),
    )

    def member(self) -> MemberProfile:
        """The person, as a profile has them."""
        return MemberProfile(
            birth_on=self.birth_on.data,
            gender=self.gender.data or None,
            relation=self.relation.data,
        )


class AnnounceForm(MemberForm):
    """Somebody who moves in, told by the host."""

    reason = LongTextField(
        _l("When does this person move in, and why?"),
        missing=_l("Say when this person moves in, and why"),
        max_length=MAX_REASON,
        description=_l("A few words in any language. The programme’s staff read them."),
    )


class MoveOutForm(BaseForm):
    """Somebody who does not live there any more."""

    left_on = DayField(
        _l("Day of moving out"),
        missing=_l("Enter the day of moving out"),
        bounds=_not_long_ago,
        description=_l("Until that day the person is checked like everybody else."),
    )
    reason = LongTextField(
        _l("How do you know?"),
        missing=_l("Say why, in a few words"),
        max_length=MAX_REASON,
        description=_l("It is kept with the application. The host can ask to read it."),
    )
