"""Two runs side by side: who moved, who gained a place and who lost one, and of which nation."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a run places a student, by the ids of rows."""

    student: int
    host: int
    nation: str
    quality: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A student whom the runs treat differently; no host where there is no place."""

    student: int
    nation: str
    before: int | None
    after: int | None
    quality_before: float | None
    quality_after: float | None


@dataclass(frozen=True, slots=True)
class OfNation:
    """What became of the students of a nation."""

    nation: str
    placed_before: int
    placed_after: int
    moved: int
    gained: int
    lost: int
    fit_before: float | None
    fit_after: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everybody whom two runs treat differently, and what that means for each nation."""

    same: int
    moved: tuple[Moved, ...]
    gained: tuple[Moved, ...]
    lost: tuple[Moved, ...]
    nations: tuple[OfNation, ...]


def compare(before: Iterable[Placed], after: Iterable[Placed]) -> Comparison:
    """Compare the placements of two runs; each student has one of each at most."""
    was = {one.student: one for one in before}
    now = {one.student: one for one in after}
    differing = [
        _moved(was.get(student), now.get(student))
        for student in sorted(was.keys() | now.keys())
        if _host(was, student) != _host(now, student)
    ]
    return Comparison(
        same=sum(_host(was, student) == _host(now, student) for student in was),
        moved=tuple(one for one in differing if one.before and one.after),
        gained=tuple(one for one in differing if one.before is None),
        lost=tuple(one for one in differing if one.after is None),
        nations=_nations(was, now, differing),
    )


def _host(placed: Mapping[int, Placed], student: int) -> int | None:
    found = placed.get(student)
    return found.host if found else None


def _moved(was: Placed | None, now: Placed | None) -> Moved:
    either = was or now
    assert either is not None
    return Moved(
        either.student,
        either.nation,
        was.host if was else None,
        now.host if now else None,
        was.quality if was else None,
        now.quality if now else None,
    )


def _nations(
    was: Mapping[int, Placed], now: Mapping[int, Placed], differing: list[Moved]
) -> tuple[OfNation, ...]:
    fits_before, fits_after = _fits(was), _fits(now)
    of: dict[str, list[Moved]] = {}
    for one in differing:
        of.setdefault(one.nation, []).append(one)
    return tuple(
        OfNation(
            nation=nation,
            placed_before=len(fits_before.get(nation, ())),
            placed_after=len(fits_after.get(nation, ())),
            moved=sum(bool(one.before and one.after) for one in of.get(nation, ())),
            gained=sum(one.before is None for one in of.get(nation, ())),
            lost=sum(one.after is None for one in of.get(nation, ())),
            fit_before=_mean(fits_before.get(nation, [])),
            fit_after=_mean(fits_after.get(nation, [])),
        )
        for nation in sorted(fits_before.keys() | fits_after.keys())
    )


def _fits(placed: Mapping[int, Placed]) -> dict[str, list[float]]:
    fits: dict[str, list[float]] = {}
    for one in placed.values():
        fits.setdefault(one.nation, []).append(one.quality)
    return fits


def _mean(values: list[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None
