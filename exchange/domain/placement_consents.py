"""Which agreements one pair needs beyond those of each application, and who gives each.

The rule pack of the cycle decides which are asked, the facts of the pair which apply: an agreement
is to living with *these* people, so it says nothing of any other placement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from exchange.domain.consent import text_hash
from exchange.domain.rule_packs import RulePack


class PairConsent(StrEnum):
    """What is agreed to."""

    SINGLE_ADULT = "single_adult"
    SECOND_GUEST = "second_guest"
    MIXED_AGES = "mixed_ages"
    CONTESTED_NATIONS = "contested_nations"
    UNMET_WISH = "unmet_wish"


class PairGiver(StrEnum):
    """Who has to agree; of a student who is of age nobody asks a guardian."""

    STUDENT = "student"
    GUARDIAN = "guardian"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class PairText:
    """What is asked, in English; pages show it translated and a hash of it is stored.

    Attributes
    ----------
    rule_id : str
        The rule of a pack that asks for it; without the rule nobody is asked.
    version : int
        Goes up with every change of meaning; an agreement to an older text no longer counts.
    """

    code: PairConsent
    rule_id: str
    version: int
    title: str
    text: str
    givers: frozenset[PairGiver]


_TRAVELLERS = frozenset({PairGiver.STUDENT, PairGiver.GUARDIAN})
_ALL = frozenset(PairGiver)

PAIR_TEXTS: Mapping[PairConsent, PairText] = {
    one.code: one
    for one in (
        PairText(
            PairConsent.SINGLE_ADULT,
            "single_adult_consent",
            1,
            "A home with one adult",
            "In this home one adult lives without a child. I know this and agree to this "
            "placement.",
            _TRAVELLERS,
        ),
        PairText(
            PairConsent.SECOND_GUEST,
            "co_place_consent",
            1,
            "Another guest in the home",
            "Another student of the programme stays in this home at the same time. I know this and "
            "agree to this placement.",
            _ALL,
        ),
        PairText(
            PairConsent.MIXED_AGES,
            "mixed_ages_consent",
            1,
            "A guest who is of age and one who is not",
            "A student who is of age and one who is not stay in this home at the same time. I know "
            "this and agree to this placement.",
            _ALL,
        ),
        PairText(
            PairConsent.CONTESTED_NATIONS,
            "contested_nations_consent",
            1,
            "Two nations in conflict",
            "The nations of the student and of the host are, or were, in conflict with each other. "
            "I know this and agree to this placement.",
            _ALL,
        ),
        PairText(
            PairConsent.UNMET_WISH,
            "unmet_wish_consent",
            1,
            "Animals or smoking in the home",
            "There are animals in this home, or somebody smokes, although a home without was "
            "wished for. I know this and agree to this placement.",
            _TRAVELLERS,
        ),
    )
}
"""Every text there is now. A test knows the hash of each version: change one, raise the other."""

_UNMET = {"no_pets": "pets", "no_smoking": "smoking"}
"""A wish, and what of a home goes against it. As a need it bars the pair: nobody is asked then."""


@dataclass(frozen=True, slots=True)
class PairFacts:
    """What the rules look at.

    Attributes
    ----------
    other_guests : mapping of str to bool
        Whoever else is placed in the same home, by id, and whether they are under age.
    """

    is_minor: bool
    has_single_adult: bool
    is_contested: bool
    wishes: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()
    other_guests: Mapping[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class NeededConsent:
    """One agreement that a pair needs.

    Attributes
    ----------
    about : str
        Names the facts that were agreed to, where another fact would be another question: a hash
        of who the other guests are. Empty where the pair says it all.
    """

    text: PairText
    givers: frozenset[PairGiver]
    about: str = ""

    @property
    def code(self) -> PairConsent:
        """What is agreed to."""
        return self.text.code


def needed_consents(pack: RulePack, facts: PairFacts) -> tuple[NeededConsent, ...]:
    """Return which agreements a pair needs by the rules of its cycle, in the order of the texts."""
    others = facts.other_guests or {}
    who = text_hash("|".join(sorted(others))) if others else ""
    rule = pack.find("co_place_consent")
    applies: dict[PairConsent, bool] = {
        PairConsent.SINGLE_ADULT: facts.has_single_adult,
        PairConsent.SECOND_GUEST: rule is not None and 1 + len(others) >= rule.numbers["from"],
        PairConsent.MIXED_AGES: any(one is not facts.is_minor for one in others.values()),
        PairConsent.CONTESTED_NATIONS: facts.is_contested,
        PairConsent.UNMET_WISH: any(
            wish in facts.wishes and offer in facts.offers for wish, offer in _UNMET.items()
        ),
    }
    dropped = frozenset() if facts.is_minor else frozenset({PairGiver.GUARDIAN})
    of_guests = (PairConsent.SECOND_GUEST, PairConsent.MIXED_AGES)
    return tuple(
        NeededConsent(text, text.givers - dropped, who if code in of_guests else "")
        for code, text in PAIR_TEXTS.items()
        if applies[code] and pack.find(text.rule_id) is not None
    )
