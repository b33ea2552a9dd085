"""The pages of a sign-up and the sections of its task list, in order; the way: `journey`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from exchange.domain.cycle import ApplicationKind
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
        Step("about-you", person.AboutYouForm, section="you"),
        Step("contact", person.ContactForm, section="you"),
        Step("birth-date", person.BirthDateForm, section="you"),
        Step("nationality", person.NationalitiesForm, section="you"),
        Step("home-school", person.HomeSchoolForm, section="you"),
        Step("languages", student.LanguagesForm, section="talk"),
        Step("interests", student.InterestsForm, section="talk"),
        Step("dates", student.DatesForm, section="stay"),
        Step("needs", student.NeedsForm, section="home"),
        Step("wishes", student.WishesForm, section="home"),
        Step("open-to", student.OpenToForm, section="home"),
        Step("home", student.HomeForm, section="home"),
        Step(
            "nations",
            student.NationsForm,
            lambda journey: journey.weighs_preference(),
            section="home",
        ),
        Step(
            "guardian",
            student.GuardianForm,
            lambda journey: journey.is_of_minor(),
            section="people",
        ),
        Step("emergency", person.EmergencyForm, section="people"),
        Step("letter", student.LetterForm, section="letter"),
        QUESTIONS,
        Step(
            "consents",
            ConsentsForm,
            lambda journey: bool(journey.consent_purposes()),
            section="agree",
        ),
    ),
    ApplicationKind.HOST: (
        Step("about-you", host.ContactForm, section="you"),
        Step(
            "household",
            host.MembersForm,
            lambda journey: journey.is_of_household(),
            section="you",
        ),
        Step(
            "organisation",
            screened.OrganisationForm,
            lambda journey: not journey.is_of_household(),
            section="you",
        ),
        Step("home", host.OffersForm, section="home"),
        Step("places", host.PlacesForm, section="home"),
        Step(
            "rooms",
            screened.RoomsForm,
            lambda journey: journey.is_of_household(),
            section="home",
        ),
        Step("languages", host.HostLanguagesForm, section="talk"),
        Step("interests", host.HostInterestsForm, section="talk"),
        Step("welcome", host.WelcomeForm, section="guest"),
        Step("why", screened.WhyForm, section="guest"),
        Step("about-home", host.AboutForm, section="guest"),
        Step(
            "house-rules",
            screened.HouseRulesForm,
            lambda journey: journey.is_of_household(),
            section="trust",
        ),
        Step(
            "references",
            screened.ReferencesForm,
            lambda journey: journey.is_of_household(),
            section="trust",
        ),
        QUESTIONS,
        Step("consents", ConsentsForm, section="agree"),
    ),
}
"""The pages of each kind, in the order of the sections."""
