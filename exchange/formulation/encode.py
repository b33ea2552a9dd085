"""From a snapshot and rules to the problem that the solver decides."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from exchange.domain.rules import Rules
from exchange.domain.snapshot import HostEntry, Snapshot, StudentEntry
from exchange.errors import RulesError
from exchange.formulation.allowed_pairs import score_allowed
from exchange.formulation.candidates import generate_candidates
from exchange.formulation.index import Index, IntArray
from exchange.formulation.limits import encode_limits
from exchange.formulation.nation_pairs import PairFacts, pair_matrices
from exchange.formulation.scoring import Scorer
from exchange.matching import Problem

MOST_PAIRS = 250_000_000
"""Up to so many pairs every one is scored; beyond, candidates are generated."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A problem together with all that is needed to say what its answer means.

    Attributes
    ----------
    snapshot : Snapshot
    rules : Rules
    students, hosts : tuple
        In the order of the problem's rows, which is that of their ids.
    index : Index
    scorer : Scorer
    pair_facts : PairFacts
    problem : Problem
    every_pair : bool
        The problem holds every allowed pair. If not, some were generated (`candidates`), and
        every bound of its answer holds for these only.
    """

    snapshot: Snapshot
    rules: Rules
    students: tuple[StudentEntry, ...]
    hosts: tuple[HostEntry, ...]
    index: Index
    scorer: Scorer
    pair_facts: PairFacts
    problem: Problem
    every_pair: bool


def encode(snapshot: Snapshot, rules: Rules) -> Encoded:
    """Turn people and rules into arrays.

    Parameters
    ----------
    snapshot : Snapshot
        In any order: rows are sorted by id, so that the order of sign-up cannot matter.
    rules : Rules

    Returns
    -------
    Encoded

    Raises
    ------
    RulesError
        When a rule names somebody, or a group, not in the snapshot. Pins that contradict a gate
        or each other are *not* refused here: the solver answers that they are infeasible.
    ProblemError
        When an id is used twice.
    """
    students = tuple(sorted(snapshot.students, key=lambda entry: entry.id))
    hosts = tuple(sorted(snapshot.hosts, key=lambda entry: entry.id))
    index = Index.of(students, hosts)
    pin = _pair_rows("pins", rules.pins, index)
    forbid = _pair_rows("forbids", rules.forbids, index)
    limits = encode_limits(students, hosts, rules, index)
    scorer = Scorer.of(snapshot, rules, students=students, hosts=hosts)
    pair_facts = PairFacts(snapshot, rules)
    weight, tier = pair_matrices(index.nations, pair_facts)
    student_nation = _nation_rows((student.nation for student in students), index)
    host_nation = _nation_rows((host.nation for host in hosts), index)
    every_pair = len(students) * len(hosts) <= MOST_PAIRS
    if every_pair:
        pairs = score_allowed(scorer)
    else:
        earlier = limits.get("previous", np.full(len(students), -1))
        there = np.flatnonzero(earlier >= 0)
        kept = np.concatenate([pin, np.column_stack([there, earlier[there]])])
        pairs = generate_candidates(
            scorer,
            students,
            hosts,
            rules,
            index=index,
            student_nation=student_nation,
            host_nation=host_nation,
            weight=weight,
            pin=kept,
        )
    problem = Problem.rows(
        student_nation,
        host_nation,
        np.array([host.capacity for host in hosts], dtype=np.int64),
        weight,
        pairs.start,
        pairs.host,
        pairs.quality,
        min_quality=rules.min_quality,
        pin=pin,
        forbid=forbid,
        tier=tier,
        student_key=index.student_keys,
        host_key=index.host_keys,
        **limits,
    )
    return Encoded(
        snapshot=snapshot,
        rules=rules,
        students=students,
        hosts=hosts,
        index=index,
        scorer=scorer,
        pair_facts=pair_facts,
        problem=problem,
        every_pair=every_pair,
    )


def _nation_rows(nations: Iterable[str], index: Index) -> IntArray:
    return np.array([index.nation_rows[nation] for nation in nations], dtype=np.int64)


def _pair_rows(rule: str, pairs: Iterable[tuple[str, str]], index: Index) -> IntArray:
    """Translate ids to rows; every id that is not there is named at once."""
    listed = tuple(pairs)
    unknown = sorted(
        {f"student {student}" for student, _ in listed if student not in index.student_rows}
        | {f"host {host}" for _, host in listed if host not in index.host_rows}
    )
    if unknown:
        raise RulesError(
            f"The rule {rule} names {', '.join(unknown)}, not in this match; correct the id.",
            rule=rule,
            unknown=unknown,
        )
    rows = [(index.student_rows[student], index.host_rows[host]) for student, host in listed]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)
