"""Clearance: whether the match may use a host or a student, by the rule pack of the cycle.

Pure functions of what is known on a day. All findings are returned at once, and there is no way to
pass one over. A finding speaks of the first, second … person of a household, never of a name.
"""

from collections.abc import Sequence
from datetime import date

from exchange.domain.attributes import age_on
from exchange.domain.findings import Finding, Findings
from exchange.domain.host_rules import household_rules, institution_rules
from exchange.domain.rule_packs import Rule, RulePack
from exchange.domain.screening import Section, SectionState
from exchange.domain.screening_facts import (
    Check,
    HostFacts,
    HostFile,
    Person,
    Sections,
    Stay,
    StudentFacts,
    is_twice_approved,
)


def host_findings(
    facts: HostFacts,
    births: Sequence[date | None],
    checks: Sequence[Check],
    sections: Sections,
    *,
    pack: RulePack,
    stay: Stay,
    on: date,
) -> tuple[Finding, ...]:
    """Return everything that the pack finds about a host on a day, in the order of the pack.

    Parameters
    ----------
    births : sequence of date
        Dates of birth of those who live there; the first is person 1. Empty where only numbers
        were stated: then the persons 1, 2, … are the adults of `facts`. None for an adult who is
        known to live there and was not listed yet.
    checks : sequence of Check
        In the order in which they were recorded.
    """
    people = [Person(number, birth) for number, birth in enumerate(births, start=1)]
    if not people:
        people = [Person(number, None) for number in range(1, (facts.adults or 0) + 1)]
    host = HostFile(facts, people, checks, sections, stay, on, Findings(pack))
    _common(host.found, sections)
    if (rule := host.found.rule("place_offered")) and facts.capacity < 1:
        host.found.add(rule, "no_place_offered", section=Section.PLACES)
    if facts.is_household:
        household_rules(host, is_listed=bool(births) and None not in births)
    else:
        institution_rules(host)
    if (rule := host.found.rule("whole_stay")) and not _covers(facts, stay):
        host.found.add(rule, "not_whole_stay", section=Section.PLACES)
    return tuple(host.found.found)


def student_findings(
    facts: StudentFacts, sections: Sections, *, pack: RulePack
) -> tuple[Finding, ...]:
    """Return everything that the pack finds about a student."""
    found = Findings(pack)
    _common(found, sections)
    if (rule := found.rule("guardian_consent")) and facts.lacks_guardian_consent:
        found.add(rule, "guardian_consent_missing", section=Section.GUARDIAN)
    if rule := found.rule("age_at_start"):
        _age_at_start(found, rule, facts)
    if rule := found.rule("private_fostering"):
        numbers = rule.numbers
        age = facts.age if facts.birth_on is None else age_on(facts.birth_on, facts.arrive_on)
        days = (facts.depart_on - facts.arrive_on).days
        is_young = age is None or age < numbers["under_age"]
        if (
            is_young
            and days > numbers["more_than_days"]
            and not is_twice_approved(sections, Section.STAY)
        ):
            found.add(rule, "private_fostering", section=Section.STAY, **numbers)
    return tuple(found.found)


def _common(found: Findings, sections: Sections) -> None:
    rule = found.rule("section_returned")
    if rule is None:
        return
    for section, facts in sections.items():
        if facts.state is SectionState.RETURNED:
            found.add(rule, "section_returned", section=section)


def _age_at_start(found: Findings, rule: Rule, facts: StudentFacts) -> None:
    least, most = rule.numbers["least_months"], rule.numbers["most_months"]
    if facts.birth_on is None:
        found.add(rule, "age_unknown", section=Section.IDENTITY)
        return
    if facts.arrive_on < _months_after(facts.birth_on, least):
        found.add(rule, "too_young_at_start", section=Section.IDENTITY, years=least // 12)
    if facts.arrive_on > _months_after(facts.birth_on, most):
        found.add(
            rule,
            "too_old_at_start",
            section=Section.IDENTITY,
            years=most // 12,
            months=most % 12,
        )


def _months_after(day: date, months: int) -> date:
    """Return the day so many months later; one that the month lacks is the first of the next."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    try:
        return date(year, month, day.day)
    except ValueError:
        return date(year, month + 1, 1)


def _covers(facts: HostFacts, stay: Stay) -> bool:
    first, last = facts.available_from, facts.available_to
    return (first is None or first <= stay.from_on) and (last is None or last >= stay.to_on)
