"""The first goal when limits join several pairs: most placed, evenly, with fewest changes.

Holds the program of one run, and what the later goals (`coupled`) have to keep.
"""

import numpy as np
import numpy.typing as npt

from exchange.matching.assignment import assign
from exchange.matching.bounds import Prices, pair_limits
from exchange.matching.candidates import best_within, one_per_nation
from exchange.matching.clause_search import WORK
from exchange.matching.coupled_program import NODE_LIMIT, Answer, CoupledProgram, Goal, Need
from exchange.matching.coverage import leximin_unplaced, most_placed, ranked_places
from exchange.matching.diversity import maximise_diversity
from exchange.matching.limits import NO_NATION, Network, hosts_in_problem, with_unplaced
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.stage_answers import Diversity

IntArray = npt.NDArray[np.int64]

SMALL_STUDENTS = 60
SMALL_EDGES = 8_000
PER_STUDENT = 8
"""Edges of each student that a larger program looks at, beside one to each nation."""
NODES = 300
"""Nodes of one program that is not proven to the end."""


class Covering:
    """One run: the program, who is placed, and what the later stages have to keep."""

    def __init__(
        self, problem: Problem, program: CoupledProgram, watch: Watch, *, seed: int
    ) -> None:
        self.problem, self.program, self.watch, self.seed = problem, program, watch, seed
        self.network: Network = program.network
        network = self.network
        self.is_small = network.n_students <= SMALL_STUDENTS and network.n_edges <= SMALL_EDGES
        self.everybody = Goal(np.ones(network.n_edges))
        self.needs: tuple[Need, ...] = ()
        self.kept: Need | None = None
        self.random = np.random.default_rng(seed)
        self.free_most = most_placed(network)
        self.unplaced = leximin_unplaced(problem, network, self.free_most, seed=seed)
        self.column = np.arange(network.n_edges)
        self.liked = np.zeros(network.n_edges, dtype=bool)
        self.loose = Diversity(
            np.zeros(0, dtype=np.int64), 0.0, np.inf, Prices(np.zeros(0), np.zeros(0))
        )

    def hosts(self, chosen: IntArray) -> IntArray:
        """Translate the edges of an answer into the host of every student of the problem."""
        host = np.full(self.problem.n_students, -1, dtype=np.int64)
        host[self.problem.pin[:, 0]] = self.problem.pin[:, 1]
        student = self.network.student_row[self.network.edge_student[chosen]]
        host[student] = self.network.host_row[self.network.edge_host[chosen]]
        return host

    def look_without_couplings(self) -> None:
        """Solve the network without the coupling limits, and choose the edges to look at."""
        network = self.network
        whole = with_unplaced(network, self.unplaced)
        self.loose = maximise_diversity(
            whole, pair_limits(whole), self.watch, seed=self.seed, gap=None
        )
        self.liked = self.same_host(whole, self.loose.edge)
        noise = self.random.random(network.n_edges)
        price = self.loose.prices.pair[network.edge_pair]
        marked = best_within(network.edge_student, price + network.quality, PER_STUDENT)
        marked |= best_within(network.edge_host, noise, PER_STUDENT)
        marked |= one_per_nation(network, noise) | self.liked
        previous = self.problem.couplings.previous
        if previous is not None:
            marked |= self.kept_before(previous)
        siblings = self.problem.couplings.keep_together
        if siblings is not None:
            marked |= np.isin(network.student_row[network.edge_student], siblings)
        self.column = np.flatnonzero(marked)

    def same_host(self, whole: Network, chosen: IntArray) -> npt.NDArray[np.bool_]:
        """Say of each edge whether an answer with hosts for the unplaced has it too."""
        network = self.network
        host = hosts_in_problem(self.problem, whole, chosen)
        where = host[network.student_row[network.edge_student]]
        liked: npt.NDArray[np.bool_] = where == network.host_row[network.edge_host]
        return liked

    def kept_before(self, previous: IntArray) -> npt.NDArray[np.bool_]:
        """Say of each edge whether it leaves a student where the student was."""
        network = self.network
        rows = network.student_row[network.edge_student]
        kept: npt.NDArray[np.bool_] = previous[rows] == network.host_row[network.edge_host]
        return kept

    def ask(self, goal: Goal, *extra: Need, nodes: int | None = None, gap: float = 0.0) -> Answer:
        """Maximise a goal under all that has to be kept, over the edges that are looked at."""
        needs = (*self.needs, *extra)
        roots = goal.diversity != 0.0 or any(need.goal.diversity for need in needs)
        return self.program.maximise(
            goal,
            needs,
            column=None if self.is_small else self.column,
            node_limit=nodes or (NODE_LIMIT if self.is_small else NODES),
            gap=gap,
            time_limit_s=self.watch.remaining_s,
            work=WORK if self.is_small and roots else None,
        )

    def cover(self) -> Answer | None:
        """Place as many as possible, then evenly over nations, and keep both."""
        best = self.ask(self.everybody)
        if best.edge is None and not self.is_small:
            # The limits may need edges that looked useless without them.
            self.column = np.arange(self.network.n_edges)
            best = self.ask(self.everybody)
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
        even = self.ask(self.everybody, *exact)
        if even.edge is not None:
            self.needs = exact
            return even._replace(bound=best.bound)
        # Not all nations can have what would be fair without the coupling limits: each in turn,
        # the worst off first, gets as much of it as those before leave.
        order = np.argsort(np.where(free > 0, chosen / np.maximum(free, 1), 2.0), kind="stable")
        held: tuple[Need, ...] = ()
        for a in order[: int((free > 0).sum())].tolist():
            least = int(wanted[a])
            # An answer that already gives a nation all of it shows that those before leave so much.
            if per_nation[a].edge[best.edge].sum() < least:
                top = self.ask(per_nation[a], *held)
                if top.edge is None:
                    continue
                least = min(int(np.rint(top.value)), least)
                best = top._replace(bound=best.bound)
            held = (*held, Need(per_nation[a], least))
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

    def change_least(self, answer: IntArray) -> tuple[IntArray, int | None, int | None]:
        """Move or lose as few earlier placements as the coverage allows."""
        previous = self.problem.couplings.previous
        if previous is None:
            return answer, None, None
        kept = Goal(self.kept_before(previous).astype(np.float64))
        pins = self.problem.pin
        fixed = int((previous[pins[:, 0]] == pins[:, 1]).sum())
        everybody = int((previous >= 0).sum())
        fewest: int | None = None
        if self.problem.couplings.max_changes is None:
            best = self.ask(kept)
            if best.edge is not None:
                answer = best.edge
                reached = int(np.rint(best.value))
                self.kept = Need(kept, reached)
                self.needs = (*self.needs, self.kept)
                # Every edge of an earlier placement is looked at, but not every edge.
                if self.column.size == self.network.n_edges:
                    fewest = everybody - fixed - int(np.floor(best.bound + 1e-6))
                else:
                    fewest = everybody - fixed - self._most_kept(kept, answer)
        changes = everybody - fixed - int(kept.edge[answer].sum())
        return answer, changes, fewest

    def _most_kept(self, kept: Goal, answer: IntArray) -> int:
        """Bound the earlier placements that can stay, by a flow without the coupling limits."""
        whole = with_unplaced(self.network, self.unplaced_of(answer))
        real = np.flatnonzero(whole.edge_pair < whole.n_pairs)
        value = np.zeros(whole.n_edges)
        value[real] = kept.edge
        return int(np.rint(value[assign(whole, value)].sum()))

    def unplaced_of(self, answer: IntArray) -> dict[int, int]:
        """Count who stays without a place, as `with_unplaced` takes it."""
        network = self.network
        without = network.n_students - answer.size
        if not self.problem.fair_nations:
            return {NO_NATION: without} if without else {}
        free = np.bincount(network.student_nation, minlength=self.problem.n_nations)
        whose = network.student_nation[network.edge_student[answer]]
        placed = np.bincount(whose, minlength=free.size)
        left = np.flatnonzero(free > placed)
        return {int(a): int(free[a] - placed[a]) for a in left}
