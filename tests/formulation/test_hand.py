"""Changes by hand: priced as a run would count, and never past a rule that protects somebody."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.attributes import LanguageSkill, Level
from exchange.domain.hand import Cohort, Edit, OverrideKind, move, release, swap
from exchange.domain.placement import Placement
from exchange.domain.rules import Rules
from exchange.domain.set_limits import broken_limits
from exchange.domain.snapshot import Snapshot
from exchange.errors import SolverError
from exchange.formulation.encode import encode
from exchange.formulation.explain import RULE_NAMES
from exchange.formulation.hand import price_edit, report_by_hand, score_pairs
from exchange.formulation.nation_pairs import contacts
from exchange.matching import Options
from exchange.matching.audit_limits import check_limits
from exchange.pipeline import MatchResult, run_match
from tests.formulation.cohorts import host, snapshot, snapshots, student, unhurried

ENGLISH = (LanguageSkill("en", Level.C1),)


def _solved(snapshot_: Snapshot, rules: Rules) -> MatchResult:
    return run_match(snapshot_, rules, Options(epsilon=0.05, seed=1))


@given(snapshot_=snapshots())
@unhurried
def test_placements_of_a_run_are_counted_as_the_run_did(snapshot_: Snapshot) -> None:
    rules = Rules()
    found = _solved(snapshot_, rules)
    cohort = Cohort(snapshot_, rules)
    price = price_edit(cohort, found.placements, Edit(OverrideKind.RELEASE))
    report = report_by_hand(cohort, price, found.report, version="1")
    assert price.placements == found.placements
    assert price.met == found.contacts
    for name in ("M", "S", "D", "Q"):
        assert report[name] == pytest.approx(found.report[name], abs=1e-5)
    for name in ("fairness", "hill", "reciprocity", "nation_pairs", "only_contacts"):
        assert report[name] == found.report[name]
    if found.report["inside_hosts"]:
        assert report["inside_hosts"] == pytest.approx(found.report["inside_hosts"])
    pairs = [(one.student_id, one.host_id) for one in found.placements]
    again = [
        replace(one, only_contact_of_pair=made.only_contact_of_pair)
        for one, made in zip(score_pairs(cohort, pairs), found.placements, strict=True)
    ]
    assert again == list(found.placements)


@given(snapshot_=snapshots(), data=st.data())
@unhurried
def test_limits_are_broken_where_the_audit_refuses(
    snapshot_: Snapshot, data: st.DataObject
) -> None:
    cap, by_nation = st.none() | st.just(1), data.draw(st.booleans())
    rules = data.draw(
        st.builds(
            Rules,
            max_same_nation_per_host=cap if by_nation else st.none(),
            max_same_language_per_host=st.none() if by_nation else cap,
            tier4_floor=st.none() | st.just(1),
            reciprocity_tolerance=st.none() | st.just(0),
            inside_host_weight=st.just(0.0),
        )
    )
    cohort = Cohort(snapshot_, rules)
    encoded = encode(snapshot_, rules)
    host = np.full(encoded.problem.n_students, -1, dtype=np.int64)
    free = encoded.problem.capacity.copy()
    for row in range(host.size):
        span = slice(int(encoded.problem.start[row]), int(encoded.problem.start[row + 1]))
        open_hosts = [one for one in encoded.problem.edge_host[span].tolist() if free[one] > 0]
        if open_hosts and data.draw(st.booleans()):
            host[row] = data.draw(st.sampled_from(open_hosts))
            free[host[row]] -= 1
    host_of = {
        encoded.students[row].id: encoded.hosts[home].id
        for row, home in enumerate(host.tolist())
        if home >= 0
    }
    met = contacts(score_pairs(cohort, list(host_of.items())), cohort.snapshot, rules)
    broken = {one.rule for one in broken_limits(cohort.students, cohort.hosts, rules, host_of, met)}
    if any(
        cohort.kept_apart(one, other)
        for one, home in host_of.items()
        for other, where in host_of.items()
        if one != other and home == where
    ):
        broken.add("keep_apart")
    try:
        check_limits(encoded.problem, host)
        refused = None
    except SolverError as error:
        refused = error.facts["check"]
    names = RULE_NAMES
    assert (refused is None) == (not broken)
    assert refused is None or names.get(refused, refused) in broken


@given(snapshot_=snapshots(), data=st.data())
@unhurried
def test_a_swap_and_its_inverse_end_where_they_began(
    snapshot_: Snapshot, data: st.DataObject
) -> None:
    rules = Rules()
    placements = _solved(snapshot_, rules).placements
    cohort = Cohort(snapshot_, rules)
    if len(placements) < 2:
        return
    one, other = data.draw(
        st.lists(st.sampled_from(placements), min_size=2, max_size=2, unique_by=_student)
    )
    hosts = {each.student_id: each.host_id for each in placements}
    there = price_edit(cohort, placements, swap(one.student_id, other.student_id, hosts))
    if there.obstacles:
        assert there.placements == placements
        assert there.after == there.before
        return
    back_hosts = {each.student_id: each.host_id for each in there.placements}
    back = price_edit(cohort, there.placements, swap(one.student_id, other.student_id, back_hosts))
    assert back.placements == placements
    assert math.isclose(back.after.S, there.before.S)
    assert (back.gained, back.lost) == (there.lost, there.gained)


def _student(placement: Placement) -> str:
    return placement.student_id


@given(snapshot_=snapshots())
@unhurried
def test_no_edit_makes_a_pair_that_a_gate_closes(snapshot_: Snapshot) -> None:
    rules = Rules()
    found = _solved(snapshot_, rules)
    cohort = Cohort(snapshot_, rules)
    encoded = encode(snapshot_, rules)
    allowed = encoded.scorer.allowed(slice(0, len(encoded.students)))
    for row, one in enumerate(encoded.students):
        for column, home in enumerate(encoded.hosts):
            price = price_edit(cohort, found.placements, move(one.id, home.id))
            if not allowed[row, column]:
                assert price.obstacles[one.id]
            elif not price.obstacles:
                guests = [each for each in price.placements if each.host_id == home.id]
                assert len(guests) <= home.capacity


def test_a_forbid_a_pin_and_the_least_fit_stand_in_the_way() -> None:
    people = snapshot(
        student(languages=ENGLISH),
        host("h1", languages=ENGLISH),
        host("h2", languages=ENGLISH),
    )
    plain = Cohort(people, Rules())
    placements = score_pairs(plain, [("s1", "h1")])
    assert price_edit(plain, placements, move("s1", "h2")).obstacles == {}
    forbidding = Cohort(people, Rules(forbids=(("s1", "h2"),)))
    assert price_edit(forbidding, placements, move("s1", "h2")).obstacles == {"s1": ("forbidden",)}
    pinned = Cohort(people, Rules(pins=(("s1", "h1"),)))
    assert price_edit(pinned, placements, move("s1", "h2")).obstacles == {
        "s1": ("pinned_elsewhere",)
    }
    assert price_edit(pinned, placements, release("s1")).obstacles == {"s1": ("pinned_elsewhere",)}
    choosy = Cohort(people, Rules(min_quality=1.0))
    assert price_edit(choosy, placements, move("s1", "h2")).obstacles == {
        "s1": ("below_min_quality",)
    }
    stranger = price_edit(plain, placements, move("nobody", "h2"))
    assert stranger.obstacles == {"nobody": ("unknown",)}
