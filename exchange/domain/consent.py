"""Consents: what is asked one by one, in which words, and who may give each.

What the programme cannot do without is no consent and stands in `NEEDED`: a tick that cannot be
refused would be none. No gate, term or state depends on an optional purpose, so refusing one
never costs a place; only `TAKING_PART`, a guardian's, is required, and of minors alone.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from exchange.domain.cycle import ApplicationKind


class Purpose(StrEnum):
    """What somebody agrees to."""

    TAKING_PART = "taking_part"
    HEALTH_TO_HOST = "health_to_host"
    FAITH_TO_HOST = "faith_to_host"
    PHOTOGRAPHS = "photographs"
    CONTACT_AFTER = "contact_after"
    STATISTICS = "statistics"


class Giver(StrEnum):
    """Who consents."""

    APPLICANT = "applicant"
    GUARDIANS = "guardians"


@dataclass(frozen=True, slots=True)
class ConsentText:
    """What is asked, in English; pages show it translated and store a hash of what they showed.

    Attributes
    ----------
    version : int
        Goes up with every change of meaning; a consent to an older text no longer counts.
    is_special : bool
        Of a special category (article 9 of the General Data Protection Regulation): consent is
        the only ground on which it is told to anybody.
    """

    purpose: Purpose
    version: int
    title: str
    text: str
    kinds: frozenset[ApplicationKind]
    is_special: bool = False

    @property
    def code(self) -> str:
        """Names purpose and version, such as `photographs:1`."""
        return f"{self.purpose.value}:{self.version}"


_BOTH = frozenset(ApplicationKind)
_STUDENTS = frozenset({ApplicationKind.STUDENT})

NEEDED: tuple[str, ...] = (
    "The programme’s staff read your answers. Without that nobody could find a match.",
    "The match reads coded answers under a random number, without your name.",
    "Whoever you are placed with is told what is needed to meet: your name and how to reach you.",
)
"""What running the programme takes; said plainly, and not asked as a consent."""

TEXTS: dict[Purpose, ConsentText] = {
    one.purpose: one
    for one in (
        ConsentText(
            Purpose.TAKING_PART,
            1,
            "Taking part",
            "I am a parent or legal guardian of this young person. I agree that they take part in "
            "the exchange, that the programme uses their answers to find a match, and that the "
            "host they are placed with is told what is needed to meet. I can withdraw this at any "
            "time, as easily as I give it.",
            _STUDENTS,
        ),
        ConsentText(
            Purpose.HEALTH_TO_HOST,
            1,
            "Health",
            "The programme may tell the host what they need to know about health, such as "
            "allergies, medicines, or help that is needed. Without this the host is told only "
            "which kind of home is needed, not why.",
            _STUDENTS,
            is_special=True,
        ),
        ConsentText(
            Purpose.FAITH_TO_HOST,
            1,
            "Faith",
            "The programme may tell the host what faith asks for, such as food, prayer or "
            "holidays. Without this the host is told only which food is needed, not why.",
            _STUDENTS,
            is_special=True,
        ),
        ConsentText(
            Purpose.PHOTOGRAPHS,
            1,
            "Photographs and stories",
            "The programme may use photographs and stories of the stay to tell others about the "
            "exchange, without a family name.",
            _BOTH,
        ),
        ConsentText(
            Purpose.CONTACT_AFTER,
            1,
            "Staying in touch",
            "The programme may write by e-mail after the exchange, for example to ask how it was "
            "or to invite to a meeting.",
            _BOTH,
        ),
        ConsentText(
            Purpose.STATISTICS,
            1,
            "Research",
            "The programme may use answers, without name and address, for statistics about "
            "exchanges. Groups of fewer than ten people are never shown.",
            _BOTH,
        ),
    )
}
"""Every text there is now. A test knows the hash of each version: change one, raise the other."""

OPTIONAL: tuple[Purpose, ...] = tuple(one for one in Purpose if one is not Purpose.TAKING_PART)


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text as it was shown, in whichever language."""
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode()).hexdigest()


def purposes_of(kind: ApplicationKind) -> tuple[Purpose, ...]:
    """Return the optional purposes that are asked of students or of hosts, in their order."""
    return tuple(one for one in OPTIONAL if kind in TEXTS[one].kinds)


@dataclass(frozen=True, slots=True)
class Ages:
    """How old somebody is today, and which ages count for them.

    Attributes
    ----------
    age : int or None
        None where it is not known, or of a host: then it is an adult's.
    consent_age : int
        From which a young person consents online alone; see `ages.consent_age`.
    adult_age : int
        From which guardians have no more say.
    """

    age: int | None
    consent_age: int
    adult_age: int


def givers_of(purpose: Purpose, ages: Ages) -> frozenset[Giver]:
    """Say who has to consent before a purpose counts as consented to.

    Returns
    -------
    frozenset of Giver
        Guardians below the age of consent; the young person above it, for photographs with the
        guardians until they are of age, because a picture cannot be called back.
    """
    if ages.age is None or ages.age >= ages.adult_age:
        is_of_guardians = purpose is Purpose.TAKING_PART
        return frozenset() if is_of_guardians else frozenset({Giver.APPLICANT})
    if purpose is Purpose.TAKING_PART or ages.age < ages.consent_age:
        return frozenset({Giver.GUARDIANS})
    return frozenset(Giver) if purpose is Purpose.PHOTOGRAPHS else frozenset({Giver.APPLICANT})


def asked_of(giver: Giver, kind: ApplicationKind, *, ages: Ages) -> tuple[Purpose, ...]:
    """Return the optional purposes that one giver is asked about, in their order."""
    return tuple(one for one in purposes_of(kind) if giver in givers_of(one, ages))
