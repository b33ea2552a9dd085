"""What a solving process and its supervisor tell each other, in shared memory.

The solver writes where it is, the supervisor writes whether to stop. Neither ever waits for the
other, so a solver deep inside a library call cannot hold up the heartbeat, and a report costs no
more than a few bytes.
"""

import json
import math
import mmap
import struct
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
    """A page of memory shared by a supervisor and the solving process that it forks.

    It is the solver's `Progress`: `report` and `is_cancelled` are quick and never raise.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SIZE)
        self.report("reading", 0.0, None)

    def report(self, stage: str, fraction: float, gap: float | None) -> None:
        """Take note of where the solver is."""
        index = _NAMES.index(stage) if stage in STAGES else 0
        part = min(1.0, max(0.0, fraction))
        _PLACE.pack_into(self._memory, _PLACE_AT, index, part, math.nan if gap is None else gap)

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
        """Give the page back."""
        self._memory.close()
