"""What an applicant answered, by section, in words for the staff who read it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from exchange.domain.screening import Section
from exchange.intake.answers import parse_languages
from exchange.records import Cycle, Host, HouseholdMember, Student
from exchange.services.applications import ApplicationDetails
from exchange.web.i18n import country_name, format_day, joined, language_name
from exchange.web.i18n import gettext as _
from exchange.web.screening.words import person_words
from exchange.web.signup.households import grows_up_words
from exchange.web.signup.words import (
    FIELD_WORDS,
    GENDERS,
    HOUSEHOLD_GENDERS,
    INTEREST_WORDS,
    KIND_WORDS,
    LIFESTYLES,
    NEED_WORDS,
    OFFER_WORDS,
    REFERENCE_RELATIONS,
)

Answers = list[tuple[str, str]]
_Questions = Iterable[tuple[str, str, Any]]
"""The column by which rules know an answer, the question, and the answer."""


def answers_by_section(details: ApplicationDetails) -> dict[Section, Answers]:
    """Return questions and answers of each section; what was not answered is left out."""
    found = _asked(details)
    if details.host is not None:
        members = _of_members(details.members, details.cycle)
        found[Section.HOUSEHOLD] = [*found[Section.HOUSEHOLD], *members]
    return {
        section: [(question, str(answer)) for _name, question, answer in asked if _is_told(answer)]
        for section, asked in found.items()
    }


def answers_as_read(
    details: ApplicationDetails, may_read: Callable[[str], bool]
) -> dict[Section, list[tuple[str, str | None]]]:
    """Return the same for somebody who may not read all of it: None where they may not.

    That says nothing of whether there is an answer: it stands where nothing was answered too, once
    for what several questions tell of. Who lives in a home is not told at all.
    """
    found: dict[Section, list[tuple[str, str | None]]] = {}
    for section, asked in _asked(details).items():
        hidden: dict[str, str] = {}
        lines = found.setdefault(section, [])
        for name, question, answer in asked:
            if may_read(name):
                lines += [(question, str(answer))] if _is_told(answer) else []
            elif hidden.setdefault(name, question) == question:
                lines.append((question, None))
    return found


def _asked(details: ApplicationDetails) -> dict[Section, _Questions]:
    if details.student is not None:
        return _of_student(details.student)
    assert details.host is not None
    return _of_host(details.host)


def _is_told(answer: Any) -> bool:
    return answer not in (None, "")


def _of_student(student: Student) -> dict[Section, _Questions]:
    return {
        Section.IDENTITY: [
            ("preferred_name", _("Should be called"), student.preferred_name),
            ("student_email", _("E-mail address"), student.email),
            ("birth_date", _("Date of birth"), format_day(student.birth_on)),
            ("birth_date", _("Age"), student.age),
            (
                "nationality",
                _("Nationalities"),
                joined(country_name(one) for one in student.nationalities),
            ),
            ("languages", _("Languages"), _languages(student.languages)),
            ("gender", _("Gender"), _word(GENDERS, student.gender)),
            ("interests", _("Interests"), _words(INTEREST_WORDS, student.interests)),
            ("field", _("Field of study"), _word(FIELD_WORDS, student.field)),
        ],
        Section.STAY: [
            ("home_city", _("Home town"), student.home_city),
            ("school", _("School"), student.school),
            ("arrive_on", _("Arrives"), format_day(student.arrive_on)),
            ("depart_on", _("Leaves"), format_day(student.depart_on)),
        ],
        Section.NEEDS: [
            ("needs", _("Needs"), _words(NEED_WORDS, student.needs)),
            ("wishes", _("Wishes"), _words(NEED_WORDS, student.wishes)),
            ("lifestyle", _("Would like a home that is"), _word(LIFESTYLES, student.lifestyle)),
            ("host_gender", _("Only homes of"), _words(HOUSEHOLD_GENDERS, student.host_gender)),
            ("open_to", _("Can live with"), _words(KIND_WORDS, student.open_to or ())),
            (
                "ranked_nations",
                _("Would like to go to"),
                joined(country_name(one) for one in student.ranked_nations),
            ),
        ],
        Section.GUARDIAN: [
            ("guardian_name", _("Guardian"), student.guardian_name),
            ("guardian_email", _("Guardian’s e-mail address"), student.guardian_email),
            ("second_guardian_name", _("Second guardian"), student.second_guardian_name),
            (
                "second_guardian_email",
                _("Second guardian’s e-mail address"),
                student.second_guardian_email,
            ),
        ],
        Section.LETTER: [
            ("emergency_contact", _("Emergency contact"), student.emergency_contact),
            ("letter", _("Letter"), student.letter),
        ],
    }


def _of_host(host: Host) -> dict[Section, _Questions]:
    return {
        Section.CONTACT: [
            ("host_email", _("E-mail address"), host.email),
            ("phone", _("Phone number"), host.phone),
            ("address", _("Address"), host.address),
            ("city", _("Town or city"), host.city),
            ("nation", _("Nation"), country_name(host.nation)),
            ("group", _("Area"), host.group),
        ],
        Section.HOUSEHOLD: [
            ("household", _("Adults"), host.adults),
            ("household", _("Children"), host.children),
        ],
        Section.ORGANISATION: [
            ("responsible_name", _("Answers for the guests"), host.responsible_name),
            ("responsible_email", _("Their e-mail address"), host.responsible_email),
            ("insurer", _("Insurer"), host.insurer),
            ("group_size", _("Largest group"), host.group_size),
        ],
        Section.HOME: [
            ("offers", _("The home"), _words(OFFER_WORDS, host.offers)),
            ("lifestyle", _("How it feels"), _word(LIFESTYLES, host.lifestyle)),
            ("guest_rooms", _("Rooms for guests"), host.guest_rooms),
            ("guest_beds", _("Beds for guests"), host.guest_beds),
        ],
        Section.PLACES: [
            ("capacity", _("Places"), host.capacity),
            ("available_from", _("First day"), format_day(host.available_from)),
            ("available_to", _("Last day"), format_day(host.available_to)),
        ],
        Section.WELCOME: [
            ("languages", _("Languages"), _languages(host.languages)),
            ("interests", _("Interests"), _words(INTEREST_WORDS, host.interests)),
            ("genders_accepted", _("Welcomes"), _words(HOUSEHOLD_GENDERS, host.genders_accepted)),
            ("min_age", _("Youngest guest"), host.min_age),
            ("max_age", _("Oldest guest"), host.max_age),
        ],
        Section.REFERENCES: [
            (
                "reference_1_name",
                _("First reference"),
                _reference(
                    host.reference_1_name,
                    host.reference_1_relation,
                    host.reference_1_email,
                    host.reference_1_phone,
                ),
            ),
            (
                "reference_2_name",
                _("Second reference"),
                _reference(
                    host.reference_2_name,
                    host.reference_2_relation,
                    host.reference_2_email,
                    host.reference_2_phone,
                ),
            ),
        ],
        Section.HOUSE_RULES: [
            ("about", _("About the home"), host.about),
            ("motivation", _("Why they host"), host.motivation),
            ("house_rules", _("House rules"), host.house_rules),
        ],
    }


def _reference(name: str | None, relation: str | None, email: str | None, phone: str | None) -> str:
    words = str(REFERENCE_RELATIONS.get(relation or "", relation or ""))
    return joined(part for part in (name, words, email, phone) if part)


def _of_members(members: Iterable[HouseholdMember], cycle: Cycle) -> _Questions:
    return [
        (
            "household",
            person_words(number),
            joined(
                part
                for part in (
                    one.relation,
                    _word(GENDERS, one.gender),
                    _("born %(day)s", day=format_day(one.birth_on)),
                    grows_up_words(one.birth_on, cycle),
                )
                if part
            ),
        )
        for number, one in enumerate(members, start=1)
    ]


def _word(words: Mapping[Any, Any], code: str | None) -> str:
    return "" if code is None else str(words.get(code, code))


def _words(words: Mapping[Any, Any], codes: Iterable[str]) -> str:
    return joined(_word(words, code) for code in codes)


def _languages(stored: list[str]) -> str:
    return joined(
        f"{language_name(skill.tag)} ({_('native') if skill.level == 'native' else skill.level})"
        for skill in parse_languages(stored)
    )
