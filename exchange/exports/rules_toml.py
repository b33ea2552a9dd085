"""Writes RULES.toml, which `intake/rules.py` reads: what was written reads as the same rules."""

import json
from collections.abc import Mapping

from exchange.domain.rules import Rules

_TABLES = ("term_weights", "partner_min", "partner_max", "group_min", "group_max")
_NUMBERS_OR_NOTHING = (
    "max_same_nation_per_host",
    "max_same_language_per_host",
    "tier4_floor",
    "reciprocity_tolerance",
    "reciprocity_cycles",
    "max_changes",
)


def rules_toml(rules: Rules) -> bytes:
    """Return the rules as a file. Limits that are not set are left out."""
    lines = [
        f"epsilon = {_number(rules.epsilon)}",
        f"min_quality = {_number(rules.min_quality)}",
        f"inside_host_weight = {_number(rules.inside_host_weight)}",
        f"working_languages = {_list(rules.working_languages)}",
        f"working_level = {_text(rules.working_level.value)}",
        f"flatten = {_truth(rules.flatten)}",
        f"contested_pairs = {_list(sorted('-'.join(pair) for pair in rules.contested_pairs))}",
        f"isolation_guard = {_truth(rules.isolation_guard)}",
    ]
    for name in _NUMBERS_OR_NOTHING:
        value = getattr(rules, name)
        if value is not None:
            lines.append(f"{name} = {value}")
    for name in ("pins", "forbids", "previous"):
        lines += _pairs(name, getattr(rules, name))
    for name in _TABLES:
        lines += _table(name, getattr(rules, name))
    weights = {"-".join(pair): weight for pair, weight in rules.pair_weights.items()}
    lines += _table("pair_weights", weights)
    before = {"-".join(pair): count for pair, count in rules.standing_balance.items()}
    lines += _table("standing_balance", before)
    return ("\n".join(lines) + "\n").encode()


def _pairs(name: str, pairs: tuple[tuple[str, str], ...]) -> list[str]:
    if not pairs:
        return []
    return [f"{name} = [", *(f"  {_list(pair)}," for pair in pairs), "]"]


def _table(name: str, values: Mapping[str, float]) -> list[str]:
    if not values:
        return []
    return ["", f"[{name}]", *(f"{_text(key)} = {_number(one)}" for key, one in values.items())]


def _number(value: float) -> str:
    # TOML wants a digit on both sides of the point, as `repr` writes it; 1e-07 it takes, too.
    return repr(value)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _list(values: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(_text(one) for one in values) + "]"


def _text(value: str) -> str:
    # A string of JSON is one of TOML, but for the one control character that JSON lets pass.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
