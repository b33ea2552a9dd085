"""Words for sections, checks, and what the rules find."""

from datetime import date

from exchange.domain.findings import Finding
from exchange.domain.rule_packs import Effect, PackName
from exchange.domain.screening import CheckKind, CheckOutcome, Section, SectionState
from exchange.domain.withdrawal import Asker, Channel
from exchange.records import HouseholdMember
from exchange.web.i18n import format_day
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l

SECTIONS = {
    Section.IDENTITY: _l("Name, age and nationality"),
    Section.STAY: _l("Home and dates"),
    Section.NEEDS: _l("Needs and wishes"),
    Section.LETTER: _l("Emergency contact and letter"),
    Section.GUARDIAN: _l("Parent or guardian"),
    Section.CONTACT: _l("Contact"),
    Section.HOUSEHOLD: _l("Household"),
    Section.ORGANISATION: _l("Organisation"),
    Section.HOME: _l("Home"),
    Section.PLACES: _l("Places and dates"),
    Section.WELCOME: _l("Languages, interests and guests"),
    Section.REFERENCES: _l("References"),
    Section.HOUSE_RULES: _l("House rules and reasons to host"),
}
"""Read by applicants too."""

NOT_LOOKED_AT = (_l("Not looked at"), "quiet")
APPROVED_BY_ONE = (_l("Approved by one, a second person is needed"), "warm")
SECTION_STATES = {
    SectionState.OPEN: (_l("To be looked at again"), "accent"),
    SectionState.APPROVED: (_l("Approved"), "good"),
    SectionState.RETURNED: (_l("Returned"), "warm"),
}

CHECK_KINDS = {
    CheckKind.BACKGROUND: _l("Background check of one person"),
    CheckKind.INTERVIEW: _l("Interview in person with everybody who lives there"),
    CheckKind.HOME_VISIT: _l("Visit of the home: own bed, storage, bathroom, desk, fire exit"),
    CheckKind.PHOTOS: _l("Photos of the home, seen"),
    CheckKind.MEANS: _l("The household can afford a guest"),
    CheckKind.REFERENCE_1: _l("First reference"),
    CheckKind.REFERENCE_2: _l("Second reference"),
    CheckKind.INSURANCE: _l("Insurance that covers guests"),
    CheckKind.RESPONSIBLE_PERSON: _l("Person who answers for the guests, met and checked"),
}
OUTCOMES = {
    CheckOutcome.PASS: (_l("Passed"), "good"),
    CheckOutcome.FAIL: (_l("Not passed"), "danger"),
    CheckOutcome.PENDING: (_l("Under way"), "accent"),
}

ASKERS = {
    Asker.APPLICANT: _l("The applicant"),
    Asker.GUARDIAN: _l("A parent or guardian"),
    Asker.SOMEBODY: _l("Somebody else who spoke for them"),
}
CHANNELS = {
    Channel.TELEPHONE: _l("By telephone"),
    Channel.MAIL: _l("By letter or e-mail"),
    Channel.IN_PERSON: _l("In person"),
}

EFFECTS = {
    # That a rule blocks is said once, above all that do; who else approves, by the sentence itself.
    Effect.BLOCK: "",
    Effect.SECOND_APPROVAL: "",
    Effect.CONSENT: _l("Each placement needs a consent."),
    Effect.WARN: _l("For you to know."),
}
PACKS = {
    PackName.PLAIN: _l("Plain"),
    PackName.US_J1: _l("United States: J-1 secondary school students"),
    PackName.EU_PUPILS: _l("European Union: pupils, Directive 2016/801"),
    PackName.UK_PRIVATE_FOSTERING: _l("United Kingdom: private fostering"),
}


def sentence_of(finding: Finding) -> str:
    """Say what a rule found, in the language of the page."""
    shown = {
        name: format_day(value) if isinstance(value, date) else value
        for name, value in finding.parameters.items()
    }
    # The English stands in `domain/findings.py`, which may not know of translation.
    return _(finding.sentence, **shown) if shown else _(finding.sentence)


def person_words(number: int, member: HouseholdMember | None = None) -> str:
    """Such as: Person 2, born 5 March 1980."""
    if member is None:
        return _("Person %(number)d", number=number)
    return _("Person %(number)d, born %(day)s", number=number, day=format_day(member.birth_on))
