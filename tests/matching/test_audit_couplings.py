"""The limits that join placements, each with an answer that keeps it and some that do not."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from exchange.errors import SolverError
from exchange.matching import audit_couplings as checks

HOST = np.array([0, 0, 1, 1, 2, -1])
"""Two students at host 0, two at host 1, one at host 2, one without a place."""
NATION = np.array([0, 1, 0, 0, 2, 0])
PAIRS = np.array([[0, 1], [2, 4]])
CONTACTS = np.array([[0, 2, 0], [1, 0, 3], [0, 3, 0]])
TIER = np.array([[0, 0, 1], [0, 0, 4], [1, 4, 0]])
STAY = np.array([[1, 5], [6, 9], [1, 3], [3, 8], [2, 4], [1, 9]])

Check = Callable[[], None]


def _label_cap(**changed: Any) -> Check:
    given = {"host": HOST, "label": NATION, "cap": 2, "check": "host_nation_cap"} | changed
    return partial(checks.check_label_cap, **given)


def _stays(**changed: Any) -> Check:
    given = {"host": HOST, "stay": STAY, "capacity": np.array([1, 2, 1])} | changed
    return partial(checks.check_stays, **given)


def _groups(**changed: Any) -> Check:
    given: dict[str, Any] = {
        "placed_group": np.array([0, 0, 1, -1]),
        "least": np.array([1, 1]),
        "most": np.array([2, 1]),
        "check": "host_group",
    }
    return partial(checks.check_group_counts, **(given | changed))


def _contacts(**changed: Any) -> Check:
    given: dict[str, Any] = {"tier": TIER, "tier4_floor": 6, "reciprocity_tolerance": 1}
    return partial(checks.check_contacts, CONTACTS, **(given | changed))


KEPT: list[tuple[str, Check]] = [
    ("label cap", _label_cap()),
    ("label cap, no label", _label_cap(label=np.full(6, -1), cap=0)),
    ("stays that follow one another", _stays()),
    ("changes", partial(checks.check_changes, HOST, np.array([0, 0, 1, 2, 2, -1]), 1)),
    ("who had no home is no change", partial(checks.check_changes, HOST, np.full(6, -1), 0)),
    ("apart", partial(checks.check_apart, HOST, np.array([[0, 2], [4, 5]]))),
    ("apart without a place", partial(checks.check_apart, np.full(6, -1), PAIRS)),
    ("together at one host", partial(checks.check_together, HOST, PAIRS[:1], np.full(3, -1))),
    ("together in one area", partial(checks.check_together, HOST, PAIRS, np.array([0, 1, 1]))),
    ("together without a place", partial(checks.check_together, np.full(6, -1), PAIRS, NATION[:3])),
    ("groups", _groups()),
    ("groups without a minimum", _groups(least=None)),
    ("nobody alone", partial(checks.check_isolation, np.array([0, 0, 1]), np.array([2, 2, -1]))),
    ("contacts", _contacts()),
    (
        "contacts that make up for earlier years",
        _contacts(reciprocity_tolerance=0, standing_balance=np.array([[0, 1, -5]])),
    ),
    ("contacts without limits", _contacts(tier4_floor=None, reciprocity_tolerance=None)),
]
BROKEN: list[tuple[str, Check, str]] = [
    ("label cap", _label_cap(cap=1), "host_nation_cap"),
    ("stay on one day too many", _stays(stay=STAY + [[0, 1]] * 6), "stay"),
    ("stay over a place", _stays(capacity=np.array([1, 1, 1])), "stay"),
    ("moved", partial(checks.check_changes, HOST, np.array([1, 1, 1, 1, 2, -1]), 1), "max_changes"),
    ("lost", partial(checks.check_changes, HOST, np.array([0, 0, 1, 1, 2, 2]), 0), "max_changes"),
    ("apart", partial(checks.check_apart, HOST, PAIRS), "keep_apart"),
    (
        "together",
        partial(checks.check_together, HOST, PAIRS, np.array([0, 0, 1])),
        "keep_together",
    ),
    (
        "one of two left out",
        partial(checks.check_together, HOST, np.array([[4, 5]]), np.zeros(3, int)),
        "keep_together",
    ),
    (
        "two hosts in no area",
        partial(checks.check_together, HOST, PAIRS, np.full(3, -1)),
        "keep_together",
    ),
    ("group too small", _groups(least=np.array([1, 2])), "host_group_min"),
    ("group that nobody joined", _groups(least=np.array([0, 0, 1]), most=None), "host_group_min"),
    ("group too large", _groups(most=np.array([1, 1])), "host_group_max"),
    (
        "alone",
        partial(checks.check_isolation, np.array([0, 0, 1]), np.array([2, 2, 2])),
        "isolation_guard",
    ),
    ("few rivals", _contacts(tier4_floor=7), "tier4_floor"),
    ("no tiers known", _contacts(tier=None), "tier4_floor"),
    (
        "uneven with the years before",
        _contacts(standing_balance=np.array([[0, 1, 1]])),
        "reciprocity_tolerance",
    ),
    (
        "uneven more than before",
        _contacts(standing_balance=np.array([[0, 1, 4]])),
        "reciprocity_tolerance",
    ),
    ("uneven", _contacts(reciprocity_tolerance=0), "reciprocity_tolerance"),
]


@pytest.mark.parametrize("check", [case[1] for case in KEPT], ids=[case[0] for case in KEPT])
def test_coupling_that_is_kept_passes(check: Check) -> None:
    check()


@pytest.mark.parametrize(
    ("check", "name"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_coupling_that_is_broken_is_refused(check: Check, name: str) -> None:
    with pytest.raises(SolverError, match="failed its audit") as caught:
        check()
    assert caught.value.facts["check"] == name
