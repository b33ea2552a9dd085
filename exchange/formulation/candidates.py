"""Candidates for cohorts too large to score every pair: a few good and varied hosts a student.

Languages come first: students are taken in blocks that speak alike, and each block looks at a
window of the hosts who speak a language with them, in which every nation has its share. Gates
(dates, needs, …) then close what they close; of what is left, terms choose the best of several
nations and the best in all. Windows move on, so that every host is looked at equally often, and
each host is offered to the student of the block whom it fits best: nobody is passed over on
either side. What a bound says of such a problem, it says of the pairs generated here.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.domain.eligibility import Gate
from exchange.domain.rules import Rules
from exchange.formulation.allowed_pairs import THREADS, ScoredPairs
from exchange.formulation.features import Hosts, Students
from exchange.formulation.index import Index
from exchange.formulation.pairings import IntArray
from exchange.formulation.scoring import Scorer
from exchange.formulation.speakers import Speakers, list_speakers, order_students

STUDENTS_IN_BLOCK = 256
HOSTS_IN_WINDOW = 8_000
"""Hosts whose gates a block looks at."""
HOSTS_SCORED = 2_000
"""Hosts, at most, that a block scores, of those who are open to any of its students."""
BEST_IN_ALL = 6
NATIONS = 8
"""Candidates a student gets at least, where gates leave them: of the best, and of other nations."""
ENOUGH = 6
"""Students with fewer candidates look at every host, hosts with fewer at more students."""
SAMPLES = (4_000, 40_000)
"""So many students a host that was passed over is held against; more, if that does not do."""
JITTER = np.float32(1e-4)
"""Equal fits are told apart by lot, or the first rows would be everybody's candidates."""

Chosen = tuple[IntArray, IntArray, npt.NDArray[np.float32]]
"""Students, hosts and qualities of some pairs."""


class _Task(NamedTuple):
    number: int
    students: IntArray
    hosts: IntArray


def generate_candidates(
    scorer: Scorer,
    students: Students,
    hosts: Hosts,
    rules: Rules,
    *,
    index: Index,
    student_nation: IntArray,
    host_nation: IntArray,
    weight: npt.NDArray[np.float64],
    pin: IntArray,
) -> ScoredPairs:
    """Choose and score a few allowed pairs for each student.

    Parameters
    ----------
    scorer : Scorer
        Of all students and hosts.
    students, hosts : sequences
        In the order of rows.
    rules : Rules
        For the working languages and their level.
    index : Index
    student_nation, host_nation : (n,) and (m,) int64
    weight : (K, K) float64
        Weight of each nation pair, in (0, 1]: heavier pairs are chosen more often.
    pin : (p, 2) int64
        Pairs that are kept whenever they are allowed; so are the hosts that students ranked.

    Returns
    -------
    ScoredPairs
        Depends on who takes part, not on the order of rows.
    """
    gated = Gate.LANGUAGE in scorer.gates
    speakers = list_speakers(students, hosts, rules, gated=gated, host_key=index.host_keys)
    order = order_students(students, speakers, index.student_keys)
    extra = np.concatenate([pin, _ranked_pairs(students, index)])
    extra = extra[np.lexsort((extra[:, 1], extra[:, 0]))]
    nations = _Nations(student_nation, host_nation, weight)

    def choose(task: _Task) -> Chosen:
        return _choose(scorer, nations, task, extra)

    with ThreadPoolExecutor(THREADS) as pool:
        chosen = list(pool.map(choose, _tasks(speakers, order, extra)))
        # Whoever a window offers too little looks at every host, a few students at a time.
        short = order[_times(chosen, 0, scorer.n_students)[order] < ENOUGH]
        step = max(1, STUDENTS_IN_BLOCK * HOSTS_IN_WINDOW // max(scorer.n_hosts, 1))
        everybody = np.arange(scorer.n_hosts)
        chosen += pool.map(
            choose,
            [
                _Task(-1 - low, short[low : low + step], everybody)
                for low in range(0, short.size, step)
            ],
        )
        for many in SAMPLES:
            passed_over = np.unique(speakers.host)
            few = _times(chosen, 1, scorer.n_hosts)[passed_over] < ENOUGH
            chosen += pool.map(
                lambda task: _offer(scorer, task), _samples(passed_over[few], order, many)
            )
    return _in_rows(chosen, scorer.n_students)


def _times(chosen: list[Chosen], side: int, size: int) -> IntArray:
    """Count how often each student (side 0) or host (side 1) was chosen."""
    times = np.zeros(size, dtype=np.int64)
    for part in chosen:
        times += np.bincount(np.asarray(part[side], dtype=np.int64), minlength=size)
    return times


def _samples(hosts: IntArray, order: IntArray, many: int) -> Iterator[_Task]:
    """Pair some hosts at a time with students drawn from all."""
    step = max(1, STUDENTS_IN_BLOCK * HOSTS_IN_WINDOW // max(min(many, order.size), 1))
    for number, low in enumerate(range(0, hosts.size, step)):
        lots = np.random.default_rng([many, number])
        students = lots.choice(order, min(many, order.size), replace=False)
        yield _Task(number, students, hosts[low : low + step])


def _offer(scorer: Scorer, task: _Task) -> Chosen:
    """Offer each host to those of some students whom it fits best."""
    there = scorer.among(task.hosts)
    allowed = there.allowed(task.students)
    rows = np.flatnonzero(allowed.any(axis=1))
    allowed, quality = allowed[rows], there.quality(task.students[rows])
    value = np.where(allowed, quality, np.float32(-1.0))
    few = min(2 * ENOUGH, rows.size)
    best = np.argpartition(value, rows.size - few, axis=0)[rows.size - few :]
    column = np.broadcast_to(np.arange(task.hosts.size), best.shape)
    kept = allowed[best, column]
    row, column = best[kept], column[kept]
    return task.students[rows[row]], task.hosts[column], quality[row, column]


def _ranked_pairs(students: Students, index: Index) -> IntArray:
    rows = [
        (row, index.host_rows[host])
        for row, student in enumerate(students)
        for host in student.ranked_hosts
        if host in index.host_rows
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def _tasks(speakers: Speakers, order: IntArray, extra: IntArray) -> Iterator[_Task]:
    """Give each block of students its window; the windows of a language follow one another."""
    words, first = speakers.words, speakers.first
    at = np.zeros(first.size - 1, dtype=np.int64)
    for number, low in enumerate(range(0, order.size, STUDENTS_IN_BLOCK)):
        students = order[low : low + STUDENTS_IN_BLOCK]
        spans = [words.code[words.start[i] : words.start[i + 1]] for i in students.tolist()]
        spoken = np.bincount(np.concatenate(spans), minlength=at.size)
        window = [_listed_of(extra, students)[:, 1]]
        share = HOSTS_IN_WINDOW / max(int(spoken.sum()), 1)
        for language in np.flatnonzero(spoken).tolist():
            hosts = speakers.host[first[language] : first[language + 1]]
            size = min(int(np.ceil(spoken[language] * share)), hosts.size)
            places = (at[language] + np.arange(size)) % max(hosts.size, 1)
            at[language] += size
            window.append(hosts[places])
        yield _Task(number, students, np.unique(np.concatenate(window)))


def _listed_of(pairs: IntArray, students: IntArray) -> IntArray:
    """Return those of some pairs, sorted by student, that are of some students."""
    low = np.searchsorted(pairs[:, 0], students, side="left")
    sizes = np.searchsorted(pairs[:, 0], students, side="right") - low
    at = np.arange(int(sizes.sum())) + np.repeat(low - (np.cumsum(sizes) - sizes), sizes)
    listed: IntArray = pairs[at]
    return listed


class _Nations:
    """Nations of both sides, and the lots by which nations are chosen."""

    def __init__(self, student: IntArray, host: IntArray, weight: npt.NDArray[np.float64]) -> None:
        self.student, self.host = student, host
        self.power = (1.0 / np.maximum(weight, np.finfo(np.float64).tiny)).astype(np.float32)


def _choose(scorer: Scorer, nations: _Nations, task: _Task, extra: IntArray) -> Chosen:
    students, hosts = task.students, task.hosts
    lots = np.random.default_rng([abs(task.number), int(task.number < 0)])
    there = scorer.among(hosts)
    allowed = there.allowed(students)
    kept = np.flatnonzero(allowed.any(axis=0))
    wanted = _listed_of(extra, students)
    if kept.size > HOSTS_SCORED and task.number >= 0:
        # By lot: were it those who are open to most, a host open to few would never have a turn.
        kept = lots.choice(kept, HOSTS_SCORED, replace=False)
        kept = np.union1d(kept, np.flatnonzero(np.isin(hosts, wanted[:, 1])))
    allowed, hosts = allowed[:, kept], hosts[kept]
    quality = scorer.among(hosts).quality(students)
    mask = _choose_from(allowed, quality, nations, task._replace(hosts=hosts), lots)
    if wanted.size:
        row_of = np.argsort(students)
        row = row_of[np.searchsorted(students, wanted[:, 0], sorter=row_of)]
        column = np.minimum(np.searchsorted(hosts, wanted[:, 1]), max(hosts.size - 1, 0))
        listed = hosts[column] == wanted[:, 1] if hosts.size else np.zeros(0, dtype=np.bool_)
        if hosts.size:
            mask[row[listed], column[listed]] = True
    mask &= allowed
    row, column = np.nonzero(mask)
    return students[row], hosts[column], quality[row, column]


def _choose_from(
    allowed: npt.NDArray[np.bool_],
    quality: npt.NDArray[np.float32],
    nations: _Nations,
    task: _Task,
    lots: np.random.Generator,
) -> npt.NDArray[np.bool_]:
    """Mark the best in all, the best of some nations, and the best student of each host."""
    mask = np.zeros(allowed.shape, dtype=np.bool_)
    if not mask.size:
        return mask
    value = quality + JITTER * lots.random(quality.shape, dtype=np.float32)
    value[~allowed] = -1.0
    rows = np.arange(task.students.size)
    if task.number >= 0:
        # Against the student's own best, or who fits everywhere would be every host's choice.
        loss = np.where(allowed, value.max(axis=1)[:, np.newaxis] - value, np.float32(2.0))
        mask[loss.argmin(axis=0), np.arange(task.hosts.size)] = True
    few = min(BEST_IN_ALL, task.hosts.size)
    best = np.argpartition(value, task.hosts.size - few, axis=1)[:, -few:]
    mask[rows[:, np.newaxis], best] = True
    found = np.unique(nations.host[task.hosts])
    top = np.empty((rows.size, found.size), dtype=np.int64)
    for place, nation in enumerate(found.tolist()):
        columns = np.flatnonzero(nations.host[task.hosts] == nation)
        top[:, place] = columns[value[:, columns].argmax(axis=1)]
    # A lot to the power 1 / w comes out on top with chances in proportion to w (Efraimidis and
    # Spirakis 2006), so heavy pairs are there more often, and none is left out.
    lot = lots.random(top.shape, dtype=np.float32)
    lot **= nations.power[nations.student[task.students][:, np.newaxis], found]
    lot[value[rows[:, np.newaxis], top] < 0.0] = -1.0
    some = min(NATIONS, found.size)
    drawn = np.argpartition(lot, found.size - some, axis=1)[:, -some:]
    mask[rows[:, np.newaxis], top[rows[:, np.newaxis], drawn]] = True
    return mask


def _in_rows(chosen: list[Chosen], n_students: int) -> ScoredPairs:
    """Put pairs, each listed once or twice, into the order of rows."""
    if not chosen:
        chosen = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))]
    student = np.concatenate([part[0] for part in chosen]).astype(np.int32)
    host = np.concatenate([part[1] for part in chosen]).astype(np.int32)
    quality = np.concatenate([part[2] for part in chosen])
    chosen.clear()
    order = np.lexsort((host, student))
    student, host, quality = student[order], host[order], quality[order]
    once = np.ones(student.size, dtype=np.bool_)
    once[1:] = (student[1:] != student[:-1]) | (host[1:] != host[:-1])
    student = student[once]
    start = np.append(0, np.cumsum(np.bincount(student, minlength=n_students)))
    return ScoredPairs(start.astype(np.int64), host[once], quality[once])
