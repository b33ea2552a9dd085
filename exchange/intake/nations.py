"""Reads the facts about pairs of nations that the service carries."""

import csv
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path

from exchange.config import seeds_dir
from exchange.domain.nation import NationPair

NationTable = Mapping[tuple[str, str], NationPair]


def read_nation_pairs(path: Path | None = None) -> NationTable:
    """Return the facts by the two nations, in the order of the alphabet.

    Parameters
    ----------
    path : Path, optional
        Another table of the same columns; by default that of the seeds.
    """
    return _read(path or seeds_dir() / "nations" / "nation_pairs.csv")


@cache
def _read(path: Path) -> NationTable:
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["nation_a"], row["nation_b"]): NationPair(
                row["nation_a"],
                row["nation_b"],
                float(row["cultural_distance"]) if row["cultural_distance"] else None,
                int(row["components"]),
                int(row["tension_tier"]),
            )
            for row in csv.DictReader(file)
        }


def pairs_at_stake(table: NationTable, nations: Collection[str]) -> tuple[NationPair, ...]:
    """Return the facts for the pairs among some nations, sorted."""
    ordered = sorted(set(nations))
    return tuple(
        table[a, b] for i, a in enumerate(ordered) for b in ordered[i + 1 :] if (a, b) in table
    )


@cache
def read_centroids() -> Mapping[str, tuple[float, float]]:
    """Return latitude and longitude of a point in the middle of each nation."""
    path = seeds_dir() / "nations" / "centroids.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["nation"]: (float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        }
