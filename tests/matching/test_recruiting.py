"""What one more host would bring, against problems to which it is added."""

from typing import Any

import numpy as np
import pytest

from exchange.matching import Options, Problem, solve
from exchange.matching.coverage import most_placed
from exchange.matching.limits import build_network
from exchange.matching.recruiting import NewHost, gain_of_hosts
from tests.bench import problems
from tests.matching.cohorts import random_arrays


def _with_host(arrays: dict[str, Any], host: NewHost, **optional: Any) -> Problem:
    accepts = host.accepts[:, None]
    return Problem.dense(
        arrays["student_nation"],
        np.append(arrays["host_nation"], host.nation),
        np.append(arrays["capacity"], host.places),
        arrays["pair_weight"],
        np.hstack([arrays["quality"], np.full(accepts.shape, 0.5, dtype=np.float32)]),
        np.hstack([arrays["allowed"], accepts]),
        **optional,
    )


def _new_hosts(arrays: dict[str, Any], seed: int, count: int) -> list[NewHost]:
    rng = np.random.default_rng(seed)
    nation, nations = arrays["student_nation"], arrays["pair_weight"].shape[0]
    hosts = []
    for _ in range(count):
        home = int(rng.integers(nations))
        accepts = (rng.random(nation.size) < 0.4) & (nation != home)
        hosts.append(NewHost(accepts, home, int(rng.integers(1, 4))))
    return hosts


@pytest.mark.parametrize("seed", range(8))
def test_students_that_a_host_places_are_those_of_the_flow_with_it(seed: int) -> None:
    arrays = random_arrays(seed, students=16, hosts=7, nations=4, density=0.4)
    open_pairs = np.argwhere(arrays["allowed"] & (arrays["capacity"] > 0))
    optional = {"min_quality": 0.1, "forbid": open_pairs[4:7]}
    good = [tuple(pair) for pair in open_pairs[:4] if arrays["quality"][tuple(pair)] >= 0.1]
    problem = Problem.dense(**arrays, pin=good[:1], **optional)
    solution = solve(problem, Options())
    hosts = _new_hosts(arrays, seed, 8)
    found = [gain.students for gain in gain_of_hosts(problem, solution, hosts)]
    true = [
        len(good[:1])
        + most_placed(build_network(_with_host(arrays, host, pin=good[:1], **optional), seed=0))
        - solution.M
        for host in hosts
    ]
    assert found == true
    assert max(found) > 0


def test_diversity_that_a_host_brings_stays_below_its_bound() -> None:
    made = problems.dense(70, 8)
    arrays = {
        "student_nation": made.student_nation,
        "host_nation": made.host_nation,
        "capacity": made.capacity,
        "pair_weight": made.pair_weight,
        "quality": made.quality,
        "allowed": made.allowed,
    }
    problem = Problem.dense(**arrays)
    solution = solve(problem, Options(epsilon=0.0))
    assert solution.M == problem.n_students
    hosts = _new_hosts(arrays, 1, 2)
    for host, gain in zip(hosts, gain_of_hosts(problem, solution, hosts), strict=True):
        assert gain.students == 0
        assert gain.diversity_bound is not None
        more = solve(_with_host(arrays, host), Options(epsilon=0.0)).S_found - solution.S_found
        assert more <= gain.diversity_bound + 1e-9
        assert gain.diversity_bound < 0.1 * solution.S_found
