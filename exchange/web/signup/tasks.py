"""The task list of a sign-up: what there is to do, how far each part is, and where it goes on."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.journey import Journey
from exchange.web.signup.steps import Step


class TaskState(StrEnum):
    """How far a task is."""

    CANNOT_START = "cannot_start"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    INCOMPLETE = "incomplete"
    """Looked at and left with something missing or wrong."""
    AGAIN = "again"
    """Filled in with the answers of last year, which have to be looked at."""
    DONE = "done"


STATE_WORDS = {
    TaskState.CANNOT_START: _l("Cannot start yet"),
    TaskState.NOT_STARTED: _l("Not started"),
    TaskState.IN_PROGRESS: _l("In progress"),
    TaskState.INCOMPLETE: _l("Something is missing"),
    TaskState.AGAIN: _l("Check this again"),
    TaskState.DONE: _l("Done"),
}


@dataclass(frozen=True)
class Task:
    """One line of the list."""

    slug: str
    title: Any
    hint: Any
    state: TaskState
    endpoint: str
    step: str | None = None
    """The page on which it goes on, for a task that has several."""
    is_open: bool = True
    """Whether it may be worked on: what was not sent back with other parts may not."""

    @property
    def words(self) -> Any:
        """Its state, as people read it."""
        return STATE_WORDS[self.state]

    @property
    def can_start(self) -> bool:
        """Whether there is a page to go to."""
        return self.is_open and self.state is not TaskState.CANNOT_START


def answer_tasks(journey: Journey) -> list[Task]:
    """A task for each section: it leads to the first page that is not done, or to its first."""
    return [
        Task(
            slug=section.slug,
            title=section.title,
            hint=section.hint,
            state=_state(journey, steps),
            endpoint="signup.step",
            step=_goes_on_at(journey, steps).slug,
            is_open=any(journey.is_open(s) for s in steps),
        )
        for section, steps in journey.sections()
    ]


def _goes_on_at(journey: Journey, steps: tuple[Step, ...]) -> Step:
    undone = (step for step in steps if not journey.is_done(step))
    return next(undone, next(filter(journey.is_open, steps), steps[0]))


def sending_tasks(journey: Journey) -> list[Task]:
    """What comes last: to look through all answers, and to send them."""
    is_complete = journey.is_complete()
    is_checked = is_complete and journey.is_checked()
    may_check = TaskState.DONE if is_checked else TaskState.NOT_STARTED
    return [
        Task(
            slug="check",
            title=_l("Check your answers"),
            hint=_l("Everything on one page, each with a link to change it"),
            state=may_check if is_complete else TaskState.CANNOT_START,
            endpoint="signup.check",
        ),
        Task(
            slug="declaration",
            title=_l("Agree and send"),
            hint=_l("The last step"),
            state=TaskState.NOT_STARTED if is_checked else TaskState.CANNOT_START,
            endpoint="signup.declaration",
        ),
    ]


def _state(journey: Journey, steps: tuple[Step, ...]) -> TaskState:
    seen = [step for step in steps if journey.is_seen(step)]
    if not seen:
        return TaskState.NOT_STARTED
    if not all(map(journey.is_sound, seen)):
        return TaskState.INCOMPLETE
    if any(journey.is_again(step) for step in seen):
        return TaskState.AGAIN
    return TaskState.DONE if len(seen) == len(steps) else TaskState.IN_PROGRESS
