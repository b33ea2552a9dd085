"""Generated candidates: a true part of all allowed pairs that passes nobody over."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.formulation import candidates
from exchange.formulation import encode as encoding
from exchange.formulation.encode import Encoded, encode
from exchange.matching import Problem
from tests.formulation.cohorts import large_snapshot, rules_drawn, snapshots, unhurried


def _generated(people: Snapshot, rules: Rules | None = None) -> Encoded:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "MOST_PAIRS", -1)
        return encode(people, rules or Rules())


def _qualities(problem: Problem) -> dict[tuple[int, int], float]:
    pairs = zip(problem.edge_student.tolist(), problem.edge_host.tolist(), strict=True)
    return dict(zip(pairs, problem.edge_quality.tolist(), strict=True))


@unhurried
@given(people=snapshots(), rules=rules_drawn)
def test_candidates_are_allowed_pairs_with_their_quality(people: Snapshot, rules: Rules) -> None:
    every, some = encode(people, rules), _generated(people, rules)
    assert (every.every_pair, some.every_pair) == (True, False)
    all_pairs, chosen = _qualities(every.problem), _qualities(some.problem)
    assert chosen.items() <= all_pairs.items()
    # With so few people nothing has to be left out.
    takes = {row for row, host in enumerate(every.hosts) if host.capacity > 0}
    assert {pair for pair in all_pairs if pair[1] in takes} <= chosen.keys()


@unhurried
@given(people=snapshots(), random=st.randoms(use_true_random=False))
def test_candidates_of_shuffled_people_are_the_same(people: Snapshot, random: object) -> None:
    students, hosts = list(people.students), list(people.hosts)
    random.shuffle(students)  # type: ignore[attr-defined]
    random.shuffle(hosts)  # type: ignore[attr-defined]
    shuffled = replace(people, students=tuple(students), hosts=tuple(hosts))
    assert _qualities(_generated(people).problem) == _qualities(_generated(shuffled).problem)


def test_candidates_of_many_pass_nobody_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "HOSTS_IN_WINDOW", 120)
    monkeypatch.setattr(candidates, "HOSTS_SCORED", 60)
    people = large_snapshot(700)
    pinned = (people.students[3].id, people.hosts[5].id)
    every = encode(people, Rules(pins=(pinned,)))
    some = _generated(people, Rules(pins=(pinned,)))
    all_pairs, chosen = _qualities(every.problem), _qualities(some.problem)
    assert chosen.items() <= all_pairs.items()
    assert len(chosen) < len(all_pairs) / 8
    for side, size in ((0, len(every.students)), (1, len(every.hosts))):
        possible = np.bincount([pair[side] for pair in all_pairs], minlength=size)
        found = np.bincount([pair[side] for pair in chosen], minlength=size)
        assert (found >= np.minimum(possible, candidates.ENOUGH)).all()
    kept = {(3, 5)} | {
        (row, every.index.host_rows[host])
        for row, student in enumerate(every.students)
        for host in student.ranked_hosts
    }
    assert kept & all_pairs.keys() <= chosen.keys()
    assert kept & all_pairs.keys()
