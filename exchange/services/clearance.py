"""Clearance: reads what the rules look at, and asks them; nothing here decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from exchange.domain.clearance import host_findings, student_findings
from exchange.domain.findings import Finding
from exchange.domain.rule_packs import RULE_PACKS, RulePack
from exchange.domain.screening import Section, mailbox
from exchange.domain.screening_facts import (
    Check,
    HostFacts,
    SectionFacts,
    Sections,
    Stay,
    StudentFacts,
)
from exchange.intake.answers import parse_languages
from exchange.records import (
    Account,
    Application,
    Cycle,
    Host,
    HostKind,
    HouseholdMember,
    Membership,
    ScreeningCheck,
    SectionReview,
    Student,
)
from exchange.services.applications import ApplicationDetails
from exchange.services.time_zones import day_in


@dataclass(frozen=True, slots=True)
class ScreeningFile:
    """What was judged and checked of one application."""

    reviews: list[SectionReview] = field(default_factory=list)
    checks: list[ScreeningCheck] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Clearance:
    """Says who is cleared in a cycle on a day."""

    cycle: Cycle
    on: date
    files: Mapping[int, ScreeningFile]
    staff: frozenset[str]
    """Mailboxes of those who work for the programme."""

    @property
    def pack(self) -> RulePack:
        """The rules of the cycle."""
        return RULE_PACKS[self.cycle.rule_pack]

    def of_host(
        self, application: Application, host: Host, members: Sequence[HouseholdMember]
    ) -> tuple[Finding, ...]:
        """What the pack finds about a host."""
        file = self.files.get(application.id, ScreeningFile())
        return host_findings(
            _host_facts(host, self.staff),
            _births(host, members),
            _checks(file.checks, members),
            _sections(file.reviews),
            pack=self.pack,
            stay=Stay(self.cycle.stay_from_on, self.cycle.stay_to_on),
            on=self.on,
        )

    def of_student(self, application: Application, student: Student) -> tuple[Finding, ...]:
        """What the pack finds about a student."""
        file = self.files.get(application.id, ScreeningFile())
        facts = StudentFacts(
            birth_on=student.birth_on,
            age=student.age,
            arrive_on=student.arrive_on or self.cycle.stay_from_on,
            depart_on=student.depart_on or self.cycle.stay_to_on,
            lacks_guardian_consent=application.needs_guardian and not application.guardian_agreed,
        )
        return student_findings(facts, _sections(file.reviews), pack=self.pack)


def clearance_of_cycle(session: Session, cycle: Cycle, at: datetime) -> Clearance:
    """Read what decides about everybody in a cycle; three statements."""
    of_cycle = select(Application.id).where(Application.cycle_id == cycle.id)
    return _read(
        session,
        cycle,
        at,
        col(SectionReview.application_id).in_(of_cycle),
        col(ScreeningCheck.application_id).in_(of_cycle),
    )


@dataclass(frozen=True, slots=True)
class Screening:
    """How one application stands."""

    findings: tuple[Finding, ...]
    reviews: Mapping[Section, SectionReview]
    checks: Sequence[ScreeningCheck]
    pack: RulePack


def screening_of(session: Session, details: ApplicationDetails, at: datetime) -> Screening:
    """Return how one application stands at a moment; three statements."""
    application = details.application
    clearance = _read(
        session,
        details.cycle,
        at,
        col(SectionReview.application_id) == application.id,
        col(ScreeningCheck.application_id) == application.id,
    )
    if details.student is not None:
        findings = clearance.of_student(application, details.student)
    else:
        assert details.host is not None
        findings = clearance.of_host(application, details.host, details.members)
    file = clearance.files.get(application.id, ScreeningFile())
    reviews = {review.section: review for review in file.reviews}
    return Screening(findings, reviews, file.checks, clearance.pack)


def findings_of(session: Session, details: ApplicationDetails, at: datetime) -> tuple[Finding, ...]:
    """Return all findings about one application at a moment."""
    return screening_of(session, details, at).findings


def _read(
    session: Session,
    cycle: Cycle,
    at: datetime,
    reviews_of: ColumnElement[bool],
    checks_of: ColumnElement[bool],
) -> Clearance:
    files: dict[int, ScreeningFile] = {}
    # Reviews are changed by statements that the session does not see.
    reviews = select(SectionReview).where(reviews_of).order_by(col(SectionReview.id))
    for review in session.exec(reviews.execution_options(populate_existing=True)):
        files.setdefault(review.application_id, ScreeningFile()).reviews.append(review)
    checks = select(ScreeningCheck).where(checks_of).order_by(col(ScreeningCheck.id))
    for check in session.exec(checks):
        files.setdefault(check.application_id, ScreeningFile()).checks.append(check)
    staff = session.exec(
        select(Account.email)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .where(Membership.programme_id == cycle.programme_id)
    )
    return Clearance(
        cycle=cycle,
        on=day_in(cycle.time_zone, at),
        files=files,
        staff=frozenset(mailbox(email) for email in staff),
    )


def _births(host: Host, members: Sequence[HouseholdMember]) -> list[date | None]:
    """The people of a household; while staff list one that was only counted, the rest unborn."""
    births: list[date | None] = [member.birth_on for member in members]
    if members and all(member.added_at is not None for member in members):
        births += [None] * ((host.adults or 0) - len(births))
    return births


def _host_facts(host: Host, staff: frozenset[str]) -> HostFacts:
    references = (host.reference_1_email, host.reference_2_email)
    return HostFacts(
        is_household=host.kind is HostKind.HOUSEHOLD,
        capacity=host.capacity,
        languages=tuple(skill.tag for skill in parse_languages(host.languages)),
        available_from=host.available_from,
        available_to=host.available_to,
        adults=host.adults,
        children=host.children,
        guest_rooms=host.guest_rooms,
        guest_beds=host.guest_beds,
        group_size=host.group_size,
        references_of_staff=tuple(
            number
            for number, email in enumerate(references, start=1)
            if email and mailbox(email) in staff
        ),
    )


def _checks(rows: Sequence[ScreeningCheck], members: Sequence[HouseholdMember]) -> list[Check]:
    """Number the people; a check of somebody who is no longer listed counts for nobody."""
    numbers = {member.id: number for number, member in enumerate(members, start=1)}
    found = []
    for row in rows:
        member = numbers.get(row.member_id) if row.member_id is not None else row.member_number
        if row.member_id is not None and member is None:
            continue
        if row.member_number is not None and members:
            continue
        found.append(Check(row.kind, row.outcome, row.done_on, row.expires_on, member))
    return found


def _sections(rows: Sequence[SectionReview]) -> Sections:
    return {row.section: SectionFacts(row.state, row.second_at is not None) for row in rows}
