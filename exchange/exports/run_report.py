"""The report of a run: as a table of names and values, and as a dozen lines for a coordinator."""

from collections.abc import Mapping, Sequence
from typing import Any

from exchange.exports.table import Cell, Table


def run_report_table(report: Mapping[str, Any]) -> Table:
    """Return the report as rows of name and value; nested names are joined by a dot."""
    rows: list[tuple[Cell, ...]] = []
    _flatten("", report, rows)
    return Table("run-report", ("name", "value"), rows)


def _flatten(name: str, value: Any, rows: list[tuple[Cell, ...]]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _flatten(f"{name}.{key}" if name else str(key), inner, rows)
    elif isinstance(value, list | tuple):
        rows.append((name, "|".join(str(one) for one in value)))
    else:
        rows.append((name, value))


def _changes(report: Mapping[str, Any]) -> list[str]:
    """Say how gentle a re-match is."""
    changes, fewest = report.get("changes"), report.get("changes_bound")
    if changes is None:
        return []
    proof = "" if fewest is None else f" (no answer needs fewer than {fewest:,})"
    return [f"{changes:,} earlier placements are moved or lost{proof}."]


def format_summary(report: Mapping[str, Any]) -> str:
    """Return what a coordinator wants to know first, in plain lines."""
    if report.get("status") == "infeasible":
        lines = ["No answer can keep all the rules; these contradict each other:"]
        lines += [f"  - {conflict['message']}" for conflict in report.get("conflicts", [])]
        return "\n".join(lines)
    placed, best = report["M"], report.get("M_bound")
    lines = [
        f"{report['students']:,} students, {report['hosts']:,} hosts, {report['places']:,} places.",
        f"{placed:,} students placed" + _of_possible(placed, best),
        f"{report['students'] - placed:,} students have no place; each with its reason.",
        *_changes(report),
        *(one["text"] for one in report.get("recruit", [])[:1] if one["students"]),
    ]
    if placed:
        lines += [
            f"Diversity D = {report['D']:.2f}: as much contact as {report['D']:.0f} pairs of"
            " nations, used evenly and of full weight.",
            *(_proof(report) if "S_found" in report else [_BY_HAND]),
            f"{report['nation_pairs']:,} pairs of nations meet; {report['only_contacts']:,} of"
            " them only once.",
            f"{report['tier4']:,} placements join rival nations: a person decides before release.",
            f"Mean fit {report['Q'] / placed:.3f} of 1" + _of_best_fit(report),
        ]
    inside = report.get("inside_hosts")
    if inside and inside["hosts"]:
        lines.append(
            f"At {inside['hosts']:,} hosts of three places and more, students of"
            f" {inside['nations_a_host']:.1f} nations live together on average (mix"
            f" {inside['sum']:.2f}, weight {inside['weight']:g})."
        )
    if not report.get("every_pair", True):
        lines.append(
            "What is proven holds among the pairs looked at, some good ones for each student;"
            " there were too many to look at all."
        )
    lines.append(_settings_line(report))
    lines += _missing(report.get("switched_off", ()))
    if report.get("unchecked"):
        unchecked = ", ".join(report["unchecked"]).replace("_", " ")
        lines.append(f"Not checked here: {unchecked}.")
    return "\n".join(lines)


def _missing(switched_off: Sequence[str]) -> list[str]:
    """Say what a missing column switched off: what was not required, and what did not count."""
    lines = []
    for kind, said in (("gate:", "Not required"), ("term:", "Not counted for fit")):
        names = [code.removeprefix(kind) for code in switched_off if code.startswith(kind)]
        if names:
            listed = ", ".join(_plain(name) for name in names)
            lines.append(f"{said}, because a column is missing: {listed}.")
    return lines


def _plain(name: str) -> str:
    """Write `host_gender:household` as words."""
    thing, _, half = name.replace("_", " ").partition(":")
    return f"{thing} ({half})" if half else thing


def _proof(report: Mapping[str, Any]) -> list[str]:
    """Say how far the found diversity may be from the best, and what was given up for fit."""
    if report.get("inside_hosts"):
        # Then the sum that was made large holds more than the contacts of which D is made.
        lines = [
            f"Proven: no answer has more than D = {report['D_bound']:.2f}. Contacts and the mix"
            f" inside hosts are sought together; the best sum of both that was found is within"
            f" {_percent(report['gap'])} of the best there can be.",
        ]
        mix = report["inside_hosts"]
        kept = report["S"] + mix["weight"] * mix["sum"]
        if report["epsilon"] > 0 and report["S_found"] > 0:
            share = max(0.0, 1.0 - kept / report["S_found"])
            lines.append(f"Given up of that sum for better fit: {_percent(share)}.")
        return lines
    found = report["S_found"] ** 2 / report["M"]
    lines = [
        f"Proven: no answer has more than D = {report['D_bound']:.2f}; the most diverse one found"
        f" has {found:.2f} (diversity gap {_percent(report['gap'])}).",
    ]
    if report["epsilon"] > 0:
        lines.append(f"Given up for better fit: D = {max(0.0, found - report['D']):.2f}.")
    return lines


_BY_HAND = "A person changed the placements of a run; nothing is proven of them."


def _of_best_fit(report: Mapping[str, Any]) -> str:
    if "fit_gap" not in report:
        return "."
    return f"; proven within {_percent(report['fit_gap'])} of the best at this diversity."


def _of_possible(placed: int, best: int | None) -> str:
    if best is None:
        return "."
    if placed == best:
        return ", which is the most that any answer can place."
    return f"; no answer can place more than {best:,}."


def _percent(gap: float) -> str:
    return "0 %" if gap == 0 else f"{100 * gap:.3f} %"


def _settings_line(report: Mapping[str, Any]) -> str:
    return (
        f"Status {report['status']}; epsilon {report['epsilon']:g}, seed {report['seed']},"
        f" input {report['digest'][:12]}, version {report['version']}."
    )
