"""Snapshots: the pseudonymous input of a run, frozen from the applications of a cycle."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.findings import Finding, blockers
from exchange.domain.roles import Permission
from exchange.domain.snapshot import HostEntry, StudentEntry
from exchange.domain.snapshot import Snapshot as FrozenSnapshot
from exchange.intake.nations import pairs_at_stake, read_nation_pairs
from exchange.records import Application, Cycle, Host, HouseholdMember, Snapshot, Student
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.clearance import clearance_of_cycle
from exchange.services.locks import hold_cycle
from exchange.services.profiles import host_answers, student_answers
from exchange.services.question_answers import match_words

_IN_A_RUN = (ApplicationState.SUBMITTED, ApplicationState.RETURNED, ApplicationState.APPROVED)
"""Those not approved are in the snapshot too, not cleared, so that the run can say why they have
no place."""

STUDENT_COLUMNS = frozenset(item.name for item in fields(StudentEntry)) - {"id"}
HOST_COLUMNS = frozenset(item.name for item in fields(HostEntry)) - {"id"}
"""Forms ask everything; a file that was imported may not have had a column at all."""
_LEFT_OUT_WHEN_EMPTY = frozenset(
    {
        "languages",
        "interests",
        "field",
        "lifestyle",
        "wishes",
        "waiting_since",
        "ranked_hosts",
        "ranked_nations",
    }
)
"""Columns of fit: where nobody states anything, the gate or term is off, as in a file without the
column. Columns of safety (needs, ages, genders, never) always count as asked."""


def take_snapshot(session: Session, actor: Actor, cycle_id: int, at: datetime) -> Snapshot:
    """Freeze a cycle; when nothing has changed since an earlier snapshot, return that one."""
    cycle = hold_cycle(session, cycle_id)
    require(actor, Permission.START_RUNS, cycle.programme_id)
    frozen = freeze(session, cycle, at)
    digest = frozen.digest
    known = session.exec(
        select(Snapshot).where(Snapshot.cycle_id == cycle_id, Snapshot.digest == digest)
    ).one_or_none()
    if known is not None:
        return known
    snapshot = Snapshot(
        cycle_id=cycle_id,
        digest=digest,
        body=frozen.to_json(),
        taken_at=at,
        taken_by_id=actor.account_id,
        created_at=at,
    )
    session.add(snapshot)
    session.flush()
    audit.record(
        session,
        actor,
        "snapshot:take",
        subject_kind="snapshot",
        subject_id=snapshot.public_id,
        programme_id=cycle.programme_id,
        facts={"digest": digest},
        at=at,
    )
    return snapshot


def freeze(session: Session, cycle: Cycle, at: datetime) -> FrozenSnapshot:
    """Read a cycle's applications as the match may know them at a moment: seven statements.

    There is one more where the choices of a programme's questions are matched by.
    Who is cleared is found out anew each time: a check may have lapsed since the approval.
    """
    clearance = clearance_of_cycle(session, cycle, at)
    students = session.exec(
        select(Application, Student)
        .join(Student, col(Application.student_id) == col(Student.id))
        .where(Application.cycle_id == cycle.id, col(Application.state).in_(_IN_A_RUN))
    ).all()
    hosts = session.exec(
        select(Application, Host)
        .join(Host, col(Application.host_id) == col(Host.id))
        .where(Application.cycle_id == cycle.id, col(Application.state).in_(_IN_A_RUN))
    ).all()
    members = session.exec(
        select(HouseholdMember)
        .join(Application, col(HouseholdMember.host_id) == col(Application.host_id))
        .where(col(HouseholdMember.left_on).is_(None))
        .where(Application.cycle_id == cycle.id)
        .order_by(col(HouseholdMember.id))
    ).all()
    at_home: dict[int, list[HouseholdMember]] = {}
    for member in members:
        at_home.setdefault(member.host_id, []).append(member)
    words = match_words(session, cycle.id)
    student_ids = _ids(application for application, _ in students)
    host_ids = _ids(application for application, _ in hosts)
    student_entries = tuple(
        words.add_to(
            _student_entry(
                application,
                student,
                cycle,
                (student_ids, host_ids),
                clearance.of_student(application, student),
            ),
            application,
        )
        for application, student in students
    )
    host_entries = tuple(
        words.add_to(
            _host_entry(
                application,
                host,
                cycle,
                at_home.get(host.id, []),
                student_ids,
                clearance.of_host(application, host, at_home.get(host.id, [])),
            ),
            application,
        )
        for application, host in hosts
    )
    nations = {entry.nation for entry in student_entries} | {e.nation for e in host_entries}
    return FrozenSnapshot(
        students=tuple(sorted(student_entries, key=lambda entry: entry.id)),
        hosts=tuple(sorted(host_entries, key=lambda entry: entry.id)),
        student_columns=_asked(STUDENT_COLUMNS, student_entries),
        host_columns=_asked(HOST_COLUMNS, host_entries),
        pairs=pairs_at_stake(read_nation_pairs(), nations),
    )


def _asked(
    columns: frozenset[str], entries: Sequence[StudentEntry] | Sequence[HostEntry]
) -> frozenset[str]:
    """Return the columns without those of fit that every entry left empty."""
    return frozenset(
        name
        for name in columns
        if name not in _LEFT_OUT_WHEN_EMPTY or any(getattr(entry, name) for entry in entries)
    )


def _ids(applications: Iterable[Application]) -> dict[str, str]:
    """Map every id that somebody may have written, their own or their file's, to the public one."""
    known: dict[str, str] = {}
    for application in applications:
        known[application.public_id] = application.public_id
        known[application.reference] = application.public_id
        if application.external_id is not None:
            known[application.external_id] = application.public_id
    return known


def _known(ids: Iterable[str], known: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(known[one] for one in ids if one in known))


def _student_entry(
    application: Application,
    student: Student,
    cycle: Cycle,
    known: tuple[Mapping[str, str], Mapping[str, str]],
    findings: Sequence[Finding],
) -> StudentEntry:
    student_ids, host_ids = known
    profile = student_answers(student).model_copy(
        update={
            "ranked_hosts": _known(student.ranked_hosts, host_ids),
            "never": _known(student.never, host_ids),
            "keep_with": _known(student.keep_with, student_ids),
            "keep_apart": _known(student.keep_apart, student_ids),
            "arrive_on": student.arrive_on or cycle.stay_from_on,
            "depart_on": student.depart_on or cycle.stay_to_on,
        }
    )
    return profile.to_entry(application.public_id, cleared=_is_cleared(application, findings))


def _is_cleared(application: Application, findings: Sequence[Finding]) -> bool:
    return application.state is ApplicationState.APPROVED and not blockers(findings)


def _host_entry(
    application: Application,
    host: Host,
    cycle: Cycle,
    members: list[HouseholdMember],
    student_ids: Mapping[str, str],
    findings: Sequence[Finding],
) -> HostEntry:
    profile = host_answers(host, members).model_copy(
        update={"never": _known(host.never, student_ids)}
    )
    return profile.to_entry(
        application.public_id,
        on=cycle.stay_from_on,
        cleared=_is_cleared(application, findings),
    )
