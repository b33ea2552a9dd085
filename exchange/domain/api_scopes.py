"""What a token of the API may do, by noun, and what of a person's answers it may read.

A token never does more than the person who made it: each scope needs permissions that this person
holds on the day. Publishing has no scope, because it takes two people, each with a code.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum

from exchange.domain.recipients import Column, column_kind
from exchange.domain.roles import Permission


class Scope(StrEnum):
    """One thing that a token was made for."""

    CYCLES_READ = "cycles:read"
    APPLICATIONS_READ = "applications:read"
    """Without names: ids, states, nations and what says nothing special about a person."""
    PEOPLE_READ = "people:read"
    """Names, dates of birth and how to reach people, wherever the token may read about them."""
    SPECIAL_READ = "special:read"
    """Health, diet, gender, free text and the like, which nobody reads by the way."""
    APPLICATIONS_WRITE = "applications:write"
    CHECKS_READ = "checks:read"
    CHECKS_WRITE = "checks:write"
    RULES_READ = "rules:read"
    RUNS_READ = "runs:read"
    RUNS_WRITE = "runs:write"
    PLACEMENTS_READ = "placements:read"
    EXPORTS_READ = "exports:read"


PERMISSIONS: dict[Scope, frozenset[Permission]] = {
    Scope.CYCLES_READ: frozenset({Permission.SEE_CYCLES}),
    Scope.APPLICATIONS_READ: frozenset({Permission.SEE_APPLICATIONS}),
    Scope.PEOPLE_READ: frozenset({Permission.SEE_APPLICATIONS}),
    Scope.SPECIAL_READ: frozenset({Permission.SEE_APPLICATIONS}),
    Scope.APPLICATIONS_WRITE: frozenset({Permission.MANAGE_CYCLES, Permission.SEE_APPLICATIONS}),
    Scope.CHECKS_READ: frozenset({Permission.SEE_APPLICATIONS}),
    Scope.CHECKS_WRITE: frozenset({Permission.SCREEN_APPLICATIONS, Permission.SEE_APPLICATIONS}),
    Scope.RULES_READ: frozenset({Permission.SEE_RUNS}),
    Scope.RUNS_READ: frozenset({Permission.SEE_RUNS}),
    Scope.RUNS_WRITE: frozenset({Permission.START_RUNS}),
    Scope.PLACEMENTS_READ: frozenset({Permission.SEE_RUNS}),
    Scope.EXPORTS_READ: frozenset({Permission.EXPORT, Permission.SEE_RUNS}),
}
"""What whoever makes the token has to be allowed, then and each time that it is used."""

_COLUMNS = {
    "birth_on": "birth_date",
    "nationalities": "nationality",
    "adults": "household",
    "children": "household",
    "child_ages": "household",
    "kind": "kind",
}
"""Answers of a profile that files know by another name."""

_PSEUDONYMOUS = frozenset({Column.OPEN, Column.DAY})
_OF_PEOPLE = frozenset(
    {
        Column.REFERENCE,
        Column.NAME,
        Column.HOST_NAME,
        Column.BIRTH,
        Column.STUDENT_CONTACT,
        Column.HOST_CONTACT,
        Column.PLACE,
    }
)


def permissions_of(scopes: Iterable[Scope]) -> frozenset[Permission]:
    """Return every permission that the scopes make use of, and no other."""
    return frozenset(permission for scope in scopes for permission in PERMISSIONS[scope])


def may_tell(scopes: Collection[Scope], answer: str) -> bool:
    """Say whether a token may read an answer of a profile; one nobody has sorted is special."""
    if answer == "email":
        return Scope.PEOPLE_READ in scopes
    kind = column_kind(_COLUMNS.get(answer, answer))
    if kind in _PSEUDONYMOUS:
        return True
    return (Scope.PEOPLE_READ if kind in _OF_PEOPLE else Scope.SPECIAL_READ) in scopes
