"""The scripted applicant: 200 characters a minute, two seconds a choice, three seconds a page.

It walks through the real forms of a student with the visitor of the page tests, so that a page or
a question more makes it slower.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask

from exchange.app import create_app
from tests.bench.signup.site import Answers, new_cycle, settings_of
from tests.web.page import Element
from tests.web.signup.way import STUDENT, begin, fill_in, send_off
from tests.web.visitor import Page, Visitor

CHARACTERS_A_MINUTE = 200
SECONDS_A_CHOICE = 2
SECONDS_A_PAGE = 3
MOST_SECONDS = 6 * 60
MOST_REQUIRED = 25

LETTER = (
    "Hello, I am Anna. I play the violin, I like to cook with my grandmother, and I have never "
    "seen the sea. I would love to learn how you celebrate at home, and to tell you about mine."
)
TYPICAL: dict[str, dict[str, Any]] = {
    **STUDENT,
    "about-you": {"given_name": "Anna Sofie", "family_name": "Lindqvist"},
    "home-school": {"home_city": "Tromsø", "school": "Kongsbakken school"},
    "languages": {
        "languages-0-tag": "nb",
        "languages-0-level": "native",
        "languages-1-tag": "en",
        "languages-1-level": "B2",
    },
    "interests": {"interests": ["music", "cooking", "hiking"]},
    "needs": {"needs": ["diet:vegetarian"]},
    "wishes": {"wishes": ["pets"]},
    "home": {"lifestyle": "quiet", "gender": "female"},
    "emergency": {
        "emergency_name": "Ola Lindqvist",
        "emergency_relation": "father",
        "emergency_phone": "+47 22 00 00 00",
    },
    "letter": {"letter": LETTER},
    "consents": {"photographs": "yes"},
}
MINOR: dict[str, dict[str, Any]] = {
    **TYPICAL,
    "birth-date": {"birth_on-day": "1", "birth_on-month": "2", "birth_on-year": "2010"},
    "guardian": {"guardian_name": "Ola Lindqvist", "guardian_email": "ola@example.org"},
}
APPLICANTS = {
    "required answers, of age": STUDENT,
    "typical answers, of age": TYPICAL,
    "typical answers, a minor": MINOR,
}


@dataclass
class Effort:
    """What somebody does to sign up."""

    pages: int = 0
    characters: int = 0
    choices: int = 0
    questions: int = 0
    sent: Answers = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long that takes the scripted applicant."""
        typing = self.characters / CHARACTERS_A_MINUTE * 60
        return typing + self.choices * SECONDS_A_CHOICE + self.pages * SECONDS_A_PAGE


class Applicant(Visitor):
    """A visitor who notes every page, every character and every choice."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        # An address of its own: only so many people may sign up from one within an hour.
        self.client.environ_base["REMOTE_ADDR"] = f"2001:db8:1::{secrets.token_hex(2)}"
        self.effort = Effort()

    def send(self, changes: dict[str, Any] | None = None, *, follow: bool = True) -> Page:
        """Fill in the form as any visitor, counting what has to be done for it."""
        assert self.page is not None
        form, values = self.page.form(), self.page.values()
        for name, value in (changes or {}).items():
            wanted = value if isinstance(value, list) else [value]
            self._count(form, name, wanted)
            values.setlist(name, wanted)
        # A date is one question with three boxes.
        self.effort.questions += len({_question(name) for name in changes or {}})
        slug = self.page.path.rsplit("/", 1)[1]
        kept = {n: v for n, v in values.lists() if n not in ("csrf_token", "seen")}
        self.effort.sent[slug] = kept
        return super().send(changes, follow=follow)

    def _take(self, response: Any, follow: bool) -> Page:
        page = super()._take(response, follow)
        self.effort.pages += 1
        return page

    def _count(self, form: Element, name: str, wanted: list[str]) -> None:
        boxes = [e for e in form.walk() if e.attrs.get("name") == name]
        assert boxes, f"nothing on this page is called {name}"
        is_choice = boxes[0].tag == "select" or boxes[0].attrs.get("type") in ("radio", "checkbox")
        if is_choice:
            self.effort.choices += len(wanted)
        else:
            self.effort.characters += sum(map(len, wanted))


def walk(app: Flask, cycle: str, answers: Mapping[str, Mapping[str, Any]]) -> Effort:
    """Sign up with these answers, to the reference; a form that refuses one ends the walk."""
    applicant = Applicant(app)
    end = send_off(applicant, fill_in(applicant, begin(applicant, cycle), answers))
    assert end.path.endswith("/reference"), (end.path, end.faults)
    return applicant.effort


def steps_sent(effort: Effort) -> Answers:
    """Of what was sent, the pages of questions."""
    other = ("student", "check", "declaration")
    return {slug: sent for slug, sent in effort.sent.items() if slug not in other}


def measure(urls: dict[str, str]) -> None:
    """Print a line for each kind of applicant."""
    url = urls["SQLite"]
    cycle = new_cycle(url)
    print("An applicant who types 200 characters a minute, 2 s a choice, 3 s a page")
    print(f"{'':26} {'pages':>5} {'answers':>7} {'typed':>6} {'choices':>7} {'time':>7}  target")
    with TemporaryDirectory() as folder:
        app = create_app(settings_of(url, folder, log_level="WARNING"))
        for name, answers in APPLICANTS.items():
            effort = walk(app, cycle, answers)
            minutes, seconds = divmod(round(effort.seconds), 60)
            limits = f"< {MOST_SECONDS // 60}:00" + (
                f", at most {MOST_REQUIRED} answers" if answers is STUDENT else ""
            )
            print(
                f"{name:26} {effort.pages:5} {effort.questions:7} {effort.characters:6}"
                f" {effort.choices:7} {minutes:4}:{seconds:02}  {limits}",
                flush=True,
            )


def _question(name: str) -> str:
    for part in ("-day", "-month", "-year"):
        name = name.removesuffix(part)
    return name
