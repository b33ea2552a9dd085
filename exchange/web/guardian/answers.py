"""What a guardian may read of a young person's application: what the stay is about, no more.

Not the letter to the host, nor the interests, nor anything that was written for the staff alone.
"""

from exchange.domain.attributes import Gender
from exchange.records import Student
from exchange.services.guardians import Guardianship
from exchange.web.i18n import format_day
from exchange.web.i18n import gettext as _
from exchange.web.signup.words import HOUSEHOLD_GENDERS, LIFESTYLES, NEED_WORDS


def name_of(student: Student) -> str:
    """What the young person wants to be called; no family name."""
    return student.preferred_name or student.given_name or ""


def list_answers(mine: Guardianship) -> list[tuple[str, list[str]]]:
    """(question, lines of the answer) about the stay; what was not answered is left out."""
    student, cycle = mine.student, mine.cycle
    lifestyle = [] if student.lifestyle is None else [str(LIFESTYLES[student.lifestyle])]
    found = [
        (_("First day of the stay"), [format_day(student.arrive_on or cycle.stay_from_on)]),
        (_("Last day of the stay"), [format_day(student.depart_on or cycle.stay_to_on)]),
        (_("Needs in a home"), [str(NEED_WORDS[one]) for one in student.needs]),
        (_("Would like"), [str(NEED_WORDS[one]) for one in student.wishes]),
        (_("Would like a home that is"), lifestyle),
        (_("Only homes of"), [str(HOUSEHOLD_GENDERS[Gender(one)]) for one in student.host_gender]),
        (_("Whom to call in an emergency"), (student.emergency_contact or "").splitlines()),
    ]
    return [(question, lines) for question, lines in found if lines]
