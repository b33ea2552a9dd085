"""The steps of a host's sign-up: one form a page. Two are asked as of students."""

from typing import Any

from wtforms import FormField

from exchange.domain.ages import ADULT_AGE
from exchange.domain.attributes import age_on
from exchange.records import Cycle
from exchange.web.choice_fields import OneOfField, PickField, SomeOfField, choices_of, offer
from exchange.web.fields import (
    DayField,
    EmailField,
    LongTextField,
    RowsField,
    TextField,
    WholeNumberField,
)
from exchange.web.i18n import country_choices, format_day
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.households import coming_of_age
from exchange.web.signup.row_forms import MOST_MEMBERS, MemberRow, filled
from exchange.web.signup.step_form import StepForm
from exchange.web.signup.student_forms import MAX_LETTER, InterestsForm, LanguagesForm
from exchange.web.signup.words import GENDERS, LIFESTYLES, OFFER_WORDS

KINDS = {
    "household": _l("A household: a family, a couple, flatmates, a person living alone"),
    "institution": _l("An institution: a school, a university, a residence, a workplace"),
}
MOST_PLACES = 500


class ContactForm(StepForm):
    """Who hosts, and whom to write to."""

    title = _l("Who you are")
    kind = OneOfField(
        _l("Who would host?"),
        missing=_l("Say whether you are a household or an institution"),
        choices=choices_of(KINDS.items()),
    )
    name = TextField(
        _l("Your name"),
        missing=_l("Enter your name"),
        description=_l("The person we write to."),
        render_kw={"autocomplete": "name", "spellcheck": "false"},
    )
    email = EmailField(
        _l("E-mail address"),
        missing=_l("Enter your e-mail address"),
        description=_l("We write to you about this application, and about nothing else."),
        render_kw={"autocomplete": "email"},
    )
    phone = TextField(
        _l("Phone number"),
        max_length=40,
        description=_l("With the country code, such as +49 30 901820."),
        render_kw={"autocomplete": "tel", "inputmode": "tel"},
    )
    address = TextField(
        _l("Street and number"),
        max_length=300,
        description=_l("Your guest is told it some days before the stay, and not before."),
        render_kw={"autocomplete": "street-address"},
    )
    city = TextField(
        _l("Town or city"),
        missing=_l("Enter your town or city"),
        render_kw={"autocomplete": "address-level2"},
    )
    nation = PickField(
        _l("Country"),
        missing=_l("Choose your country"),
        description=_l("The country that a guest gets to know in your home."),
        render_kw={"autocomplete": "country"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.nation, country_choices())


class MembersForm(StepForm):
    """Everybody who lives in the home."""

    title = _l("Who lives in your home")
    intro = _l(
        "List everybody who will live there during the stay, yourself included. "
        "Adults are met and checked by the programme before a guest arrives; "
        "children’s ages help to find a guest who fits."
    )
    members = RowsField(FormField(MemberRow), _l("Person"), shown_rows=1, most=MOST_MEMBERS)
    rows = "members"
    add_words = _l("Add another person")
    cycle: Cycle | None = None

    def bind(self, journey: Any) -> None:
        """Ages count during the stay."""
        self.cycle = journey.cycle

    def check(self) -> None:
        """A home has an adult in it."""
        rows = filled(self.members)
        first = self.members.entries[0].form.birth_on
        if not rows:
            first.errors = [_("Enter at least one person, starting with yourself")]
            return
        births = [row.birth_on.data for row in rows if row.birth_on.data]
        if self.cycle is None or len(births) < len(rows):
            return
        if all(age_on(birth, self.cycle.stay_from_on) < ADULT_AGE for birth in births):
            first.errors = [_("At least one adult must live in the home during the stay")]

    def answers(self) -> list[tuple[str, list[str]]]:
        """A line each; who grows up during the stay is told that they are checked like adults."""
        lines = []
        for row in filled(self.members):
            lines.append(row.shown())
            birth = row.birth_on.data
            if birth and self.cycle and (grown := coming_of_age(birth, self.cycle)):
                age, day = grown
                lines.append(
                    _(
                        "Turns %(age)d on %(day)s, during the stay, and is checked like an adult.",
                        age=age,
                        day=format_day(day),
                    )
                )
        return [(str(self.title), lines)]

    def profile_values(self) -> dict[str, Any]:
        """As the profile has it."""
        return {
            "members": tuple(
                {
                    "birth_on": row.birth_on.data,
                    "gender": row.gender.data,
                    "relation": row.relation.data,
                }
                for row in filled(self.members)
            )
        }


class OffersForm(StepForm):
    """What the home is like."""

    title = _l("Your home")
    offers = SomeOfField(
        _l("What is true of your home?"),
        description=_l("Tick everything that applies; it decides which guests can come to you."),
        choices=choices_of(OFFER_WORDS.items()),
    )
    lifestyle = OneOfField(
        _l("How does life at home feel most days?"), choices=choices_of(LIFESTYLES.items())
    )


class PlacesForm(StepForm):
    """How many guests, and when."""

    title = _l("Places and dates")
    capacity = WholeNumberField(
        _l("How many guests could you have at the same time?"),
        low=1,
        high=MOST_PLACES,
        missing=_l("Enter the number of guests"),
    )
    available_from = DayField(
        _l("First day you can have guests"), missing=_l("Enter the first day")
    )
    available_to = DayField(_l("Last day you can have guests"), missing=_l("Enter the last day"))

    def bind(self, journey: Any) -> None:
        """Days within the cycle's stay."""
        self.limit_days(journey.cycle, self.available_from, self.available_to)

    def check(self) -> None:
        """In this order."""
        first, last = self.available_from.data, self.available_to.data
        if first and last and last <= first:
            self.add_fault("available_to", _("The last day must come after the first day"))


class HostLanguagesForm(LanguagesForm):
    """Languages of the household."""

    title = _l("Languages you speak at home")
    intro = _l(
        "You are matched with a guest you can talk to. List every language in which somebody at "
        "home can, starting with the one you speak most."
    )


class HostInterestsForm(InterestsForm):
    """Interests of the household."""

    title = _l("What you enjoy")


class WelcomeForm(StepForm):
    """Whom the host can welcome."""

    title = _l("Whom you can welcome")
    min_age = WholeNumberField(_l("Youngest age"), low=0, high=99)
    max_age = WholeNumberField(_l("Oldest age"), low=0, high=99)
    genders_accepted = SomeOfField(
        _l("Can you welcome only guests of certain genders?"),
        description=_l(
            "Leave empty if it does not matter. You may have to, for example, if a room is shared."
        ),
        choices=choices_of(GENDERS.items()),
    )

    def check(self) -> None:
        """In this order."""
        low, high = self.min_age.data, self.max_age.data
        if low is not None and high is not None and high < low:
            self.add_fault("max_age", _("The oldest age must not be below the youngest age"))


class AboutForm(StepForm):
    """A few words to the guest."""

    title = _l("A few words to your guest")
    about = LongTextField(
        _l("What should a guest know about your home?"),
        max_length=MAX_LETTER,
        description=_l(
            "Up to 3,000 characters, in any language that you will share. "
            "Leave out your street and phone number. It plays no part in the match."
        ),
    )
