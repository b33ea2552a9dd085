"""Compiled inner loops of the neighbourhood search. Plain arrays in and out, no policy.

Nothing here is called for small cohorts, which must not wait for compilation.
"""

import numba
import numpy as np

NEVER = -1.0e9
TINY = 1.0e-11


@numba.njit(cache=True)
def _draw(state):
    """Step an xorshift generator (Marsaglia 2003); the result is a non-negative int64."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.int64(x >> np.uint64(1))


@numba.njit(cache=True)
def _best_columns(
    value, rows, columns, match, price_row, price_column, slack, before, done, row_of
):
    """Assign every row to its own column with the largest sum (shortest augmenting paths).

    Jonker and Volgenant 1987, in the rectangular form of Crouse 2016. Needs rows ≤ columns.
    """
    for r in range(rows):
        price_row[r] = 0.0
    for c in range(columns):
        price_column[c] = 0.0
        row_of[c] = -1
    for first in range(rows):
        for c in range(columns):
            slack[c] = 1.0e18
            done[c] = False
        row, low, sink = first, 0.0, -1
        while sink < 0:
            best, at = 1.0e18, -1
            for c in range(columns):
                if done[c]:
                    continue
                d = low - value[row, c] - price_row[row] - price_column[c]
                if d < slack[c]:
                    slack[c] = d
                    before[c] = row
                if slack[c] < best or (slack[c] == best and row_of[c] < 0):
                    best, at = slack[c], c
            low = best
            done[at] = True
            if row_of[at] < 0:
                sink = at
            else:
                row = row_of[at]
        price_row[first] += low
        for c in range(columns):
            if done[c]:
                if row_of[c] >= 0:
                    price_row[row_of[c]] += low - slack[c]
                price_column[c] -= low - slack[c]
        at = sink
        while True:
            row = before[at]
            row_of[at] = row
            at, match[row] = match[row], at
            if row == first:
                break
    return


@numba.njit(cache=True)
def search(
    start,
    edge_host,
    edge_pair,
    quality,
    root,
    base,
    slot_start,
    slot_guest,
    slot_of,
    edge,
    count,
    best_edge,
    marks,
    state,
    mu,
    swing,
    floor,
    rounds,
    size,
    wiggle,
    heat,
    price,
    priced,
):
    """Free a few related students, assign them anew, keep what does not worsen Q + μ S.

    Students are related when one of them could take the place of another. An edge of the pair
    that a student now counts for is worth what leaving that pair would lose; any other, what
    joining it would gain. `floor` < 0: no floor, μ stays. Otherwise μ swings so that S stays
    about the floor, and the best answer above the floor is kept in `best_edge`.
    Returns (Q, S, best Q or J, μ).
    """
    n = start.size - 1
    extra = size
    width = size + extra
    value = np.empty((size, width))
    match = np.empty(size, np.int64)
    price_row = np.empty(size)
    price_column = np.empty(width)
    slack = np.empty(width)
    before = np.empty(width, np.int64)
    done = np.empty(width, np.bool_)
    row_of = np.empty(width, np.int64)
    freed = np.empty(size, np.int64)
    slots = np.empty(width, np.int64)
    chain = np.empty(width, np.int64)
    chosen = np.empty((size, width), np.int64)
    old_edge = np.empty(size, np.int64)
    target = np.empty(size, np.int64)
    in_set, head, slot_mark = marks
    mu_low, mu_high, climb = swing

    q_sum = 0.0
    for i in range(n):
        q_sum += quality[edge[i]]
    s_sum = 0.0
    for p in range(count.size):
        s_sum += root[p] * np.sqrt(base[p] + count[p])
    has_floor = floor >= 0.0
    best = -1.0e18
    if has_floor:
        if s_sum >= floor:
            best = q_sum
            best_edge[:] = edge
    else:
        best = q_sum + mu * s_sum
        best_edge[:] = edge

    for _ in range(rounds):
        blend = 0.0
        if priced:
            blend = 0.25 * (_draw(state) % 4)
        first = _draw(state) % n
        freed[0] = first
        in_set[first] = 1
        rows = 1
        tries = 0
        spare = 0
        while rows < size and tries < 6 * size:
            tries += 1
            # Half of the walk goes on from the last, half branches off anywhere.
            if _draw(state) % 2 == 0:
                i = freed[rows - 1]
            else:
                i = freed[_draw(state) % rows]
            degree = start[i + 1] - start[i]
            e = start[i] + _draw(state) % degree
            j = edge_host[e]
            places = slot_start[j + 1] - slot_start[j]
            if places == 0:
                continue
            s = slot_start[j] + _draw(state) % places
            g = slot_guest[s]
            if g >= 0:
                if in_set[g] == 0:
                    in_set[g] = 1
                    freed[rows] = g
                    rows += 1
            elif slot_mark[s] == 0 and spare < extra:
                slot_mark[s] = 1
                slots[size + spare] = s
                spare += 1
        for r in range(rows):
            slots[r] = slot_of[freed[r]]
            old_edge[r] = edge[freed[r]]
        for c in range(spare):
            slots[rows + c] = slots[size + c]
            slot_mark[slots[rows + c]] = 0
        columns = rows + spare
        for c in range(columns):
            lo = 0
            hi = slot_start.size - 1
            s = slots[c]
            while hi - lo > 1:
                mid = (lo + hi) // 2
                if slot_start[mid] <= s:
                    lo = mid
                else:
                    hi = mid
            row_of[c] = lo
        for c in range(columns):
            j = row_of[c]
            chain[c] = head[j]
            head[j] = c
        for r in range(rows):
            i = freed[r]
            mine = edge_pair[edge[i]]
            match[r] = -1
            for c in range(columns):
                value[r, c] = NEVER
            for e in range(start[i], start[i + 1]):
                c = head[edge_host[e]]
                if c < 0:
                    continue
                p = edge_pair[e]
                b = base[p] + count[p]
                if p == mine:
                    gain = root[p] * (np.sqrt(b) - np.sqrt(b - 1.0))
                else:
                    gain = root[p] * (np.sqrt(b + 1.0) - np.sqrt(b))
                gain = (1.0 - blend) * mu * gain + blend * price[p]
                v = quality[e] + gain
                while c >= 0:
                    value[r, c] = v + wiggle * (_draw(state) % 1024)
                    chosen[r, c] = e
                    c = chain[c]
        for c in range(columns):
            head[row_of[c]] = -1
        for r in range(rows):
            in_set[freed[r]] = 0
        _best_columns(
            value, rows, columns, match, price_row, price_column, slack, before, done, row_of
        )
        # The new answer differs from the old by chains and rings of students who take each
        # other's slots. Each is judged by itself, so that two of them that rush into one pair
        # are not both kept because the first was good.
        for c in range(columns):
            before[c] = -1
        for r in range(rows):
            before[match[r]] = r
        for begin in range(2 * rows):
            # First the chains, which begin at a slot that nobody takes; then the rings.
            r = begin % rows
            if match[r] < 0 or (begin < rows and before[r] >= 0):
                continue
            length = 0
            dq = 0.0
            ds = 0.0
            changed = False
            while True:
                chain[length] = r
                length += 1
                c = match[r]
                e = chosen[r, c]
                o = old_edge[r]
                if e != o:
                    changed = True
                    dq += quality[e] - quality[o]
                    p = edge_pair[o]
                    b = base[p] + count[p]
                    ds += root[p] * (np.sqrt(b - 1.0) - np.sqrt(b))
                    count[p] -= 1
                    p = edge_pair[e]
                    b = base[p] + count[p]
                    ds += root[p] * (np.sqrt(b + 1.0) - np.sqrt(b))
                    count[p] += 1
                target[r] = c
                match[r] = -1
                if c >= rows or match[c] < 0:
                    break
                r = c
            if not changed:
                continue
            least = -TINY
            if heat > 0.0:
                least = heat * np.log(((_draw(state) % 1000000) + 1.0) / 1000001.0)
            if dq + mu * ds < least:
                for x in range(length):
                    r = chain[x]
                    count[edge_pair[chosen[r, target[r]]]] -= 1
                    count[edge_pair[old_edge[r]]] += 1
                continue
            for x in range(length):
                slot_guest[slots[chain[x]]] = -1
            for x in range(length):
                r = chain[x]
                i = freed[r]
                edge[i] = chosen[r, target[r]]
                slot_of[i] = slots[target[r]]
                slot_guest[slots[target[r]]] = i
            q_sum += dq
            s_sum += ds
            if has_floor:
                if s_sum >= floor and q_sum > best + TINY:
                    best = q_sum
                    best_edge[:] = edge
            elif q_sum + mu * s_sum > best + TINY:
                best = q_sum + mu * s_sum
                best_edge[:] = edge
        if has_floor:
            if s_sum >= floor:
                mu = max(mu_low, mu * climb)
            else:
                mu = min(mu_high, mu / climb)
    return q_sum, s_sum, best, mu
