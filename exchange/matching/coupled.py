"""The order of goals when limits join several pairs: coverage, fewest changes, diversity, fit.

Small cohorts are proven optimal by one integer program a stage. Larger ones take the answer of
the network without these limits, move it to the nearest answer that keeps them, and improve it
by freeing some students at a time; leaving the limits out gives the bounds, which stays true.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import ROUNDING, count_bound
from exchange.matching.candidates import best_within
from exchange.matching.coupled_bounds import Bounded, Bounding
from exchange.matching.coupled_coverage import NODES, PER_STUDENT
from exchange.matching.coupled_program import CoupledProgram, Goal, Need
from exchange.matching.coupling_rows import build_rows, with_placed, with_shared_places
from exchange.matching.inside_hosts import inside_network, most_inside
from exchange.matching.limits import build_network
from exchange.matching.measures import FLOOR_TOLERANCE
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.solution import NO_PRICES, Certificate

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

FREED = 60
"""Students whose places are decided anew at a time."""
NEAR_NODES = 20
NEAR_GAP = 2e-3
LIKED = 1e-3
"""Least share of an edge in a relaxation that makes it worth looking at."""
TURNS = 2
"""How often every student is freed, on average."""


class Coupled(NamedTuple):
    """What was reached for one ε.

    Attributes
    ----------
    first, host : (n,) int64
        Host of each student, −1 without: of the largest S, and of the answer.
    placed_bound : int
    s_bound, q_bound : float
        The first includes the mix inside hosts.
    pairs_bound : float
        Of S over nation pairs alone.
    changes, changes_bound : int or None
        Earlier placements moved or lost, and the fewest that any answer needs at this coverage.
    certificate : Certificate
    """

    first: IntArray
    host: IntArray
    placed_bound: int
    s_bound: float
    q_bound: float
    pairs_bound: float
    changes: int | None
    changes_bound: int | None
    certificate: Certificate


def match_coupled(
    problem: Problem, watch: Watch, *, seed: int, epsilons: list[float]
) -> list[Coupled]:
    """Reach the goals under every limit.

    Parameters
    ----------
    problem : Problem
        Without contradicting pins.
    watch : Watch
    seed : int
    epsilons : list of float
        Rising. The third goal is reached once for each, from the answer of the one before.

    Returns
    -------
    list of Coupled
        One for each ε; empty when no answer keeps all limits, or none was found in the time.
    """
    wide = with_shared_places(problem)
    network = build_network(wide, seed=seed)
    inside = inside_network(problem, network) if problem.couplings.inside_host_weight else None
    program = CoupledProgram(network, build_rows(problem, network), inside)
    stages = _Stages(wide, program, watch, seed=seed)
    return stages.run(epsilons)


class _Stages(Bounding):
    """The goals one after the other, each keeping what the ones before reached."""

    def run(self, epsilons: list[float]) -> list[Coupled]:
        watch, network = self.watch, self.network
        pinned = int(network.pinned_count.sum())
        if not self.is_small:
            self.look_without_couplings()
        covered = self.cover()
        if covered is None or covered.edge is None:
            return []
        placed_bound = int(np.floor(min(covered.bound, self.free_most) + 1e-6))
        self._keep_placed(covered.edge)
        answer, changes, fewest = self.change_least(covered.edge)
        watch.report("coverage", 1.0, 0.0)
        watch.report("diversity", 0.0)
        self.most_inside = self._bound_inside(answer)
        self.proof = NO_PRICES
        first, s_bound, pairs_bound = self._diversify(answer)
        found = self.program.diversity(first)
        watch.report("diversity", 1.0, 1.0 - found / s_bound if s_bound > 0.0 else 0.0)
        watch.report("fit", 0.0)
        last, matched = first, []
        for epsilon in epsilons:
            last, q_bound, proof = self._fit(first, last, (1.0 - epsilon) * found)
            matched.append(
                Coupled(
                    self.hosts(first),
                    self.hosts(last),
                    placed_bound + pinned,
                    s_bound,
                    q_bound,
                    pairs_bound,
                    changes,
                    fewest,
                    proof,
                )
            )
        return matched

    def _keep_placed(self, answer: IntArray) -> None:
        """Tell the rows how many of each nation are placed, where that is settled."""
        network = self.network
        if not (self.problem.fair_nations or answer.size == network.n_students):
            return
        nations = self.problem.n_nations
        whose = network.student_nation[network.edge_student[answer]]
        placed = np.bincount(whose, minlength=nations)
        placed += np.bincount(
            self.problem.student_nation[self.problem.pin[:, 0]], minlength=nations
        )
        self.program = replace(self.program, rows=with_placed(self.program.rows, placed))

    def _bound_inside(self, answer: IntArray) -> float:
        """Bound the mix inside hosts of all answers that place as many."""
        inside = self.program.inside
        return most_inside(inside, answer.size) if inside is not None else 0.0

    def _diversify(self, answer: IntArray) -> tuple[IntArray, float, float]:
        """Find a large S, and bound it with the mix inside hosts and without."""
        network, program = self.network, self.program
        goal = Goal(np.zeros(network.n_edges), 1.0)
        placed = int(network.pinned_count.sum()) + answer.size
        pairs = count_bound(network, program.limits, placed)
        if self.is_small:
            best = self.ask(goal)
            pairs = min(pairs, best.bound)
            bound = min(pairs + self.most_inside, best.bound)
            if best.edge is not None and best.value > program.diversity(answer):
                answer = best.edge
        else:
            bounded = self.bound_diversity(answer)
            self.proof = self._prove_diversity(bounded, pairs)
            pairs = min(pairs, bounded.bound)
            bound = pairs + self.most_inside
            answer = self._start_near(answer, bounded)
            answer = self._improve(answer, goal, ())
        wider = 1.0 + ROUNDING
        return (
            answer,
            max(program.diversity(answer), bound) * wider,
            max(program.contacts(answer), pairs) * wider,
        )

    def _prove_diversity(self, bounded: Bounded, counted: float) -> Certificate:
        """Keep the prices of the bound of S; a mix inside hosts has none here."""
        if bounded.prices is None or self.program.inside is not None:
            return NO_PRICES
        proven = bounded.by_prices and bounded.bound <= counted
        return Certificate(bounded.prices, None, by_solver=() if proven else ("S_bound",))

    def _prove_fit(self, bounded: Bounded) -> Certificate:
        """Add the prices of the bound of Q."""
        proof = self.proof
        if bounded.prices is None or self.program.inside is not None:
            return proof
        by_solver = proof.by_solver if bounded.by_prices else (*proof.by_solver, "Q_bound")
        return proof._replace(fit=bounded.prices, by_solver=by_solver)

    def _start_near(self, answer: IntArray, bounded: Bounded) -> IntArray:
        """Come as near to what the bound is made of as the limits allow."""
        self.column = np.union1d(self.column, np.flatnonzero(bounded.liked > LIKED))
        near = self.ask(Goal(bounded.value + bounded.liked), nodes=50, gap=1e-3)
        if near.edge is None:
            return answer
        better = self.program.diversity(near.edge) > self.program.diversity(answer)
        return near.edge if better else answer

    def _improve(self, answer: IntArray, goal: Goal, extra: tuple[Need, ...]) -> IntArray:
        """Free some students at a time and decide their places anew."""
        network, program = self.network, self.program
        edge_student = network.edge_student
        rounds = max(1, TURNS * network.n_students // FREED)
        stage = "fit" if extra else "diversity"
        for turn in range(rounds):
            if self.watch.should_stop():
                break
            who = self.random.choice(
                network.n_students, min(FREED, network.n_students), replace=False
            )
            freed = np.zeros(network.n_students, dtype=bool)
            freed[who] = True
            fixed = answer[~freed[edge_student[answer]]]
            open_edges = np.union1d(
                self.column[freed[edge_student[self.column]]],
                answer[freed[edge_student[answer]]],
            )
            places = network.capacity - np.bincount(
                network.edge_host[fixed], minlength=network.n_hosts
            )
            open_edges = open_edges[places[network.edge_host[open_edges]] > 0]
            found = program.maximise(
                goal,
                (*self.needs, *extra),
                column=open_edges,
                fixed=fixed,
                node_limit=NODES,
                gap=1e-5,
                time_limit_s=self.watch.remaining_s,
            )
            if found.edge is not None and self._value(found.edge, goal) > self._value(answer, goal):
                answer = found.edge
            self.watch.report(stage, turn / rounds)
        return answer

    def _value(self, chosen: IntArray, goal: Goal) -> float:
        return float(goal.edge[chosen].sum()) + (
            goal.diversity * self.program.diversity(chosen) if goal.diversity else 0.0
        )

    def _fit(
        self, first: IntArray, last: IntArray, floor: float
    ) -> tuple[IntArray, float, Certificate]:
        """Find a large Q that keeps the floor of S, as `last` does, bound it and prove that."""
        network, program = self.network, self.program
        proof = self.proof
        goal = Goal(network.quality)
        # The solver keeps a row to 1e-6 only, so a little more is asked for.
        keep = Need(Goal(np.zeros(network.n_edges), 1.0), floor * (1.0 - FLOOR_TOLERANCE))
        tight = keep._replace(low=floor + 1e-6)
        best, value = last, self._value(last, goal)
        if self.is_small:
            # No student can have more than the best edge: all there is when time is up at once.
            top = np.zeros(network.n_students)
            np.maximum.at(top, network.edge_student, network.quality)
            bound = float(top.sum())
            for asked in (keep, tight):
                found = self.ask(goal, asked)
                bound = min(bound, found.bound) if asked is keep else bound
                if found.edge is None:
                    break
                if program.diversity(found.edge) >= keep.low:
                    if found.value > value:
                        best, value = found.edge, found.value
                    break
        else:
            bounded = self.bound_fit(first, max(0.0, floor - self.most_inside))
            bound, proof = bounded.bound - network.pinned_quality, self._prove_fit(bounded)
            best = self._fit_near(last, goal, tight, bounded)
            best = self._improve(best, goal, (tight,))
            if program.diversity(best) < keep.low:
                best = last
            value = self._value(best, goal)
        total = max(bound, value) + network.pinned_quality
        return best, total * (1.0 + ROUNDING), proof

    def _fit_near(self, first: IntArray, goal: Goal, keep: Need, bounded: Bounded) -> IntArray:
        """Come near to what the bound of the fit is made of, over better edges."""
        network = self.network
        marked = np.zeros(network.n_edges, dtype=bool)
        marked[self.column] = True
        marked |= bounded.liked > LIKED
        for group in (network.edge_student, network.edge_host):
            marked |= best_within(group, network.quality + bounded.liked, PER_STUDENT)
        self.column = np.flatnonzero(marked)
        near = self.ask(
            goal._replace(edge=goal.edge + bounded.liked), keep, nodes=NEAR_NODES, gap=NEAR_GAP
        )
        if near.edge is None or self._value(near.edge, goal) < self._value(first, goal):
            return first
        return near.edge
