"""Two programmes that know nothing of each other, with everything that a page can ask for."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.clock import now
from exchange.domain.api_scopes import Scope
from exchange.domain.audiences import Recipients
from exchange.domain.cycle import ApplicationKind, ApplicationState, RunState
from exchange.domain.question import AnswerKind
from exchange.domain.queues import Queue
from exchange.domain.recipients import Recipient
from exchange.domain.reminders import Condition
from exchange.domain.roles import Role
from exchange.domain.snapshot import Snapshot
from exchange.intake.dialect import read_table
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.matching import Options
from exchange.pipeline import run_frontier, run_match
from exchange.records import Account, Application, Cycle, LinkPurpose, OutboxMail, RoleOffer
from exchange.records.session import open_session
from exchange.services import (
    accounts,
    announcements,
    api_tokens,
    attempts,
    caseloads,
    cycles,
    enrolment,
    export_definitions,
    frontiers,
    guardians,
    import_files,
    links,
    programmes,
    questions,
    reminder_rules,
    runs,
    saved_queues,
    screening,
    staff,
    uploads,
)
from exchange.services.actor import SYSTEM, Actor
from exchange.services.question_wording import Wording
from tests.services.people import clear_host, signed_in

MEMBERS = ({"birth_on": "1980-04-05", "relation": "mother"}, {"birth_on": "1982-06-07"})

STAFF = (Role.COORDINATOR, Role.REVIEWER, Role.AUDITOR, Role.PROGRAMME_ADMINISTRATOR)


@dataclass(frozen=True)
class Realm:
    """A programme with a cycle, people, a finished run, and a live one in a second cycle."""

    programme_id: int
    programme: str
    cycle: str
    application: str
    application_id: int
    host_application: str
    reference: str
    run: str
    live_run: str
    frontier: str
    live_frontier: str
    link: str
    canary: str
    minor_id: int
    minor: str
    guardian_id: int
    guardian_link: str
    upload: str = ""
    question: str = ""
    saved: str = ""
    definition: str = ""
    token: str = ""
    account: str = ""
    """Of the coordinator."""
    role_offer: str = ""
    """One that waits for a second person."""
    invitation: str = ""
    """The token of one that was confirmed."""
    announcement: str = ""
    """One that is not sent."""
    reminder_rule: str = ""
    # Of the cycle that `offered.add_offers` adds, for those who look at offers.
    offer: str = ""
    looked_at_offer: str = ""
    """One that waits for somebody to look at the placement."""
    hold: str = ""
    contact: str = ""
    """An entry about the one who was placed."""
    incident: str = ""
    """A call for help about another, that nobody has looked at."""
    placed_id: int = 0
    placed_host_id: int = 0
    placed_guardian_id: int = 0


@dataclass(frozen=True)
class World:
    """Both programmes, and the row ids of accounts by who they are."""

    own: Realm
    other: Realm
    accounts: dict[str, int]


def make_world(engine: sa.Engine) -> World:
    """Make it all with the services, as the system."""
    at = now()
    with open_session(engine) as session:
        own = _realm(session, "Canary-Own", at)
        other = _realm(session, "Canary-Other", at)
        who = {role.value: _account(session, role.value, own, role, at) for role in STAFF}
        who |= _narrow(session, own, at)
        who["coordinator elsewhere"] = _account(session, "else", other, Role.COORDINATOR, at)
        who["lead"] = _account(session, "lead", own, Role.SAFEGUARDING_LEAD, at)
        who["administrator"] = (
            accounts.create_account(
                session,
                SYSTEM,
                email="root@example.org",
                display_name="Root",
                password=None,
                is_administrator=True,
                at=at,
            ).id
            or 0
        )
        root = signed_in(session, who["administrator"], at)
        own, other = (
            replace(one, invitation=_invitation(session, one, root, at)) for one in (own, other)
        )
        own = replace(own, **_kept(session, own, who["coordinator"], at))
        other = replace(other, **_kept(session, other, who["coordinator elsewhere"], at))
        session.commit()
    return World(own, other, who)


def _account(session: Session, name: str, realm: Realm, role: Role, at: datetime) -> int:
    account = accounts.create_account(
        session,
        SYSTEM,
        email=f"{name.replace(' ', '-')}@example.org",
        display_name=name,
        password=None,
        role=role,
        programme_id=realm.programme_id,
        at=at,
    )
    return account.id or 0


def _narrow(session: Session, realm: Realm, at: datetime) -> dict[str, int]:
    """Add a local coordinator and a partner, and give both the student of the second cycle."""
    local = _account(session, "local coordinator", realm, Role.LOCAL_COORDINATOR, at)
    look_after(session, local, realm.application, at)
    partner = accounts.create_account(
        session,
        SYSTEM,
        email="partner@example.org",
        display_name="partner",
        password=None,
        at=at,
    )
    accounts.add_membership(
        session,
        partner.id,
        role=Role.PARTNER,
        programme_id=realm.programme_id,
        partner=partner_of(realm.canary),
    )
    return {"local_coordinator": local, "partner": partner.id}


def partner_of(canary: str) -> str:
    """Return the organisation that sends a programme's students; no canary: it is no secret."""
    return canary.replace("Canary", "School")


def look_after(session: Session, account_id: int, application: str, at: datetime) -> None:
    """Have an account look after a student."""
    found = session.exec(select(Application).where(Application.public_id == application)).one()
    cycle = session.get_one(Cycle, found.cycle_id)
    account = session.get_one(Account, account_id).public_id
    caseloads.assign(session, SYSTEM, cycle, [application], account, at)


def _kept(session: Session, realm: Realm, account_id: int, at: datetime) -> dict[str, str]:
    """What belongs to one account: a file that was sent, and a filter under a name."""
    actor = accounts.actor_of(session, account_id)
    cycle = cycles.get_cycle(session, actor, realm.cycle)
    saved = saved_queues.save_queue(
        session,
        actor,
        cycle,
        name=f"{realm.canary} filter",
        queue=Queue(kind=ApplicationKind.HOST),
        at=at,
    )
    definition = export_definitions.define(
        session,
        actor,
        cycle,
        name=f"{realm.canary} file",
        kind="participants",
        recipient=Recipient.OFFICE,
        form="programs",
        at=at,
    )
    wording = announcements.Wording(
        recipients=Recipients(), texts={"en": f"{realm.canary} words"}, fallback="en"
    )
    rule = reminder_rules.add_rule(
        session, actor, cycle, condition=Condition.STAFF_WAITING, days=90, at=at
    )
    return {
        "upload": _upload(session, realm, account_id, at),
        "announcement": announcements.write(session, actor, cycle, wording, at).public_id,
        "reminder_rule": rule.public_id,
        "saved": saved.public_id,
        "definition": definition.public_id,
        "account": session.get_one(Account, account_id).public_id,
        "role_offer": _role_offer(session, realm, "auditor", at).public_id,
        "token": _token(session, realm, account_id, at),
    }


def _token(session: Session, realm: Realm, account_id: int, at: datetime) -> str:
    """Make a token for a program, as somebody who has just typed a code."""
    actor = replace(accounts.actor_of(session, account_id), stepped_up_at=at)
    programme = programmes.get_programme(session, actor, realm.programme)
    token, _text = api_tokens.make_token(
        session,
        actor,
        programme,
        name=f"{realm.canary} program",
        scopes=[scope.value for scope in Scope],
        days=30,
        at=at,
    )
    return token.public_id


def _role_offer(session: Session, realm: Realm, name: str, at: datetime) -> RoleOffer:
    """Propose somebody for a role; a second person has to confirm it."""
    programme = programmes.get_programme(session, SYSTEM, realm.programme)
    email = f"{name}-{realm.canary.lower()}@example.org"
    return staff.propose_role(session, SYSTEM, programme, email=email, role=Role.AUDITOR, at=at)


def _invitation(session: Session, realm: Realm, second: Actor, at: datetime) -> str:
    """Invite somebody, and return the token of the link."""
    offer = _role_offer(session, realm, "guest", at)
    staff.confirm_role(session, second, offer, at)
    mail = session.exec(select(OutboxMail).where(OutboxMail.recipient == offer.email)).one()
    return mail.body.split("/invitation/")[1].split()[0]


def _upload(session: Session, realm: Realm, account_id: int, at: datetime) -> str:
    """Keep a file that a coordinator has sent and had checked."""
    actor = accounts.actor_of(session, account_id)
    cycle = cycles.get_cycle(session, actor, realm.cycle)
    content = f"student_id,nationality,family_name\nX1,FR,{realm.canary}\n".encode()
    table = read_table(content, name="file")
    mapping = import_files.find_map(
        session, programme_id=cycle.programme_id, kind=ApplicationKind.STUDENT, header=table.header
    )
    upload = uploads.keep_upload(
        session,
        actor,
        cycle=cycle,
        kind=ApplicationKind.STUDENT,
        content=content,
        table=table,
        mapping=mapping,
        at=at,
    )
    uploads.note_verdict(session, upload, import_files.Verdict(rows=1, created=1))
    return upload.public_id


def make_cycle(session: Session, programme_id: int, at: datetime, name: str = "Summer") -> Cycle:
    """Make a cycle that is open now."""
    return cycles.create_cycle(
        session,
        SYSTEM,
        programme_id=programme_id,
        name=name,
        time_zone="Europe/Berlin",
        opens_at=at - timedelta(days=1),
        closes_at=at + timedelta(days=30),
        stay_from_on=date(2027, 6, 1),
        stay_to_on=date(2027, 9, 30),
        at=at,
    )


def _realm(session: Session, canary: str, at: datetime) -> Realm:
    programme = programmes.create_programme(
        session,
        SYSTEM,
        name=f"{canary} programme",
        contact_email="office@example.org",
        time_zone="Europe/Berlin",
        at=at,
    )
    programme_id = programme.id or 0
    cycle = make_cycle(session, programme_id, at, f"{canary} cycle")
    waiting = make_cycle(session, programme_id, at, f"{canary} second cycle")
    student = sign_up(session, cycle, student_profile(family_name=canary), at)
    host = sign_up(session, cycle, host_profile(name=canary, members=MEMBERS), at)
    clear_host(session, SYSTEM, host, at)
    for one in (student, host):
        screening.decide(
            session,
            SYSTEM,
            one,
            state=ApplicationState.APPROVED,
            expected_version=one.version,
            at=at,
        )
    question = questions.add_question(
        session,
        SYSTEM,
        waiting,
        kind=ApplicationKind.STUDENT,
        answer=AnswerKind.TEXT,
        wording=Wording(label=f"{canary} question"),
        at=at,
    )
    answers: dict[str, object] = {question.code: "An answer, so that the question is never deleted"}
    sent = student_profile(family_name=canary, partner=partner_of(canary))
    late = sign_up(session, waiting, sent, at, answers=answers)
    minor = sign_up(session, waiting, minor_profile(family_name=canary), at, key="minor")
    guardian = guardians.guardians_of(session, minor)[0]
    link = links.issue_link(session, purpose=LinkPurpose.STATUS, application_id=student.id, at=at)
    return Realm(
        programme_id=programme_id,
        programme=programme.public_id,
        cycle=cycle.public_id,
        application=late.public_id,
        application_id=student.id or 0,
        host_application=host.public_id,
        reference=student.reference,
        run=finished_run(session, cycle, at),
        live_run=start(session, waiting, at),
        frontier=_finished_frontier(session, cycle, at),
        live_frontier=_live_frontier(session, waiting, at),
        link=link,
        canary=canary,
        minor_id=minor.id or 0,
        minor=minor.public_id,
        guardian_id=guardian.id or 0,
        guardian_link=links.issue_link(
            session, purpose=LinkPurpose.GUARDIAN, guardian_id=guardian.id, at=at
        ),
        question=question.public_id,
    )


def sign_up(
    session: Session,
    cycle: Cycle,
    profile: StudentProfile | HostProfile,
    at: datetime,
    key: str = "",
    answers: dict[str, object] | None = None,
) -> Application:
    """Make an application of a profile."""
    is_student = isinstance(profile, StudentProfile)
    return enrolment.submit_profile(
        session,
        SYSTEM,
        cycle_id=cycle.id or 0,
        kind=ApplicationKind.STUDENT if is_student else ApplicationKind.HOST,
        profile=profile,
        idempotency_key=f"{cycle.public_id}:{key or is_student}",
        answers=answers,
        at=at,
    )


def start(session: Session, cycle: Cycle, at: datetime) -> str:
    """Start a run that nobody works on."""
    return runs.start_run(
        session, SYSTEM, cycle_id=cycle.id or 0, epsilon=0.02, seed=1, at=at
    ).public_id


def _live_frontier(session: Session, cycle: Cycle, at: datetime) -> str:
    """Ask for a frontier that nobody works on."""
    return frontiers.start_frontier(session, SYSTEM, cycle_id=cycle.id, at=at).public_id


def _finished_frontier(session: Session, cycle: Cycle, at: datetime) -> str:
    """Compute a frontier here, as a worker would."""
    public_id = _live_frontier(session, cycle, at)
    claimed = frontiers.claim_frontier(session, public_id, at=at, lease_s=30)
    assert claimed is not None
    snapshot = Snapshot.from_json(claimed.snapshot_body)
    points = run_frontier(snapshot, claimed.rules, frontiers.EPSILONS, Options(seed=claimed.seed))
    frontiers.finish_frontier(
        session, public_id, claimed.attempt, state=RunState.READY, points=points, at=at
    )
    return public_id


def finished_run(session: Session, cycle: Cycle, at: datetime) -> str:
    """Start a run and work it off here, as a worker would."""
    run_id = start(session, cycle, at)
    claimed = attempts.claim_run(session, run_id, at=at, lease_s=30)
    assert claimed is not None
    result = run_match(
        Snapshot.from_json(claimed.snapshot_body),
        claimed.rules,
        claimed.options,
        gentle=claimed.gentle,
    )
    outcome = attempts.RunOutcome(
        state=RunState.READY,
        report=result.report,
        placements=result.placements,
        unplaced=result.unplaced,
        contacts=result.contacts,
        prices=result.prices,
    )
    attempts.finish_run(session, run_id, claimed.attempt, outcome=outcome, at=at)
    return run_id


def student_profile(**changes: object) -> StudentProfile:
    """A student of age."""
    return StudentProfile.model_validate(
        {
            "given_name": "Salma",
            "family_name": "Idrissi",
            "email": "salma@example.org",
            "birth_on": date(2004, 2, 29),
            "nationalities": ["MA"],
            "languages": ["ar:native", "fr:C1"],
            "interests": ["chess"],
            **changes,
        }
    )


def minor_profile(**changes: object) -> StudentProfile:
    """A student of sixteen, who names a parent."""
    born = now().date().replace(day=1) - timedelta(days=16 * 366)
    return student_profile(
        **{
            "preferred_name": "Sal",
            "email": "sal@example.org",
            "birth_on": born,
            "guardian_name": "Guard Ian",
            "guardian_email": "guardian@example.org",
            **changes,
        }
    )


def host_profile(**changes: object) -> HostProfile:
    """A household with one place."""
    return HostProfile.model_validate(
        {
            "name": "Lea Martin",
            "email": "lea@example.org",
            "nation": "FR",
            "city": "Lyon",
            "capacity": 1,
            "languages": ["fr:native"],
            "adults": 2,
            **changes,
        }
    )
