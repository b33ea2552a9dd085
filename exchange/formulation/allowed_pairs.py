"""Scores every allowed pair, block by block, straight into the rows that a problem is kept in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.formulation.pairings import IntArray
from exchange.formulation.scoring import Scorer

THREADS = 2
"""NumPy lets go of the interpreter while it computes; blocks are put together in their order, so
the number of threads changes no byte."""


class ScoredPairs(NamedTuple):
    """The allowed pairs row by row.

    Attributes
    ----------
    start : (n + 1,) int64
        The pairs of student i are start[i] … start[i + 1] − 1.
    host : (E,) int32
        Ascending within a student.
    quality : (E,) float32
    """

    start: IntArray
    host: npt.NDArray[np.int32]
    quality: npt.NDArray[np.float32]


class _Block(NamedTuple):
    sizes: IntArray
    host: npt.NDArray[np.int32]
    quality: npt.NDArray[np.float32]


def score_allowed(scorer: Scorer) -> ScoredPairs:
    """Score all students against all hosts and keep the allowed pairs only.

    Parameters
    ----------
    scorer : Scorer

    Returns
    -------
    ScoredPairs
        No matrix over all pairs is ever held: eight bytes for each allowed pair, and the blocks
        at work.
    """
    n, m = scorer.n_students, scorer.n_hosts
    start = np.zeros(n + 1, dtype=np.int64)
    # Untouched memory is not taken up: what no allowed pair fills is given back at the end.
    host, quality = np.empty(n * m, dtype=np.int32), np.empty(n * m, dtype=np.float32)
    row = filled = 0
    for block in _scored_blocks(scorer):
        start[row + 1 : row + 1 + block.sizes.size] = block.sizes
        row += block.sizes.size
        kept = slice(filled, filled + block.host.size)
        host[kept], quality[kept] = block.host, block.quality
        filled = kept.stop
    np.cumsum(start, out=start)
    host.resize(filled, refcheck=False)
    quality.resize(filled, refcheck=False)
    return ScoredPairs(start, host, quality)


def _scored_blocks(scorer: Scorer) -> Iterator[_Block]:
    columns = np.arange(scorer.n_hosts, dtype=np.int32)

    def score(rows: slice) -> _Block:
        allowed = scorer.allowed(rows)
        hosts = np.broadcast_to(columns, allowed.shape)[allowed]
        return _Block(allowed.sum(axis=1), hosts, scorer.quality(rows)[allowed])

    blocks = list(scorer.blocks())
    if len(blocks) < THREADS:
        yield from map(score, blocks)
        return
    with ThreadPoolExecutor(THREADS) as pool:
        yield from pool.map(score, blocks)
