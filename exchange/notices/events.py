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
    ACCOUNT = "account"
    """Whoever signs in; about nothing but that."""


_OF_GUARDIANS = frozenset(
    {
        Template.GUARDIAN_ASKED,
        Template.GUARDIAN_ASKED_AGAIN,
        Template.OFFER_TO_GUARDIAN,
        Template.NEWS_TO_GUARDIAN,
        Template.REMIND_GUARDIAN,
        Template.REMIND_OFFER_GUARDIAN,
        Template.ANNOUNCEMENT_TO_GUARDIAN,
    }
)
_OF_STAFF = frozenset(
    {
        Template.GUARDIAN_WITHDREW,
        Template.HOUSEHOLD_CHANGED,
        Template.PLACEMENTS_FOUND,
        Template.PUBLICATION_PROPOSED,
        Template.REMIND_STAFF_WAITING,
        Template.REMIND_STAFF_HOLDS,
    }
)
_OF_ACCOUNTS = frozenset({Template.PASSWORD_LINK, Template.EMAIL_LINK, Template.SIGN_IN_CHANGED})
_FIXED = _OF_ACCOUNTS | {
    Template.DRAFT_REMINDER,
    Template.ANNOUNCEMENT,
    Template.ANNOUNCEMENT_TO_GUARDIAN,
}
"""Of several programmes at once, or a promise of ours: when everything that was typed is deleted.
The words of an announcement are written with it."""
_OF_NO_CYCLE = frozenset({Template.PUBLICATION_PROPOSED})

EDITABLE = tuple(one for one in Template if one not in _FIXED)
"""The mails that a programme may word, in the order of a season."""

OWN_LINK = frozenset({Template.ANNOUNCEMENT, Template.ANNOUNCEMENT_TO_GUARDIAN})
"""Mails whose link is the same for everybody."""


def audience_of(template: Template) -> Audience:
    """Return to whom a mail goes."""
    if template in _OF_GUARDIANS:
        return Audience.GUARDIAN
    if template in _OF_STAFF:
        return Audience.STAFF
    return Audience.ACCOUNT if template in _OF_ACCOUNTS else Audience.APPLICANT


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
