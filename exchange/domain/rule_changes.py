"""What differs between two sets of rules, rule by rule, for the history that people read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from exchange.domain.rules import Rules

Value = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes
    ----------
    rule : str
        The name of the rule, as in RULES.toml.
    key : str or None
        Which of several: a term, a pair of nations, a group, a student with a host.
    before, after : str, number, bool or None
        None where there was, or is, nothing. A list of pairs has True for a pair that is in it.
    """

    rule: str
    key: str | None
    before: Value
    after: Value


def changes_between(old: Rules, new: Rules) -> tuple[Change, ...]:
    """Return every difference, in the order of the rules and then of the keys."""
    return tuple(change for item in fields(Rules) for change in _of_rule(item.name, old, new))


def _of_rule(rule: str, old: Rules, new: Rules) -> Iterator[Change]:
    before, after = getattr(old, rule), getattr(new, rule)
    if before == after:
        return
    if isinstance(before, Mapping | tuple | frozenset):
        was, now = _by_key(before), _by_key(after)
        for key in sorted(was.keys() | now.keys()):
            if was.get(key) != now.get(key):
                yield Change(rule, key, was.get(key), now.get(key))
    else:
        yield Change(rule, None, before, after)


def _by_key(value: Any) -> dict[str, Value]:
    if isinstance(value, Mapping):
        return {_key(key): setting for key, setting in value.items()}
    return {_key(key): True for key in value}


def _key(key: str | tuple[str, str]) -> str:
    return key if isinstance(key, str) else "-".join(key)
