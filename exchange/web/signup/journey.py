"""The way of one draft through the steps: which apply, which are done, the profile they make.

A draft holds what was typed, as it was typed; everything is read and checked anew each time.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import MultiDict

from exchange.domain.ages import consent_age, is_minor
from exchange.domain.attributes import age_on
from exchange.domain.consent import Ages, Giver, Purpose, asked_of
from exchange.domain.cycle import ApplicationKind
from exchange.domain.question import Asked
from exchange.domain.rules import TERM_WEIGHTS
from exchange.domain.screening import Section as Judged
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Cycle, Draft
from exchange.services.drafts import AGAIN
from exchange.web.i18n import gettext as _
from exchange.web.signup.consent_forms import ConsentsForm
from exchange.web.signup.question_form import QuestionsForm
from exchange.web.signup.step_form import StepForm
from exchange.web.signup.steps import QUESTIONS, SECTIONS, STEPS, Section, Step

MODELS: dict[ApplicationKind, type[BaseModel]] = {
    ApplicationKind.STUDENT: StudentProfile,
    ApplicationKind.HOST: HostProfile,
}


CHECK = "check"
"""Under this name the draft keeps which answers the person has looked through; no step has it."""


class Journey:
    """One draft on its way to an application."""

    def __init__(
        self,
        *,
        cycle: Cycle,
        draft: Draft,
        today: date,
        questions: Sequence[Asked] = (),
        closed: Collection[Judged] = (),
    ) -> None:
        self.cycle = cycle
        self.draft = draft
        self.kind = ApplicationKind(draft.kind)
        self.today = today
        self.questions: Sequence[Asked] = questions
        self.closed = closed
        """Sections that stay as they were judged while others are corrected; mostly none."""
        self._forms: dict[str, StepForm] = {}
        self._sound: dict[str, bool] = {}
        self._steps: tuple[Step, ...] | None = None

    def steps(self) -> tuple[Step, ...]:
        """The steps that apply, by the answers given so far."""
        if self._steps is None:
            self._steps = tuple(step for step in STEPS[self.kind] if step.applies(self))
        return self._steps

    def step(self, slug: str) -> Step | None:
        """The step of that name, if it applies."""
        # Whether other steps apply is not asked: that would check answers this page does not need.
        named = (step for step in STEPS[self.kind] if step.slug == slug)
        return next((step for step in named if step.applies(self)), None)

    def saved(self, slug: str) -> dict[str, list[str]]:
        """What was typed on a step; nothing for a step that was not sent yet."""
        found: dict[str, list[str]] = self.draft.data.get(slug, {})
        return found

    def form(self, step: Step, typed: MultiDict[str, str] | None = None) -> StepForm:
        """The form of a step: with what was sent just now, else with what was saved."""
        kind = step.form.for_journey(self)
        if typed is None:
            saved: MultiDict[str, str] = MultiDict(self.saved(step.slug))
            form = kind(formdata=saved or None)
        else:
            form = kind(formdata=typed)
        form.bind(self)
        return form

    def checked(self, step: Step) -> StepForm:
        """The form of a step with what was saved, checked; each is checked once."""
        if step.slug not in self._forms:
            saved: MultiDict[str, str] = MultiDict(self.saved(step.slug))
            form = step.form.for_journey(self)(formdata=saved, meta={"csrf": False})
            form.bind(self)
            self._sound[step.slug] = self.check(form)
            self._forms[step.slug] = form
        return self._forms[step.slug]

    def is_sound(self, step: Step) -> bool:
        """Whether what was saved of a step is without fault."""
        self.checked(step)
        return self._sound[step.slug]

    def check(self, form: StepForm) -> bool:
        """Check a form by itself, and then by the model that every border shares."""
        if form.validate():
            self.attach_faults(form)
        return not form.fault_lines()

    def attach_faults(self, form: StepForm) -> None:
        """Put the faults that the profile finds in this step at its fields."""
        for name, sentence in profile_faults(MODELS[self.kind], form.profile_values()):
            form.add_profile_fault(name, sentence)

    def is_seen(self, step: Step) -> bool:
        """Whether a step was sent, be it only to come back to it later."""
        return step.slug in self.draft.data

    def is_again(self, step: Step) -> bool:
        """Whether a step holds answers of last year that nobody has looked at since."""
        return step.slug in self.saved(AGAIN).get("steps", [])

    def is_done(self, step: Step) -> bool:
        """Whether a step was sent and is without fault."""
        is_answered = self.is_seen(step) and not self.is_again(step)
        return is_answered and self.is_sound(step)

    def sections(self) -> tuple[tuple[Section, tuple[Step, ...]], ...]:
        """The sections in order, each with the steps of it that apply; none is empty."""
        steps = self.steps()
        grouped = (
            (section, tuple(step for step in steps if step.section == section.slug))
            for section in SECTIONS[self.kind]
        )
        return tuple((section, of_it) for section, of_it in grouped if of_it)

    def section_of(self, step: Step) -> tuple[Section, tuple[Step, ...]]:
        """The section that a step belongs to, with its steps."""
        section = next(one for one in SECTIONS[self.kind] if one.slug == step.section)
        of_it = (other for other in STEPS[self.kind] if other.section == section.slug)
        return section, tuple(other for other in of_it if other.applies(self))

    def next_after(self, step: Step) -> Step | None:
        """The next step of the same section that is open; None at its end."""
        _section, steps = self.section_of(step)
        return next(filter(self.is_open, steps[steps.index(step) + 1 :]), None)

    def is_open(self, step: Step) -> bool:
        """Whether a step may be answered: all may, unless only some sections were returned.

        Then also one may that another answer calls for, or makes wrong.
        """
        if not self.closed:
            return True
        is_closed = step.judged is None or step.judged in self.closed
        return not is_closed or not self.is_done(step)

    def first_of(self, judged: Judged) -> Step | None:
        """The first step of a section of the application."""
        return next((step for step in self.steps() if step.judged is judged), None)

    def is_complete(self) -> bool:
        """Whether every step is done and the answers go together."""
        return all(self.is_done(step) for step in self.steps()) and not self.faults()

    def answers_digest(self) -> str:
        """A short name for everything that was typed so far."""
        return digest({slug: kept for slug, kept in self.draft.data.items() if slug != CHECK})

    def is_checked(self) -> bool:
        """Whether the person has said that all answers, as they are now, are right."""
        return bool(self.saved(CHECK).get("answers") == [self.answers_digest()])

    def go_on_with(self, cycle: Cycle, draft: Draft) -> bool:
        """Take over the records of another reading, unless they changed since these checks."""
        is_same = draft.version == self.draft.version and cycle.version == self.cycle.version
        if is_same:
            self.cycle, self.draft = cycle, draft
        return is_same

    def forget_checks(self) -> None:
        """Read the draft anew, after it was saved."""
        self._forms, self._steps = {}, None

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
        born = self.answer("birth-date", "birth_on")
        return is_minor(born, self.today, self.cycle.adult_age)

    def typed_email(self) -> str:
        """The applicant's own address as it was typed, checked or not; empty where it was not."""
        slug = "contact" if self.kind is ApplicationKind.STUDENT else "about-you"
        return next(iter(self.saved(slug).get("email", [])), "")

    def weighs_preference(self) -> bool:
        """Whether the cycle's rules let it count where a student would like to go."""
        weights = self.cycle.rules.get("term_weights") or {}
        return bool(weights.get("preference", TERM_WEIGHTS["preference"]) > 0)

    def consent_purposes(self) -> tuple[Purpose, ...]:
        """What the applicant is asked to consent to; below the age of consent nothing."""
        age, nations = None, ()
        if self.kind is ApplicationKind.STUDENT:
            born = self.answer("birth-date", "birth_on")
            age = None if born is None else age_on(born, self.today)
            nations = self.answers("nationality").get("nationalities", ())
        ages = Ages(age, consent_age=consent_age(nations), adult_age=self.cycle.adult_age)
        return asked_of(Giver.APPLICANT, self.kind, ages=ages)

    def answers(self, slug: str) -> dict[str, Any]:
        """The answers of one step by the names of the profile."""
        step = next(step for step in STEPS[self.kind] if step.slug == slug)
        return self.checked(step).profile_values()

    def consents(self) -> ConsentsForm | None:
        """The step of consents as it was saved; None where it is not asked."""
        step = self.step("consents")
        return None if step is None else cast(ConsentsForm, self.checked(step))

    def question_answers(self) -> dict[str, Any]:
        """What was answered to the questions of the programme, by their codes."""
        if not self.questions:
            return {}
        return cast(QuestionsForm, self.checked(QUESTIONS)).question_answers()

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


def digest(values: Mapping[str, Any]) -> str:
    """A short name for what was saved when a page was made; tells two tabs apart."""
    text = json.dumps(values, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
