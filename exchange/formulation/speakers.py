"""Who speaks what: hosts by language with their nations mixed, students who speak alike together.

It only decides in which order people are looked at (`candidates`), never who may go where.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.domain.rules import Rules
from exchange.formulation.features import Hosts, Students
from exchange.formulation.gates import working_marks
from exchange.formulation.pairings import IntArray, Words, classify


class Speakers(NamedTuple):
    """What people speak at the level of the gate; one language for all where no gate asks.

    Attributes
    ----------
    words : Words
        Of the students.
    host : (H,) int64
        Hosts by language: those of language l are host[first[l] : first[l + 1]].
    first : (V + 1,) int64
    """

    words: Words
    host: IntArray
    first: IntArray


def list_speakers(
    students: Students,
    hosts: Hosts,
    rules: Rules,
    *,
    gated: bool,
    host_key: npt.NDArray[np.uint64],
) -> Speakers:
    """List the hosts of each language so that any stretch of the list has each nation's share.

    Parameters
    ----------
    students, hosts : sequences
        In the order of rows.
    rules : Rules
        For the working languages and their level.
    gated : bool
        Whether the language gate is on.
    host_key : (m,) uint64
        Decide the order within a nation.
    """
    takes = np.array([host.cleared and host.capacity > 0 for host in hosts], dtype=np.bool_)
    if gated:
        marks = working_marks(students, hosts, rules)
        words, speaks = marks.words, marks.holds.astype(np.bool_)
    else:
        words = Words.of([(0,)] * len(students))
        speaks = np.ones((1, len(hosts)), dtype=np.bool_)
    nation, _ = classify(host.nation for host in hosts)
    lists = [_mixed(np.flatnonzero(row & takes), nation, host_key) for row in speaks]
    sizes = np.array([one.size for one in lists], dtype=np.int64)
    every = np.concatenate([np.zeros(0, dtype=np.int64), *lists])
    return Speakers(words, every, np.append(0, np.cumsum(sizes)).astype(np.int64))


def _mixed(hosts: IntArray, nation: IntArray, key: npt.NDArray[np.uint64]) -> IntArray:
    """Deal hosts out so that each nation is spread evenly over the whole list."""
    order = hosts[np.lexsort((key[hosts], nation[hosts]))]
    of_order = nation[order]
    count = np.bincount(of_order, minlength=int(nation.max(initial=-1)) + 1)
    begins = np.cumsum(count) - count
    share = (np.arange(order.size) - begins[of_order] + 0.5) / count[of_order]
    return order[np.lexsort((key[order], share))]


def order_students(students: Students, speakers: Speakers, key: npt.NDArray[np.uint64]) -> IntArray:
    """Put students together who speak alike, and of these those who come on the same day."""
    words = speakers.words
    spans = zip(words.start[:-1].tolist(), words.start[1:].tolist(), strict=True)
    code = words.code.tolist()
    alike, _ = classify(tuple(sorted(code[low:high])) for low, high in spans)
    day = [0 if s.arrive_on is None else s.arrive_on.toordinal() for s in students]
    return np.lexsort((key, np.array(day, dtype=np.int64), alike))
