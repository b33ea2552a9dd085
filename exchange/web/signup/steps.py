"""The pages of a sign-up and the sections of its task list, in order; the way: `journey`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exchange.domain.cycle import ApplicationKind
from exchange.domain.screening import Section as Judged
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup import host_forms as host
from exchange.web.signup import person_forms as person
from exchange.web.signup import screening_forms as screened
from exchange.web.signup import student_forms as student
from exchange.web.signup.consent_forms import ConsentsForm
from exchange.web.signup.question_form import QuestionsForm
from exchange.web.signup.step_form import StepForm

if TYPE_CHECKING:
    from exchange.web.signup.journey import Journey


@dataclass(frozen=True)
class Section:
    """Pages that belong together: one line of the task list."""

    slug: str
    title: Any
    hint: Any


@dataclass(frozen=True)
class Step:
    """One page of questions and its place in the address."""

    slug: str
    form: type[StepForm]
    applies: Callable[["Journey"], bool] = lambda journey: True
    section: str = ""
    judged: Judged | None = None
    """With which section of the application staff judge its answers; some are not judged."""


MORE = Section(
    "more", _l("Questions of the programme"), _l("What this programme would like to know")
)
QUESTIONS = Step(
    "questions", QuestionsForm, lambda journey: bool(journey.questions), section="more"
)

SECTIONS: dict[ApplicationKind, tuple[Section, ...]] = {
    ApplicationKind.STUDENT: (
        Section("you", _l("About you"), _l("Name, e-mail address, date of birth, nationality")),
        Section("talk", _l("Languages and interests"), _l("What you speak, and what you enjoy")),
        Section("stay", _l("Your travel dates"), _l("When you can come, and when you go home")),
        Section("home", _l("The home that suits you"), _l("What you need, and whom you like")),
        Section("people", _l("People we can turn to"), _l("Somebody to call in an emergency")),
        Section("letter", _l("A letter to your host"), _l("A few words in your own way")),
        MORE,
        Section("agree", _l("What you agree to"), _l("All of it is up to you")),
    ),
    ApplicationKind.HOST: (
        Section("you", _l("Who you are"), _l("Name, address, who lives in your home")),
        Section("home", _l("Your home"), _l("What it is like, and when you have places")),
        Section("talk", _l("Languages and interests"), _l("What you speak, and what you enjoy")),
        Section("guest", _l("Your guest"), _l("Whom you can welcome, and a few words to them")),
        Section("trust", _l("Trust"), _l("The rules of your home, and two people who know you")),
        MORE,
        Section("agree", _l("What you agree to"), _l("All of it is up to you")),
    ),
}
"""The task list of each kind, in order. A section none of whose steps applies is left out."""

STEPS: dict[ApplicationKind, tuple[Step, ...]] = {
    ApplicationKind.STUDENT: (
        Step("about-you", person.AboutYouForm, section="you", judged=Judged.IDENTITY),
        Step("contact", person.ContactForm, section="you", judged=Judged.IDENTITY),
        Step("birth-date", person.BirthDateForm, section="you", judged=Judged.IDENTITY),
        Step("nationality", person.NationalitiesForm, section="you", judged=Judged.IDENTITY),
        Step("home-school", person.HomeSchoolForm, section="you", judged=Judged.STAY),
        Step("languages", student.LanguagesForm, section="talk", judged=Judged.IDENTITY),
        Step("interests", student.InterestsForm, section="talk", judged=Judged.IDENTITY),
        Step("dates", student.DatesForm, section="stay", judged=Judged.STAY),
        Step("needs", student.NeedsForm, section="home", judged=Judged.NEEDS),
        Step("wishes", student.WishesForm, section="home", judged=Judged.NEEDS),
        Step("open-to", student.OpenToForm, section="home", judged=Judged.NEEDS),
        Step("home", student.HomeForm, section="home", judged=Judged.NEEDS),
        Step(
            "nations",
            student.NationsForm,
            lambda journey: journey.weighs_preference(),
            section="home",
            judged=Judged.NEEDS,
        ),
        Step(
            "guardian",
            student.GuardianForm,
            lambda journey: journey.is_of_minor(),
            section="people",
            judged=Judged.GUARDIAN,
        ),
        Step("emergency", person.EmergencyForm, section="people", judged=Judged.LETTER),
        Step("letter", student.LetterForm, section="letter", judged=Judged.LETTER),
        QUESTIONS,
        Step(
            "consents",
            ConsentsForm,
            lambda journey: bool(journey.consent_purposes()),
            section="agree",
        ),
    ),
    ApplicationKind.HOST: (
        Step("about-you", host.ContactForm, section="you", judged=Judged.CONTACT),
        Step(
            "household",
            host.MembersForm,
            lambda journey: journey.is_of_household(),
            section="you",
            judged=Judged.HOUSEHOLD,
        ),
        Step(
            "organisation",
            screened.OrganisationForm,
            lambda journey: not journey.is_of_household(),
            section="you",
            judged=Judged.ORGANISATION,
        ),
        Step("home", host.OffersForm, section="home", judged=Judged.HOME),
        Step("places", host.PlacesForm, section="home", judged=Judged.PLACES),
        Step(
            "rooms",
            screened.RoomsForm,
            lambda journey: journey.is_of_household(),
            section="home",
            judged=Judged.HOME,
        ),
        Step("languages", host.HostLanguagesForm, section="talk", judged=Judged.WELCOME),
        Step("interests", host.HostInterestsForm, section="talk", judged=Judged.WELCOME),
        Step("welcome", host.WelcomeForm, section="guest", judged=Judged.WELCOME),
        Step("why", screened.WhyForm, section="guest", judged=Judged.HOUSE_RULES),
        Step("about-home", host.AboutForm, section="guest", judged=Judged.HOUSE_RULES),
        Step(
            "house-rules",
            screened.HouseRulesForm,
            lambda journey: journey.is_of_household(),
            section="trust",
            judged=Judged.HOUSE_RULES,
        ),
        Step(
            "references",
            screened.ReferencesForm,
            lambda journey: journey.is_of_household(),
            section="trust",
            judged=Judged.REFERENCES,
        ),
        QUESTIONS,
        Step("consents", ConsentsForm, section="agree"),
    ),
}
"""The pages of each kind, in the order of the sections."""
