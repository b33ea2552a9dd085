"""`exchange match` under limits that join several placements."""

import pytest

from tests.cli.desk import Desk

STUDENTS = (
    "student_id,nationality,keep_with,keep_apart,partner\n"
    "S1,NA,S2,,Coast\nS2,NA,,,Coast\nS3,DE,,S4|S99,Hill\nS4,FR,,,Hill\nS5,KE,,,\n"
)
HOSTS = "host_id,nation,capacity,group\nH1,IT,2,North\nH2,ES,2,North\nH3,PL,2,South\n"


def _placed(desk: Desk) -> dict[str, str]:
    return {row["student_id"]: row["host_id"] for row in desk.rows("placements.csv")}


def test_siblings_stay_in_one_group_of_hosts_and_others_apart(desk: Desk) -> None:
    result = desk.match(STUDENTS, HOSTS)
    assert result.exit_code == 0, result.output
    placed = _placed(desk)
    assert len(placed) == 5
    assert (placed["S1"] == "H3") == (placed["S2"] == "H3")
    assert placed["S3"] != placed["S4"]
    report = desk.report()
    assert report["limits"] == ["keep_with", "keep_apart"]
    assert report["companions_not_found"] == ["S99"]
    assert report["status"] == "optimal"


def test_caps_by_nation_partner_and_group_are_kept(desk: Desk) -> None:
    rules = desk.write(
        "rules.toml",
        "max_same_nation_per_host = 1\n[partner_max]\nHill = 1\n[group_min]\nSouth = 2\n",
    )
    hosts = HOSTS + "H4,PT,1,\n"
    students = STUDENTS.replace("S1,NA,S2", "S1,NA,")
    assert desk.match(students, hosts, "--rules", rules).exit_code == 0
    placed = _placed(desk)
    assert len(placed) == 4
    assert placed["S1"] != placed["S2"]
    assert list(placed.values()).count("H3") == 2
    (row,) = desk.rows("unplaced.csv")
    assert row["reason"] == "kept_out_by_limits"
    assert "partner_max" in row["detail"]


def test_an_earlier_match_is_changed_as_little_as_can_be(desk: Desk) -> None:
    students = "student_id,nationality\n" + "".join(
        f"S{i},{nation}\n" for i, nation in enumerate(["NA", "DE", "FR", "KE", "BR"])
    )
    assert desk.match(students, HOSTS).exit_code == 0
    before = _placed(desk)
    desk.write("before.csv", (desk.out / "placements.csv").read_text(encoding="utf-8"))
    rules = desk.write("rules.toml", 'previous = "before.csv"\n')
    fewer = HOSTS.replace("H1,IT,2", "H1,IT,1")
    assert desk.match(students, fewer, "--rules", rules, "--seed", "9").exit_code == 0
    after = _placed(desk)
    lost = max(0, list(before.values()).count("H1") - 1)
    assert sum(after[one] != host for one, host in before.items()) == lost
    report = desk.report()
    assert report["changes"] == report["changes_bound"] == lost


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[group_min]\nSouth = 3\n", "1 placement too few can be found at the hosts of South"),
        ("tier4_floor = 2\n", "2 contacts between nations of tier 4 are asked for"),
    ],
)
def test_limits_nobody_can_keep_are_explained_and_exit_7(desk: Desk, text: str, words: str) -> None:
    rules = desk.write("rules.toml", text)
    result = desk.match(STUDENTS, HOSTS, "--rules", rules)
    assert result.exit_code == 7
    assert words in desk.report()["conflicts"][0]["message"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("[partner_max]\nSea = 3\n", "Sea"),
        ("max_changes = 2\n", "previous"),
        ('previous = "nowhere.csv"\n', "nowhere.csv"),
    ],
)
def test_limits_that_mean_nothing_here_are_refused(desk: Desk, text: str, word: str) -> None:
    rules = desk.write("rules.toml", text)
    result = desk.match(STUDENTS, HOSTS, "--rules", rules)
    assert result.exit_code == 2
    assert word in result.stderr


def test_a_host_of_many_places_mixes_nations_where_that_counts(desk: Desk) -> None:
    students = "student_id,nationality\n" + "".join(
        f"S{i},{nation}\n" for i, nation in enumerate(["NA", "NA", "NA", "KE", "KE", "KE"])
    )
    hosts = "host_id,nation,capacity\nH1,IT,3\nH2,IT,3\n"
    rules = desk.write("rules.toml", "inside_host_weight = 0.5\n")
    result = desk.match(students, hosts, "--rules", rules)
    assert result.exit_code == 0, result.output
    report = desk.report()
    inside = report["inside_hosts"]
    assert inside["hosts"] == 2
    assert inside["nations_a_host"] == 2.0
    assert inside["sum"] == pytest.approx(2 * (1 + 2**0.5))
    assert report["status"] == "optimal"
    assert "students of 2.0 nations live together on average" in result.output
