"""The steps of a student's sign-up that ask who the student is, and who stands behind them."""

from datetime import date
from typing import Any

from flask import g
from wtforms import FormField

from exchange.domain.ages import YOUNGEST_AGE
from exchange.domain.attributes import age_on
from exchange.web.fields import DayField, EmailField, NameField, PhoneField, RowsField, TextField
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.row_forms import MOST_NATIONALITIES, NationalityRow, filled
from exchange.web.signup.step_form import StepForm


class AboutYouForm(StepForm):
    """Names, as the person writes them."""

    title = _l("Your name")
    intro = _l("Write your name as you write it yourself, in any script.")
    given_name = NameField(
        _l("Given name"),
        missing=_l("Enter your name"),
        description=_l(
            "All of them, if you have several. If you have only one name, write it here and leave "
            "the next box empty."
        ),
        render_kw={"autocomplete": "given-name", "spellcheck": "false"},
    )
    family_name = NameField(
        _l("Family name"), render_kw={"autocomplete": "family-name", "spellcheck": "false"}
    )
    preferred_name = NameField(
        _l("What should we call you?"),
        description=_l("Only if it is not your given name."),
        render_kw={"autocomplete": "nickname", "spellcheck": "false"},
    )


class ContactForm(StepForm):
    """How to reach the student."""

    title = _l("Your e-mail address")
    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter your e-mail address"),
        description=_l(
            "We write to you about this application, and about nothing else. "
            "Use an address that only you read."
        ),
        render_kw={"autocomplete": "email"},
    )


def _birthdays() -> tuple[date, date]:
    today = g.now.date()
    return date(today.year - 100, 1, 1), today


class BirthDateForm(StepForm):
    """When the student was born."""

    title = _l("Your date of birth")
    birth_on = DayField(
        _l("Date of birth"),
        missing=_l("Enter your date of birth"),
        description=_l("Such as 27 3 2008. If you are under 18, we ask about a guardian later."),
        bounds=_birthdays,
        is_birthday=True,
    )

    def check(self) -> None:
        """Too young for any programme."""
        if self.birth_on.data and age_on(self.birth_on.data, g.now.date()) < YOUNGEST_AGE:
            self.add_fault(
                "birth_on",
                _(
                    "You need to be %(age)d or older to sign up yourself. "
                    "Please ask a parent or guardian to write to the programme.",
                    age=YOUNGEST_AGE,
                ),
            )


class NationalitiesForm(StepForm):
    """Nationalities, the one that counts first."""

    title = _l("Your nationality")
    intro = _l(
        "The match brings people of different nations together. If you have several "
        "nationalities, start with the one you feel closest to, and add the others: you are not "
        "placed in a country of your own."
    )
    nationalities = RowsField(
        FormField(NationalityRow), _l("Nationality"), shown_rows=1, most=MOST_NATIONALITIES
    )
    rows = "nationalities"
    add_words = _l("Add another nationality")

    def check(self) -> None:
        """At least one."""
        if not filled(self.nationalities):
            self.nationalities.entries[0].form.code.errors = [_("Choose your nationality")]
            self.is_refused = True

    def profile_values(self) -> dict[str, Any]:
        """Each nationality once, in order."""
        codes = (row.code.data for row in filled(self.nationalities))
        return {"nationalities": tuple(dict.fromkeys(code for code in codes if code))}


class HomeSchoolForm(StepForm):
    """Where the student lives and learns."""

    title = _l("Where you live and learn")
    home_city = TextField(
        _l("Town or village you live in"),
        description=_l("So that the programme can plan your journey. No street is needed."),
        render_kw={"autocomplete": "address-level2"},
    )
    school = TextField(
        _l("School, university or workplace"),
        description=_l("The programme may have to agree on your absence with it."),
        render_kw={"autocomplete": "organization"},
    )


class EmergencyForm(StepForm):
    """Whom to call when something has happened."""

    title = _l("Somebody to call in an emergency")
    intro = _l(
        "The programme calls this person only if something has happened to you. "
        "Tell them that you gave their number."
    )
    emergency_name = NameField(_l("Their name"), missing=_l("Enter the name of somebody to call"))
    emergency_relation = TextField(
        _l("Who are they to you?"),
        max_length=60,
        description=_l("For example: mother, uncle, friend."),
    )
    emergency_phone = PhoneField(
        _l("Their phone number"),
        missing=_l("Enter their phone number"),
        description=_l("With the country code, such as +49 30 901820."),
    )
    profile_names = {"emergency_contact": "emergency_name"}

    def profile_values(self) -> dict[str, Any]:
        """A line for each answer."""
        answers = (self.emergency_name, self.emergency_relation, self.emergency_phone)
        lines = [answer.data for answer in answers if answer.data]
        return {"emergency_contact": "\n".join(lines)} if lines else {}
