"""What an applicant answered, in words for the staff who read it."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange.intake.answers import parse_languages
from exchange.records import Host, HouseholdMember, Student
from exchange.services.applications import ApplicationDetails
from exchange.web.i18n import country_name, format_day, language_name
from exchange.web.i18n import gettext as _
from exchange.web.signup.words import (
    FIELD_WORDS,
    GENDERS,
    HOUSEHOLD_GENDERS,
    INTEREST_WORDS,
    KIND_WORDS,
    LIFESTYLES,
    NEED_WORDS,
    OFFER_WORDS,
)

Answers = list[tuple[str, str]]


def list_answers(details: ApplicationDetails) -> Answers:
    """Return questions and answers; what was not answered is left out."""
    found: Iterable[tuple[str, Any]] = ()
    if details.student is not None:
        found = _of_student(details.student)
    elif details.host is not None:
        found = [*_of_host(details.host), *_of_members(details.members)]
    return [(question, str(answer)) for question, answer in found if answer not in (None, "")]


def _of_student(student: Student) -> list[tuple[str, Any]]:
    return [
        (_("Should be called"), student.preferred_name),
        (_("E-mail address"), student.email),
        (_("Date of birth"), format_day(student.birth_on)),
        (_("Age"), student.age),
        (_("Nationalities"), _joined(country_name(one) for one in student.nationalities)),
        (_("Languages"), _languages(student.languages)),
        (_("Gender"), _word(GENDERS, student.gender)),
        (_("Interests"), _words(INTEREST_WORDS, student.interests)),
        (_("Field of study"), _word(FIELD_WORDS, student.field)),
        (_("Home town"), student.home_city),
        (_("School"), student.school),
        (_("Arrives"), format_day(student.arrive_on)),
        (_("Leaves"), format_day(student.depart_on)),
        (_("Needs"), _words(NEED_WORDS, student.needs)),
        (_("Wishes"), _words(NEED_WORDS, student.wishes)),
        (_("Can live with"), _words(KIND_WORDS, student.open_to or ())),
        (_("Would like to go to"), _joined(country_name(one) for one in student.ranked_nations)),
        (_("Would like a home that is"), _word(LIFESTYLES, student.lifestyle)),
        (_("Only homes of"), _words(HOUSEHOLD_GENDERS, student.host_gender)),
        (_("Guardian"), student.guardian_name),
        (_("Guardian’s e-mail address"), student.guardian_email),
        (_("Emergency contact"), student.emergency_contact),
        (_("Letter"), student.letter),
    ]


def _of_host(host: Host) -> list[tuple[str, Any]]:
    return [
        (_("E-mail address"), host.email),
        (_("Phone number"), host.phone),
        (_("Address"), host.address),
        (_("Town or city"), host.city),
        (_("Nation"), country_name(host.nation)),
        (_("Places"), host.capacity),
        (_("Languages"), _languages(host.languages)),
        (_("First day"), format_day(host.available_from)),
        (_("Last day"), format_day(host.available_to)),
        (_("The home"), _words(OFFER_WORDS, host.offers)),
        (_("How it feels"), _word(LIFESTYLES, host.lifestyle)),
        (_("Interests"), _words(INTEREST_WORDS, host.interests)),
        (_("Welcomes"), _words(HOUSEHOLD_GENDERS, host.genders_accepted)),
        (_("Youngest guest"), host.min_age),
        (_("Oldest guest"), host.max_age),
        (_("Area"), host.group),
        (_("About the home"), host.about),
    ]


def _of_members(members: Iterable[HouseholdMember]) -> list[tuple[str, Any]]:
    return [
        (
            _("Lives there"),
            _joined(
                part
                for part in (
                    one.relation,
                    _word(GENDERS, one.gender),
                    _("born %(day)s", day=format_day(one.birth_on)),
                )
                if part
            ),
        )
        for one in members
    ]


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _word(words: Mapping[Any, Any], code: str | None) -> str:
    return "" if code is None else str(words.get(code, code))


def _words(words: Mapping[Any, Any], codes: Iterable[str]) -> str:
    return _joined(_word(words, code) for code in codes)


def _languages(stored: list[str]) -> str:
    return _joined(
        f"{language_name(skill.tag)} ({_('native') if skill.level == 'native' else skill.level})"
        for skill in parse_languages(stored)
    )
