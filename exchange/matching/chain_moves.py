"""Compiled inner loop of annealing for Q + μ S: chains and rings of up to four students.

One student is taken out of a home. Everybody who could fill it is marked, and everybody who could
fill the homes that this would leave; then the homes that the student could go to, and those that
their guests could go on to, are held against the marks. So all short chains are seen at once, and
one is drawn by its worth and the temperature. Plain arrays in and out, no policy.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from exchange.matching.kernels import draw

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LONGEST = 4
LOTS = 4096
"""Random numbers that are drawn from a table."""
TINY = 1.0e-11
"""An answer may worsen by this much: below the rounding of a sum."""
COOLINGS = 1_000


class Roads(NamedTuple):
    """What does not change: edges by student and by host, places, weights of pairs."""

    start: Ints
    student: Ints
    host: Ints
    pair: Ints
    quality: Floats
    into_start: Ints
    into: Ints
    root: Floats
    base: Floats
    slot_start: Ints
    lots: Floats


class Homes(NamedTuple):
    """The present answer: edge and place of each student, who holds each place, contacts.

    `gain` and `loss` are what one contact more, or less, of each pair changes S by.
    """

    edge: Ints
    slot_of: Ints
    guest: Ints
    contacts: Ints
    gain: Floats
    loss: Floats


class Marks(NamedTuple):
    """Who could fill the open home (`near`), or a home that this would leave (`far`), by place."""

    near: Ints
    near_edge: Ints
    near_worth: Floats
    far: Ints
    far_edge: Ints
    far_via: Ints
    far_worth: Floats
    who: Ints
    edge: Ints
    slot: Ints


class Swing(NamedTuple):
    """How μ swings while S is held at a floor; the floor is below 0 where there is none."""

    floor: float
    least: float
    most: float
    factor: float


def make_homes(edge: Ints, slot_of: Ints, guest: Ints, contacts: Ints) -> Homes:
    """Put an answer on the table; `anneal` fills gains and losses in."""
    size = contacts.size
    return Homes(edge, slot_of, guest, contacts, np.zeros(size), np.zeros(size))


def make_marks(places: int) -> Marks:
    """Allocate the room for one move."""

    def ints(count: int) -> Ints:
        return np.zeros(count, dtype=np.int64)

    return Marks(
        ints(places),
        ints(places),
        np.zeros(places),
        ints(places),
        ints(places),
        ints(places),
        np.zeros(places),
        ints(LONGEST),
        ints(LONGEST),
        ints(LONGEST),
    )


@numba.njit(cache=True)
def _weigh(r: Roads, h: Homes, p: int) -> None:
    n = r.base[p] + h.contacts[p]
    h.gain[p] = r.root[p] * (np.sqrt(n + 1.0) - np.sqrt(n))
    h.loss[p] = r.root[p] * (np.sqrt(n) - np.sqrt(n - 1.0)) if n > 0.0 else 0.0


@numba.njit(cache=True)
def _worth(r: Roads, h: Homes, new: int, old: int, mu: float) -> float:
    """Value edge `new` instead of `old`, as if nobody else moved."""
    p, o = r.pair[new], r.pair[old]
    change = r.quality[new] - r.quality[old]
    if p != o:
        change += mu * (h.gain[p] - h.loss[o])
    return float(change)


@numba.njit(cache=True)
def _mark(r: Roads, h: Homes, m: Marks, i: int, mark: int, mu: float) -> None:
    """Mark who could fill the home of student i, and whose homes those could leave to others."""
    home = r.host[h.edge[i]]
    for x in range(r.into_start[home], r.into_start[home + 1]):
        e = r.into[x]
        f = r.student[e]
        if r.host[h.edge[f]] == home:
            continue
        s = h.slot_of[f]
        m.near[s], m.near_edge[s] = mark, e
        m.near_worth[s] = _worth(r, h, e, h.edge[f], mu)
    for x in range(r.into_start[home], r.into_start[home + 1]):
        f = r.student[r.into[x]]
        via = h.slot_of[f]
        left = r.host[h.edge[f]]
        if left == home:
            continue
        for y in range(r.into_start[left], r.into_start[left + 1]):
            e = r.into[y]
            g = r.student[e]
            other = r.host[h.edge[g]]
            if g == i or other in (left, home):
                continue
            worth = m.near_worth[via] + _worth(r, h, e, h.edge[g], mu)
            s = h.slot_of[g]
            if m.far[s] != mark or worth > m.far_worth[s]:
                m.far[s], m.far_edge[s], m.far_via[s], m.far_worth[s] = mark, e, via, worth


@numba.njit(cache=True)
def _note(m: Marks, at: int, who: int, edge: int, slot: int) -> None:
    m.who[at], m.edge[at], m.slot[at] = who, edge, slot


@numba.njit(cache=True)
def _close(h: Homes, m: Marks, at: int, s: int, open_slot: int, near: bool) -> int:
    """Note who moves where from place s on, back to the open one; return the chain's length."""
    if near:
        _note(m, at, h.guest[s], m.near_edge[s], open_slot)
        return at + 1
    via = m.far_via[s]
    _note(m, at, h.guest[s], m.far_edge[s], via)
    _note(m, at + 1, h.guest[via], m.near_edge[via], open_slot)
    return at + 2


@numba.njit(cache=True)
def _draw_chain(
    r: Roads,
    h: Homes,
    m: Marks,
    i: int,
    mark: int,
    mu: float,
    heat: float,
    state: npt.NDArray[np.uint64],
) -> int:
    """Choose a chain that begins with student i by worth and lot; return its length, 0: none."""
    open_slot, old = h.slot_of[i], h.edge[i]
    home = r.host[old]
    top, length = heat * r.lots[draw(state) % LOTS], 0
    for e in range(r.start[i], r.start[i + 1]):
        j = r.host[e]
        if j == home:
            continue
        first = _worth(r, h, e, old, mu)
        for s in range(r.slot_start[j], r.slot_start[j + 1]):
            c = h.guest[s]
            if c < 0:
                worth = first + heat * r.lots[draw(state) % LOTS]
                if worth > top:
                    top, length = worth, 1
                    _note(m, 0, i, e, s)
                continue
            for near in (True, False):
                if (m.near[s] if near else m.far[s]) != mark:
                    continue
                more = m.near_worth[s] if near else m.far_worth[s]
                worth = first + more + heat * r.lots[draw(state) % LOTS]
                if worth > top:
                    top = worth
                    _note(m, 0, i, e, s)
                    length = _close(h, m, 1, s, open_slot, near)
            mine = h.edge[c]
            for y in range(r.start[c], r.start[c + 1]):
                k = r.host[y]
                if k in (home, j):
                    continue
                for t in range(r.slot_start[k], r.slot_start[k + 1]):
                    d = h.guest[t]
                    for kind in range(3):
                        # To a free place; or to one whose guest can close the ring, at once
                        # or by way of another's home, which must not be the one just taken.
                        if kind == 0 and d >= 0:
                            continue
                        if kind == 1 and (d < 0 or m.near[t] != mark):
                            continue
                        if kind == 2 and (d < 0 or m.far[t] != mark or m.far_via[t] == s):
                            continue
                        worth = first + _worth(r, h, y, mine, mu)
                        worth += heat * r.lots[draw(state) % LOTS]
                        if kind == 1:
                            worth += m.near_worth[t]
                        elif kind == 2:
                            worth += m.far_worth[t]
                        if worth > top:
                            top = worth
                            _note(m, 0, i, e, s)
                            _note(m, 1, c, y, t)
                            length = 2 if kind == 0 else _close(h, m, 2, t, open_slot, kind == 1)
    return length


@numba.njit(cache=True)
def _count(r: Roads, h: Homes, m: Marks, length: int) -> tuple[float, float]:
    """Count a chain's contacts; return its exact changes of Q and S."""
    more_quality, more_diversity = 0.0, 0.0
    for k in range(length):
        old = h.edge[m.who[k]]
        more_quality += r.quality[m.edge[k]] - r.quality[old]
        p = r.pair[old]
        n = r.base[p] + h.contacts[p]
        more_diversity += r.root[p] * (np.sqrt(n - 1.0) - np.sqrt(n))
        h.contacts[p] -= 1
    for k in range(length):
        p = r.pair[m.edge[k]]
        n = r.base[p] + h.contacts[p]
        more_diversity += r.root[p] * (np.sqrt(n + 1.0) - np.sqrt(n))
        h.contacts[p] += 1
    return more_quality, more_diversity


@numba.njit(cache=True)
def _settle(r: Roads, h: Homes, m: Marks, length: int, keep: bool) -> None:
    """Move the students of a chain, or take its counts back."""
    for k in range(length):
        old, new = r.pair[h.edge[m.who[k]]], r.pair[m.edge[k]]
        if not keep:
            h.contacts[old] += 1
            h.contacts[new] -= 1
            continue
        _weigh(r, h, old)
        _weigh(r, h, new)
        h.guest[h.slot_of[m.who[k]]] = -1
    if keep:
        for k in range(length):
            h.edge[m.who[k]], h.slot_of[m.who[k]] = m.edge[k], m.slot[k]
        for k in range(length):
            h.guest[m.slot[k]] = m.who[k]


@numba.njit(cache=True, nogil=True)
def anneal(
    r: Roads,
    h: Homes,
    m: Marks,
    best_edge: Ints,
    state: npt.NDArray[np.uint64],
    first_mark: int,
    moves: int,
    heats: tuple[float, float],
    mu: float,
    swing: Swing,
    best: float,
) -> tuple[float, float]:
    """Try `moves` chains while the temperature falls from one to the other of `heats`.

    Keeps the answer of largest Q above the floor, beyond `best`, in `best_edge`; without a floor
    that of largest Q + μ S. Returns its worth, and where μ has swung to.
    """
    quality, diversity = 0.0, 0.0
    for i in range(h.edge.size):
        quality += r.quality[h.edge[i]]
    for p in range(h.contacts.size):
        diversity += r.root[p] * np.sqrt(r.base[p] + h.contacts[p])
        _weigh(r, h, p)
    heat = heats[0]
    slower = (heats[1] / heats[0]) ** (1.0 / COOLINGS)
    each = moves // COOLINGS + 1
    for turn in range(moves):
        if turn % each == each - 1:
            heat *= slower
        if swing.floor >= 0.0:
            mu = mu * swing.factor if diversity >= swing.floor else mu / swing.factor
            mu = min(max(mu, swing.least), swing.most)
        i = int(draw(state) % h.edge.size)
        mark = first_mark + turn
        _mark(r, h, m, i, mark, mu)
        length = _draw_chain(r, h, m, i, mark, mu, heat, state)
        if length == 0:
            continue
        more_quality, more_diversity = _count(r, h, m, length)
        lot = np.log((draw(state) % 1_000_000 + 1.0) / 1_000_001.0)
        keep = more_quality + mu * more_diversity >= min(heat * lot, -TINY)
        _settle(r, h, m, length, keep)
        if not keep:
            continue
        quality += more_quality
        diversity += more_diversity
        if swing.floor < 0.0 or diversity >= swing.floor:
            worth = quality if swing.floor >= 0.0 else quality + mu * diversity
            if worth > best + TINY:
                best = worth
                best_edge[:] = h.edge
    return best, mu
