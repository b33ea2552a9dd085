"""Words about the people of a household."""

from exchange.records import Cycle, HouseholdEvent, HouseholdMember
from exchange.web.i18n import format_day, joined
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.signup.households import grows_up_words
from exchange.web.signup.words import GENDERS

CHANGES = {
    HouseholdEvent.ADDED: _l("Added by staff"),
    HouseholdEvent.ANNOUNCED: _l("Announced by the host"),
    HouseholdEvent.CORRECTED: _l("Put right by staff"),
    HouseholdEvent.MOVED_OUT: _l("Moved out"),
}


def line_of(member: HouseholdMember, cycle: Cycle) -> str:
    """Such as: mother, female, born 5 March 1980."""
    return joined(
        part
        for part in (
            member.relation,
            str(GENDERS.get(member.gender, member.gender)) if member.gender else "",
            _("born %(day)s", day=format_day(member.birth_on)),
            grows_up_words(member.birth_on, cycle),
        )
        if part
    )
