"""Reads RULES.toml: what a programme decides about a run.

```toml
epsilon = 0.02
min_quality = 0.3
working_languages = ["en", "fr"]
working_level = "B1"
flatten = false
contested_pairs = ["CY-TR"]
pins = [["S1", "H4"]]
forbids = [["S2", "H4"]]
max_same_nation_per_host = 1
max_same_language_per_host = 2
tier4_floor = 3
reciprocity_tolerance = 2
reciprocity_cycles = 3
isolation_guard = true
inside_host_weight = 0.25
previous = "earlier/placements.csv"
max_changes = 5

[group_min]
"North" = 4

[partner_max]
"Lycée Voltaire" = 12

[term_weights]
languages = 3

[pair_weights]
"FR-DE" = 0.8
```
"""

import csv
import io
import json
import tomllib
from collections.abc import Callable
from typing import Any

from exchange.domain.nation import NATIONS, pair_key
from exchange.domain.rules import INSIDE_HOST_WEIGHT, Rules
from exchange.errors import RulesError

ReadPairs = Callable[[str], list[tuple[str, str]]]


def read_rules(data: bytes, *, name: str, read_previous: ReadPairs | None = None) -> Rules:
    """Read a file of rules; what it leaves out keeps its default.

    Parameters
    ----------
    data : bytes
    name : str
        What the file is called in an error.
    read_previous : callable, optional
        Returns the placements in the file that the rule `previous` names.

    Raises
    ------
    RulesError
        When it is no TOML; else with everything in it that is unknown or has no meaning.
    """
    try:
        body = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesError(f"{name} is not TOML: {error}.", file=name) from error
    previous = body.get("previous")
    if isinstance(previous, str) and read_previous is not None:
        body["previous"] = read_previous(previous)
    return rules_from(body, name=name)


def read_placements(data: bytes, *, name: str) -> list[tuple[str, str]]:
    """Read student and host of each row of an earlier placements.csv.

    Raises
    ------
    RulesError
        When it is no such file.
    """
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
        missing = {"student_id", "host_id"} - set(rows.fieldnames or ())
        pairs = [] if missing else [(row["student_id"], row["host_id"]) for row in rows]
    except (UnicodeDecodeError, csv.Error) as error:
        raise RulesError(f"{name} is no CSV file of placements: {error}.", file=name) from error
    if missing:
        columns = " and ".join(sorted(missing))
        raise RulesError(f"{name} has no column {columns}; give a placements.csv.", file=name)
    return pairs


def rules_from(body: dict[str, Any], *, name: str) -> Rules:
    """Make rules of a table that was read; see `read_rules`."""
    faults, wrong = [], []
    plain: dict[str, Any] = {}
    for rule, value in body.items():
        try:
            plain[rule] = _checked(rule, value)
        except RulesError as error:
            faults.append(error.message)
            wrong.append(rule)
    if faults:
        raise RulesError(f"{name}: {' '.join(faults)}", file=name, rules=wrong)
    # Stored rules that lack this one mean 0; a file that lacks it means the default.
    return Rules.from_json(json.dumps({"inside_host_weight": INSIDE_HOST_WEIGHT, **plain}))


def _checked(rule: str, value: Any) -> Any:
    """Return the value of one rule as `Rules.from_json` takes it; alone, so that all are told."""
    if rule == "pair_weights" and isinstance(value, dict):
        pairs = [_ordered(pair) for pair in value]
        if len(set(pairs)) < len(pairs):
            raise RulesError("The rule pair_weights lists a pair twice; give it one weight.")
        value = dict(zip(pairs, value.values(), strict=True))
    if rule == "standing_balance" and isinstance(value, dict):
        # Whichever way round a pair is written, the count is of the nation that is named first.
        turned = {pair: _ordered(pair) for pair in value}
        if len(set(turned.values())) < len(turned):
            raise RulesError("The rule standing_balance lists a pair twice; give it one count.")
        value = {
            new: value[old] if new == old or not isinstance(value[old], int) else -value[old]
            for old, new in turned.items()
        }
    if rule == "contested_pairs" and isinstance(value, list):
        value = [_ordered(pair) for pair in value]
    try:
        text = json.dumps({rule: value})
    except TypeError as error:
        raise RulesError(f"The rule {rule} holds a date or a time; no rule takes one.") from error
    Rules.from_json(text)
    return value


def _ordered(pair: Any) -> str:
    """Return a pair of nations as rules keep it, whichever way round it was written."""
    nations = pair.split("-") if isinstance(pair, str) else []
    if len(nations) != 2 or nations[0] == nations[1] or not set(nations) <= NATIONS:
        raise RulesError(f"The rules list {pair!r}; give two nations, such as DE-FR.")
    return "-".join(pair_key(*nations))
