"""The seeded facts about nation pairs hold together."""

import csv
import itertools
from pathlib import Path

from exchange.domain.nation import NATIONS, NationPair

SEEDS = Path(__file__).parents[1] / "seeds" / "nations"


def read(name: str) -> list[dict[str, str]]:
    with (SEEDS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_nation_pairs_are_all_pairs_of_197_nations_once() -> None:
    rows = read("nation_pairs.csv")
    nations = sorted({row["nation_a"] for row in rows} | {row["nation_b"] for row in rows})
    assert len(nations) == 197
    assert "NA" in nations
    assert "XK" in nations
    assert set(nations) <= NATIONS
    found = [(row["nation_a"], row["nation_b"]) for row in rows]
    assert found == list(itertools.combinations(nations, 2))


def test_nation_pairs_have_values_in_range() -> None:
    for row in read("nation_pairs.csv"):
        distance, components = row["cultural_distance"], int(row["components"])
        pair = NationPair(
            row["nation_a"],
            row["nation_b"],
            float(distance) if distance else None,
            components,
            int(row["tension_tier"]),
        )
        assert 0 <= components <= 2
        assert bool(distance) == (components > 0)
        assert 0.25 <= pair.weight <= 1.0
        assert 0 <= pair.tier <= 4
        assert row["tier_source"] in {"rivalry", "disputes_votes", "recognised_conflict", "none"}
        assert (row["tier_source"] == "none") == (pair.tier == 0)


def test_rivalries_are_the_pairs_of_tier_4() -> None:
    highest = {
        (row["nation_a"], row["nation_b"]): row["tier_source"]
        for row in read("nation_pairs.csv")
        if row["tension_tier"] == "4"
    }
    rivalries = {(row["nation_a"], row["nation_b"]) for row in read("rivalries.csv")}
    assert len(rivalries) == 56
    assert {pair for pair, source in highest.items() if source == "rivalry"} == rivalries
    assert highest.keys() - rivalries == {("IL", "PS")}


def test_nation_pairs_stay_small() -> None:
    assert (SEEDS / "nation_pairs.csv").stat().st_size < 600_000


def test_every_nation_has_a_place_on_the_map() -> None:
    rows = read("centroids.csv")
    assert [row["nation"] for row in rows] == sorted(NATIONS)
    for row in rows:
        assert -90 <= float(row["latitude"]) <= 90
        assert -180 <= float(row["longitude"]) <= 180
