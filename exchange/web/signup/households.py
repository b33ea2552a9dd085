"""What the ages of a household mean for its stay, said to the host and to staff."""

from datetime import date

from exchange.domain.host_rules import birthday
from exchange.domain.rule_packs import RULE_PACKS
from exchange.records import Cycle
from exchange.web.i18n import format_day
from exchange.web.i18n import gettext as _


def coming_of_age(birth_on: date, cycle: Cycle) -> tuple[int, date] | None:
    """Return the age of the checks and the day, if somebody reaches it during the stay."""
    rule = RULE_PACKS[cycle.rule_pack].find("adults_checked")
    if rule is None:
        return None
    age = rule.numbers["age"]
    day = birthday(birth_on, age)
    return (age, day) if cycle.stay_from_on < day <= cycle.stay_to_on else None


def grows_up_words(birth_on: date, cycle: Cycle) -> str:
    """Say to staff that somebody reaches the age of the checks during the stay; else nothing."""
    grown = coming_of_age(birth_on, cycle)
    if grown is None:
        return ""
    age, day = grown
    return _("turns %(age)d on %(day)s, during the stay", age=age, day=format_day(day))
