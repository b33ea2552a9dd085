"""What a rule pack finds about a host or a student, and the sentences that say it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from exchange.domain.rule_packs import Effect, Rule, RulePack
from exchange.domain.screening import Section

Parameter = str | int | date

SENTENCES: Mapping[str, str] = {
    "no_place_offered": "The host offers no place.",
    "section_returned": "A part of the application was returned and is not answered yet.",
    "guardian_consent_missing": "The student is under 18 and no guardian has agreed yet.",
    "household_unknown": "Nobody is listed as living in the home.",
    "household_not_listed": "The people of the home are counted, but not listed with their dates "
    "of birth: nobody can see who grows up during the stay.",
    "background_missing": "Person %(member)d has no background check.",
    "background_missing_turns_adult": "Person %(member)d turns %(age)d on %(day)s, during the "
    "stay, and needs a background check before it starts.",
    "background_failed": "Person %(member)d did not pass the background check.",
    "background_pending": "The background check of person %(member)d is not finished yet.",
    "background_expired": "The background check of person %(member)d is valid only until %(day)s.",
    "background_lapses": "The background check of person %(member)d lapses on %(day)s, before "
    "the stay ends.",
    "background_too_old": "The background check of person %(member)d of %(day)s is "
    "%(most_days)d days old or older when the stay starts.",
    "interview_missing": "Nobody has met the household yet.",
    "interview_failed": "The interview with the household did not go well.",
    "interview_pending": "The interview with the household is not finished yet.",
    "home_visit_missing": "Nobody has visited the home yet.",
    "home_visit_failed": "The home did not pass the visit.",
    "home_visit_pending": "The visit of the home is not finished yet.",
    "reference_missing": "Reference %(number)d was not heard yet.",
    "reference_failed": "Reference %(number)d spoke against the host.",
    "reference_pending": "Reference %(number)d has not answered yet.",
    "reference_is_staff": "Reference %(number)d works for the programme; another one is needed.",
    "photos_missing": "Nobody has seen photos of the home yet.",
    "photos_failed": "The photos of the home show that it does not fit.",
    "photos_pending": "Photos of the home were asked for and are not there yet.",
    "means_missing": "Nobody has checked that the household can afford a guest.",
    "means_failed": "The household cannot afford a guest.",
    "means_pending": "Whether the household can afford a guest is not known yet.",
    "too_few_beds": "There are %(places)d places but %(beds)d beds for guests.",
    "too_few_rooms": "There are %(places)d places in %(rooms)d rooms for guests; at most "
    "%(most_in_room)d may share a room.",
    "no_adult_old_enough": "No adult of the household is %(age)d or older.",
    "second_review_missing": "One adult without a child at home: a second person has to approve "
    "the household too.",
    "single_adult_consent": "One adult without a child at home: student and guardian have to "
    "agree in writing to each placement.",
    "too_many_places": "At most %(most)d guests may live in one home; %(places)d are offered.",
    "co_place_consent": "A second guest needs the written agreement of the host, of both students "
    "and of their parents.",
    "other_home_language": "The language of the programme is not spoken at home.",
    "not_whole_stay": "The host is not available for the whole stay.",
    "responsible_person_missing": "Nobody has met the person who answers for the guests.",
    "responsible_person_failed": "The person who answers for the guests did not pass the check.",
    "responsible_person_pending": "The check of the person who answers for the guests is not "
    "finished yet.",
    "insurance_missing": "No insurance was shown.",
    "insurance_failed": "The insurance does not cover guests.",
    "insurance_pending": "Whether the insurance covers guests is not known yet.",
    "insurance_expired": "The insurance is valid only until %(day)s.",
    "insurance_lapses": "The insurance lapses on %(day)s, before the stay ends.",
    "group_too_large": "There are %(places)d places, but a group may have at most %(group)d "
    "guests.",
    "too_young_at_start": "The student is younger than %(years)d years when the stay starts.",
    "too_old_at_start": "The student is older than %(years)d years and %(months)d months when "
    "the stay starts.",
    "age_unknown": "The student’s date of birth is needed: the programme has limits of age.",
    "private_fostering": "The student is under %(under_age)d and stays for more than "
    "%(more_than_days)d days: the local authority has to be told, and a second person has to "
    "approve the stay.",
}
"""By code. The English that is translated; `%(name)s` stand for the parameters of a finding."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that does not hold.

    Attributes
    ----------
    code : str
        A key of `SENTENCES`.
    rule : Rule
        With its id, effect and citation.
    member : int or None
        Which person of the household it is about, counted from 1.
    section : Section or None
        The part of the application it is about, where it is about one.
    """

    code: str
    rule: Rule
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    member: int | None = None
    section: Section | None = None

    @property
    def sentence(self) -> str:
        """The English sentence, its placeholders not filled in."""
        return SENTENCES[self.code]

    @property
    def is_blocker(self) -> bool:
        """Whether nothing is cleared while this stands."""
        return self.rule.effect in (Effect.BLOCK, Effect.SECOND_APPROVAL)


class Findings:
    """Collects what does not hold; rules that the pack does not have are passed over."""

    def __init__(self, pack: RulePack) -> None:
        self.pack = pack
        self.found: list[Finding] = []

    def rule(self, rule_id: str) -> Rule | None:
        """The rule, if the pack has it."""
        return self.pack.find(rule_id)

    def add(
        self,
        rule: Rule,
        code: str,
        *,
        member: int | None = None,
        section: Section | None = None,
        **parameters: Parameter,
    ) -> None:
        """Note that a rule does not hold."""
        if member is not None:
            parameters["member"] = member
        self.found.append(Finding(code, rule, parameters, member, section))


def blockers(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that stand in the way."""
    return tuple(one for one in findings if one.is_blocker)
