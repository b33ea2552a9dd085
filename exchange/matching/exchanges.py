"""Exchanges of places that bring one student to one host, along a chain of at most three."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.limits import usable_edges
from exchange.matching.measures import find_edges, pair_counts
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

NOBODY = -1


class _Chains(NamedTuple):
    """Moves, one row a chain: who (−1: nobody) goes where (−1: stays without a place)."""

    student: IntArray
    host: IntArray


def exchange_places(
    problem: Problem, placed: IntArray, pair: tuple[int, int], floor: float
) -> list[IntArray]:
    """Find the best answers that differ from a given one by a chain and contain a pair.

    The student takes a free place of the host, or the place of a guest, who takes a free place
    elsewhere, or the student's, or that of a third, who takes the student's.

    Parameters
    ----------
    problem : Problem
        Only limits of a network are looked at: capacities, pins, forbids, minimum quality.
    placed : (n,) int64
        An answer.
    pair : (student, host)
        A usable one.
    floor : float
        Of S.

    Returns
    -------
    list of (n,) int64
        That of largest S, then that of largest Q with S at least the floor, if any has; as many
        of each nation are placed as before. Empty where no chain of three is long enough.
    """
    student, host = pair
    if placed[student] == host:
        return [placed]
    chains = _list_chains(problem, placed, student, host)
    if not chains.student.shape[0]:
        return []
    before = pair_counts(problem, placed)
    more_s, more_q = _gains(problem, placed, chains, before)
    s = float(np.sqrt(problem.pair_weight * before).sum()) + more_s
    best = [int(np.argmax(more_s))]
    keeps = np.flatnonzero(s >= floor)
    if keeps.size:
        best.append(int(keeps[np.argmax(more_q[keeps])]))
    answers = []
    for row in best:
        moves = chains.student[row] >= 0
        answer = placed.copy()
        answer[chains.student[row, moves]] = chains.host[row, moves]
        answers.append(answer)
    return answers


def _list_chains(problem: Problem, placed: IntArray, student: int, host: int) -> _Chains:
    left = int(placed[student])
    held = np.bincount(placed[placed >= 0], minlength=problem.n_hosts)
    free = problem.capacity > held
    fixed = np.zeros(problem.n_students, dtype=bool)
    fixed[problem.pin[:, 0]] = True
    takes_left = _may_take(problem, placed, student) & ~fixed
    rows: list[tuple[int, ...]] = []
    blocks: list[tuple[IntArray, IntArray]] = []
    if free[host] and left >= 0:
        rows.append((student, host, NOBODY, NOBODY, NOBODY, NOBODY))
    usable = usable_edges(problem)
    for guest in np.flatnonzero((placed == host) & ~fixed).tolist():
        if takes_left[guest]:
            rows.append((student, host, guest, left, NOBODY, NOBODY))
        span = slice(int(problem.start[guest]), int(problem.start[guest + 1]))
        goes = np.zeros(problem.n_hosts, dtype=bool)
        goes[problem.edge_host[span][usable[span]]] = True
        goes[host] = False
        if left >= 0:
            rows += [
                (student, host, guest, via, NOBODY, NOBODY)
                for via in np.flatnonzero(goes & free).tolist()
            ]
        third = np.flatnonzero(takes_left & (placed >= 0) & (placed != left))
        third = third[goes[placed[third]]]
        one = np.ones(third.size, dtype=np.int64)
        blocks.append(
            (
                np.column_stack([student * one, guest * one, third]),
                np.column_stack([host * one, placed[third], left * one]),
            )
        )
    listed = np.array(rows, dtype=np.int64).reshape(-1, 6)
    return _Chains(
        np.concatenate([listed[:, ::2], *(who for who, _ in blocks)]),
        np.concatenate([listed[:, 1::2], *(where for _, where in blocks)]),
    )


def _may_take(problem: Problem, placed: IntArray, student: int) -> npt.NDArray[np.bool_]:
    """Say who may have what a student has now: a host, or no place at all."""
    left = int(placed[student])
    if left < 0:
        same: npt.NDArray[np.bool_] = problem.student_nation == problem.student_nation[student]
        return same if problem.fair_nations else np.ones(problem.n_students, dtype=bool)
    everybody = np.arange(problem.n_students)
    edge = find_edges(problem, everybody, np.full(problem.n_students, left, dtype=np.int64))
    may = edge >= 0
    may &= problem.edge_quality[np.maximum(edge, 0)] >= np.float32(problem.min_quality)
    may[problem.forbid[problem.forbid[:, 1] == left, 0]] = False
    return may


def _gains(
    problem: Problem, placed: IntArray, chains: _Chains, before: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Compute what each chain changes in S and in Q, its moves counted one after the other."""
    size, steps = chains.student.shape
    more_s, more_q = np.zeros(size), np.zeros(size)
    codes: list[tuple[IntArray, int]] = []
    count, weight = before.ravel(), problem.pair_weight.ravel()
    for step in range(steps):
        who = chains.student[:, step]
        for where, sign in (
            (np.where(who >= 0, placed[who], NOBODY), -1),
            (chains.host[:, step], 1),
        ):
            there = (who >= 0) & (where >= 0)
            at = np.where(there, where, 0)
            a, b = problem.student_nation[who], problem.host_nation[at]
            code = np.where(there, np.minimum(a, b) * problem.n_nations + np.maximum(a, b), NOBODY)
            met = count[code] + sum(
                (earlier_sign * (earlier == code) for earlier, earlier_sign in codes),
                np.zeros(size, dtype=np.int64),
            )
            change = np.sqrt(weight[code]) * (
                np.sqrt(np.maximum(met + sign, 0)) - np.sqrt(np.maximum(met, 0))
            )
            more_s += np.where(there, change, 0.0)
            edge = find_edges(problem, np.maximum(who, 0), at)
            more_q += sign * np.where(there, problem.edge_quality[edge], 0.0)
            codes.append((code, sign))
    return more_s, more_q
