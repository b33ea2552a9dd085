"""The rules about hosts, each under its id in the pack; a rule that the pack lacks says nothing."""

from collections.abc import Sequence
from datetime import date, timedelta

from exchange.domain.ages import ADULT_AGE
from exchange.domain.attributes import age_on
from exchange.domain.rule_packs import Rule
from exchange.domain.screening import CheckKind, CheckOutcome, Section
from exchange.domain.screening_facts import HostFile, Person

_PROGRAMME_LANGUAGE = "en"
"""Of the one pack that asks for it."""
_VISITS = (
    ("interviewed", CheckKind.INTERVIEW, Section.HOUSEHOLD),
    ("home_visited", CheckKind.HOME_VISIT, Section.HOME),
    ("photos_seen", CheckKind.PHOTOS, Section.HOME),
    ("means", CheckKind.MEANS, Section.HOUSEHOLD),
)
_REFERENCES = (CheckKind.REFERENCE_1, CheckKind.REFERENCE_2)


def household_rules(host: HostFile, *, is_listed: bool) -> None:
    """Apply what holds of homes."""
    _who_lives_there(host, is_listed=is_listed)
    _adults_checked(host)
    for rule_id, kind, section in _VISITS:
        if rule := host.found.rule(rule_id):
            _must_have_passed(host, rule, kind, section)
    _references(host)
    _rooms(host)
    _single_adult(host)
    _guests_together(host)
    spoken = {tag.split("-")[0] for tag in host.facts.languages}
    if (rule := host.found.rule("home_language")) and _PROGRAMME_LANGUAGE not in spoken:
        host.found.add(rule, "other_home_language", section=Section.WELCOME)


def institution_rules(host: HostFile) -> None:
    """Apply what holds of organisations."""
    section = Section.ORGANISATION
    if rule := host.found.rule("institution_responsible"):
        _must_have_passed(host, rule, CheckKind.RESPONSIBLE_PERSON, section)
    if (rule := host.found.rule("institution_insured")) and _must_have_passed(
        host, rule, CheckKind.INSURANCE, section
    ):
        _must_be_valid(host, rule, CheckKind.INSURANCE, section)
    size, places = host.facts.group_size, host.facts.capacity
    rule = host.found.rule("institution_group")
    if rule is not None and size is not None and places > size:
        host.found.add(rule, "group_too_large", section=section, places=places, group=size)


def _who_lives_there(host: HostFile, *, is_listed: bool) -> None:
    if (rule := host.found.rule("household_known")) and not host.people:
        host.found.add(rule, "household_unknown", section=Section.HOUSEHOLD)
    if (rule := host.found.rule("household_listed")) and host.people and not is_listed:
        host.found.add(rule, "household_not_listed", section=Section.HOUSEHOLD)
    if rule := host.found.rule("one_adult_25"):
        age = rule.numbers["age"]
        births = [one.birth_on for one in host.people if one.birth_on is not None]
        if births and not any(age_on(birth, host.stay.from_on) >= age for birth in births):
            host.found.add(rule, "no_adult_old_enough", section=Section.HOUSEHOLD, age=age)


def _adults_checked(host: HostFile) -> None:
    """Every adult, also one who grows up during the stay, is checked before it starts."""
    rule = host.found.rule("adults_checked")
    if rule is None:
        return
    for person in host.people_at(rule.numbers["age"]):
        check = host.outcome(CheckKind.BACKGROUND, person.number)
        if check is None:
            _background_missing(host, rule, person)
        elif _must_have_passed(
            host, rule, CheckKind.BACKGROUND, Section.HOUSEHOLD, member=person.number
        ):
            _must_be_valid(
                host, rule, CheckKind.BACKGROUND, Section.HOUSEHOLD, member=person.number
            )
            _not_too_old(host, check.done_on, person.number)


def _background_missing(host: HostFile, rule: Rule, person: Person) -> None:
    age = rule.numbers["age"]
    if person.birth_on is not None and age_on(person.birth_on, host.stay.from_on) < age:
        host.found.add(
            rule,
            "background_missing_turns_adult",
            member=person.number,
            section=Section.HOUSEHOLD,
            age=age,
            day=birthday(person.birth_on, age),
        )
    else:
        host.found.add(rule, "background_missing", member=person.number, section=Section.HOUSEHOLD)


def birthday(birth_on: date, age: int) -> date:
    """Return the day on which somebody reaches an age; 29 February is 1 March in common years."""
    year = birth_on.year + age
    try:
        return birth_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def _must_have_passed(
    host: HostFile, rule: Rule, kind: CheckKind, section: Section, *, member: int | None = None
) -> bool:
    """Note that a check is missing, under way or failed; say whether it was passed."""
    check = host.outcome(kind, member)
    if check is not None and check.outcome is CheckOutcome.PASS:
        return True
    ending = {None: "missing", CheckOutcome.FAIL: "failed", CheckOutcome.PENDING: "pending"}
    number = _REFERENCES.index(kind) + 1 if kind in _REFERENCES else None
    noun = kind.value if number is None else "reference"
    more = {} if number is None else {"number": number}
    code = f"{noun}_{ending[check.outcome if check else None]}"
    host.found.add(rule, code, member=member, section=section, **more)
    return False


def _must_be_valid(
    host: HostFile, rule: Rule, kind: CheckKind, section: Section, *, member: int | None = None
) -> None:
    """Note a check that is not valid when the stay starts, or no longer when it ends."""
    check = host.outcome(kind, member)
    until = check.expires_on if check else None
    if until is None:
        return
    if until < max(host.stay.from_on, host.on):
        host.found.add(rule, f"{kind.value}_expired", member=member, section=section, day=until)
    elif until < host.stay.to_on and (lasts := host.found.rule("check_lasts")):
        host.found.add(lasts, f"{kind.value}_lapses", member=member, section=section, day=until)


def _not_too_old(host: HostFile, done_on: date, member: int) -> None:
    rule = host.found.rule("check_age")
    if rule is None:
        return
    most = rule.numbers["most_days"]
    if host.stay.from_on - done_on >= timedelta(days=most):
        host.found.add(
            rule,
            "background_too_old",
            member=member,
            section=Section.HOUSEHOLD,
            day=done_on,
            most_days=most,
        )


def _references(host: HostFile) -> None:
    if rule := host.found.rule("references"):
        for kind in _REFERENCES[: rule.numbers["count"]]:
            _must_have_passed(host, rule, kind, Section.REFERENCES)
    if rule := host.found.rule("reference_not_staff"):
        for number in host.facts.references_of_staff:
            host.found.add(rule, "reference_is_staff", section=Section.REFERENCES, number=number)


def _rooms(host: HostFile) -> None:
    places, beds, rooms = host.facts.capacity, host.facts.guest_beds, host.facts.guest_rooms
    if (rule := host.found.rule("own_bed")) and beds is not None and beds < places:
        host.found.add(rule, "too_few_beds", section=Section.HOME, places=places, beds=beds)
    if rule := host.found.rule("room_sharing"):
        most = rule.numbers["most_in_room"]
        if rooms is not None and places > most * rooms:
            host.found.add(
                rule,
                "too_few_rooms",
                section=Section.HOME,
                places=places,
                rooms=rooms,
                most_in_room=most,
            )


def is_single_adult(
    births: Sequence[date], *, adults: int | None, children: int | None, day: date
) -> bool:
    """Say whether one adult lives in a home on a day, without a child.

    By the dates of birth of those who are listed; where nobody is, by the numbers that were stated.
    """
    if births:
        grown = sum(age_on(birth, day) >= ADULT_AGE for birth in births)
        return grown == 1 and len(births) == 1
    return adults == 1 and not children


def _single_adult(host: HostFile) -> None:
    births = [one.birth_on for one in host.people if one.birth_on is not None]
    people = len(host.people)
    # Whoever was counted and not listed yet is an adult too.
    if (births and people > len(births)) or not is_single_adult(
        births, adults=people, children=host.facts.children, day=host.stay.from_on
    ):
        return
    rule = host.found.rule("single_adult_no_child")
    if rule is not None and not host.is_twice_approved(Section.HOUSEHOLD):
        host.found.add(rule, "second_review_missing", section=Section.HOUSEHOLD)
    if rule := host.found.rule("single_adult_consent"):
        host.found.add(rule, "single_adult_consent", section=Section.HOUSEHOLD)


def _guests_together(host: HostFile) -> None:
    places = host.facts.capacity
    if rule := host.found.rule("co_place_max"):
        most = rule.numbers["most"]
        if places > most:
            host.found.add(
                rule, "too_many_places", section=Section.PLACES, most=most, places=places
            )
    if (rule := host.found.rule("co_place_consent")) and places >= rule.numbers["from"]:
        host.found.add(rule, "co_place_consent", section=Section.PLACES)
