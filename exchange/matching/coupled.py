"""The order of goals when limits join several pairs: coverage, fewest changes, diversity, fit.

Small cohorts are proven optimal by one integer program a stage. Larger ones take the answer of
the network without these limits, move it to the nearest answer that keeps them, and improve it
by freeing some students at a time; leaving the limits out gives the bounds, which stays true.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import ROUNDING, count_bound, pair_limits
from exchange.matching.candidates import best_within
from exchange.matching.coupled_coverage import NODES, PER_STUDENT, Covering
from exchange.matching.coupled_program import CoupledProgram, Goal, Need
from exchange.matching.coupling_rows import build_rows, with_placed, with_shared_places
from exchange.matching.diversity import maximise_diversity
from exchange.matching.fit import maximise_fit
from exchange.matching.inside_hosts import inside_network, most_inside
from exchange.matching.limits import (
    build_network,
    with_unplaced,
)
from exchange.matching.measures import FLOOR_TOLERANCE
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

FREED = 60
"""Students whose places are decided anew at a time."""
NEAR_NODES = 20
NEAR_GAP = 2e-3
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
    """

    first: IntArray
    host: IntArray
    placed_bound: int
    s_bound: float
    q_bound: float
    pairs_bound: float
    changes: int | None
    changes_bound: int | None


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


class _Stages(Covering):
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
        first, s_bound, pairs_bound = self._diversify(answer)
        found = self.program.diversity(first)
        watch.report("diversity", 1.0, 1.0 - found / s_bound if s_bound > 0.0 else 0.0)
        watch.report("fit", 0.0)
        last, matched = first, []
        for epsilon in epsilons:
            last, q_bound = self._fit(first, last, (1.0 - epsilon) * found)
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
            pairs = min(pairs, self._loose_bound(answer))
            bound = pairs + self.most_inside
            answer = self._start_near(answer)
            answer = self._improve(answer, goal, ())
        wider = 1.0 + ROUNDING
        return (
            answer,
            max(program.diversity(answer), bound) * wider,
            max(program.contacts(answer), pairs) * wider,
        )

    def _loose_bound(self, answer: IntArray) -> float:
        """Bound S over all answers of this coverage by leaving the coupling limits out."""
        counts = self.unplaced_of(answer)
        if counts == self.unplaced:
            return self.loose.bound
        whole = with_unplaced(self.network, counts)
        self.loose = maximise_diversity(
            whole, pair_limits(whole), self.watch, seed=self.seed, gap=None
        )
        return self.loose.bound

    def _start_near(self, answer: IntArray) -> IntArray:
        """Come as near to the answer without coupling limits as they allow."""
        network = self.network
        prices = self.loose.prices
        homes = prices.host[: network.n_hosts]
        value = prices.pair[network.edge_pair] - homes[network.edge_host] + self.liked
        near = self.ask(Goal(value), nodes=50, gap=1e-3)
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

    def _fit(self, first: IntArray, last: IntArray, floor: float) -> tuple[IntArray, float]:
        """Find a large Q that keeps the floor of S, as `last` does, and bound it."""
        network, program = self.network, self.program
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
            bound = self._loose_fit(first, floor)
            best = self._fit_near(last, goal, tight)
            best = self._improve(best, goal, (tight,))
            if program.diversity(best) < keep.low:
                best = last
            value = self._value(best, goal)
        total = max(bound, value) + network.pinned_quality
        return best, total * (1.0 + ROUNDING)

    def _fit_near(self, first: IntArray, goal: Goal, keep: Need) -> IntArray:
        """Come near to the fit that is reached without coupling limits, over better edges."""
        network = self.network
        marked = np.zeros(network.n_edges, dtype=bool)
        marked[self.column] = True
        for group in (network.edge_student, network.edge_host):
            marked |= best_within(group, network.quality + self.liked, PER_STUDENT)
        self.column = np.flatnonzero(marked)
        near = self.ask(
            goal._replace(edge=goal.edge + self.liked), keep, nodes=NEAR_NODES, gap=NEAR_GAP
        )
        if near.edge is None or self._value(near.edge, goal) < self._value(first, goal):
            return first
        return near.edge

    def _loose_fit(self, first: IntArray, floor: float) -> float:
        """Bound Q by leaving the coupling limits out."""
        whole = with_unplaced(self.network, self.unplaced_of(first))
        found = maximise_fit(
            whole,
            pair_limits(whole),
            self.loose,
            max(0.0, min(floor - self.most_inside, self.loose.found)),
            self.watch,
            seed=self.seed,
            gap=None,
        )
        self.liked = self.same_host(whole, found.edge)
        return found.bound - self.network.pinned_quality
