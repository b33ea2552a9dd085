"""Versions of a cycle's rules: every change is one, none is ever edited."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from exchange.domain.rule_changes import Change
from exchange.domain.rule_packs import PackName
from exchange.domain.rules import Rules
from exchange.errors import Forbidden, NotFound
from exchange.services import cycles, pair_weights, rule_people, rule_versions
from exchange.services.actor import SYSTEM
from exchange.services.rule_versions import rules_of
from tests.services.people import AT, approve, host, make_office, sign_up, start, student, told


def test_cycle_begins_with_version_one_and_every_change_is_the_next(session: Session) -> None:
    office = make_office(session)
    cycle = office.cycle
    cycles.set_rules(session, office.actor, cycle, Rules(epsilon=0.1), AT, reason="Better homes")
    cycles.set_rule_pack(session, office.actor, cycle, PackName.US_J1, AT, reason="New law")
    lines = rule_versions.history(session, office.actor, cycle)
    assert [line.version.number for line in lines] == [3, 2, 1]
    assert [line.version.reason for line in lines] == ["New law", "Better homes", ""]
    assert [line.pack_changed for line in lines] == [True, False, False]
    assert [line.changes for line in lines] == [
        (),
        (Change("epsilon", None, 0.02, 0.1),),
        (),
    ]
    assert lines[0].by == "A coordinator"
    assert lines[2].by is None
    (second,) = rule_versions.history(session, office.actor, cycle, before=3, most=1)
    assert (second.version.number, len(second.changes)) == (2, 1)


def test_setting_what_is_in_force_makes_no_version_and_no_event(session: Session) -> None:
    office = make_office(session)
    cycles.set_rules(session, office.actor, office.cycle, Rules(), AT)
    cycles.set_rule_pack(session, office.actor, office.cycle, PackName.PLAIN, AT)
    assert rule_versions.current_number(session, office.cycle.id) == 1
    assert not {"cycle:set_rules", "cycle:set_rule_pack"} & set(told(session))


def test_restored_version_is_a_new_one_with_rules_and_pack(session: Session) -> None:
    office = make_office(session)
    cycle = office.cycle
    cycles.set_rules(session, office.actor, cycle, Rules(flatten=True), AT)
    cycles.set_rule_pack(session, office.actor, cycle, PackName.US_J1, AT)
    first = rule_versions.get_version(session, office.actor, cycle, 1)
    cycles.restore_rules(session, office.actor, cycle, first, AT, reason="A mistake")
    assert rules_of(cycle.rules) == Rules()
    assert cycle.rule_pack is PackName.PLAIN
    current = rule_versions.current_version(session, cycle.id)
    assert current is not None
    assert (current.number, current.reason) == (4, "A mistake")
    assert told(session)[-2:] == ["cycle:set_rules", "cycle:set_rule_pack"]


def test_run_keeps_the_version_that_it_was_started_with(session: Session) -> None:
    office = make_office(session)
    approve(session, office, sign_up(session, office, student()))
    cycles.set_rules(session, office.actor, office.cycle, Rules(epsilon=0.1), AT)
    run = start(session, office)
    cycles.set_rules(session, office.actor, office.cycle, Rules(epsilon=0.3), AT)
    session.refresh(run)
    assert rule_versions.number_of(session, run.rule_version_id) == 2
    assert rules_of(run.rules).epsilon == 0.1
    assert rule_versions.number_of(session, None) is None


def test_versions_of_another_programme_are_not_found(session: Session) -> None:
    mine, theirs = make_office(session), make_office(session, "Strangers")
    with pytest.raises(NotFound, match="nothing at this address"):
        rule_versions.history(session, mine.actor, theirs.cycle)
    with pytest.raises(NotFound, match="nothing at this address"):
        rule_versions.get_version(session, theirs.actor, theirs.cycle, 2)
    nobody = replace(mine.actor, roles={mine.programme.id: frozenset()})
    with pytest.raises((NotFound, Forbidden), match="."):
        cycles.set_rules(session, nobody, mine.cycle, Rules(epsilon=0.5), AT)


def test_pair_is_dated_by_the_version_that_last_changed_it(session: Session) -> None:
    office = make_office(session)
    cycle, pair = office.cycle, ("GR", "TR")

    def set_pair(weight: float | None, *, contested: bool, reason: str) -> None:
        pair_weights.set_pair(
            session,
            office.actor,
            cycle,
            pair,
            weight=weight,
            is_contested=contested,
            reason=reason,
            at=AT,
        )

    set_pair(0.9, contested=False, reason="Old friends")
    set_pair(0.9, contested=True, reason="A new quarrel")
    cycles.set_rules(session, SYSTEM, cycle, replace(rules_of(cycle.rules), epsilon=0.5), AT)
    changes = rule_versions.pair_changes(session, cycle)
    assert {key: (one.number, one.reason) for key, one in changes.items()} == {
        pair: (3, "A new quarrel")
    }
    set_pair(None, contested=False, reason="Peace")
    assert rule_versions.pair_changes(session, cycle)[pair].reason == "Peace"
    assert rules_of(cycle.rules).pair_weights == {}


def test_pairs_at_stake_are_those_of_the_nations_that_signed_up(session: Session) -> None:
    office = make_office(session)
    for number in range(3):
        sign_up(session, office, student(number))
    sign_up(session, office, host())
    nations = pair_weights.nations_of(session, office.cycle)
    assert nations == ("GR", "IL", "TR")
    rules = Rules(pair_weights={("AT", "CH"): 0.25}, flatten=True)
    weighed = pair_weights.weigh_all(rules, nations)
    assert [one.key for one in weighed] == [
        ("AT", "CH"),
        ("GR", "IL"),
        ("GR", "TR"),
        ("IL", "TR"),
    ]
    assert {one.weight for one in weighed} == {1.0}
    assert weighed[0].own == 0.25


def test_people_in_rules_are_found_by_every_id_of_theirs(session: Session) -> None:
    office = make_office(session)
    one, home = sign_up(session, office, student()), sign_up(session, office, host())
    known = rule_people.directory(session, office.cycle)
    pair = (one.public_id, home.public_id)
    assert known.resolve([(one.reference, home.reference), pair]) == ([pair, pair], [])
    assert known.resolve([("nobody", home.reference), (home.reference, one.reference)]) == (
        [],
        ["nobody", home.reference, one.reference],
    )
    assert known.readable([pair]) == [(one.reference, home.reference)]
