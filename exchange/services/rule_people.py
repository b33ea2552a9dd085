"""The people whom rules name: pins, forbids and earlier placements, checked before they are kept.

A run refuses rules that name somebody who is not there; a coordinator should hear of that when the
rule is written, not when a run has failed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind, RunState
from exchange.domain.rules import Rules
from exchange.records import Application, Cycle, MatchRun, Placement

Pairs = Sequence[tuple[str, str]]
_ANSWERED = (RunState.READY, RunState.PUBLISHED, RunState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Directory:
    """The applications of a cycle by each id under which somebody may name them."""

    students: Mapping[str, str]
    hosts: Mapping[str, str]
    references: Mapping[str, str]
    """Public id → the reference that staff read on pages."""

    def resolve(self, pairs: Iterable[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[str]]:
        """Return the pairs by public id, and the ids that are nobody's here."""
        found, unknown = [], []
        for student, host in pairs:
            one, other = self.students.get(student), self.hosts.get(host)
            unknown += [id_ for id_, known in ((student, one), (host, other)) if known is None]
            if one is not None and other is not None:
                found.append((one, other))
        return found, unknown

    def readable(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the pairs by reference; an id that is nobody's stays as it is."""
        return [
            (self.references.get(student, student), self.references.get(host, host))
            for student, host in pairs
        ]


def directory(session: Session, cycle: Cycle) -> Directory:
    """Read who has signed up to a cycle; one statement."""
    return _directory(session, Application.cycle_id == cycle.id)


def named_in(session: Session, cycle: Cycle, rules: Rules) -> Directory:
    """Read only the people whom rules pin or forbid; no statement where they do not."""
    ids = {id_ for pair in (*rules.pins, *rules.forbids) for id_ in pair}
    if not ids:
        return Directory({}, {}, {})
    return _directory(
        session, Application.cycle_id == cycle.id, col(Application.public_id).in_(ids)
    )


def _directory(session: Session, *wanted: Any) -> Directory:
    rows = session.exec(
        select(
            Application.public_id, Application.reference, Application.external_id, Application.kind
        ).where(*wanted)
    )
    students: dict[str, str] = {}
    hosts: dict[str, str] = {}
    references = {}
    for public_id, reference, external_id, kind in rows:
        known = students if kind is ApplicationKind.STUDENT else hosts
        for id_ in (public_id, reference, external_id):
            if id_ is not None:
                known[id_] = public_id
        references[public_id] = reference
    return Directory(students, hosts, references)


def resolve_rules(session: Session, cycle: Cycle, rules: Rules) -> tuple[Rules, list[str]]:
    """Return rules of a file with people by public id, and the ids that are nobody's here."""
    people = directory(session, cycle)
    found: dict[str, Any] = {}
    unknown: list[str] = []
    for name in ("pins", "forbids", "previous"):
        pairs, nobody = people.resolve(getattr(rules, name))
        found[name] = tuple(pairs)
        unknown += nobody
    return replace(rules, **found), unknown


def earlier_runs(session: Session, cycle: Cycle, *, most: int = 20) -> list[MatchRun]:
    """Return the runs of a cycle that have placements, the latest first."""
    query = select(MatchRun).where(
        MatchRun.cycle_id == cycle.id, col(MatchRun.state).in_(_ANSWERED)
    )
    return list(session.exec(query.order_by(col(MatchRun.id).desc()).limit(most)))


def placements_of(session: Session, run: MatchRun) -> list[tuple[str, str]]:
    """Return who is placed with whom in a run, by public id."""
    rows = session.exec(
        select(Placement.student_id, Placement.host_id).where(Placement.run_id == run.id)
    ).all()
    ids = dict(
        session.exec(
            select(Application.student_id, Application.public_id).where(
                Application.cycle_id == run.cycle_id, col(Application.student_id).is_not(None)
            )
        ).all()
    )
    homes = dict(
        session.exec(
            select(Application.host_id, Application.public_id).where(
                Application.cycle_id == run.cycle_id, col(Application.host_id).is_not(None)
            )
        ).all()
    )
    return [(ids[student], homes[host]) for student, host in rows]
