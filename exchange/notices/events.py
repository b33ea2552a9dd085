"""What each mail is: to whom it goes, whether a programme may word it, and what it may fill in."""

import re
from collections.abc import Mapping
from enum import StrEnum

from exchange.notices.texts import Template, default_text

PLACEHOLDER = re.compile(r"\{([A-Za-z0-9_]{1,30})\}")
LONGEST_SUBJECT = 60
LONGEST_BODY = 4000


class Audience(StrEnum):
    """Whose mailbox a mail goes to."""

    APPLICANT = "applicant"
    GUARDIAN = "guardian"
    STAFF = "staff"
    NOBODY = "nobody"
    """Nobody’s on any page: how somebody signs in, and what only a few of the staff may know of."""


_AUDIENCES: Mapping[Template, Audience] = {
    Template.RECEIVED: Audience.APPLICANT,
    Template.STATUS_LINK: Audience.APPLICANT,
    Template.STATE_CHANGED: Audience.APPLICANT,
    Template.WITHDRAWN_FOR_YOU: Audience.APPLICANT,
    Template.RESULT: Audience.APPLICANT,
    Template.RESUME: Audience.APPLICANT,
    Template.DRAFT_REMINDER: Audience.APPLICANT,
    Template.OFFER: Audience.APPLICANT,
    Template.REMIND_DRAFT: Audience.APPLICANT,
    Template.REMIND_RETURNED: Audience.APPLICANT,
    Template.REMIND_OFFER: Audience.APPLICANT,
    Template.REMIND_CHECK: Audience.APPLICANT,
    Template.REMIND_REFERENCE: Audience.APPLICANT,
    Template.ANNOUNCEMENT: Audience.APPLICANT,
    Template.GUARDIAN_ASKED: Audience.GUARDIAN,
    Template.GUARDIAN_ASKED_AGAIN: Audience.GUARDIAN,
    Template.OFFER_TO_GUARDIAN: Audience.GUARDIAN,
    Template.NEWS_TO_GUARDIAN: Audience.GUARDIAN,
    Template.REMIND_GUARDIAN: Audience.GUARDIAN,
    Template.REMIND_OFFER_GUARDIAN: Audience.GUARDIAN,
    Template.ANNOUNCEMENT_TO_GUARDIAN: Audience.GUARDIAN,
    Template.GUARDIAN_WITHDREW: Audience.STAFF,
    Template.PLACEMENTS_FOUND: Audience.STAFF,
    Template.HOUSEHOLD_CHANGED: Audience.STAFF,
    Template.PUBLICATION_PROPOSED: Audience.STAFF,
    Template.REMIND_STAFF_WAITING: Audience.STAFF,
    Template.REMIND_STAFF_HOLDS: Audience.STAFF,
}
"""A mail that is not listed is shown to nobody and worded by nobody: that is the safe side."""
_FIXED = frozenset(
    {Template.DRAFT_REMINDER, Template.ANNOUNCEMENT, Template.ANNOUNCEMENT_TO_GUARDIAN}
)
"""A promise of ours (when everything that was typed is deleted), and what is written with the
announcement itself."""
_OF_NO_CYCLE = frozenset({Template.PUBLICATION_PROPOSED})

EDITABLE = tuple(one for one in Template if one in _AUDIENCES and one not in _FIXED)
"""The mails that a programme may word, in the order of a season."""


def audience_of(template: str) -> Audience:
    """Return to whom a mail goes."""
    return _AUDIENCES.get(Template(template), Audience.NOBODY)


def templates_for(audience: Audience) -> tuple[Template, ...]:
    """Return the mails that go to an audience."""
    return tuple(one for one in Template if audience_of(one) is audience)


def placeholders_of(template: Template) -> tuple[str, ...]:
    """Return what a text of this mail may fill in: what the default does, and the programme."""
    _subject, body = default_text(template)
    own = [name for name in PLACEHOLDER.findall(body) if name != "message"]
    cycle = () if template in _OF_NO_CYCLE else ("cycle",)
    return tuple(dict.fromkeys([*own, "programme", *cycle, "contact"]))


def required_of(template: Template) -> tuple[str, ...]:
    """Return the placeholders without which the mail would be of no use."""
    return tuple(one for one in placeholders_of(template) if one == "link")


SAMPLE: Mapping[str, str] = {
    "reference": "S-7K3M-92QF",
    "count": "3",
    "token": "kW3f9Zp2-an-invented-link-for-this-preview",
}
"""Of an invented person, for previews."""
