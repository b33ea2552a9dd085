"""The steps of a student's sign-up: one form a page."""

from datetime import date
from typing import Any

from flask import g
from wtforms import FormField

from exchange.domain.ages import YOUNGEST_AGE
from exchange.domain.attributes import LanguageSkill, Level, age_on
from exchange.domain.cycle import MOST_GUARDIANS
from exchange.intake.answers import mailbox_key
from exchange.web.choice_fields import OneOfField, PickField, SomeOfField, choices_of
from exchange.web.fields import DayField, EmailField, LongTextField, RowsField, TextField
from exchange.web.i18n import country_choices
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.row_forms import MOST_LANGUAGES, LanguageRow, filled
from exchange.web.signup.step_form import StepForm
from exchange.web.signup.words import (
    FIELD_WORDS,
    GENDERS,
    HOUSEHOLD_GENDERS,
    INTEREST_WORDS,
    LIFESTYLES,
    NEED_WORDS,
)

MOST_INTERESTS = 10
MAX_LETTER = 3000


class AboutYouForm(StepForm):
    """Name and e-mail address."""

    title = _l("Your name and e-mail address")
    given_name = TextField(
        _l("Given name"),
        missing=_l("Enter your name"),
        description=_l("If you have only one name, write it here and leave the next box empty."),
        render_kw={"autocomplete": "given-name", "spellcheck": "false"},
    )
    family_name = TextField(
        _l("Family name"), render_kw={"autocomplete": "family-name", "spellcheck": "false"}
    )
    preferred_name = TextField(
        _l("What should we call you?"),
        description=_l("Only if it is not your given name."),
        render_kw={"autocomplete": "nickname", "spellcheck": "false"},
    )
    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter your e-mail address"),
        description=_l("We write to you about this application, and about nothing else."),
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
    first = PickField(
        _l("Nationality"),
        missing=_l("Choose your nationality"),
        description=_l("If you have several, choose the one you feel closest to."),
    )
    second = PickField(_l("Second nationality"))
    third = PickField(_l("Third nationality"))
    profile_names = {"nationalities": "first"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(country_choices(), self.first, self.second, self.third)

    def profile_values(self) -> dict[str, Any]:
        """Each nationality once, in order."""
        typed = (self.first.data, self.second.data, self.third.data)
        return {"nationalities": tuple(dict.fromkeys(code for code in typed if code))}


class LanguagesForm(StepForm):
    """Languages and levels; also a host's."""

    title = _l("Languages you speak")
    languages = RowsField(FormField(LanguageRow), _l("Language"), shown_rows=2, most=MOST_LANGUAGES)
    rows = "languages"
    add_words = _l("Add another language")
    intro = _l(
        "You are matched with people you can talk to. List every language in which you can, "
        "starting with the one you speak best."
    )

    def check(self) -> None:
        """At least one language, and none twice."""
        rows = filled(self.languages)
        tags = [row.tag.data for row in rows if row.tag.data]
        if not rows:
            self.languages.entries[0].form.tag.errors = [_("Choose at least one language")]
            self.is_refused = True
        elif len(set(tags)) < len(tags):
            last = next(r for r in reversed(rows) if tags.count(r.tag.data) > 1)
            last.tag.errors = [_("You listed this language twice; keep the better level")]
            self.is_refused = True

    def profile_values(self) -> dict[str, Any]:
        """As the profile has it."""
        return {
            "languages": tuple(
                LanguageSkill(row.tag.data, Level(row.level.data))
                for row in filled(self.languages)
                if row.tag.data and row.level.data
            )
        }


class InterestsForm(StepForm):
    """Interests and field of study; also a host's."""

    title = _l("What interests you")
    interests = SomeOfField(
        _l("Interests"),
        description=_l("Up to 10. They help to find people you have something to share with."),
        choices=choices_of(INTEREST_WORDS.items()),
        most=MOST_INTERESTS,
    )
    field = PickField(
        _l("Field of study or work"),
        choices=choices_of(FIELD_WORDS.items()),
    )


class DatesForm(StepForm):
    """When the student can travel."""

    title = _l("When you can travel")
    arrive_on = DayField(_l("First day of your stay"), missing=_l("Enter the first day"))
    depart_on = DayField(_l("Last day of your stay"), missing=_l("Enter the last day"))

    def bind(self, journey: Any) -> None:
        """The stay lies within the cycle's."""
        self.limit_days(journey.cycle, self.arrive_on, self.depart_on)

    def check(self) -> None:
        """In this order."""
        first, last = self.arrive_on.data, self.depart_on.data
        if first and last and last <= first:
            self.add_fault("depart_on", _("The last day must come after the first day"))


class NeedsForm(StepForm):
    """What a home must have."""

    title = _l("What you need")
    intro = _l(
        "Tick only what you cannot do without. You are never placed in a home that lacks it, "
        "so each tick leaves fewer homes."
    )
    needs = SomeOfField(_l("I need"), choices=choices_of(NEED_WORDS.items()))

    def check(self) -> None:
        """A thing and its opposite."""
        for opposite in ("children", "pets", "smoking"):
            if {opposite, f"no_{opposite}"} <= set(self.needs.data or ()):
                self.add_fault("needs", _("You ticked a thing and its opposite; keep one of them"))
                return


class WishesForm(StepForm):
    """What would be nice."""

    title = _l("What you would like")
    intro = _l("Nice to have. It never stands in the way of a place.")
    wishes = SomeOfField(_l("I would like"), choices=choices_of(NEED_WORDS.items()))


class HomeForm(StepForm):
    """The home that suits."""

    title = _l("The home that suits you")
    lifestyle = OneOfField(
        _l("Which kind of home suits you better?"), choices=choices_of(LIFESTYLES.items())
    )
    host_gender = SomeOfField(
        _l("Must the people you live with be of certain genders?"),
        description=_l("Leave empty if it does not matter. If you tick, nobody else lives there."),
        choices=choices_of(HOUSEHOLD_GENDERS.items()),
    )
    gender = OneOfField(
        _l("Your gender"),
        description=_l("Some homes can welcome only certain guests. It is used for nothing else."),
        choices=choices_of(GENDERS.items()),
    )


class GuardianForm(StepForm):
    """Who has to agree, for a minor."""

    title = _l("Your parent or guardian")
    intro = _l(
        "Because you are under age, a parent or guardian has to agree before anybody reads your "
        "answers. When you have sent them, we write to your parent or guardian."
    )
    guardian_name = TextField(
        _l("Name of your parent or guardian"),
        missing=_l("Enter the name of your parent or guardian"),
    )
    guardian_email = EmailField(
        _l("Their e-mail address"),
        missing=_l("Enter the e-mail address of your parent or guardian"),
        description=_l("Not your own address."),
    )
    second_guardian_name = TextField(
        _l("Name of your second parent or guardian"),
        missing=_l("Enter the name of your second parent or guardian"),
    )
    second_guardian_email = EmailField(
        _l("E-mail address of your second parent or guardian"),
        missing=_l("Enter the e-mail address of your second parent or guardian"),
        description=_l("Not your own address, and not that of the first."),
    )

    def bind(self, journey: Any) -> None:
        """Remember the student's own address; ask for as many guardians as the cycle does."""
        self.own_email = journey.answer("about-you", "email")
        if journey.cycle.guardians_needed < MOST_GUARDIANS:
            del self.second_guardian_name
            del self.second_guardian_email

    def check(self) -> None:
        """A guardian is somebody else."""
        taken = {mailbox_key(self.own_email)} if self.own_email else set()
        for name in ("guardian_email", "second_guardian_email"):
            typed = self[name].data if name in self else None
            if typed and mailbox_key(typed) in taken:
                self.add_fault(name, _("Enter an address of their own, which nobody else has here"))
            elif typed:
                taken.add(mailbox_key(typed))


class LetterForm(StepForm):
    """A few words to the host."""

    title = _l("A letter to your host")
    letter = LongTextField(
        _l("What should your host know about you?"),
        max_length=MAX_LETTER,
        description=_l(
            "Up to 3,000 characters, in any language that you will share. "
            "Leave out addresses and phone numbers. It plays no part in the match."
        ),
    )
