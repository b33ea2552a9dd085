"""Words of screening: the parts that are looked at one by one, and the checks that are made."""

from enum import StrEnum

from exchange.domain.cycle import ApplicationKind


class Section(StrEnum):
    """A part of an application that is approved or returned by itself."""

    IDENTITY = "identity"
    STAY = "stay"
    NEEDS = "needs"
    LETTER = "letter"
    GUARDIAN = "guardian"
    CONTACT = "contact"
    HOUSEHOLD = "household"
    ORGANISATION = "organisation"
    HOME = "home"
    PLACES = "places"
    WELCOME = "welcome"
    REFERENCES = "references"
    HOUSE_RULES = "house_rules"


class SectionState(StrEnum):
    """Open again, or decided; a section without a row was not looked at yet."""

    OPEN = "open"
    APPROVED = "approved"
    RETURNED = "returned"


class CheckKind(StrEnum):
    """What is checked. Only the outcome is kept: never a certificate, a text or a picture."""

    BACKGROUND = "background"
    """Of one person: criminal record and register of sex offenders, whoever keeps them there."""
    INTERVIEW = "interview"
    """In person, with everybody who lives in the home."""
    HOME_VISIT = "home_visit"
    """Own bed, storage, bathroom, study space, fire exit: all seen."""
    PHOTOS = "photos"
    """Photos of the home were seen; the pictures are not kept."""
    MEANS = "means"
    """The household can afford a guest; the figures are not kept."""
    REFERENCE_1 = "reference_1"
    REFERENCE_2 = "reference_2"
    INSURANCE = "insurance"
    RESPONSIBLE_PERSON = "responsible_person"
    """Whoever answers for the guests of an institution was met and checked."""


class CheckOutcome(StrEnum):
    """How a check ended."""

    PASS = "pass"  # noqa: S105  # An outcome, not a password.
    FAIL = "fail"
    PENDING = "pending"


OF_HOUSEHOLDS = (
    CheckKind.BACKGROUND,
    CheckKind.INTERVIEW,
    CheckKind.HOME_VISIT,
    CheckKind.PHOTOS,
    CheckKind.MEANS,
    CheckKind.REFERENCE_1,
    CheckKind.REFERENCE_2,
)
OF_INSTITUTIONS = (CheckKind.RESPONSIBLE_PERSON, CheckKind.INSURANCE)
OF_A_PERSON = frozenset({CheckKind.BACKGROUND})
"""Checks that are made of each member of the household, not of the home."""


def sections_of(
    kind: ApplicationKind, *, is_household: bool = True, has_guardian: bool = False
) -> tuple[Section, ...]:
    """Return the sections of an application, in the order in which they are read."""
    if kind is ApplicationKind.STUDENT:
        guardian = (Section.GUARDIAN,) if has_guardian else ()
        return (Section.IDENTITY, Section.STAY, Section.NEEDS, Section.LETTER, *guardian)
    if is_household:
        return (
            Section.CONTACT,
            Section.HOUSEHOLD,
            Section.HOME,
            Section.PLACES,
            Section.WELCOME,
            Section.REFERENCES,
            Section.HOUSE_RULES,
        )
    return (
        Section.CONTACT,
        Section.ORGANISATION,
        Section.HOME,
        Section.PLACES,
        Section.WELCOME,
        Section.HOUSE_RULES,
    )


def mailbox(address: str) -> str:
    """Return an e-mail address so that two ways to write one mailbox are the same."""
    local, _at, host = address.strip().casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{host}"
