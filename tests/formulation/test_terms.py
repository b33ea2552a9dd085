"""The vectorised terms against a reference that looks at one pair at a time."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given

from exchange.domain.attributes import LanguageSkill, Level, Lifestyle, is_met
from exchange.domain.rules import TERM_WEIGHTS, Rules
from exchange.domain.snapshot import HostEntry, Snapshot, StudentEntry
from exchange.formulation.encode import encode
from exchange.formulation.explain import pair_terms
from exchange.formulation.scoring import Scorer
from exchange.formulation.terms import asked_terms
from tests.formulation.cohorts import host, rules_drawn, snapshot, snapshots, student, unhurried

CLOSE = 1e-6
"""The scores are 32-bit floats; the reference is not."""


def _offers(h: HostEntry) -> frozenset[str]:
    return frozenset(h.offers) | ({"children"} if h.children or h.child_ages else frozenset())


def _facts(h: HostEntry) -> frozenset[str]:
    alone = h.adults == 1 and "children" not in _offers(h)
    return (
        _offers(h)
        | ({"single_adult"} if alone else frozenset())
        | ({"other_students"} if h.capacity > 1 else frozenset())
    )


def languages(s: StudentEntry, h: HostEntry, people: Snapshot) -> float:
    if not s.languages or not h.languages:
        return 0.5
    shared = [
        min(a.level.rank, b.level.rank)
        for a in s.languages
        for b in h.languages
        if a.tag.split("-")[0] == b.tag.split("-")[0]
    ]
    return min(max(shared, default=0) / 6, 1.0)


def interests(s: StudentEntry, h: HostEntry, people: Snapshot) -> float:
    a, b = set(s.interests), set(h.interests)
    return min(len(a & b) / min(3, len(a), len(b)), 1.0) if a and b else 0.5


def field(s: StudentEntry, h: HostEntry, people: Snapshot) -> float:
    return float(s.field == h.field) if s.field and h.field else 0.5


def age(s: StudentEntry, h: HostEntry, people: Snapshot) -> float:
    if s.age is None:
        return 0.5
    if h.child_ages:
        apart: float = min(abs(s.age - child) for child in h.child_ages)
    elif h.min_age is not None and h.max_age is not None:
        apart = abs(s.age - (h.min_age + h.max_age) / 2)
    else:
        return 0.5
    return 1 - min(apart, 10) / 10


def household(s: StudentEntry, h: HostEntry, people: Snapshot) -> float:
    halves = []
    if "lifestyle" in people.student_columns and "lifestyle" in people.host_columns:
        both = s.lifestyle and h.lifestyle
        halves.append(float(s.lifestyle == h.lifestyle) if both else 0.5)
    if "wishes" in people.student_columns and {"children", "child_ages"} & people.host_columns:
        wants, avoids = "children" in s.wishes, "no_children" in s.wishes
        there = "children" in _offers(h)
        told = there or h.children is not None
        halves.append(float(wants == there) if wants != avoids and told else 0.5)
    return sum(halves) / len(halves)


def wishes(s: StudentEntry, h: HostEntry, people: Snapshot) -> float:
    wanted = set(s.wishes)
    if not wanted or not _offers(h):
        return 0.5
    return sum(is_met(wish, _facts(h)) for wish in wanted) / len(wanted)


def preference(s: StudentEntry, h: HostEntry, people: Snapshot) -> float:
    if not s.ranked_hosts and not s.ranked_nations:
        return 0.5
    return max(worth(s.ranked_hosts, h.id), worth(s.ranked_nations, h.nation))


def worth(names: tuple[str, ...], name: str) -> float:
    ranked = list(dict.fromkeys(names))
    return 1 - ranked.index(name) / len(ranked) if name in ranked else 0.0


def waiting(s: StudentEntry, h: HostEntry, people: Snapshot) -> float:
    joined = [one.waiting_since for one in people.students if one.waiting_since]
    if s.waiting_since is None or min(joined) == max(joined):
        return 0.5
    return (max(joined) - s.waiting_since).days / (max(joined) - min(joined)).days


REFERENCE = {
    "languages": languages,
    "interests": interests,
    "field": field,
    "age": age,
    "household": household,
    "wishes": wishes,
    "preference": preference,
    "waiting": waiting,
}


@unhurried
@given(people=snapshots(), rules=rules_drawn)
def test_terms_of_all_pairs_equal_the_scalar_reference(people: Snapshot, rules: Rules) -> None:
    scorer = Scorer.of(people, rules, students=people.students, hosts=people.hosts)
    rows = slice(0, len(people.students))
    values, quality = scorer.term_values(rows), scorer.quality(rows)
    expected_names = [
        name
        for name in TERM_WEIGHTS
        if name in asked_terms(people) and rules.term_weights[name] > 0
    ]
    assert list(values) == expected_names
    for i, one in enumerate(people.students):
        for j, other in enumerate(people.hosts):
            expected = {name: REFERENCE[name](one, other, people) for name in expected_names}
            found = {name: float(values[name][i, j]) for name in values}
            assert found == pytest.approx(expected, abs=CLOSE)
            assert all(0.0 <= value <= 1.0 for value in found.values())
            weights = {name: rules.term_weights[name] for name in expected_names}
            total = sum(weights.values())
            mean = sum(weights[n] * expected[n] for n in weights) / total if total else 0.5
            assert float(quality[i, j]) == pytest.approx(mean, abs=CLOSE)
            assert 0.0 <= quality[i, j] <= 1.0


def test_terms_with_every_cell_empty_are_one_half() -> None:
    encoded = encode(snapshot(student(), host()), Rules())
    assert pair_terms(encoded, "s1", "h1") == dict.fromkeys(TERM_WEIGHTS, 0.5)


def test_terms_of_a_full_pair_are_as_documented() -> None:
    one = student(
        languages=(LanguageSkill("ur", Level.NATIVE), LanguageSkill("en", Level.B2)),
        age=17,
        interests=("chess", "film", "music", "art"),
        field="02",
        wishes=("pets", "children"),
        lifestyle=Lifestyle.QUIET,
        ranked_hosts=("h9", "h1"),
        waiting_since=date(2026, 1, 11),
    )
    other = host(
        languages=(LanguageSkill("en-GB", Level.NATIVE),),
        interests=("chess", "film", "dance"),
        field="02",
        offers=("garden",),
        children=1,
        child_ages=(4, 15),
        lifestyle=Lifestyle.LIVELY,
    )
    first = student("s2", waiting_since=date(2026, 1, 1))
    newest = student("s3", waiting_since=date(2026, 1, 21))
    encoded = encode(snapshot(one, first, newest, other), Rules())
    assert pair_terms(encoded, "s1", "h1") == pytest.approx(
        {
            "languages": 4 / 6,
            "interests": 2 / 3,
            "field": 1.0,
            "age": 0.8,
            "household": 0.5,
            "wishes": 0.5,
            "preference": 0.5,
            "waiting": 0.5,
        },
        abs=CLOSE,
    )


def test_quality_without_any_term_is_one_half() -> None:
    rules = Rules(term_weights=dict.fromkeys(TERM_WEIGHTS, 0.0))
    encoded = encode(snapshot(student(), host()), rules)
    assert encoded.problem.edge_quality.dtype == np.float32
    # No language is assumed for an empty cell, so the pair itself is not allowed.
    assert encoded.problem.edge_quality.size == 0
    assert encoded.scorer.quality(slice(0, 1)).tolist() == [[0.5]]
