"""The numbers behind the pictures of a run: counted by the database, without anybody's name."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.placement import Contact
from exchange.domain.roles import Permission
from exchange.exports.flows_svg import Flow
from exchange.exports.groups_svg import GroupPlaces
from exchange.exports.quality_svg import count_qualities
from exchange.records import Application, Host, MatchRun, Placement
from exchange.services import runs
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require
from exchange.services.runs import audit_run


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What the pictures show."""

    contacts: Sequence[Contact]
    flows: Sequence[Flow]
    qualities: Sequence[int]
    groups: Sequence[GroupPlaces]
    """Those with a name, by name; hosts without a group come last, under an empty one."""


def figures_of(session: Session, actor: Actor, run: MatchRun) -> RunFigures:
    """Count what the pictures of a run show; four statements beside those of permission."""
    contacts = runs.run_contacts(session, actor, run)
    rows = session.exec(
        select(Placement.student_nation, Placement.host_nation, Placement.quality).where(
            Placement.run_id == run.id
        )
    ).all()
    ways = Counter((origin, destination) for origin, destination, _quality in rows)
    return RunFigures(
        contacts=contacts,
        flows=[Flow(*way, count) for way, count in sorted(ways.items())],
        qualities=count_qualities(quality for *_way, quality in rows),
        groups=_groups(session, run),
    )


def _groups(session: Session, run: MatchRun) -> list[GroupPlaces]:
    taken = dict(
        session.exec(
            select(Host.group, func.count())
            .join(Placement, col(Placement.host_id) == col(Host.id))
            .where(Placement.run_id == run.id)
            .group_by(col(Host.group))
        ).all()
    )
    # Places are those of the hosts who may be matched now; a run's own are in its snapshot.
    offered = dict(
        session.exec(
            select(Host.group, func.sum(Host.capacity))
            .join(Application, col(Application.host_id) == col(Host.id))
            .where(
                Application.cycle_id == run.cycle_id,
                Application.state == ApplicationState.APPROVED,
            )
            .group_by(col(Host.group))
        ).all()
    )
    names = sorted(taken.keys() | offered.keys(), key=lambda name: (name is None, name or ""))
    groups = []
    for name in names:
        guests, places = taken.get(name, 0), int(offered.get(name) or 0)
        groups.append(GroupPlaces(name or "", max(places, guests), guests))
    return groups


def note_download(session: Session, actor: Actor, run: MatchRun, name: str, at: datetime) -> None:
    """Put it on record that somebody took a picture away."""
    require(actor, Permission.EXPORT, programme_of(session, run.cycle_id))
    audit_run(session, actor, "export:picture", run, at, kind=name)
