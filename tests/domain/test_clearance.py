"""Every rule of every pack, on both sides of its number; and nothing passes a rule over."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from exchange.domain.clearance import host_findings, student_findings
from exchange.domain.findings import SENTENCES, Finding, blockers
from exchange.domain.host_rules import birthday
from exchange.domain.rule_packs import PLAIN, RULE_PACKS, Effect, PackName, RulePack
from exchange.domain.screening import (
    OF_HOUSEHOLDS,
    OF_INSTITUTIONS,
    CheckKind,
    CheckOutcome,
    Section,
    SectionState,
    mailbox,
)
from exchange.domain.screening_facts import (
    Check,
    HostFacts,
    SectionFacts,
    Sections,
    Stay,
    StudentFacts,
)

STAY = Stay(date(2027, 7, 1), date(2027, 7, 20))
TODAY = date(2027, 2, 1)
DONE = date(2027, 1, 15)
COUPLE = (date(1980, 5, 1), date(1982, 6, 2))
US = RULE_PACKS[PackName.US_J1]
EU = RULE_PACKS[PackName.EU_PUPILS]
UK = RULE_PACKS[PackName.UK_PRIVATE_FOSTERING]
HOUSEHOLD = HostFacts(is_household=True, capacity=1, languages=("en", "fr"))
INSTITUTION = HostFacts(is_household=False, capacity=10, group_size=10)
EVERY_PACK = pytest.mark.parametrize("pack", RULE_PACKS.values(), ids=lambda pack: pack.name)


def passed(people: int, kinds: tuple[CheckKind, ...] = OF_HOUSEHOLDS) -> list[Check]:
    """Every check of a household of so many people, all passed."""
    of_home = [
        Check(kind, CheckOutcome.PASS, DONE) for kind in kinds if kind is not CheckKind.BACKGROUND
    ]
    return of_home + [background(number) for number in range(1, people + 1)]


def background(member: int, *, done: date = DONE, until: date | None = None) -> Check:
    return Check(CheckKind.BACKGROUND, CheckOutcome.PASS, done, until, member)


def found(
    facts: HostFacts = HOUSEHOLD,
    births: tuple[date, ...] = COUPLE,
    checks: list[Check] | None = None,
    sections: Sections | None = None,
    *,
    pack: RulePack = PLAIN,
    on: date = TODAY,
    stay: Stay = STAY,
) -> list[str]:
    """The codes of everything that is found about a host for which the rest is in order."""
    findings = host_findings(
        facts,
        births,
        passed(len(births)) if checks is None else checks,
        sections or {},
        pack=pack,
        stay=stay,
        on=on,
    )
    return [one.code for one in findings]


def without(checks: list[Check], kind: CheckKind) -> list[Check]:
    return [one for one in checks if one.kind is not kind]


@EVERY_PACK
def test_host_in_order_has_no_finding(pack: RulePack) -> None:
    assert found(pack=pack) == []
    assert found(INSTITUTION, (), passed(0, OF_INSTITUTIONS), pack=pack) == []


@EVERY_PACK
def test_pack_has_each_rule_once_with_a_citation(pack: RulePack) -> None:
    ids = [rule.id for rule in pack.rules]
    assert len(ids) == len(set(ids))
    assert all(rule.citation for rule in pack.rules)
    assert pack.find("no such rule") is None


@EVERY_PACK
def test_all_blockers_are_told_at_once(pack: RulePack) -> None:
    codes = found(replace(HOUSEHOLD, capacity=0), checks=[], pack=pack)
    expected = {"no_place_offered", "interview_missing", "home_visit_missing", "reference_missing"}
    assert expected < set(codes)
    assert codes.count("background_missing") == 2
    assert codes.count("reference_missing") == 2


@EVERY_PACK
@pytest.mark.parametrize("kind", [CheckKind.INTERVIEW, CheckKind.HOME_VISIT])
@pytest.mark.parametrize(
    ("outcome", "ending"), [(CheckOutcome.FAIL, "failed"), (CheckOutcome.PENDING, "pending")]
)
def test_check_that_was_not_passed_blocks(
    pack: RulePack, kind: CheckKind, outcome: CheckOutcome, ending: str
) -> None:
    checks = [*without(passed(2), kind), Check(kind, outcome, DONE)]
    assert found(checks=checks, pack=pack) == [f"{kind.value}_{ending}"]


def test_last_check_that_ended_counts() -> None:
    failed = Check(CheckKind.INTERVIEW, CheckOutcome.FAIL, DONE + timedelta(1))
    again = Check(CheckKind.INTERVIEW, CheckOutcome.PASS, DONE + timedelta(2))
    waiting = Check(CheckKind.INTERVIEW, CheckOutcome.PENDING, DONE + timedelta(3))
    assert found(checks=[*passed(2), failed]) == ["interview_failed"]
    assert found(checks=[*passed(2), failed, again]) == []
    assert found(checks=[*passed(2), again, failed]) == []
    assert found(checks=[*passed(2), waiting]) == []
    same_day = replace(failed, done_on=DONE)
    assert found(checks=[*passed(2), same_day]) == ["interview_failed"]
    assert found(checks=[same_day, *passed(2)]) == []


@EVERY_PACK
def test_each_member_of_age_needs_a_check_of_their_own(pack: RulePack) -> None:
    checks = [*without(passed(2), CheckKind.BACKGROUND), background(1), background(1)]
    findings = host_findings(HOUSEHOLD, COUPLE, checks, {}, pack=pack, stay=STAY, on=TODAY)
    assert [(one.code, one.member) for one in findings] == [("background_missing", 2)]
    assert "Person 2" in findings[0].sentence % findings[0].parameters


@pytest.mark.parametrize(("pack", "age"), [(PLAIN, 18), (US, 18), (EU, 18), (UK, 16)])
def test_member_growing_up_during_the_stay_needs_a_check_before_it(
    pack: RulePack, age: int
) -> None:
    last = STAY.to_on
    on_the_last_day = last.replace(year=last.year - age)
    a_day_too_late = on_the_last_day + timedelta(1)
    adult_at_start = STAY.from_on.replace(year=STAY.from_on.year - age)
    checks = passed(2)
    assert found(births=(*COUPLE, a_day_too_late), checks=checks, pack=pack) == []
    assert found(births=(*COUPLE, on_the_last_day), checks=checks, pack=pack) == [
        "background_missing_turns_adult"
    ]
    assert found(births=(*COUPLE, adult_at_start), checks=checks, pack=pack) == [
        "background_missing"
    ]
    assert found(births=(*COUPLE, on_the_last_day), checks=passed(3), pack=pack) == []


def test_day_of_growing_up_is_named() -> None:
    births = (*COUPLE, date(2009, 7, 9))
    findings = host_findings(HOUSEHOLD, births, passed(2), {}, pack=PLAIN, stay=STAY, on=TODAY)
    assert findings[0].parameters == {"member": 3, "age": 18, "day": date(2027, 7, 9)}


def test_birthday_of_29_february_is_1_march_in_common_years() -> None:
    assert birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert birthday(date(2008, 2, 29), 20) == date(2028, 2, 29)


@EVERY_PACK
@pytest.mark.parametrize(
    ("until", "on", "code"),
    [
        (STAY.from_on - timedelta(1), TODAY, "background_expired"),
        (STAY.from_on, TODAY, "background_lapses"),
        (STAY.to_on - timedelta(1), TODAY, "background_lapses"),
        (STAY.to_on, TODAY, None),
        (STAY.from_on + timedelta(5), STAY.from_on + timedelta(6), "background_expired"),
    ],
)
def test_check_has_to_be_valid_from_the_first_to_the_last_day(
    pack: RulePack, until: date, on: date, code: str | None
) -> None:
    checks = [*without(passed(2), CheckKind.BACKGROUND), background(1), background(2, until=until)]
    assert found(checks=checks, pack=pack, on=on) == ([code] if code else [])


def test_check_that_lapses_in_the_stay_blocks_but_where_it_is_renewed_by_rule() -> None:
    checks = [*without(passed(1), CheckKind.BACKGROUND), background(1, until=STAY.from_on)]
    for pack, blocks in ((PLAIN, True), (EU, True), (UK, True), (US, False)):
        findings = host_findings(
            replace(HOUSEHOLD, children=1), (COUPLE[0], date(2020, 1, 1)), checks, {},
            pack=pack, stay=STAY, on=TODAY,
        )  # fmt: skip
        assert bool(blockers(findings)) is blocks, pack.name


@pytest.mark.parametrize(("days", "codes"), [(364, []), (365, ["background_too_old"] * 2)])
def test_check_is_less_than_a_year_old_at_arrival_where_the_pack_says_so(
    days: int, codes: list[str]
) -> None:
    done = STAY.from_on - timedelta(days)
    checks = [*without(passed(2), CheckKind.BACKGROUND)]
    checks += [background(number, done=done) for number in (1, 2)]
    assert found(checks=checks, pack=US) == codes
    assert found(checks=checks, pack=PLAIN) == []


@pytest.mark.parametrize(("age", "codes"), [(25, []), (24, ["no_adult_old_enough"])])
def test_one_adult_is_25_where_the_pack_says_so(age: int, codes: list[str]) -> None:
    births = (STAY.from_on.replace(year=2027 - age), date(2005, 1, 1))
    assert found(births=births, pack=US) == codes
    assert found(births=births, pack=PLAIN) == []


def test_counted_household_is_known_but_not_listed() -> None:
    counted = replace(HOUSEHOLD, adults=2)
    for pack, is_blocked in ((PLAIN, False), (US, True), (EU, True), (UK, True)):
        findings = host_findings(counted, (), passed(2), {}, pack=pack, stay=STAY, on=TODAY)
        assert [one.code for one in findings] == ["household_not_listed"]
        assert bool(blockers(findings)) is is_blocked
    assert "background_missing" in found(replace(counted, adults=3), (), passed(2))
    assert "household_unknown" in found(HOUSEHOLD, (), passed(2))


ONE_ADULT = (date(1980, 1, 1),)
CHILD_AT_START = date(2009, 7, 2)


@EVERY_PACK
def test_one_adult_without_a_child_needs_a_second_approval(pack: RulePack) -> None:
    once = {Section.HOUSEHOLD: SectionFacts(SectionState.APPROVED)}
    twice = {Section.HOUSEHOLD: SectionFacts(SectionState.APPROVED, is_twice_approved=True)}
    missing = ["second_review_missing", "single_adult_consent"]
    assert found(births=ONE_ADULT, pack=pack) == missing
    assert found(births=ONE_ADULT, sections=once, pack=pack) == missing
    assert found(births=ONE_ADULT, sections=twice, pack=pack) == ["single_adult_consent"]
    assert found(births=(*ONE_ADULT, CHILD_AT_START), pack=pack) == []
    counted = replace(HOUSEHOLD, adults=1, children=0)
    assert "second_review_missing" in found(counted, (), passed(1), pack=pack)
    assert "second_review_missing" not in found(
        replace(counted, children=1), (), passed(1), pack=pack
    )


def test_consent_of_a_placement_does_not_block_the_host() -> None:
    twice = {Section.HOUSEHOLD: SectionFacts(SectionState.APPROVED, is_twice_approved=True)}
    findings = host_findings(
        HOUSEHOLD, ONE_ADULT, passed(1), twice, pack=PLAIN, stay=STAY, on=TODAY
    )
    assert [one.rule.effect for one in findings] == [Effect.CONSENT]
    assert blockers(findings) == ()


@EVERY_PACK
def test_returned_section_blocks_until_it_is_opened_again(pack: RulePack) -> None:
    returned = {Section.HOME: SectionFacts(SectionState.RETURNED)}
    assert found(sections=returned, pack=pack) == ["section_returned"]
    opened = {Section.HOME: SectionFacts(SectionState.OPEN)}
    assert found(sections=opened, pack=pack) == []


@EVERY_PACK
@pytest.mark.parametrize(
    ("places", "beds", "rooms", "codes"),
    [
        (2, 2, 1, []),
        (2, 1, 1, ["too_few_beds"]),
        (2, 2, 0, ["too_few_rooms"]),
        (2, None, None, []),
    ],
)
def test_each_guest_has_a_bed_and_two_share_a_room_at_most(
    pack: RulePack, places: int, beds: int | None, rooms: int | None, codes: list[str]
) -> None:
    facts = replace(HOUSEHOLD, capacity=places, guest_beds=beds, guest_rooms=rooms)
    assert [one for one in found(facts, pack=pack) if one != "co_place_consent"] == codes


def test_third_guest_in_one_room_is_one_too_many() -> None:
    facts = replace(HOUSEHOLD, capacity=3, guest_beds=3, guest_rooms=1)
    assert found(facts) == ["too_few_rooms"]


@EVERY_PACK
def test_reference_who_works_for_the_programme_is_none(pack: RulePack) -> None:
    facts = replace(HOUSEHOLD, references_of_staff=(2,))
    assert found(facts, pack=pack) == ["reference_is_staff"]


@pytest.mark.parametrize(
    ("places", "codes"),
    [(1, []), (2, ["co_place_consent"]), (3, ["too_many_places", "co_place_consent"])],
)
def test_guests_of_one_home_are_two_at_most_where_the_pack_says_so(
    places: int, codes: list[str]
) -> None:
    facts = replace(HOUSEHOLD, capacity=places)
    assert found(facts, pack=US) == codes
    assert found(facts, pack=PLAIN) == []


def test_home_without_english_is_pointed_out_where_the_pack_says_so() -> None:
    assert found(replace(HOUSEHOLD, languages=("fr",)), pack=US) == ["other_home_language"]
    assert found(replace(HOUSEHOLD, languages=("en-GB",)), pack=US) == []
    assert found(replace(HOUSEHOLD, languages=("fr",)), pack=PLAIN) == []


@pytest.mark.parametrize(
    ("kind", "code"), [(CheckKind.PHOTOS, "photos_missing"), (CheckKind.MEANS, "means_missing")]
)
def test_photos_and_means_are_seen_where_the_pack_says_so(kind: CheckKind, code: str) -> None:
    assert found(checks=without(passed(2), kind), pack=US) == [code]
    assert found(checks=without(passed(2), kind), pack=PLAIN) == []


def test_host_is_there_for_the_whole_stay_where_the_pack_says_so() -> None:
    day = timedelta(1)
    for first, last, codes in (
        (STAY.from_on, STAY.to_on, []),
        (None, None, []),
        (STAY.from_on + day, STAY.to_on, ["not_whole_stay"]),
        (STAY.from_on, STAY.to_on - day, ["not_whole_stay"]),
    ):
        facts = replace(HOUSEHOLD, available_from=first, available_to=last)
        assert found(facts, pack=EU) == codes
        assert found(facts, pack=PLAIN) == []


@EVERY_PACK
def test_institution_needs_its_own_checks_and_no_household(pack: RulePack) -> None:
    assert found(INSTITUTION, (), [], pack=pack) == [
        "responsible_person_missing",
        "insurance_missing",
    ]
    person = Check(CheckKind.RESPONSIBLE_PERSON, CheckOutcome.PASS, DONE)
    for until, blocked in (
        (STAY.from_on - timedelta(1), ["insurance_expired"]),
        (STAY.to_on - timedelta(1), ["insurance_lapses"]),
        (STAY.to_on, []),
    ):
        insured = Check(CheckKind.INSURANCE, CheckOutcome.PASS, DONE, until)
        assert found(INSTITUTION, (), [person, insured], pack=pack) == blocked


@pytest.mark.parametrize(("size", "codes"), [(10, []), (9, ["group_too_large"]), (None, [])])
def test_group_of_an_institution_is_no_larger_than_it_said(
    size: int | None, codes: list[str]
) -> None:
    facts = replace(INSTITUTION, group_size=size)
    assert found(facts, (), passed(0, OF_INSTITUTIONS)) == codes


def student(**changes: object) -> StudentFacts:
    facts = StudentFacts(date(2009, 1, 1), None, STAY.from_on, STAY.to_on)
    return replace(facts, **changes)  # type: ignore[arg-type]


def codes_of(findings: tuple[Finding, ...]) -> list[str]:
    return [one.code for one in findings]


@EVERY_PACK
def test_student_without_a_guardian_is_blocked(pack: RulePack) -> None:
    lacking = student_findings(student(lacks_guardian_consent=True), {}, pack=pack)
    assert codes_of(blockers(lacking)) == ["guardian_consent_missing"]
    assert student_findings(student(birth_on=date(2010, 1, 1)), {}, pack=pack) == ()


@pytest.mark.parametrize(
    ("birth", "codes"),
    [
        (date(2012, 7, 1), []),
        (date(2012, 7, 2), ["too_young_at_start"]),
        (date(2009, 1, 1), []),
        (date(2008, 12, 30), ["too_old_at_start"]),
        (None, ["age_unknown"]),
    ],
)
def test_student_is_of_the_age_of_the_pack_at_the_start(
    birth: date | None, codes: list[str]
) -> None:
    facts = student(birth_on=birth, age=16)
    assert codes_of(student_findings(facts, {}, pack=US)) == codes
    assert student_findings(facts, {}, pack=PLAIN) == ()


def test_age_that_ends_on_a_day_the_month_lacks_is_counted_to_the_next() -> None:
    facts = student(birth_on=date(2008, 8, 31), arrive_on=date(2027, 3, 1))
    assert student_findings(facts, {}, pack=US) == ()
    late = student(birth_on=date(2008, 8, 31), arrive_on=date(2027, 3, 2))
    assert codes_of(student_findings(late, {}, pack=US)) == ["too_old_at_start"]


@pytest.mark.parametrize(
    ("birth", "days", "codes"),
    [
        (date(2011, 7, 2), 29, ["private_fostering"]),
        (date(2011, 7, 2), 28, []),
        (date(2011, 7, 1), 29, []),
        (None, 29, ["private_fostering"]),
    ],
)
def test_long_stay_of_a_child_needs_a_second_approval_where_the_pack_says_so(
    birth: date | None, days: int, codes: list[str]
) -> None:
    facts = student(birth_on=birth, depart_on=STAY.from_on + timedelta(days))
    assert codes_of(student_findings(facts, {}, pack=UK)) == codes
    assert student_findings(facts, {}, pack=PLAIN) == ()
    twice = {Section.STAY: SectionFacts(SectionState.APPROVED, is_twice_approved=True)}
    assert student_findings(facts, twice, pack=UK) == ()


def test_every_sentence_takes_its_parameters() -> None:
    everything = {
        "member": 1, "age": 18, "day": DONE, "most_days": 365, "number": 1, "places": 3, "beds": 2,
        "rooms": 1, "most_in_room": 2, "most": 2, "group": 9, "years": 15, "months": 6,
        "under_age": 16, "more_than_days": 28,
    }  # fmt: skip
    for code, sentence in SENTENCES.items():
        assert (sentence % everything).endswith("."), code


def test_two_ways_to_write_a_mailbox_are_one() -> None:
    assert mailbox(" Ana.Lima+home@Example.org ") == mailbox("ana.lima@example.ORG")
    assert mailbox("ana@example.org") != mailbox("ana@example.com")
