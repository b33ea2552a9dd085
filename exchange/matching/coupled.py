"""The order of goals when limits join several pairs: coverage, fewest changes, diversity, fit.

Small cohorts are proven optimal by one integer program a stage. Larger ones take the answer of
the network without these limits, move it to the nearest answer that keeps them, and improve it
by freeing some students at a time; leaving the limits out gives the bounds, which stays true.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.assignment import assign
from exchange.matching.bounds import ROUNDING, Prices, count_bound, pair_limits
from exchange.matching.candidates import best_within, one_per_nation
from exchange.matching.coupled_program import NODE_LIMIT, Answer, CoupledProgram, Goal, Need
from exchange.matching.coupling_rows import build_rows, with_shared_places
from exchange.matching.coverage import leximin_unplaced, most_placed, ranked_places
from exchange.matching.diversity import Diversity, maximise_diversity
from exchange.matching.fit import maximise_fit
from exchange.matching.limits import (
    NO_NATION,
    Network,
    build_network,
    hosts_in_problem,
    with_unplaced,
)
from exchange.matching.measures import FLOOR_TOLERANCE
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

SMALL_STUDENTS = 60
SMALL_EDGES = 8_000
PER_STUDENT = 8
"""Edges of each student that a larger program looks at, beside one to each nation."""
FREED = 60
"""Students whose places are decided anew at a time."""
TURNS = 2
"""How often every student is freed, on average."""
NODES = 300
"""Nodes of one such program."""


class Coupled(NamedTuple):
    """What was reached; None in place of an answer when the limits contradict each other.

    Attributes
    ----------
    first, host : (n,) int64
        Host of each student, −1 without: of the largest S, and of the answer.
    placed_bound : int
    s_bound, q_bound : float
    changes, changes_bound : int or None
        Earlier placements moved or lost, and the fewest that any answer needs at this coverage.
    """

    first: IntArray
    host: IntArray
    placed_bound: int
    s_bound: float
    q_bound: float
    changes: int | None
    changes_bound: int | None


def match_coupled(problem: Problem, watch: Watch, *, seed: int, epsilon: float) -> Coupled | None:
    """Reach the goals under every limit.

    Parameters
    ----------
    problem : Problem
        Without contradicting pins.
    watch : Watch
    seed : int
    epsilon : float

    Returns
    -------
    Coupled or None
        None when no answer keeps all limits, or none was found in the time.
    """
    wide = with_shared_places(problem)
    network = build_network(wide, seed=seed)
    program = CoupledProgram(network, build_rows(problem, network), pair_limits(network))
    stages = _Stages(wide, program, watch, seed=seed)
    return stages.run(epsilon)


class _Stages:
    """One run: the program, and what the later stages have to keep."""

    def __init__(
        self, problem: Problem, program: CoupledProgram, watch: Watch, *, seed: int
    ) -> None:
        self.problem, self.program, self.watch, self.seed = problem, program, watch, seed
        self.network: Network = program.network
        network = self.network
        self.is_small = network.n_students <= SMALL_STUDENTS and network.n_edges <= SMALL_EDGES
        self.everybody = Goal(np.ones(network.n_edges))
        self.needs: tuple[Need, ...] = ()
        self.random = np.random.default_rng(seed)
        self.free_most = most_placed(network)
        self.unplaced = leximin_unplaced(problem, network, self.free_most, seed=seed)
        self.column = np.arange(network.n_edges)
        self.liked = np.zeros(network.n_edges, dtype=bool)
        self.loose = Diversity(
            np.zeros(0, dtype=np.int64), 0.0, np.inf, Prices(np.zeros(0), np.zeros(0))
        )

    def run(self, epsilon: float) -> Coupled | None:
        watch, network = self.watch, self.network
        pinned = int(network.pinned_count.sum())
        if not self.is_small:
            self._look_without_couplings()
        covered = self._cover()
        if covered is None or covered.edge is None:
            return None
        placed_bound = int(np.floor(min(covered.bound, self.free_most) + 1e-6))
        answer, changes, fewest = self._change_least(covered.edge)
        watch.report("coverage", 1.0, 0.0)
        watch.report("diversity", 0.0)
        first, s_bound = self._diversify(answer)
        found = self.program.diversity(first)
        watch.report("diversity", 1.0, 1.0 - found / s_bound if s_bound > 0.0 else 0.0)
        watch.report("fit", 0.0)
        floor = (1.0 - epsilon) * found
        last, q_bound = self._fit(first, floor)
        return Coupled(
            self._hosts(first),
            self._hosts(last),
            placed_bound + pinned,
            s_bound,
            q_bound,
            changes,
            fewest,
        )

    def _hosts(self, chosen: IntArray) -> IntArray:
        host = np.full(self.problem.n_students, -1, dtype=np.int64)
        host[self.problem.pin[:, 0]] = self.problem.pin[:, 1]
        student = self.network.student_row[self.network.edge_student[chosen]]
        host[student] = self.network.host_row[self.network.edge_host[chosen]]
        return host

    def _look_without_couplings(self) -> None:
        """Solve the network without the coupling limits, and choose the edges to look at."""
        network = self.network
        whole = with_unplaced(network, self.unplaced)
        self.loose = maximise_diversity(
            whole, pair_limits(whole), self.watch, seed=self.seed, gap=None
        )
        host = hosts_in_problem(self.problem, whole, self.loose.edge)
        where = host[network.student_row[network.edge_student]]
        self.liked = where == network.host_row[network.edge_host]
        noise = self.random.random(network.n_edges)
        price = self.loose.prices.pair[network.edge_pair]
        marked = best_within(network.edge_student, price + network.quality, PER_STUDENT)
        marked |= best_within(network.edge_host, noise, PER_STUDENT)
        marked |= one_per_nation(network, noise) | self.liked
        previous = self.problem.couplings.previous
        if previous is not None:
            marked |= self._kept_before(previous)
        siblings = self.problem.couplings.keep_together
        if siblings is not None:
            marked |= np.isin(network.student_row[network.edge_student], siblings)
        self.column = np.flatnonzero(marked)

    def _kept_before(self, previous: IntArray) -> npt.NDArray[np.bool_]:
        network = self.network
        rows = network.student_row[network.edge_student]
        kept: npt.NDArray[np.bool_] = previous[rows] == network.host_row[network.edge_host]
        return kept

    def _ask(self, goal: Goal, *extra: Need, nodes: int | None = None, gap: float = 0.0) -> Answer:
        return self.program.maximise(
            goal,
            (*self.needs, *extra),
            column=None if self.is_small else self.column,
            node_limit=nodes or (NODE_LIMIT if self.is_small else NODES),
            gap=gap,
            time_limit_s=self.watch.remaining_s,
        )

    def _cover(self) -> Answer | None:
        """Place as many as possible, then evenly over nations, and keep both."""
        best = self._ask(self.everybody)
        if best.edge is None and not self.is_small:
            # The limits may need edges that looked useless without them.
            self.column = np.arange(self.network.n_edges)
            best = self._ask(self.everybody)
        if best.edge is None:
            return None
        placed = best.edge.size
        self.needs = (Need(self.everybody, placed),)
        # All edges may not have been looked at: then only the flow bounds what can be placed.
        bound = best.bound if self.column.size == self.network.n_edges else float(self.free_most)
        best = best._replace(bound=min(bound, float(self.free_most)))
        if placed == self.network.n_students:
            return best
        if self.problem.fair_nations:
            best = self._spread_evenly(best, placed)
        return best

    def _spread_evenly(self, best: Answer, placed: int) -> Answer:
        """Choose how many of each nation are placed by the ranks of `coverage`."""
        network = self.network
        nations = self.problem.n_nations
        free = np.bincount(network.student_nation, minlength=nations)
        whose = network.student_nation[network.edge_student]
        chosen = np.bincount(whose[best.edge], minlength=nations)
        wanted = self._wanted(free, placed)
        per_nation = [Goal((whose == nation).astype(np.float64)) for nation in range(nations)]
        exact = tuple(
            Need(per_nation[a], wanted[a], wanted[a]) for a in np.flatnonzero(free).tolist()
        )
        even = self._ask(self.everybody, *exact)
        if even.edge is not None:
            self.needs = exact
            return even._replace(bound=best.bound)
        # Not all nations can have what would be fair without the coupling limits: each in turn,
        # the worst off first, gets as much of it as those before leave.
        order = np.argsort(np.where(free > 0, chosen / np.maximum(free, 1), 2.0), kind="stable")
        held: tuple[Need, ...] = ()
        for a in order[: int((free > 0).sum())].tolist():
            top = self._ask(per_nation[a], *held)
            if top.edge is None:
                continue
            least = min(int(np.rint(top.value)), int(wanted[a]))
            held = (*held, Need(per_nation[a], least))
            best = top._replace(bound=best.bound)
        counts = np.bincount(whose[best.edge], minlength=nations)
        self.needs = tuple(
            Need(per_nation[a], counts[a], counts[a]) for a in np.flatnonzero(free).tolist()
        )
        return best

    def _wanted(self, free: IntArray, placed: int) -> IntArray:
        """Fair places of each nation without the coupling limits, when as many are placed."""
        if placed != self.free_most or NO_NATION in self.unplaced:
            whose, rank = ranked_places(self.problem, free, seed=self.seed)
            first = np.argsort(rank, kind="stable")[:placed]
            return np.bincount(whose[first], minlength=free.size).astype(np.int64)
        wanted = free.copy()
        for nation, waiting in self.unplaced.items():
            wanted[nation] -= waiting
        return wanted

    def _change_least(self, answer: IntArray) -> tuple[IntArray, int | None, int | None]:
        """Move or lose as few earlier placements as the coverage allows."""
        previous = self.problem.couplings.previous
        if previous is None:
            return answer, None, None
        kept = Goal(self._kept_before(previous).astype(np.float64))
        pins = self.problem.pin
        fixed = int((previous[pins[:, 0]] == pins[:, 1]).sum())
        everybody = int((previous >= 0).sum())
        fewest: int | None = None
        if self.problem.couplings.max_changes is None:
            best = self._ask(kept)
            if best.edge is not None:
                answer = best.edge
                reached = int(np.rint(best.value))
                self.needs = (*self.needs, Need(kept, reached))
                # Every edge of an earlier placement is looked at, but not every edge.
                if self.column.size == self.network.n_edges:
                    fewest = everybody - fixed - int(np.floor(best.bound + 1e-6))
                else:
                    fewest = everybody - fixed - self._most_kept(kept, answer)
        changes = everybody - fixed - int(kept.edge[answer].sum())
        return answer, changes, fewest

    def _most_kept(self, kept: Goal, answer: IntArray) -> int:
        """Bound the earlier placements that can stay, by a flow without the coupling limits."""
        whole = with_unplaced(self.network, self._unplaced_of(answer))
        real = np.flatnonzero(whole.edge_pair < whole.n_pairs)
        value = np.zeros(whole.n_edges)
        value[real] = kept.edge
        return int(np.rint(value[assign(whole, value)].sum()))

    def _diversify(self, answer: IntArray) -> tuple[IntArray, float]:
        """Find a large S and bound it."""
        network, program = self.network, self.program
        goal = Goal(np.zeros(network.n_edges), 1.0)
        placed = int(network.pinned_count.sum()) + answer.size
        bound = count_bound(network, program.limits, placed)
        if self.is_small:
            best = self._ask(goal)
            bound = min(bound, best.bound)
            if best.edge is not None and best.value > program.diversity(answer):
                answer = best.edge
        else:
            bound = min(bound, self._loose_bound(answer))
            answer = self._start_near(answer)
            answer = self._improve(answer, goal, ())
        found = program.diversity(answer)
        return answer, max(found, bound) * (1.0 + ROUNDING)

    def _loose_bound(self, answer: IntArray) -> float:
        """Bound S over all answers of this coverage by leaving the coupling limits out."""
        counts = self._unplaced_of(answer)
        if counts == self.unplaced:
            return self.loose.bound
        whole = with_unplaced(self.network, counts)
        self.loose = maximise_diversity(
            whole, pair_limits(whole), self.watch, seed=self.seed, gap=None
        )
        return self.loose.bound

    def _unplaced_of(self, answer: IntArray) -> dict[int, int]:
        network = self.network
        without = network.n_students - answer.size
        if not self.problem.fair_nations:
            return {NO_NATION: without} if without else {}
        free = np.bincount(network.student_nation, minlength=self.problem.n_nations)
        whose = network.student_nation[network.edge_student[answer]]
        placed = np.bincount(whose, minlength=free.size)
        left = np.flatnonzero(free > placed)
        return {int(a): int(free[a] - placed[a]) for a in left}

    def _start_near(self, answer: IntArray) -> IntArray:
        """Come as near to the answer without coupling limits as they allow."""
        network = self.network
        prices = self.loose.prices
        homes = prices.host[: network.n_hosts]
        value = prices.pair[network.edge_pair] - homes[network.edge_host] + self.liked
        near = self._ask(Goal(value), nodes=50, gap=1e-3)
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

    def _fit(self, first: IntArray, floor: float) -> tuple[IntArray, float]:
        """Find a large Q that keeps the floor of S, and bound it."""
        network, program = self.network, self.program
        goal = Goal(network.quality)
        # The solver keeps a row to 1e-6 only, so a little more is asked for.
        keep = Need(Goal(np.zeros(network.n_edges), 1.0), floor * (1.0 - FLOOR_TOLERANCE))
        tight = keep._replace(low=floor + 1e-6)
        best, value = first, self._value(first, goal)
        if self.is_small:
            bound = np.inf
            for asked in (keep, tight):
                found = self._ask(goal, asked)
                bound = min(bound, found.bound) if asked is keep else bound
                if found.edge is None:
                    break
                if program.diversity(found.edge) >= keep.low:
                    if found.value > value:
                        best, value = found.edge, found.value
                    break
        else:
            bound = self._loose_fit(first, floor)
            best = self._improve(first, goal, (tight,))
            if program.diversity(best) < keep.low:
                best = first
            value = self._value(best, goal)
        total = max(bound, value) + network.pinned_quality
        return best, total * (1.0 + ROUNDING)

    def _loose_fit(self, first: IntArray, floor: float) -> float:
        """Bound Q by leaving the coupling limits out."""
        whole = with_unplaced(self.network, self._unplaced_of(first))
        found = maximise_fit(
            whole,
            pair_limits(whole),
            self.loose,
            min(floor, self.loose.found),
            self.watch,
            seed=self.seed,
            gap=None,
        )
        return found.bound - self.network.pinned_quality
