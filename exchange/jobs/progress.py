"""What a solving process and its supervisor tell each other, in shared memory.

The solver writes where it is and how its gap falls, the supervisor whether to stop. Neither ever
waits for the other, so a solver deep inside a library call cannot hold up the heartbeat, and a
report costs no more than a few bytes.
"""

import json
import math
import mmap
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STAGES: dict[str, tuple[float, float]] = {
    "reading": (0.0, 0.05),
    "coverage": (0.05, 0.30),
    "diversity": (0.30, 0.75),
    "fit": (0.75, 0.95),
    "saving": (0.95, 1.0),
}
"""Each stage of a run with its part of the whole way."""

_NAMES = tuple(STAGES)
_PLACE = struct.Struct("=Bdd")
_CANCEL_AT = 0
_PLACE_AT = 1
_FAILURE_AT = 32
_SIZE = mmap.PAGESIZE

MOST_POINTS = 64
"""Points of a curve that are kept; when there are more, every second one goes."""
_CURVED = ("diversity", "fit")
"""Stages whose gap falls while they last."""
_POINT = struct.Struct("=dBd")
_TURN_AT = _SIZE
_BUFFERS_AT = _SIZE + 8
_BUFFER_SIZE = 1 + MOST_POINTS * _POINT.size
assert _BUFFERS_AT + 2 * _BUFFER_SIZE <= 2 * _SIZE

_SAME_GAP = 1e-9
"""Closer than this is the same gap; a curve of a hundred pixels shows no difference."""

Point = tuple[float, str, float]
"""Seconds since the start, stage, gap."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is: its stage, how much of the whole lies behind, the gap known so far."""

    stage: str
    fraction: float
    gap: float | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a solving process gave up: a stable code, and facts without personal data."""

    code: str
    facts: Mapping[str, Any]


class Board:
    """Two pages of memory shared by a supervisor and the solving process that it forks.

    It is the solver's `Progress`: `report` and `is_cancelled` are quick and never raise.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 2 * _SIZE)
        self._started = time.monotonic()
        self._points: list[Point] = []
        self.report("reading", 0.0, None)

    def report(self, stage: str, fraction: float, gap: float | None) -> None:
        """Take note of where the solver is."""
        index = _NAMES.index(stage) if stage in STAGES else 0
        part = min(1.0, max(0.0, fraction))
        _PLACE.pack_into(self._memory, _PLACE_AT, index, part, math.nan if gap is None else gap)
        if gap is not None and math.isfinite(gap) and stage in _CURVED:
            self._add_point(stage, gap)

    def _add_point(self, stage: str, gap: float) -> None:
        last = self._points[-1] if self._points else None
        if last is not None and last[1] == stage and abs(last[2] - gap) < _SAME_GAP:
            return
        if len(self._points) == MOST_POINTS:
            # The first stays, and of what follows the later of each two: the curve keeps its ends.
            self._points = self._points[:1] + self._points[1::2]
        self._points.append((time.monotonic() - self._started, stage, gap))
        # Into the buffer that nobody reads; then one byte turns the readers round.
        turn = 1 - self._memory[_TURN_AT]
        start = _BUFFERS_AT + turn * _BUFFER_SIZE
        self._memory[start] = len(self._points)
        for number, (seconds, name, value) in enumerate(self._points):
            place = start + 1 + number * _POINT.size
            _POINT.pack_into(self._memory, place, seconds, _NAMES.index(name), value)
        self._memory[_TURN_AT] = turn

    def curve(self) -> list[Point]:
        """Return how the gap fell so far, the first point first."""
        start = _BUFFERS_AT + self._memory[_TURN_AT] * _BUFFER_SIZE
        buffer = self._memory[start : start + _BUFFER_SIZE]
        packed = buffer[1 : 1 + buffer[0] * _POINT.size]
        return [(s, _NAMES[stage], gap) for s, stage, gap in _POINT.iter_unpack(packed)]

    def is_cancelled(self) -> bool:
        """Say whether the supervisor wants the solver to stop."""
        return self._memory[_CANCEL_AT] == 1

    def cancel(self) -> None:
        """Ask the solver to stop."""
        self._memory[_CANCEL_AT] = 1

    def place(self) -> Place:
        """Return the last report, as a part of the whole way."""
        index, part, gap = _PLACE.unpack_from(self._memory, _PLACE_AT)
        stage = _NAMES[index]
        start, end = STAGES[stage]
        known = None if math.isnan(gap) else gap
        return Place(stage=stage, fraction=start + part * (end - start), gap=known)

    def fail(self, code: str, facts: Mapping[str, Any]) -> None:
        """Leave word of why the solver gives up. Facts that do not fit are left out."""
        text = json.dumps({"code": code, "facts": dict(facts)}, default=str).encode()
        if len(text) > _SIZE - _FAILURE_AT - 2:
            text = json.dumps({"code": code, "facts": {}}).encode()
        self._memory[_FAILURE_AT + 2 : _FAILURE_AT + 2 + len(text)] = text
        self._memory[_FAILURE_AT : _FAILURE_AT + 2] = len(text).to_bytes(2, "big")

    def failure(self) -> Failure | None:
        """Return why the solver gave up, if it left word."""
        length = int.from_bytes(self._memory[_FAILURE_AT : _FAILURE_AT + 2], "big")
        if length == 0:
            return None
        body = json.loads(self._memory[_FAILURE_AT + 2 : _FAILURE_AT + 2 + length])
        return Failure(code=body["code"], facts=body["facts"])

    def close(self) -> None:
        """Give the pages back."""
        self._memory.close()
