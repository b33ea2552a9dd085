"""The way through a sign-up: which steps there are, which are done, and the profile they make.

A draft holds what was typed, as it was typed; everything is read and checked anew each time.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict

from exchange.domain.cycle import ApplicationKind
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Cycle, Draft
from exchange.web.i18n import gettext as _
from exchange.web.signup import host_forms as host
from exchange.web.signup import screening_forms as screened
from exchange.web.signup import student_forms as student
from exchange.web.signup.step_form import StepForm


@dataclass(frozen=True)
class Step:
    """One page of questions and its place in the address."""

    slug: str
    form: type[StepForm]
    applies: Callable[["Journey"], bool] = lambda journey: True


STEPS: dict[ApplicationKind, tuple[Step, ...]] = {
    ApplicationKind.STUDENT: (
        Step("about-you", student.AboutYouForm),
        Step("birth-date", student.BirthDateForm),
        Step("nationality", student.NationalitiesForm),
        Step("languages", student.LanguagesForm),
        Step("interests", student.InterestsForm),
        Step("dates", student.DatesForm),
        Step("needs", student.NeedsForm),
        Step("wishes", student.WishesForm),
        Step("home", student.HomeForm),
        Step("guardian", student.GuardianForm, lambda journey: journey.is_of_minor()),
        Step("letter", student.LetterForm),
    ),
    ApplicationKind.HOST: (
        Step("about-you", host.ContactForm),
        Step("household", host.MembersForm, lambda journey: journey.is_of_household()),
        Step(
            "organisation", screened.OrganisationForm, lambda journey: not journey.is_of_household()
        ),
        Step("home", host.OffersForm),
        Step("places", host.PlacesForm),
        Step("rooms", screened.RoomsForm, lambda journey: journey.is_of_household()),
        Step("languages", host.HostLanguagesForm),
        Step("interests", host.HostInterestsForm),
        Step("welcome", host.WelcomeForm),
        Step("references", screened.ReferencesForm, lambda journey: journey.is_of_household()),
        Step("house-rules", screened.HouseRulesForm, lambda journey: journey.is_of_household()),
        Step("why", screened.WhyForm),
        Step("about-home", host.AboutForm),
    ),
}

MODELS: dict[ApplicationKind, type[BaseModel]] = {
    ApplicationKind.STUDENT: StudentProfile,
    ApplicationKind.HOST: HostProfile,
}


class Journey:
    """One draft on its way to an application."""

    def __init__(self, *, cycle: Cycle, draft: Draft, today: date) -> None:
        self.cycle = cycle
        self.draft = draft
        self.kind = ApplicationKind(draft.kind)
        self.today = today
        self._forms: dict[str, StepForm] = {}

    def steps(self) -> tuple[Step, ...]:
        """The steps that apply, by the answers given so far."""
        return tuple(step for step in STEPS[self.kind] if step.applies(self))

    def step(self, slug: str) -> Step | None:
        """The step of that name, if it applies."""
        return next((step for step in self.steps() if step.slug == slug), None)

    def saved(self, slug: str) -> dict[str, list[str]]:
        """What was typed on a step; nothing for a step that was not sent yet."""
        found: dict[str, list[str]] = self.draft.data.get(slug, {})
        return found

    def form(self, step: Step, typed: MultiDict[str, str] | None = None) -> StepForm:
        """The form of a step: with what was sent just now, else with what was saved."""
        if typed is None:
            saved: MultiDict[str, str] = MultiDict(self.saved(step.slug))
            form = step.form(formdata=saved or None)
        else:
            form = step.form(formdata=typed)
        form.bind(self)
        return form

    def checked(self, step: Step) -> StepForm:
        """The form of a step with what was saved, checked; each is checked once."""
        if step.slug not in self._forms:
            saved: MultiDict[str, str] = MultiDict(self.saved(step.slug))
            form = step.form(formdata=saved, meta={"csrf": False})
            form.bind(self)
            self.check(form)
            self._forms[step.slug] = form
        return self._forms[step.slug]

    def check(self, form: StepForm) -> bool:
        """Check a form by itself, and then by the model that every border shares."""
        if form.validate():
            self.attach_faults(form)
        return not form.fault_lines()

    def attach_faults(self, form: StepForm) -> None:
        """Put the faults that the profile finds in this step at its fields."""
        for name, sentence in profile_faults(MODELS[self.kind], form.profile_values()):
            form.add_profile_fault(name, sentence)

    def is_done(self, step: Step) -> bool:
        """Whether a step was sent and is without fault."""
        return step.slug in self.draft.data and not self.checked(step).fault_lines()

    def next_after(self, slug: str) -> Step | None:
        """The next step that is not done; None when all are."""
        steps = self.steps()
        slugs = [step.slug for step in steps]
        place = slugs.index(slug) + 1 if slug in slugs else 0
        return next((s for s in steps[place:] + steps[:place] if not self.is_done(s)), None)

    def forget_checks(self) -> None:
        """Read the draft anew, after it was saved."""
        self._forms = {}

    def values(self) -> dict[str, Any]:
        """The answers of all steps by the names of the profile."""
        values: dict[str, Any] = {}
        for step in self.steps():
            values |= self.checked(step).profile_values()
        return values

    def profile(self) -> BaseModel:
        """The profile; `ValidationError` when something is missing or wrong."""
        return MODELS[self.kind].model_validate(self.values())

    def faults(self) -> list[str]:
        """What the profile refuses although each step by itself is in order."""
        return [sentence for _name, sentence in profile_faults(MODELS[self.kind], self.values())]

    def answer(self, slug: str, name: str) -> Any:
        """What another step has as its answer."""
        step = next(step for step in STEPS[self.kind] if step.slug == slug)
        return self.checked(step)[name].data

    def is_of_minor(self) -> bool:
        """Whether the student is under age today."""
        return student.is_minor(self.answer("birth-date", "birth_on"), self.today)

    def is_of_household(self) -> bool:
        """Whether the host is a household; so it is until it says otherwise."""
        return bool(self.answer("about-you", "kind") != "institution")


def profile_faults(model: type[BaseModel], values: dict[str, Any]) -> list[tuple[str, str]]:
    """(name, sentence) of each fault that the profile finds in answers; absent ones are none."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        return [
            (str(fault["loc"][0]) if fault["loc"] else "", _sentence(fault))
            for fault in error.errors(include_url=False, include_input=False)
            if fault["type"] != "missing"
        ]
    return []


def _sentence(fault: Any) -> str:
    reason = fault.get("ctx", {}).get("error")
    if isinstance(reason, ValueError):
        return str(reason)
    return _("Please check this answer; it cannot be used as it is.")


def digest(values: dict[str, list[str]]) -> str:
    """A short name for what was saved on a step when its page was made; tells two tabs apart."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
