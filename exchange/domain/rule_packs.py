"""Rule packs: what a programme asks of hosts and students before anybody is matched.

A pack is data: rules with an id, what each does, its numbers, and where it is written. What a
rule looks at is in `clearance`, under the same id. A number stands here and nowhere else; nobody
can switch a rule off for one host.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from exchange.translations import Sentence


class Effect(StrEnum):
    """What happens where a rule does not hold."""

    BLOCK = "block"
    """Not cleared."""
    SECOND_APPROVAL = "second_approval"
    """Not cleared before another person has approved the section too."""
    CONSENT = "consent"
    """Cleared, but each placement needs a recorded consent."""
    WARN = "warn"
    """Cleared; whoever decides should know."""


class PackName(StrEnum):
    """The packs; a cycle names one."""

    PLAIN = "plain"
    US_J1 = "us_j1"
    EU_PUPILS = "eu_2016_801"
    UK_PRIVATE_FOSTERING = "uk_private_fostering"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a pack."""

    id: str
    effect: Effect
    citation: str
    numbers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RulePack:
    """The rules that hold in a cycle, each id once."""

    name: PackName
    title: str
    rules: tuple[Rule, ...]

    def find(self, rule_id: str) -> Rule | None:
        """Return the rule of that id; None where the pack does not have it."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)


_OWN = Sentence("Standing rule of every programme")
_SCREENING = Sentence("Screening of host families as in 22 CFR 62.25(j) and AFS practice")
_SPONSORS = Sentence("Practice of J-1 sponsors (secondary source)")

_MONTHLY = {"remind_day": 28, "overdue_day": 31, "escalate_day": 35}

_ALWAYS = (
    Rule("place_offered", Effect.BLOCK, _OWN),
    Rule("section_returned", Effect.BLOCK, _OWN),
    Rule("guardian_consent", Effect.BLOCK, _OWN),
    Rule("household_known", Effect.BLOCK, _OWN),
    Rule("interviewed", Effect.BLOCK, _SCREENING),
    Rule("home_visited", Effect.BLOCK, _SCREENING),
    Rule("references", Effect.BLOCK, _SCREENING, {"count": 2}),
    Rule("reference_not_staff", Effect.BLOCK, _SCREENING),
    Rule("own_bed", Effect.BLOCK, _SCREENING),
    Rule("room_sharing", Effect.BLOCK, _SCREENING, {"most_in_room": 2}),
    Rule("single_adult_no_child", Effect.SECOND_APPROVAL, "22 CFR 62.25(j)(9)"),
    Rule("single_adult_consent", Effect.CONSENT, "22 CFR 62.25(j)(9)"),
    Rule("mixed_ages_consent", Effect.CONSENT, _OWN),
    Rule("contested_nations_consent", Effect.CONSENT, _OWN),
    Rule("unmet_wish_consent", Effect.CONSENT, _OWN),
    Rule("institution_responsible", Effect.BLOCK, _OWN),
    Rule("institution_insured", Effect.BLOCK, _OWN),
    Rule("institution_group", Effect.BLOCK, _OWN),
    Rule("contact_student", Effect.WARN, _OWN, _MONTHLY),
    Rule("contact_host", Effect.WARN, _OWN, _MONTHLY),
    # A term is taken as 120 days.
    Rule(
        "contact_host_in_person",
        Effect.WARN,
        _OWN,
        {"remind_day": 113, "overdue_day": 121, "escalate_day": 128},
    ),
    Rule("help_answered", Effect.WARN, _OWN, {"acknowledge_hours": 1, "decide_hours": 24}),
)
_ADULTS_CHECKED_US = Rule("adults_checked", Effect.BLOCK, "22 CFR 62.25(j)(7)", {"age": 18})
_LASTS = Rule("check_lasts", Effect.BLOCK, _OWN)
_LISTED = Rule("household_listed", Effect.BLOCK, "22 CFR 62.25(j)(7)")

_PACKS = (
    RulePack(
        PackName.PLAIN,
        "Plain",
        (
            *_ALWAYS,
            _ADULTS_CHECKED_US,
            _LASTS,
            Rule("household_listed", Effect.WARN, _OWN),
        ),
    ),
    RulePack(
        PackName.US_J1,
        "United States, J-1 secondary school students",
        (
            *_ALWAYS,
            _ADULTS_CHECKED_US,
            Rule(
                "check_age",
                Effect.BLOCK,
                Sentence("Rotary district rule: a check is good for one year"),
                {"most_days": 365},
            ),
            # A school year is longer than what is left of a check of one year: it is renewed.
            Rule(
                "check_lasts",
                Effect.WARN,
                Sentence("Rotary district rule: renewed before it lapses"),
            ),
            _LISTED,
            Rule(
                "one_adult_25",
                Effect.BLOCK,
                _SPONSORS,
                {"age": 25},
            ),
            Rule("means", Effect.BLOCK, "22 CFR 62.25(j)(2), (6)"),
            Rule("photos_seen", Effect.BLOCK, "22 CFR 62.25(j)(5)"),
            Rule("co_place_max", Effect.BLOCK, "22 CFR 62.25(l)(1)(ii)", {"most": 2}),
            Rule("co_place_consent", Effect.CONSENT, "22 CFR 62.25(l)(1)(ii)", {"from": 2}),
            Rule("home_language", Effect.WARN, _SPONSORS),
            Rule(
                "age_at_start",
                Effect.BLOCK,
                "75 FR 65975 (2010); 22 CFR 62.25(e)(1)",
                {"least_months": 15 * 12, "most_months": 18 * 12 + 6},
            ),
            Rule(
                "second_visit",
                Effect.WARN,
                "22 CFR 62.25(d)(12)",
                {"remind_day": 53, "overdue_day": 61, "escalate_day": 65},
            ),
            Rule(
                "second_visit_welcome",
                Effect.WARN,
                "22 CFR 62.25(d)(12)",
                {"home_days": 60, "remind_day": 28, "overdue_day": 31, "escalate_day": 35},
            ),
        ),
    ),
    RulePack(
        PackName.EU_PUPILS,
        "European Union, pupils under Directive (EU) 2016/801",
        (
            *_ALWAYS,
            _ADULTS_CHECKED_US,
            _LASTS,
            _LISTED,
            Rule("whole_stay", Effect.BLOCK, Sentence("Directive (EU) 2016/801, article 12")),
        ),
    ),
    RulePack(
        PackName.UK_PRIVATE_FOSTERING,
        "United Kingdom, private fostering",
        (
            *_ALWAYS,
            Rule(
                "adults_checked",
                Effect.BLOCK,
                Sentence("Keeping children safe in education, annex E"),
                {"age": 16},
            ),
            _LASTS,
            _LISTED,
            Rule(
                "private_fostering",
                Effect.SECOND_APPROVAL,
                Sentence("Guidance of schools on private fostering (secondary source)"),
                {"under_age": 16, "more_than_days": 28},
            ),
        ),
    ),
)
RULE_PACKS: Mapping[PackName, RulePack] = {pack.name: pack for pack in _PACKS}
PLAIN = RULE_PACKS[PackName.PLAIN]
