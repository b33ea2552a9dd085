"""A weight of the mix inside hosts counts only where somebody can be mixed."""

from typing import Any

import numpy as np
import pytest

from exchange.matching import Options, Problem, solve
from tests.matching.answers import digest
from tests.matching.cohorts import random_arrays


@pytest.mark.parametrize("reason", ["two places", "one nation", "forbidden", "too poor"])
def test_where_nobody_can_be_mixed_the_weight_changes_no_byte(reason: str) -> None:
    arrays = random_arrays(9, students=30, hosts=16, nations=4)
    limits: dict[str, Any] = {}
    if reason != "two places":
        arrays["capacity"][0] = 4
        first = arrays["student_nation"] == (arrays["host_nation"][0] + 1) % 4
        others = np.argwhere(arrays["allowed"][:, :1] & ~first[:, None])
        if reason == "one nation":
            arrays["allowed"][others[:, 0], 0] = False
        elif reason == "forbidden":
            limits["forbid"] = others
        else:
            limits["min_quality"] = 0.05
            arrays["quality"][others[:, 0], 0] = 0.01
    with_weight = Problem.dense(**arrays, **limits, inside_host_weight=0.3)
    assert with_weight.couplings.inside_host_weight is None
    plain = solve(Problem.dense(**arrays, **limits), Options(seed=2))
    found = solve(with_weight, Options(seed=2))
    assert digest(found) == digest(plain)
    assert found.inside is None


def test_a_host_of_three_places_that_two_nations_may_go_to_keeps_the_weight() -> None:
    arrays = random_arrays(9, students=30, hosts=16, nations=4)
    arrays["capacity"][0] = 3
    assert Problem.dense(**arrays, inside_host_weight=0.3).couplings.inside_host_weight == 0.3
