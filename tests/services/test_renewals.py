"""Who signs up again keeps answers and checks that hold; consents and judgements are had anew."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import Conflict, Forbidden, NotFound
from exchange.intake.profiles import HostProfile
from exchange.records import (
    Application,
    AuditEvent,
    Consent,
    Cycle,
    Draft,
    OutboxMail,
    Renewal,
    ScreeningCheck,
    SectionReview,
)
from exchange.services import (
    applications,
    checks,
    drafts,
    erasure,
    renewals,
    returning_hosts,
    screening,
    web_sessions,
)
from exchange.services.actor import Actor
from exchange.services.checks import NewCheck
from tests.services.people import AT, Office, approve, host, make_office, sign_up
from tests.services.test_cycle_copies import copy

NEXT = AT + timedelta(days=365)
PARENTS = (
    {"birth_on": "1980-04-05", "relation": "mother"},
    {"birth_on": "1982-06-07", "relation": "father"},
)
HOME = {
    "adults": None,
    "address": "Sea road 1",
    "city": "Volos",
    "members": PARENTS,
    "reference_1_name": "Neighbour",
    "reference_1_email": "neighbour@example.org",
    "reference_2_name": "Teacher",
    "reference_2_email": "teacher@example.org",
}


@dataclass(frozen=True)
class Years:
    """A programme, a host of last year, and this year's cycle."""

    office: Office
    old: Application
    cycle: Cycle

    @property
    def owner(self) -> Actor:
        return Actor(application_id=self.old.id)


def send(
    session: Session, office: Office, profile: HostProfile, draft: Draft, at: object = AT
) -> Application:
    application = sign_up(session, office, profile, key=draft.public_id)
    drafts.mark_submitted(session, draft, application_id=application.id, at=AT)
    return application


@pytest.fixture
def years(session: Session) -> Years:
    office = make_office(session)
    browser, _ = web_sessions.start(session, at=AT)
    draft = drafts.start_draft(
        session,
        cycle_id=office.cycle.id,
        kind=ApplicationKind.HOST,
        web_session_id=browser.id,
        at=AT,
    )
    drafts.save_step(session, draft, step="a", values={"b": ["c"]}, expected_version=1, at=AT)
    old = send(session, office, host(1, **HOME), draft)
    approve(session, office, old)
    cycle = copy(
        session,
        office,
        name="Next",
        opens_at=AT - timedelta(days=1),
        closes_at=AT + timedelta(days=500),
    )
    session.commit()
    return Years(office, old, cycle)


def begin_again(session: Session, years: Years, at: object = AT) -> Draft:
    browser, _ = web_sessions.start(session, at=AT)
    draft, cycle = renewals.begin(
        session,
        years.owner,
        years.cycle.public_id,
        data=renewals.answers_of(session, years.old),
        web_session_id=browser.id,
        at=AT,
    )
    assert cycle.id == years.cycle.id
    return draft


def sign_up_again(session: Session, years: Years, **changes: object) -> Application:
    """Send the same answers again, but for some, and return the new application."""
    draft = begin_again(session, years)
    office = replace(years.office, cycle=years.cycle)
    new = send(session, office, host(1, **HOME | changes), draft)
    renewals.carry_over(session, years.owner, draft, new, AT)
    return new


def checks_of(session: Session, application: Application) -> list[ScreeningCheck]:
    query = select(ScreeningCheck).where(ScreeningCheck.application_id == application.id)
    return list(session.exec(query))


def kinds(session: Session, application: Application) -> dict[CheckKind, int]:
    found: dict[CheckKind, int] = {}
    for one in checks_of(session, application):
        found[one.kind] = found.get(one.kind, 0) + 1
    return found


def note(
    session: Session, years: Years, kind: CheckKind, outcome: CheckOutcome, **more: object
) -> None:
    details = applications.details_of(session, years.old)
    new = NewCheck(kind=kind, outcome=outcome, issuer="Office", done_on=AT.date(), **more)  # type: ignore[arg-type]
    checks.record_checks(session, years.office.actor, details, [new], at=AT)


def test_checks_that_hold_go_along_with_their_dates(session: Session, years: Years) -> None:
    new = sign_up_again(session, years)
    told = [
        [
            (one.kind, one.outcome, one.issuer, one.reference, one.done_on, one.expires_on)
            for one in checks_of(session, application)
        ]
        for application in (years.old, new)
    ]
    assert sorted(told[0]) == sorted(told[1])
    assert kinds(session, new)[CheckKind.BACKGROUND] == 2
    theirs = {one.id for one in applications.details_of(session, new).members}
    of_people = {
        one.member_id for one in checks_of(session, new) if one.kind is CheckKind.BACKGROUND
    }
    assert of_people == theirs
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "check:carry")).one()
    assert event.facts["from"] == years.old.public_id
    assert len(event.facts["checks"]) == len(checks_of(session, new))


def test_judgements_and_consents_do_not_go_along(session: Session, years: Years) -> None:
    new = sign_up_again(session, years)
    assert new.state is ApplicationState.SUBMITTED
    for table in (Consent, SectionReview):
        rows = session.exec(select(table).where(table.application_id == new.id)).all()
        assert rows == []
    assert renewals.previous_of(session, new) == years.old
    assert renewals.previous_of(session, years.old) is None


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        (
            {"members": (PARENTS[0], {"birth_on": "1950-01-01", "relation": "father"})},
            {CheckKind.INTERVIEW, CheckKind.HOME_VISIT, CheckKind.PHOTOS, CheckKind.MEANS},
        ),
        (
            {"address": "Sea road 2"},
            {CheckKind.INTERVIEW, CheckKind.HOME_VISIT, CheckKind.PHOTOS, CheckKind.MEANS},
        ),
        ({"reference_1_email": "other@example.org"}, {CheckKind.REFERENCE_1}),
    ],
)
def test_check_of_what_has_changed_does_not_hold(
    session: Session, years: Years, changes: dict[str, object], missing: set[CheckKind]
) -> None:
    before = kinds(session, years.old)
    after = kinds(session, sign_up_again(session, years, **changes))
    assert before.keys() - after.keys() == before.keys() & missing
    assert before.keys() & missing
    assert after[CheckKind.BACKGROUND] == (1 if "members" in changes else 2)


def test_expired_check_does_not_go_along_and_one_that_failed_does(
    session: Session, years: Years
) -> None:
    note(session, years, CheckKind.HOME_VISIT, CheckOutcome.FAIL)
    note(session, years, CheckKind.REFERENCE_1, CheckOutcome.PASS, expires_on=AT.date())
    session.exec(select(ScreeningCheck)).first()
    old = {one.kind: one for one in checks_of(session, years.old)}
    session.expire_all()
    new = sign_up_again(session, years, address="Elsewhere 9")
    found = {one.kind: one for one in checks_of(session, new)}
    assert found[CheckKind.HOME_VISIT].outcome is CheckOutcome.FAIL
    assert CheckKind.INTERVIEW not in found
    assert old[CheckKind.REFERENCE_1].expires_on == AT.date()
    assert CheckKind.REFERENCE_1 in found


def test_check_that_ended_before_today_is_left_behind(session: Session, years: Years) -> None:
    note(session, years, CheckKind.REFERENCE_2, CheckOutcome.PASS, expires_on=AT.date())
    draft = begin_again(session, years)
    office = replace(years.office, cycle=years.cycle)
    new = send(session, office, host(1, **HOME), draft)
    renewals.carry_over(session, years.owner, draft, new, AT + timedelta(days=2))
    assert CheckKind.REFERENCE_2 not in kinds(session, new)
    assert CheckKind.REFERENCE_1 in kinds(session, new)


def test_check_by_number_of_an_unlisted_adult_does_not_go_along(session: Session) -> None:
    office = make_office(session)
    browser, _ = web_sessions.start(session, at=AT)
    draft = drafts.start_draft(
        session,
        cycle_id=office.cycle.id,
        kind=ApplicationKind.HOST,
        web_session_id=browser.id,
        at=AT,
    )
    unlisted = {**HOME, "members": (), "adults": 2}
    old = send(session, office, host(1, **unlisted), draft)
    approve(session, office, old)
    closes = AT + timedelta(days=500)
    cycle = copy(session, office, opens_at=AT - timedelta(days=1), closes_at=closes)
    new = sign_up_again(session, Years(office, old, cycle), members=(), adults=2)
    assert CheckKind.BACKGROUND in kinds(session, old)
    assert CheckKind.BACKGROUND not in kinds(session, new)
    assert CheckKind.HOME_VISIT in kinds(session, new)


def test_draft_is_begun_once_and_sent_once(session: Session, years: Years) -> None:
    first = begin_again(session, years)
    assert first.data == {"a": {"b": ["c"]}}
    assert begin_again(session, years).id == first.id
    office = replace(years.office, cycle=years.cycle)
    send(session, office, host(1, **HOME), first)
    assert renewals.open_again(session, years.owner, AT) == []
    with pytest.raises(Conflict, match="already"):
        begin_again(session, years)


def test_only_later_open_cycles_of_the_same_programme_are_offered(
    session: Session, years: Years
) -> None:
    other = make_office(session, "Strangers")
    assert renewals.open_again(session, years.owner, AT) == [years.cycle]
    assert renewals.open_again(session, years.owner, AT + timedelta(days=501)) == []
    for cycle in (other.cycle, years.office.cycle):
        with pytest.raises(NotFound):
            begin_again(session, replace(years, cycle=cycle))


def test_erasing_last_year_takes_the_answers_that_were_filled_in(
    session: Session, years: Years
) -> None:
    begin_again(session, years)
    erasure.erase(session, years.owner, years.old, AT)
    assert session.exec(select(Renewal)).all() == []
    left = session.exec(select(Draft).where(Draft.cycle_id == years.cycle.id)).all()
    assert left == []


def test_hosts_of_last_year_are_asked_once(session: Session, years: Years) -> None:
    office = years.office
    declined = sign_up(session, office, host(2))
    screening.decide(
        session,
        office.actor,
        declined,
        state=ApplicationState.DECLINED,
        reason="No",
        expected_version=declined.version,
        at=AT,
    )
    there = sign_up(session, office, host(3))
    approve(session, office, there)
    sign_up(session, replace(office, cycle=years.cycle), host(3), key="again")
    assert returning_hosts.earlier_cycles(session, office.actor, years.cycle) == [office.cycle]
    assert returning_hosts.ask_again(session, office.actor, years.cycle, office.cycle, AT) == 1
    assert returning_hosts.ask_again(session, office.actor, years.cycle, office.cycle, AT) == 0
    mails = session.exec(select(OutboxMail).where(OutboxMail.template == "apply_again")).all()
    assert [(one.recipient, one.application_id) for one in mails] == [
        ("host1@example.org", years.old.id)
    ]
    assert "/application/open/" in mails[0].body
    actions = session.exec(
        select(AuditEvent).where(AuditEvent.action == "application:ask_again")
    ).all()
    assert [one.subject_id for one in actions] == [years.old.public_id]


def test_hosts_are_asked_while_sign_up_is_open_by_whoever_manages_cycles(
    session: Session, years: Years
) -> None:
    office = years.office
    late = AT + timedelta(days=501)
    with pytest.raises(Conflict, match="not open"):
        returning_hosts.ask_again(session, office.actor, years.cycle, office.cycle, late)
    with pytest.raises(Forbidden):
        returning_hosts.ask_again(session, office.second, years.cycle, office.cycle, AT)
    assert date(2027, 7, 1) < years.cycle.stay_from_on
