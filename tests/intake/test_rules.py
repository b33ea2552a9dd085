"""RULES.toml: what is read, and every unknown or bad rule named."""

import pytest

from exchange.domain.attributes import Level
from exchange.domain.rules import TERM_WEIGHTS, Rules
from exchange.errors import RulesError
from exchange.intake.rules import read_placements, read_rules


def read(text: str) -> Rules:
    return read_rules(text.encode(), name="r.toml")


def test_empty_file_gives_the_default_rules() -> None:
    assert read("") == Rules()


def test_a_file_may_switch_the_mix_inside_hosts_off() -> None:
    assert read("epsilon = 0").inside_host_weight == Rules().inside_host_weight
    assert read("inside_host_weight = 0").inside_host_weight == 0.0


def test_file_with_everything_is_read() -> None:
    rules = read(
        "epsilon=0.1\nmin_quality=0.25\nworking_languages=['fr','en']\nworking_level='B2'\n"
        "flatten=true\ncontested_pairs=['TR-CY']\npins=[['S1','H1']]\nforbids=[['S2','H1']]\n"
        "[term_weights]\nlanguages=5\n[pair_weights]\n'FR-DE'=0.5\n"
    )
    assert rules == Rules(
        term_weights={**TERM_WEIGHTS, "languages": 5.0},
        min_quality=0.25,
        epsilon=0.1,
        working_languages=("en", "fr"),
        working_level=Level.B2,
        pair_weights={("DE", "FR"): 0.5},
        contested_pairs=frozenset({("CY", "TR")}),
        flatten=True,
        pins=(("S1", "H1"),),
        forbids=(("S2", "H1"),),
    )


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(RulesError, match=r"r\.toml") as caught:
        read(
            "epsilon = 2\nmin_quality = nan\nmax_changes = -3\ninside_host_weight = 2\n"
            "epsilonn = 1\nflatten = 'yes'\n"
            "working_level = 'B9'\npins = [['S1']]\nforbids = 2027-01-01\n"
            "contested_pairs = ['FR-XX']\n[term_weights]\nlove = 1\n"
        )
    assert set(caught.value.facts["rules"]) == {
        "epsilon",
        "min_quality",
        "max_changes",
        "inside_host_weight",
        "epsilonn",
        "flatten",
        "working_level",
        "pins",
        "forbids",
        "contested_pairs",
        "term_weights",
    }
    for word in ("Unknown rule: epsilonn", "max_changes", "'love'", "'FR-XX'", "a date"):
        assert word in caught.value.message


def test_pair_that_is_weighed_twice_is_refused() -> None:
    with pytest.raises(RulesError, match="lists a pair twice"):
        read("[pair_weights]\n'FR-DE'=0.5\n'DE-FR'=0.6\n")


@pytest.mark.parametrize("data", [b"epsilon = ", b"\xff\xfe", b"epsilon = 1\nepsilon = 2"])
def test_file_that_is_no_toml_is_refused(data: bytes) -> None:
    with pytest.raises(RulesError, match=r"r\.toml is not TOML"):
        read_rules(data, name="r.toml")


def test_limits_that_join_placements_are_read_and_kept_apart_from_older_texts() -> None:
    rules = read(
        "max_same_nation_per_host = 1\ntier4_floor = 0\nisolation_guard = true\n"
        "previous = [['S2', 'H1'], ['S1', 'H2']]\nmax_changes = 0\n"
        "[group_min]\nNorth = 2\n[partner_max]\n'Lycée' = 3\n"
    )
    assert rules.previous == (("S1", "H2"), ("S2", "H1"))
    assert (rules.tier4_floor, rules.max_changes, rules.group_min) == (0, 0, {"North": 2})
    assert Rules.from_json(rules.to_json()) == rules
    assert "tier4_floor" not in Rules().to_json()


def test_previous_names_a_file_of_placements() -> None:
    text = b"\xef\xbb\xbfstudent_id,host_id,quality\nS1,H2,0.5\n"
    pairs = read_placements(text, name="p.csv")
    rules = read_rules(
        b"previous = 'p.csv'", name="r.toml", read_previous={"p.csv": pairs}.__getitem__
    )
    assert rules.previous == (("S1", "H2"),)


@pytest.mark.parametrize("data", [b"student_id\nS1\n", b"\xff\xfe", b'student_id,host_id\n"S1'])
def test_previous_that_is_no_file_of_placements_is_refused(data: bytes) -> None:
    with pytest.raises(RulesError, match=r"p\.csv"):
        read_placements(data, name="p.csv")
