"""What people and homes are called on a page of staff.

A name for who may see people, a reference for others. Ids are those of applications, as snapshots
and runs hold them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from exchange.domain.roles import Permission
from exchange.records import Application, Host, Student
from exchange.services.actor import Actor
from exchange.services.authority import programme_of


@dataclass(frozen=True, slots=True)
class Label:
    """One application: its id, its words, and whether its page may be opened.

    The reference stands beside a name, and is empty where the words are the reference themselves.
    """

    public_id: str
    words: str
    is_open: bool
    is_erased: bool = False
    reference: str = ""


def labels_of(
    session: Session, actor: Actor, cycle_id: int, ids: Iterable[str | None]
) -> Mapping[str, Label]:
    """Return the labels of some applications of a cycle, by public id; one statement."""
    wanted = {one for one in ids if one is not None}
    sees_people = actor.may(Permission.SEE_APPLICATIONS, programme_of(session, cycle_id))
    if not wanted:
        return {}
    rows = session.exec(
        select(Application, Student, Host)
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(Application.cycle_id == cycle_id, col(Application.public_id).in_(wanted))
    )
    labels = {}
    for application, student, host in rows:
        name = _name(student, host) if sees_people else ""
        labels[application.public_id] = Label(
            application.public_id,
            name or application.reference,
            sees_people and application.erased_at is None,
            application.erased_at is not None,
            application.reference if name else "",
        )
    return labels


def _name(student: Student | None, host: Host | None) -> str:
    if student is not None:
        return " ".join(one for one in (student.given_name, student.family_name) if one)
    return (host.name if host is not None else None) or ""
