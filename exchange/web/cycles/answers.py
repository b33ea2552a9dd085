"""What an applicant answered, by section, in words for the staff who read it."""

from collections.abc import Iterable, Mapping
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
_Questions = Iterable[tuple[str, Any]]


def answers_by_section(details: ApplicationDetails) -> dict[Section, Answers]:
    """Return questions and answers of each section; what was not answered is left out."""
    if details.student is not None:
        found = _of_student(details.student)
    else:
        assert details.host is not None
        found = _of_host(details.host)
        found[Section.HOUSEHOLD] = [
            *found[Section.HOUSEHOLD],
            *_of_members(details.members, details.cycle),
        ]
    return {
        section: [(question, str(answer)) for question, answer in asked if answer not in (None, "")]
        for section, asked in found.items()
    }


def _of_student(student: Student) -> dict[Section, _Questions]:
    return {
        Section.IDENTITY: [
            (_("Should be called"), student.preferred_name),
            (_("E-mail address"), student.email),
            (_("Date of birth"), format_day(student.birth_on)),
            (_("Age"), student.age),
            (_("Nationalities"), joined(country_name(one) for one in student.nationalities)),
            (_("Languages"), _languages(student.languages)),
            (_("Gender"), _word(GENDERS, student.gender)),
            (_("Interests"), _words(INTEREST_WORDS, student.interests)),
            (_("Field of study"), _word(FIELD_WORDS, student.field)),
        ],
        Section.STAY: [
            (_("Home town"), student.home_city),
            (_("School"), student.school),
            (_("Arrives"), format_day(student.arrive_on)),
            (_("Leaves"), format_day(student.depart_on)),
        ],
        Section.NEEDS: [
            (_("Needs"), _words(NEED_WORDS, student.needs)),
            (_("Wishes"), _words(NEED_WORDS, student.wishes)),
            (_("Would like a home that is"), _word(LIFESTYLES, student.lifestyle)),
            (_("Only homes of"), _words(HOUSEHOLD_GENDERS, student.host_gender)),
            (_("Can live with"), _words(KIND_WORDS, student.open_to or ())),
            (
                _("Would like to go to"),
                joined(country_name(one) for one in student.ranked_nations),
            ),
        ],
        Section.GUARDIAN: [
            (_("Guardian"), student.guardian_name),
            (_("Guardian’s e-mail address"), student.guardian_email),
            (_("Second guardian"), student.second_guardian_name),
            (_("Second guardian’s e-mail address"), student.second_guardian_email),
        ],
        Section.LETTER: [
            (_("Emergency contact"), student.emergency_contact),
            (_("Letter"), student.letter),
        ],
    }


def _of_host(host: Host) -> dict[Section, _Questions]:
    return {
        Section.CONTACT: [
            (_("E-mail address"), host.email),
            (_("Phone number"), host.phone),
            (_("Address"), host.address),
            (_("Town or city"), host.city),
            (_("Nation"), country_name(host.nation)),
            (_("Area"), host.group),
        ],
        Section.HOUSEHOLD: [
            (_("Adults"), host.adults),
            (_("Children"), host.children),
        ],
        Section.ORGANISATION: [
            (_("Answers for the guests"), host.responsible_name),
            (_("Their e-mail address"), host.responsible_email),
            (_("Insurer"), host.insurer),
            (_("Largest group"), host.group_size),
        ],
        Section.HOME: [
            (_("The home"), _words(OFFER_WORDS, host.offers)),
            (_("How it feels"), _word(LIFESTYLES, host.lifestyle)),
            (_("Rooms for guests"), host.guest_rooms),
            (_("Beds for guests"), host.guest_beds),
        ],
        Section.PLACES: [
            (_("Places"), host.capacity),
            (_("First day"), format_day(host.available_from)),
            (_("Last day"), format_day(host.available_to)),
        ],
        Section.WELCOME: [
            (_("Languages"), _languages(host.languages)),
            (_("Interests"), _words(INTEREST_WORDS, host.interests)),
            (_("Welcomes"), _words(HOUSEHOLD_GENDERS, host.genders_accepted)),
            (_("Youngest guest"), host.min_age),
            (_("Oldest guest"), host.max_age),
        ],
        Section.REFERENCES: [
            (
                _("First reference"),
                _reference(
                    host.reference_1_name,
                    host.reference_1_relation,
                    host.reference_1_email,
                    host.reference_1_phone,
                ),
            ),
            (
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
            (_("About the home"), host.about),
            (_("Why they host"), host.motivation),
            (_("House rules"), host.house_rules),
        ],
    }


def _reference(name: str | None, relation: str | None, email: str | None, phone: str | None) -> str:
    words = str(REFERENCE_RELATIONS.get(relation or "", relation or ""))
    return joined(part for part in (name, words, email, phone) if part)


def _of_members(members: Iterable[HouseholdMember], cycle: Cycle) -> _Questions:
    return [
        (
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
