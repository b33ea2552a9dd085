"""Seeded problems for benchmarks: Zipf nations, person attributes, a shared-language gate.

Nothing here measures; `engine` does. The same arguments give the same arrays.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

LANGUAGES = 12
INTERESTS = 16
ROWS = 10_000
"""Students laid out at a time."""
WORLD_LANGUAGE_SHARE = 0.72
"""So many people speak the first language that about two thirds of all pairs share one."""


class Arrays(NamedTuple):
    """The arrays of a problem before they are checked; dense when `allowed` is set."""

    student_nation: npt.NDArray[np.int64]
    host_nation: npt.NDArray[np.int64]
    capacity: npt.NDArray[np.int64]
    pair_weight: npt.NDArray[np.float64]
    quality: npt.NDArray[np.float32]
    allowed: npt.NDArray[np.bool_]


class Edges(NamedTuple):
    """The allowed pairs of a sparse problem."""

    student: npt.NDArray[np.int64]
    host: npt.NDArray[np.int64]
    quality: npt.NDArray[np.float32]


def _zipf_nations(rng: np.random.Generator, people: int, nations: int) -> npt.NDArray[np.int64]:
    share = 1.0 / np.arange(1, nations + 1)
    return rng.choice(nations, size=people, p=share / share.sum()).astype(np.int64)


def _pair_weights(rng: np.random.Generator, nations: int) -> npt.NDArray[np.float64]:
    distance = rng.random((nations, nations))
    tier = rng.choice(5, size=(nations, nations), p=[0.62, 0.2, 0.1, 0.05, 0.03])
    weight = 0.25 + 0.25 * distance + 0.125 * tier
    upper = np.triu(weight, 1)
    return upper + upper.T


def _languages(rng: np.random.Generator, nation: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    spoken = rng.random((nation.size, LANGUAGES)) < 0.1
    spoken[:, 0] = rng.random(nation.size) < WORLD_LANGUAGE_SHARE
    spoken[np.arange(nation.size), 1 + nation % (LANGUAGES - 1)] = True
    return spoken


def dense(people: int, nations: int, *, seed: int = 0) -> Arrays:
    """Make `people` students and as many one-place hosts; about two thirds of pairs allowed."""
    rng = np.random.default_rng([seed, people, nations])
    student_nation = _zipf_nations(rng, people, nations)
    host_nation = _zipf_nations(rng, people, nations)
    student_speaks = _languages(rng, student_nation).astype(np.float32)
    host_speaks = _languages(rng, host_nation).astype(np.float32)
    student_likes = rng.random((people, INTERESTS), dtype=np.float32)
    host_likes = rng.random((people, INTERESTS), dtype=np.float32)
    student_likes /= np.linalg.norm(student_likes, axis=1, keepdims=True)
    host_likes /= np.linalg.norm(host_likes, axis=1, keepdims=True)
    student_pace = rng.random(people, dtype=np.float32)
    host_pace = rng.random(people, dtype=np.float32)
    allowed = np.empty((people, people), dtype=np.bool_)
    quality = np.empty((people, people), dtype=np.float32)
    # In blocks, or the parts of the sum would need five times the room of the sum.
    for low in range(0, people, ROWS):
        who = slice(low, low + ROWS)
        np.greater(student_speaks[who] @ host_speaks.T, 0, out=allowed[who])
        allowed[who] &= student_nation[who, None] != host_nation[None, :]
        taste = np.clip((student_likes[who] @ host_likes.T - 0.5) * 2, 0, 1)
        pace = 1 - np.abs(student_pace[who, None] - host_pace[None, :])
        wish = (rng.random(taste.shape, dtype=np.float32) < 0.3).astype(np.float32)
        np.clip(0.5 * taste + 0.3 * pace + 0.2 * wish, 0, 1, out=quality[who])
    return Arrays(
        student_nation,
        host_nation,
        np.ones(people, dtype=np.int64),
        _pair_weights(rng, nations),
        quality,
        allowed,
    )


def sparse(
    people: int, nations: int, *, candidates: int = 20, seed: int = 0
) -> tuple[Arrays, Edges]:
    """Make a problem in which every student has at most `candidates` allowed hosts."""
    arrays = dense(people, nations, seed=seed)
    rng = np.random.default_rng([seed, people, nations, candidates])
    draw = np.where(arrays.allowed, rng.random(arrays.allowed.shape, dtype=np.float32), np.inf)
    take = min(candidates, people)
    host = np.argpartition(draw, take - 1, axis=1)[:, :take]
    student = np.repeat(np.arange(people), take).reshape(people, take)
    kept = arrays.allowed[student, host]
    return arrays, Edges(
        student[kept].astype(np.int64),
        host[kept].astype(np.int64),
        arrays.quality[student, host][kept],
    )


DRAWN = 3
"""Hosts drawn for each candidate that is kept: about two thirds of them are allowed."""
BLOCK = 100_000


def wide(people: int, nations: int, *, candidates: int = 20, seed: int = 0) -> tuple[Arrays, Edges]:
    """Make a sparse problem of any size, as `sparse` does but without a matrix of all pairs.

    `quality` and `allowed` of the arrays are empty.
    """
    rng = np.random.default_rng([seed, people, nations, candidates, 1])
    student_nation = _zipf_nations(rng, people, nations)
    host_nation = _zipf_nations(rng, people, nations)
    student_speaks = np.packbits(_languages(rng, student_nation), axis=1, bitorder="little")
    host_speaks = np.packbits(_languages(rng, host_nation), axis=1, bitorder="little")
    likes = [rng.random((people, INTERESTS), dtype=np.float32) for _ in range(2)]
    likes = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in likes]
    paces = [rng.random(people, dtype=np.float32) for _ in range(2)]
    parts: list[tuple[npt.NDArray[np.int64], ...]] = []
    fits: list[npt.NDArray[np.float32]] = []
    for low in range(0, people, BLOCK):
        who = np.arange(low, min(low + BLOCK, people))
        host = np.sort(rng.integers(0, people, (who.size, DRAWN * candidates)), axis=1)
        fine = (student_speaks[who][:, None, :] & host_speaks[host]).any(axis=2)
        fine &= student_nation[who][:, None] != host_nation[host]
        fine[:, 1:] &= host[:, 1:] != host[:, :-1]
        # A random choice of those that are fine, not the lowest numbers.
        lot = np.where(fine, rng.random(host.shape, dtype=np.float32), np.inf)
        chosen = np.argpartition(lot, candidates - 1, axis=1)[:, :candidates]
        kept = np.take_along_axis(fine, chosen, axis=1)
        student = np.repeat(who, candidates).reshape(chosen.shape)[kept]
        met = np.take_along_axis(host, chosen, axis=1)[kept]
        taste = np.clip(((likes[0][student] * likes[1][met]).sum(axis=1) - 0.5) * 2, 0, 1)
        pace = 1 - np.abs(paces[0][student] - paces[1][met])
        wish = (rng.random(student.size, dtype=np.float32) < 0.3).astype(np.float32)
        parts.append((student, met))
        fits.append(np.clip(0.5 * taste + 0.3 * pace + 0.2 * wish, 0, 1).astype(np.float32))
    arrays = Arrays(
        student_nation,
        host_nation,
        np.ones(people, dtype=np.int64),
        _pair_weights(rng, nations),
        np.zeros((0, 0), dtype=np.float32),
        np.zeros((0, 0), dtype=np.bool_),
    )
    edges = Edges(
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate(fits),
    )
    return arrays, edges
