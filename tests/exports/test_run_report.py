"""The summary of a run in lines that a coordinator understands."""

from typing import Any

from exchange.exports.run_report import format_summary, run_report_table

REPORT: dict[str, Any] = {
    "status": "optimal",
    "students": 5,
    "hosts": 4,
    "places": 6,
    "M": 4,
    "M_bound": 4,
    "S_found": 4.0,
    "D": 3.5,
    "D_bound": 4.0,
    "gap": 0.0,
    "epsilon": 0.0,
    "nation_pairs": 4,
    "only_contacts": 4,
    "tier4": 1,
    "Q": 2.0,
    "fit_gap": 0.001,
    "seed": 7,
    "digest": "0123456789abcdef",
    "version": "1.2",
}


def test_summary_says_how_many_are_placed_and_how_good_that_is() -> None:
    text = format_summary(REPORT)
    assert "4 students placed, which is the most that any answer can place." in text
    assert "no answer has more than D = 4.00" in text
    assert "Mean fit 0.500 of 1" in text
    assert len(text.splitlines()) <= 14


def test_summary_says_both_numbers_where_a_mix_inside_hosts_counts() -> None:
    mix = {"weight": 0.1, "sum": 20.7321, "hosts": 5, "nations_a_host": 4.0}
    report = REPORT | {"S": 3.7, "S_found": 6.0, "epsilon": 0.05, "inside_hosts": mix}
    lines = format_summary(report).splitlines()
    assert "Proven: no answer has more than D = 4.00." in "\n".join(lines)
    assert "Given up of that sum for better fit: 3.780 %." in "\n".join(lines)
    assert (
        "At 5 hosts of three places and more, students of 4.0 nations live together on average"
        " (mix 20.73, weight 0.1)."
    ) in lines


def test_summary_says_what_was_left_out() -> None:
    left_out = {
        "switched_off": ["gate:host_gender:accepted", "gate:age", "term:field"],
        "unchecked": ["screening", "age_rules"],
    }
    assert format_summary(REPORT | left_out).splitlines()[-3:] == [
        "Not required, because a column is missing: host gender (accepted), age.",
        "Not counted for fit, because a column is missing: field.",
        "Not checked here: screening, age rules.",
    ]


def test_summary_says_when_bounds_hold_for_generated_pairs_only() -> None:
    assert "among the pairs looked at" not in format_summary(REPORT | {"every_pair": True})
    assert "among the pairs looked at" in format_summary(REPORT | {"every_pair": False})


def test_summary_of_nobody_placed_has_no_mean() -> None:
    text = format_summary(REPORT | {"students": 0, "M": 0, "M_bound": 0, "Q": 0.0})
    assert "Mean fit" not in text
    assert "0 students placed" in text


def test_summary_of_contradicting_rules_names_them() -> None:
    text = format_summary({"status": "infeasible", "conflicts": [{"message": "S1 is pinned."}]})
    assert text.splitlines()[1:] == ["  - S1 is pinned."]


def test_table_of_the_report_joins_nested_names() -> None:
    table = run_report_table({"a": {"b": 1, "c": [1, "x"]}, "d": None})
    assert table.rows == [("a.b", 1), ("a.c", "1|x"), ("d", None)]


def test_summary_of_a_run_changed_by_hand_claims_no_proof() -> None:
    report = {
        "status": "by_hand", "students": 3, "hosts": 3, "places": 3, "M": 2, "S": 1.2, "D": 0.72,
        "Q": 1.5, "nation_pairs": 2, "only_contacts": 2, "tier4": 0, "every_pair": True,
        "inside_hosts": None, "epsilon": 0.02, "seed": 1, "digest": "d" * 64, "version": "1",
    }  # fmt: skip
    summary = format_summary(report)
    assert "2 students placed." in summary
    assert "nothing is proven of them" in summary
    assert "Mean fit 0.750 of 1." in summary
    assert "Proven" not in summary
