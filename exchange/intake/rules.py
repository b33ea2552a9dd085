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

[term_weights]
languages = 3

[pair_weights]
"FR-DE" = 0.8
```
"""

import json
import tomllib
from typing import Any

from exchange.domain.nation import NATIONS, pair_key
from exchange.domain.rules import Rules
from exchange.errors import RulesError

LATER = frozenset(
    {
        "group_max",
        "group_min",
        "host_group_max",
        "host_group_min",
        "inside_host_weight",
        "isolation_guard",
        "max_changes",
        "max_same_language_per_host",
        "max_same_nation_per_host",
        "previous",
        "reciprocity_tolerance",
        "student_group_max",
        "student_group_min",
        "tier4_floor",
    }
)
"""Limits of the model that this version does not carry: refused by name, never passed over."""


def read_rules(data: bytes, *, name: str) -> Rules:
    """Read a file of rules; what it leaves out keeps its default.

    Raises
    ------
    RulesError
        When it is no TOML, names an unknown rule, or holds a value without meaning.
    """
    try:
        body = tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulesError(f"{name} is not TOML: {error}.", file=name) from error
    return rules_from(body, name=name)


def rules_from(body: dict[str, Any], *, name: str) -> Rules:
    """Make rules of a table that was read; see `read_rules`."""
    later = sorted(body.keys() & LATER)
    if later:
        raise RulesError(
            f"{name} asks for {', '.join(later)}, which this version cannot keep yet; remove it"
            " rather than rely on it.",
            file=name,
            rules=later,
        )
    plain = dict(body)
    if isinstance(plain.get("pair_weights"), dict):
        plain["pair_weights"] = {
            _ordered(pair, name): weight for pair, weight in plain["pair_weights"].items()
        }
    if isinstance(plain.get("contested_pairs"), list):
        plain["contested_pairs"] = [_ordered(pair, name) for pair in plain["contested_pairs"]]
    try:
        text = json.dumps(plain)
    except TypeError as error:
        raise RulesError(f"{name} holds a date or a time, which no rule takes.") from error
    try:
        return Rules.from_json(text)
    except RulesError as error:
        raise RulesError(f"{name}: {error.message}", file=name, **error.facts) from error


def _ordered(pair: Any, name: str) -> str:
    """Return a pair of nations as rules keep it, whichever way round it was written."""
    nations = pair.split("-") if isinstance(pair, str) else []
    if len(nations) != 2 or nations[0] == nations[1] or not set(nations) <= NATIONS:
        raise RulesError(f"{name} lists {pair!r}; give two nations, such as DE-FR.", file=name)
    return "-".join(pair_key(*nations))
