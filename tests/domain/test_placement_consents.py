"""Which agreements a pair needs: by the rule pack, by the facts, and never one too many."""

from dataclasses import replace

import pytest

from exchange.domain.consent import text_hash
from exchange.domain.placement_consents import (
    PAIR_TEXTS,
    PairConsent,
    PairFacts,
    PairGiver,
    needed_consents,
)
from exchange.domain.rule_packs import PLAIN, RULE_PACKS, PackName, RulePack

J1 = RULE_PACKS[PackName.US_J1]
ADULT = PairFacts(is_minor=False, has_single_adult=False, is_contested=False)
MINOR = replace(ADULT, is_minor=True)
STUDENT, GUARDIAN, HOST = PairGiver

HASHES = {
    (PairConsent.SINGLE_ADULT, 1): "7d1547e6bcd86b49",
    (PairConsent.SECOND_GUEST, 1): "8d6207c933bcdaca",
    (PairConsent.MIXED_AGES, 1): "94a67c6ba1678add",
    (PairConsent.CONTESTED_NATIONS, 1): "4a6854c5fc6ed680",
    (PairConsent.UNMET_WISH, 1): "b630a88f68677a08",
}


def _asked(pack: RulePack, facts: PairFacts) -> dict[PairConsent, set[PairGiver]]:
    return {one.code: set(one.givers) for one in needed_consents(pack, facts)}


def test_texts_have_not_changed_without_a_new_version() -> None:
    known = {(one.code, one.version): text_hash(one.text)[:16] for one in PAIR_TEXTS.values()}
    assert known == HASHES


@pytest.mark.parametrize("pack", RULE_PACKS.values(), ids=lambda one: one.name)
def test_ordinary_pair_needs_nothing(pack: RulePack) -> None:
    for facts in (ADULT, MINOR):
        assert needed_consents(pack, facts) == ()


def test_home_with_one_adult_needs_student_and_guardian_but_no_host() -> None:
    facts = replace(MINOR, has_single_adult=True)
    assert _asked(PLAIN, facts) == {PairConsent.SINGLE_ADULT: {STUDENT, GUARDIAN}}
    assert _asked(PLAIN, replace(facts, is_minor=False)) == {PairConsent.SINGLE_ADULT: {STUDENT}}


def test_second_guest_is_asked_only_where_the_pack_has_the_rule() -> None:
    facts = replace(MINOR, other_guests={"b": True, "a": True})
    assert _asked(PLAIN, facts) == {}
    (one,) = needed_consents(J1, facts)
    assert (one.code, set(one.givers)) == (PairConsent.SECOND_GUEST, {STUDENT, GUARDIAN, HOST})


def test_agreement_about_guests_names_who_they_are_in_whichever_order() -> None:
    def about(*ids: str) -> str:
        (one,) = needed_consents(J1, replace(MINOR, other_guests=dict.fromkeys(ids, True)))
        return one.about

    assert about("a", "b") == about("b", "a")
    assert len({about("a"), about("b"), about("a", "b"), ""}) == 4


@pytest.mark.parametrize(("mine", "theirs"), [(True, False), (False, True)])
def test_minor_and_adult_in_one_home_is_asked_of_both(mine: bool, theirs: bool) -> None:
    asked = _asked(PLAIN, replace(ADULT, is_minor=mine, other_guests={"a": theirs}))
    assert asked == {PairConsent.MIXED_AGES: {STUDENT, HOST} | ({GUARDIAN} if mine else set())}
    assert _asked(PLAIN, replace(ADULT, is_minor=mine, other_guests={"a": mine})) == {}


def test_contested_nations_are_asked_of_everybody() -> None:
    asked = _asked(PLAIN, replace(MINOR, is_contested=True))
    assert asked == {PairConsent.CONTESTED_NATIONS: {STUDENT, GUARDIAN, HOST}}


@pytest.mark.parametrize(
    ("wish", "offer", "is_asked"),
    [
        ("no_pets", "pets", True),
        ("no_smoking", "smoking", True),
        ("no_pets", "smoking", False),
        ("pets", "pets", False),
    ],
)
def test_home_against_a_wish_is_asked_of_the_student(wish: str, offer: str, is_asked: bool) -> None:
    facts = replace(ADULT, wishes=frozenset({wish}), offers=frozenset({offer, "garden"}))
    assert _asked(PLAIN, facts) == ({PairConsent.UNMET_WISH: {STUDENT}} if is_asked else {})


def test_rules_that_a_pack_lacks_ask_nothing() -> None:
    bare = RulePack(PackName.PLAIN, "Bare", ())
    facts = PairFacts(
        is_minor=True,
        has_single_adult=True,
        is_contested=True,
        wishes=frozenset({"no_pets"}),
        offers=frozenset({"pets"}),
        other_guests={"a": False},
    )
    assert len(_asked(J1, facts)) == len(PairConsent)
    assert needed_consents(bare, facts) == ()
