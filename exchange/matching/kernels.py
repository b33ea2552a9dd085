"""Compiled inner loops of the neighbourhood search. Plain arrays in and out, no policy.

Nothing here is called for small cohorts, which must not wait for compilation.
"""

import numba
import numpy as np
import numpy.typing as npt

from exchange.matching.desk import Answer, Best, Desk, Graph

NEVER = -1.0e9
FAR = 1.0e18
TINY = 1.0e-11
"""An answer may worsen by this much: below the rounding of a sum, above none at all."""


@numba.njit(cache=True)
def draw(state: npt.NDArray[np.uint64]) -> np.int64:
    """Step an xorshift generator (Marsaglia 2003); the result is a non-negative int64."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(x >> np.uint64(1))


@numba.njit(cache=True)
def _free_related(
    g: Graph, a: Answer, d: Desk, size: int, state: npt.NDArray[np.uint64]
) -> tuple[int, int]:
    """Free students by a walk over who could take whose place; return rows and columns."""
    d.freed[0] = draw(state) % a.edge.size
    d.is_freed[d.freed[0]] = 1
    rows, spare, tries = 1, 0, 0
    while rows < size and tries < 6 * size:
        tries += 1
        # Half of the walk goes on from the last, half branches off anywhere.
        i = d.freed[rows - 1]
        if draw(state) % 2 == 0:
            i = d.freed[draw(state) % rows]
        e = g.start[i] + draw(state) % (g.start[i + 1] - g.start[i])
        j = g.host[e]
        places = g.slot_start[j + 1] - g.slot_start[j]
        if places == 0:
            continue
        s = g.slot_start[j] + draw(state) % places
        guest = a.guest[s]
        if guest < 0:
            if d.is_spare[s] == 0 and spare < size:
                d.is_spare[s] = 1
                # Kept at the far end until the number of rows is known.
                d.slots[2 * size - 1 - spare] = s
                d.slot_host[2 * size - 1 - spare] = j
                spare += 1
        elif d.is_freed[guest] == 0:
            d.is_freed[guest] = 1
            d.freed[rows] = guest
            rows += 1
    for r in range(rows):
        i = d.freed[r]
        d.is_freed[i] = 0
        d.slots[r] = a.slot_of[i]
        d.slot_host[r] = g.host[a.edge[i]]
        d.old_edge[r] = a.edge[i]
        d.match[r] = -1
    for c in range(spare):
        d.slots[rows + c] = d.slots[2 * size - 1 - c]
        d.slot_host[rows + c] = d.slot_host[2 * size - 1 - c]
        d.is_spare[d.slots[rows + c]] = 0
    return rows, rows + spare


@numba.njit(cache=True)
def _fill_values(
    g: Graph,
    a: Answer,
    d: Desk,
    rows: int,
    columns: int,
    mu: float,
    blend: float,
    noise: float,
    state: npt.NDArray[np.uint64],
) -> None:
    """Value every freed student on every freed place.

    An edge of the pair that a student now counts for is worth what leaving the pair would
    lose; any other, what joining it would gain; the same for its cell. `blend` mixes in the
    prices of a relaxation.
    """
    mixed = g.cell.size > 0
    for c in range(columns):
        d.next_slot[c] = d.first_slot[d.slot_host[c]]
        d.first_slot[d.slot_host[c]] = c
    for r in range(rows):
        i = d.freed[r]
        mine = g.pair[a.edge[i]]
        home = g.cell[a.edge[i]] if mixed else 0
        for c in range(columns):
            d.value[r, c] = NEVER
        for e in range(g.start[i], g.start[i + 1]):
            c = d.first_slot[g.host[e]]
            if c < 0:
                continue
            p = g.pair[e]
            b = g.base[p] + a.contacts[p]
            if p == mine:
                gain = g.root[p] * (np.sqrt(b) - np.sqrt(b - 1.0))
            else:
                gain = g.root[p] * (np.sqrt(b + 1.0) - np.sqrt(b))
            priced = g.price[p]
            if mixed:
                p = g.cell[e]
                b = g.base[p] + a.contacts[p]
                if p == home:
                    gain += g.root[p] * (np.sqrt(b) - np.sqrt(b - 1.0))
                else:
                    gain += g.root[p] * (np.sqrt(b + 1.0) - np.sqrt(b))
                priced += g.price[p]
            v = g.quality[e] + (1.0 - blend) * mu * gain + blend * priced
            while c >= 0:
                d.value[r, c] = v + noise * (draw(state) % 1024)
                d.chosen[r, c] = e
                c = d.next_slot[c]
    for c in range(columns):
        d.first_slot[d.slot_host[c]] = -1


@numba.njit(cache=True)
def _best_columns(d: Desk, rows: int, columns: int) -> None:
    """Assign every row to its own column with the largest sum (shortest augmenting paths).

    Jonker and Volgenant 1987, in the rectangular form of Crouse 2016. Needs rows ≤ columns.
    """
    d.price_row[:rows] = 0.0
    d.price_column[:columns] = 0.0
    d.slot_host[:columns] = -1
    row_of = d.slot_host
    before = d.next_slot
    for first in range(rows):
        d.slack[:columns] = FAR
        d.done[:columns] = False
        row, low, sink = first, 0.0, -1
        while sink < 0:
            best, at = FAR, -1
            for c in range(columns):
                if d.done[c]:
                    continue
                reach = low - d.value[row, c] - d.price_row[row] - d.price_column[c]
                if reach < d.slack[c]:
                    d.slack[c] = reach
                    before[c] = row
                if d.slack[c] < best or (d.slack[c] == best and row_of[c] < 0):
                    best, at = d.slack[c], c
            low = best
            d.done[at] = True
            if row_of[at] < 0:
                sink = at
            else:
                row = row_of[at]
        d.price_row[first] += low
        for c in range(columns):
            if d.done[c]:
                if row_of[c] >= 0:
                    d.price_row[row_of[c]] += low - d.slack[c]
                d.price_column[c] -= low - d.slack[c]
        at = sink
        while True:
            row = before[at]
            row_of[at] = row
            at, d.match[row] = d.match[row], at
            if row == first:
                break


@numba.njit(cache=True)
def _shift(g: Graph, a: Answer, old: int, new: int) -> float:
    """Count one contact less of a label and one more of another; return ΔS."""
    b = g.base[old] + a.contacts[old]
    more: float = g.root[old] * (np.sqrt(b - 1.0) - np.sqrt(b))
    a.contacts[old] -= 1
    b = g.base[new] + a.contacts[new]
    more += g.root[new] * (np.sqrt(b + 1.0) - np.sqrt(b))
    a.contacts[new] += 1
    return more


@numba.njit(cache=True)
def _follow(g: Graph, a: Answer, d: Desk, first: int, rows: int) -> tuple[int, float, float]:
    """Apply one chain or ring to the counts; return its length (0: no change), ΔQ and ΔS."""
    r, length, changed = first, 0, False
    more_quality, more_diversity = 0.0, 0.0
    while True:
        d.chain[length] = r
        length += 1
        c = d.match[r]
        d.target[r] = c
        d.match[r] = -1
        new, old = d.chosen[r, c], d.old_edge[r]
        if new != old:
            changed = True
            more_quality += g.quality[new] - g.quality[old]
            p = g.pair[old]
            b = g.base[p] + a.contacts[p]
            more_diversity += g.root[p] * (np.sqrt(b - 1.0) - np.sqrt(b))
            a.contacts[p] -= 1
            p = g.pair[new]
            b = g.base[p] + a.contacts[p]
            more_diversity += g.root[p] * (np.sqrt(b + 1.0) - np.sqrt(b))
            a.contacts[p] += 1
            if g.cell.size > 0:
                more_diversity += _shift(g, a, g.cell[old], g.cell[new])
        if c >= rows or d.match[c] < 0:
            break
        r = c
    return (length if changed else 0), more_quality, more_diversity


@numba.njit(cache=True)
def _settle(g: Graph, a: Answer, d: Desk, best: Best, moved: int, length: int, keep: bool) -> int:
    """Move the students of a chain, or take its counts back; return how many moved since."""
    for x in range(length):
        r = d.chain[x]
        if keep:
            a.guest[d.slots[r]] = -1
        else:
            new, old = d.chosen[r, d.target[r]], d.old_edge[r]
            a.contacts[g.pair[new]] -= 1
            a.contacts[g.pair[old]] += 1
            if g.cell.size > 0:
                a.contacts[g.cell[new]] -= 1
                a.contacts[g.cell[old]] += 1
    if keep:
        for x in range(length):
            r = d.chain[x]
            i, s = d.freed[r], d.slots[d.target[r]]
            a.edge[i] = d.chosen[r, d.target[r]]
            a.slot_of[i] = s
            a.guest[s] = i
            if not best.has_moved[i]:
                best.has_moved[i] = True
                best.moved[moved] = i
                moved += 1
    return moved


@numba.njit(cache=True)
def begin(g: Graph, a: Answer, best: Best, mu: float) -> None:
    """Add up Q and S of the answer to start from."""
    quality, diversity = 0.0, 0.0
    for i in range(a.edge.size):
        quality += g.quality[a.edge[i]]
    for p in range(a.contacts.size):
        diversity += g.root[p] * np.sqrt(g.base[p] + a.contacts[p])
    standing = best.standing
    standing[0], standing[1], standing[2], standing[3] = quality, diversity, mu, -FAR
    standing[4] = 0.0


@numba.njit(cache=True)
def search(
    g: Graph,
    a: Answer,
    d: Desk,
    best: Best,
    state: npt.NDArray[np.uint64],
    size: int,
    rounds: int,
    last: bool,
    swing: tuple[float, float, float],
    floor: float,
    noise: float,
    heat: float,
    priced: bool,
) -> None:
    """Free a few related students, assign them anew, keep what does not worsen Q + μ S.

    `floor` < 0: no floor, μ stays. Otherwise μ swings (least, most, factor) so that S stays
    about the floor, and the best answer above the floor is kept in `best`. Only the `last` of
    several calls judges the answer that it ends with: cut anywhere, the search goes the same way.
    """
    quality, diversity = best.standing[0], best.standing[1]
    mu, most, moved = best.standing[2], best.standing[3], int(best.standing[4])
    for turn in range(rounds + 1 if last else rounds):
        # An answer is judged before each round, and once more after the last.
        if floor < 0.0 or diversity >= floor:
            worth = quality if floor >= 0.0 else quality + mu * diversity
            if worth > most + TINY:
                most = worth
                for at in range(moved):
                    best.edge[best.moved[at]] = a.edge[best.moved[at]]
                    best.has_moved[best.moved[at]] = False
                moved = 0
        if turn == rounds:
            break
        if floor >= 0.0:
            mu = max(swing[0], mu * swing[2]) if diversity >= floor else mu / swing[2]
            mu = min(mu, swing[1])
        blend = 0.25 * (draw(state) % 4) if priced else 0.0
        rows, columns = _free_related(g, a, d, size, state)
        _fill_values(g, a, d, rows, columns, mu, blend, noise, state)
        _best_columns(d, rows, columns)
        # The new answer differs from the old by chains and rings of students who take each
        # other's places. Each is judged by itself, so that two of them that rush into one pair
        # are not both kept because the first was good. Chains come first: they begin at a
        # student whose own place nobody takes.
        d.taker[:columns] = -1
        for r in range(rows):
            d.taker[d.match[r]] = r
        for at in range(2 * rows):
            r = at % rows
            if d.match[r] < 0 or (at < rows and d.taker[r] >= 0):
                continue
            length, more_quality, more_diversity = _follow(g, a, d, r, rows)
            if length == 0:
                continue
            least = -TINY
            if heat > 0.0:
                least = heat * np.log((draw(state) % 1000000 + 1.0) / 1000001.0)
            keep = more_quality + mu * more_diversity >= least
            moved = _settle(g, a, d, best, moved, length, keep)
            if keep:
                quality += more_quality
                diversity += more_diversity
    standing = best.standing
    standing[0], standing[1], standing[2], standing[3] = quality, diversity, mu, most
    standing[4] = moved
