"""The demonstration: an invented programme with one cycle, loaded once."""

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from exchange.config import seeds_dir
from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.roles import Role
from exchange.domain.rule_packs import Effect
from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import ConfigurationError
from exchange.intake.faults import Sheet
from exchange.intake.hosts import read_hosts
from exchange.intake.profiles import HostProfile, MemberProfile
from exchange.intake.rules import rules_from
from exchange.intake.students import read_students
from exchange.records import Account, Application, Cycle, Programme, Student
from exchange.services import (
    accounts,
    applications,
    checks,
    cycles,
    imports,
    paper_agreements,
    programmes,
    screening,
    section_reviews,
)
from exchange.services.actor import Actor
from exchange.services.clearance import findings_of
from exchange.services.import_plan import ImportRow
from exchange.services.time_zones import day_in, moment_written

_ISSUERS = {
    CheckKind.BACKGROUND: "Ministry of Justice",
    CheckKind.INSURANCE: "Harbour Insurance",
}
"""Of the checks that expire; the others the programme makes itself."""
_LEAD = Role.SAFEGUARDING_LEAD
_STAFF = (Role.COORDINATOR, Role.REVIEWER, _LEAD)
_VALID_AFTER = timedelta(days=90)
"""So long after the stay."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demonstration consists of."""

    programme: Programme
    cycle: Cycle
    coordinator: Account
    reviewer: Account
    """The second person, without whom nothing is published."""
    lead: Account
    """Who reads calls for help."""


def load_demo(session: Session, actor: Actor, at: datetime) -> Demo:
    """Load the demonstration, or find it where it was loaded before."""
    folder = seeds_dir() / "demo"
    plan = tomllib.loads((folder / "cycle.toml").read_text(encoding="utf-8"))
    known = [_find_staff(session, plan[role.value]) for role in _STAFF]
    found = session.exec(
        select(Programme, Cycle)
        .join(Cycle, Cycle.programme_id == Programme.id)  # type: ignore[arg-type]
        .where(Programme.name == plan["programme"]["name"], Cycle.name == plan["cycle"]["name"])
    ).first()
    if found is not None and known[0] is not None and known[1] is not None:
        programme, cycle = found
        # A demonstration that was loaded by an earlier version has no lead yet.
        lead = known[2] or _add_staff(session, actor, programme, plan[_LEAD], _LEAD, at)
        return Demo(programme, cycle, known[0], known[1], lead)
    programme = programmes.create_programme(session, actor, **plan["programme"], at=at)
    coordinator, reviewer, lead = (
        _add_staff(session, actor, programme, plan[role.value], role, at) for role in _STAFF
    )
    cycle = _add_cycle(session, actor, programme, plan, at)
    _add_people(session, actor, cycle, folder, at)
    _screen(session, cycle, plan["screening"], (coordinator, reviewer), at)
    return Demo(programme, cycle, coordinator, reviewer, lead)


def _find_staff(session: Session, person: Mapping[str, str]) -> Account | None:
    return session.exec(select(Account).where(Account.email == person["email"])).one_or_none()


def _add_staff(
    session: Session,
    actor: Actor,
    programme: Programme,
    person: Mapping[str, str],
    role: Role,
    at: datetime,
) -> Account:
    return accounts.create_account(
        session,
        actor,
        email=person["email"],
        display_name=person["display_name"],
        password=None,
        role=role,
        programme_id=programme.id,
        at=at,
    )


def _add_cycle(
    session: Session, actor: Actor, programme: Programme, plan: Mapping[str, Any], at: datetime
) -> Cycle:
    facts = plan["cycle"]
    zone = facts["time_zone"]
    return cycles.create_cycle(
        session,
        actor,
        programme_id=programme.id or 0,
        name=facts["name"],
        time_zone=zone,
        opens_at=moment_written(zone, facts["opens_at"]),
        closes_at=moment_written(zone, facts["closes_at"]),
        stay_from_on=date.fromisoformat(facts["stay_from_on"]),
        stay_to_on=date.fromisoformat(facts["stay_to_on"]),
        rules=rules_from(plan["rules"], name="cycle.toml"),
        at=at,
    )


def _add_people(session: Session, actor: Actor, cycle: Cycle, folder: Path, at: datetime) -> None:
    students = read_students((folder / "students.csv").read_bytes(), name="students.csv")
    hosts = read_hosts((folder / "hosts.csv").read_bytes(), name="hosts.csv")
    _check(students)
    _check(hosts)
    members = _members(folder / "members.csv")
    for kind, rows in (
        (
            ApplicationKind.HOST,
            [ImportRow(row.id, _with_members(row.profile, members[row.id])) for row in hosts.rows],
        ),
        (
            ApplicationKind.STUDENT,
            [ImportRow(row.id, row.profile) for row in students.rows],
        ),
    ):
        imports.import_profiles(session, actor, cycle_id=cycle.id or 0, kind=kind, rows=rows, at=at)


def _check(sheet: Sheet[Any]) -> None:
    if sheet.faults:
        raise ConfigurationError(f"The seeds are damaged: {sheet.faults[0]}.")


def _members(path: Path) -> Mapping[str, list[MemberProfile]]:
    found: defaultdict[str, list[MemberProfile]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["host_id"]].append(
                MemberProfile.model_validate(
                    {
                        "birth_on": row["birth_date"],
                        "gender": row["gender"] or None,
                        "relation": row["relation"] or None,
                    }
                )
            )
    return found


def _with_members(profile: HostProfile, members: list[MemberProfile]) -> HostProfile:
    return profile.model_copy(update={"members": tuple(members)})


def _screen(
    session: Session,
    cycle: Cycle,
    plan: Mapping[str, Iterable[str]],
    staff: tuple[Account, Account],
    at: datetime,
) -> None:
    """Check and approve everybody but those whom the plan leaves waiting."""
    pending = {*plan["pending_students"], *plan["pending_hosts"], *plan["consent_missing"]}
    actor, second = (accounts.actor_of(session, one.id) for one in staff)
    query = select(Application).where(Application.cycle_id == cycle.id)
    for application in list(session.exec(query)):
        if application.external_id in pending:
            continue
        if application.needs_guardian:
            _agree_on_paper(session, actor, application, at)
        if application.kind is ApplicationKind.HOST:
            _check_host(session, application, (actor, second), at)
        screening.decide(
            session,
            actor,
            application,
            state=ApplicationState.APPROVED,
            expected_version=application.version,
            at=at,
        )


def _agree_on_paper(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    student = session.get(Student, application.student_id or 0)
    paper_agreements.record_on_paper(
        session,
        actor,
        application,
        guardian=None,
        name=(student.guardian_name if student else None) or "Invented guardian",
        agrees=True,
        reason="Invented, as everything in the demonstration.",
        at=at,
    )


def _check_host(
    session: Session, application: Application, staff: tuple[Actor, Actor], at: datetime
) -> None:
    """Note that every check was passed, and have a second person look where a rule asks for it."""
    actor, second = staff
    details = applications.details_of(session, application)
    today = day_in(details.cycle.time_zone, at)
    needed = [check for one in findings_of(session, details, at) if (check := checks.asked_by(one))]
    new = [
        checks.NewCheck(
            kind=kind,
            outcome=CheckOutcome.PASS,
            issuer=_ISSUERS.get(kind, "Neighbours Youth Exchange"),
            reference=f"{application.external_id}-{number}",
            done_on=today,
            expires_on=details.cycle.stay_to_on + _VALID_AFTER if kind in _ISSUERS else None,
            person=person,
        )
        for number, (kind, person) in enumerate(needed, start=1)
    ]
    checks.record_checks(session, actor, details, new, at=at)
    for finding in findings_of(session, details, at):
        if finding.rule.effect is Effect.SECOND_APPROVAL and finding.section is not None:
            section_reviews.approve_sections(session, actor, details, [finding.section], at)
            section_reviews.second_review(
                session, second, details, finding.section, expected_version=1, at=at
            )
