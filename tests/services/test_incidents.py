"""Incidents: who sees one, what it stops, how late it is, and what whom it names cannot do."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.incident import EntryKind, IncidentOutcome, IncidentState, Reporter
from exchange.domain.offer import Party, Rung
from exchange.domain.roles import Role
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound
from exchange.records import (
    Account,
    Application,
    AuditEvent,
    Host,
    Incident,
    IncidentEntry,
    IncidentPerson,
    OutboxMail,
    Programme,
)
from exchange.services import (
    accounts,
    audit,
    disclosures,
    erasure,
    help_contacts,
    incident_entries,
    incident_erasures,
    incident_moves,
    incident_reports,
    incident_waits,
    incidents,
    my_data,
)
from exchange.services.actor import COMMAND, SYSTEM, Actor
from exchange.services.incident_reports import Named
from tests.services.people import AT
from tests.services.staying import DAY, NOON, Staying, make_staying, owner, reload, staff

KEY = "a" * 32
HOUR = timedelta(hours=1)
WHY = "We spoke with everybody and looked at it."


@pytest.fixture
def staying(session: Session) -> Staying:
    return make_staying(session)


@pytest.fixture
def lead(session: Session, staying: Staying) -> Actor:
    return staff(session, staying, Role.SAFEGUARDING_LEAD, "lead")


def _ask(
    session: Session,
    staying: Staying,
    *,
    named: Named | None = None,
    key: str = KEY,
    text: str | None = "Kanarie is afraid",
    host: bool = False,
) -> Incident:
    application = staying.one.host if host else staying.one.student
    return incident_reports.ask_for_help(
        session, owner(application), text=text, named=named or Named(), key=key, at=NOON
    )


def _mails(session: Session) -> list[tuple[str, str]]:
    templates = ("help_asked", "help_late", "help_outside", "relocation_asked", "erasure_waits")
    query = select(OutboxMail).where(col(OutboxMail.template).in_(templates))
    found = session.exec(query.order_by(col(OutboxMail.id)))
    return [(one.template, one.recipient) for one in found]


def _public_id(session: Session, actor: Actor) -> str:
    return session.get_one(Account, actor.account_id).public_id


def _decide(
    session: Session,
    actor: Actor,
    incident: Incident,
    outcome: IncidentOutcome = IncidentOutcome.NO_ACTION,
    *,
    shows_contact: bool = True,
) -> None:
    incidents.decide(
        session,
        actor,
        incident,
        outcome=outcome,
        text=WHY,
        told_at=NOON if outcome is IncidentOutcome.AUTHORITY else None,
        shows_contact=shows_contact,
        at=NOON + 2 * HOUR,
    )


def test_only_a_lead_sees_an_incident_whoever_else_asks(
    session: Session, staying: Staying, lead: Actor
) -> None:
    incident = _ask(session, staying)
    assert incidents.get_incident(session, lead, incident.public_id) == incident
    assert incidents.list_incidents(session, lead) == [incident]
    root = accounts.create_account(
        session,
        SYSTEM,
        email="root@example.org",
        display_name="Root",
        password=None,
        role=Role.SAFEGUARDING_LEAD,
        programme_id=staying.office.programme.id,
        is_administrator=True,
        at=AT,
    )
    others = [
        SYSTEM,
        COMMAND,
        Actor(),
        accounts.actor_of(session, root.id),
        staying.office.actor,
        staying.office.second,
        staff(session, staying, Role.PROGRAMME_ADMINISTRATOR, "boss"),
        staff(session, staying, Role.LOCAL_COORDINATOR, "local"),
        owner(staying.one.student),
        owner(staying.one.host),
        replace(lead, roles={staying.office.programme.id + 1: lead.roles_in(1)}),
    ]
    for one in others:
        assert incidents.list_incidents(session, one) == []
        with pytest.raises(NotFound):
            incidents.get_incident(session, one, incident.public_id)
        with pytest.raises(NotFound):
            incidents.add_note(session, one, incident, "I was here", NOON)
        with pytest.raises(NotFound):
            _decide(session, one, incident)
        with pytest.raises(NotFound):
            incidents.acknowledge(session, one, incident, NOON)
    # The administrator who gave themselves the role hears of nothing either.
    assert _mails(session) == [("help_asked", "lead@example.org")]


def test_mail_says_nothing_of_whom_or_what(session: Session, staying: Staying, lead: Actor) -> None:
    incident = _ask(session, staying)
    assert lead.account_id is not None
    mail = session.exec(select(OutboxMail).where(OutboxMail.template == "help_asked")).one()
    assert f"/incidents/{incident.public_id}" in mail.body
    assert mail.application_id is None
    said = (mail.subject + mail.body).lower()
    for word in ("kanarie", "afraid", "student", "host", "neighbours", "help", "tr", "gr"):
        assert word not in said.split()


def test_named_lead_sees_nothing_and_another_does(
    session: Session, staying: Staying, lead: Actor
) -> None:
    other = staff(session, staying, Role.SAFEGUARDING_LEAD, "other")
    incident = _ask(session, staying, named=Named(accounts=[_public_id(session, lead)]))
    assert incidents.list_incidents(session, lead) == []
    with pytest.raises(NotFound):
        incidents.get_incident(session, lead, incident.public_id)
    with pytest.raises(NotFound):
        incidents.name_account(session, lead, incident, _public_id(session, other), NOON)
    assert incidents.list_incidents(session, other) == [incident]
    assert _mails(session) == [("help_asked", "other@example.org")]


@pytest.mark.parametrize("is_host", [True, False])
def test_lead_whose_address_is_on_either_side_sees_nothing(
    session: Session, staying: Staying, lead: Actor, is_host: bool
) -> None:
    account = session.get_one(Account, lead.account_id)
    host = session.get_one(Host, staying.one.host.host_id)
    if is_host:
        host.email = account.email
    else:
        host.reference_1_email = account.email
    session.add(host)
    session.flush()
    incident = _ask(session, staying)
    assert incidents.list_incidents(session, lead) == []
    assert not help_contacts.is_seen(session, incident)
    assert _mails(session) == []


def test_lead_named_later_loses_sight_of_it_and_cannot_take_that_back(
    session: Session, staying: Staying, lead: Actor
) -> None:
    other = staff(session, staying, Role.SAFEGUARDING_LEAD, "other")
    incident = _ask(session, staying)
    incidents.name_account(session, lead, incident, _public_id(session, other), NOON)
    assert incidents.list_incidents(session, other) == []
    with pytest.raises(Conflict):
        incidents.name_account(session, lead, incident, _public_id(session, other), NOON)
    incidents.name_account(session, lead, incident, _public_id(session, lead), NOON)
    assert incidents.list_incidents(session, lead) == []
    assert len(session.exec(select(IncidentPerson)).all()) == 2


def test_where_no_lead_may_look_somebody_outside_is_asked(
    session: Session, staying: Staying, lead: Actor
) -> None:
    actor, programme = staying.office.actor, session.get_one(Programme, staying.office.programme.id)
    incident = _ask(session, staying, named=Named(accounts=[_public_id(session, lead)]))
    assert _mails(session) == []
    with pytest.raises(InvalidInput) as refusal:
        help_contacts.set_help_contacts(
            session,
            actor,
            programme,
            duty_phone=None,
            outside_name="Ms Out",
            outside_email="lead@example.org",
            outside_phone=None,
            at=NOON,
        )
    assert set(refusal.value.faults) == {"outside_email", "outside_phone"}
    help_contacts.set_help_contacts(
        session,
        actor,
        programme,
        duty_phone="+1 555 0100",
        outside_name="Ms Out",
        outside_email="out@example.net",
        outside_phone="+1 555 0101",
        at=NOON,
    )
    _ask(session, staying, named=Named(accounts=[_public_id(session, lead)]), key="b" * 32)
    assert _mails(session) == [("help_outside", "out@example.net")]
    body = session.exec(select(OutboxMail.body).where(OutboxMail.template == "help_outside")).one()
    assert "Kanarie" not in body
    call = help_contacts.whom_to_call(session, staying.one.student, programme)
    assert (call.nation, call.outside_phone, call.is_seen_inside) == ("GR", "+1 555 0101", True)
    assert call.numbers is not None
    assert call.numbers.everything == "112"
    # Whoever becomes a lead now, and is not named, sees both.
    fresh = staff(session, staying, Role.SAFEGUARDING_LEAD, "fresh")
    assert len(incidents.list_incidents(session, fresh)) == 2
    assert incident in incidents.list_incidents(session, fresh)


def test_button_pressed_twice_asks_once_and_nothing_has_to_be_said(
    session: Session, staying: Staying, lead: Actor
) -> None:
    first, again = (_ask(session, staying, text=None) for _ in range(2))
    assert first == again
    assert _ask(session, staying, key="b" * 32, host=True).reporter is Reporter.HOST
    assert len(incidents.list_incidents(session, lead)) == 2
    assert [one.entry.text for one in incident_entries.entries_of(session, first)] == [None]


def test_contact_details_are_hidden_from_both_sides_until_a_lead_decides(
    session: Session, staying: Staying, lead: Actor
) -> None:
    def rungs() -> list[tuple[Rung, bool]]:
        one = reload(session, staying.one)
        seen = (
            disclosures.disclose(session, one, party, NOON) for party in (Party.STUDENT, Party.HOST)
        )
        return [(each.rung, bool(each.contact)) for each in seen]

    assert rungs() == [(Rung.CONTACT, True)] * 2
    incident = _ask(session, staying)
    assert rungs() == [(Rung.FIRST_NAME, False)] * 2
    _decide(session, lead, incident, IncidentOutcome.WATCHED, shows_contact=False)
    assert rungs() == [(Rung.FIRST_NAME, False)] * 2
    _decide(session, lead, incident)
    assert rungs() == [(Rung.CONTACT, True)] * 2


def test_named_host_is_kept_from_their_other_guest_too(session: Session) -> None:
    staying = make_staying(session, pairs=2)
    incident = _ask(session, staying, named=Named(host=True))
    named = session.exec(select(IncidentPerson.application_id)).all()
    assert named == [staying.one.host.id]
    other = disclosures.disclose(session, staying.placed[1], Party.HOST, NOON)
    assert other.rung is Rung.CONTACT
    assert incident.is_frozen


def test_lead_is_late_after_an_hour_and_after_a_day_and_is_written_to_once_each(
    session: Session, staying: Staying, lead: Actor
) -> None:
    incident = _ask(session, staying)
    assert (incident.acknowledge_by, incident.decide_by) == (NOON + HOUR, NOON + 24 * HOUR)
    for minutes in (30, 60, 61, 62, 24 * 60, 24 * 60 + 1, 48 * 60):
        incidents.watch(session, NOON + timedelta(minutes=minutes))
    assert (
        _mails(session)
        == [("help_asked", "lead@example.org")] + [("help_late", "lead@example.org")] * 2
    )
    incidents.acknowledge(session, lead, incident, NOON + 49 * HOUR)
    assert incidents.late(session, NOON + 50 * HOUR) == [incident]
    _decide(session, lead, incident)
    assert incidents.late(session, NOON + 50 * HOUR) == []


def test_acknowledged_in_time_is_not_late_before_a_day(
    session: Session, staying: Staying, lead: Actor
) -> None:
    incident = _ask(session, staying)
    incidents.acknowledge(session, lead, incident, NOON + HOUR)
    incidents.acknowledge(session, lead, incident, NOON + 2 * HOUR)
    assert incident.acknowledged_at == NOON + HOUR
    assert incidents.late(session, NOON + 23 * HOUR) == []


def test_decision_needs_reasons_and_the_moment_an_authority_was_told(
    session: Session, staying: Staying, lead: Actor
) -> None:
    incident = _ask(session, staying)
    how = {"outcome": IncidentOutcome.AUTHORITY, "shows_contact": False, "at": NOON}
    with pytest.raises(InvalidInput) as refusal:
        incidents.decide(session, lead, incident, text="short", told_at=None, **how)
    assert set(refusal.value.faults) == {"text", "told_on"}
    with pytest.raises(InvalidInput):
        incidents.decide(session, lead, incident, text=WHY, told_at=NOON + DAY, **how)
    assert incident.state is IncidentState.REPORTED
    incidents.decide(session, lead, incident, text=WHY, told_at=NOON - HOUR, **how)
    assert (incident.state, incident.told_at) == (IncidentState.DECIDED, NOON - HOUR)
    incidents.add_note(session, lead, incident, "The police called back.", NOON)
    assert [one.entry.kind for one in incident_entries.entries_of(session, incident)] == [
        EntryKind.REPORTED,
        EntryKind.ACKNOWLEDGED,
        EntryKind.DECIDED,
        EntryKind.NOTE,
    ]


def test_no_service_changes_or_removes_an_entry(
    session: Session, staying: Staying, lead: Actor
) -> None:
    incident = _ask(session, staying)
    before = _rows(session)
    incidents.add_note(session, lead, incident, "One more", NOON)
    _decide(session, lead, incident)
    _decide(session, lead, incident, IncidentOutcome.WATCHED)
    assert _rows(session)[: len(before)] == before
    assert incident.outcome is IncidentOutcome.WATCHED


def _rows(session: Session) -> list[tuple[object, ...]]:
    session.flush()
    table = IncidentEntry.__table__  # type: ignore[attr-defined]
    return [tuple(row) for row in session.connection().execute(sa.select(table).order_by("id"))]


def test_nothing_of_an_incident_is_in_anybodys_data_or_trail(
    session: Session, staying: Staying, lead: Actor
) -> None:
    _ask(session, staying, named=Named(host=True))
    for one in (staying.one.student, staying.one.host):
        told = str(my_data.everything_about(session, owner(one), NOON))
        assert "incident" not in told
        assert "Kanarie" not in told
    events = session.exec(select(AuditEvent).where(col(AuditEvent.action).like("incident:%"))).all()
    assert [(one.actor, one.subject_kind, one.programme_id) for one in events] == [
        ("participant", "incident", None)
    ]
    others = select(AuditEvent).where(col(AuditEvent.subject_kind) != "incident")
    assert not [one for one in session.exec(others) if "incident" in str(one.facts)]
    assert audit.first_broken_event(session) is None
    assert lead.account_id is not None


@pytest.mark.parametrize("is_host", [True, False])
def test_erasure_of_whom_it_touches_waits_for_the_documented_word_of_a_lead(
    session: Session, staying: Staying, lead: Actor, is_host: bool
) -> None:
    incident = _ask(session, staying, named=Named(host=True))
    mine = staying.one.host if is_host else staying.one.student
    person = session.get_one(Application, mine.id)
    assert erasure.erase(session, owner(person), person, NOON) is False
    assert erasure.erase(session, owner(person), person, NOON + HOUR) is False
    assert person.erased_at is None
    assert incident_waits.wishes(session, incident) == [person]
    assert _mails(session).count(("erasure_waits", "lead@example.org")) == 1
    how = {"text": WHY, "at": NOON + 2 * HOUR}
    with pytest.raises(InvalidInput):
        incident_erasures.decide_erasure(
            session, lead, incident, person, allows=True, text="no", at=NOON
        )
    with pytest.raises(NotFound):
        incident_erasures.decide_erasure(
            session, staying.office.actor, incident, person, allows=True, **how
        )
    refused = incident_erasures.decide_erasure(session, lead, incident, person, allows=False, **how)
    assert (refused, person.erased_at) == (False, None)
    with pytest.raises(Conflict):
        incident_erasures.decide_erasure(session, lead, incident, person, allows=True, **how)
    assert erasure.erase(session, owner(person), person, NOON + 3 * HOUR) is False
    assert incident_erasures.decide_erasure(session, lead, incident, person, allows=True, **how)
    session.refresh(person)
    assert person.erased_at is not None
    # The leads still answer for what they did, in an incident that leads to nobody.
    kept = incidents.get_incident(session, lead, incident.public_id)
    assert len(incident_entries.entries_of(session, kept)) >= 5


def test_erasure_waits_for_every_incident_and_for_none_that_is_decided(
    session: Session, staying: Staying, lead: Actor
) -> None:
    first, second = (_ask(session, staying, key=one * 32) for one in "cd")
    person = session.get_one(Application, staying.one.student.id)
    assert erasure.erase(session, owner(person), person, NOON) is False
    how = {"allows": True, "text": WHY, "at": NOON}
    assert not incident_erasures.decide_erasure(session, lead, first, person, **how)
    _decide(session, lead, second)
    assert erasure.erase(session, owner(person), person, NOON) is True
    session.refresh(person)
    assert person.erased_at is not None


def test_relocation_is_asked_of_the_office_and_hidden_from_whom_it_names(
    session: Session, staying: Staying, lead: Actor
) -> None:
    actor = staying.office.actor
    incident = _ask(session, staying)
    assert incident_moves.asked_in(session, actor, staying.cycle) == []
    _decide(session, lead, incident, IncidentOutcome.RELOCATION)
    found = incident_moves.asked_in(session, actor, staying.cycle)
    assert [one.offer_id for one in found] == [staying.one.offer.public_id]
    assert ("relocation_asked", "office@example.org") in _mails(session)
    incidents.name_account(session, lead, incident, _public_id(session, actor), NOON)
    assert incident_moves.asked_in(session, actor, staying.cycle) == []
    assert incident_moves.asked_in(session, lead, staying.cycle) == []


def test_staff_report_for_somebody_and_do_not_see_it_again(
    session: Session, staying: Staying, lead: Actor
) -> None:
    actor, about = staying.office.actor, staying.one.student
    with pytest.raises(InvalidInput):
        incident_reports.report_for(
            session, actor, about, text=" ", named=Named(), key=KEY, at=NOON
        )
    incident = incident_reports.report_for(
        session, actor, about, text="She cried.", named=Named(guardian=True), key=KEY, at=NOON
    )
    with pytest.raises(NotFound):
        incidents.get_incident(session, actor, incident.public_id)
    assert [one.entry.kind for one in incident_entries.entries_of(session, incident)] == [
        EntryKind.REPORTED,
        EntryKind.GUARDIAN_NAMED,
    ]
    auditor = staff(session, staying, Role.AUDITOR, "auditor")
    with pytest.raises(Forbidden):
        incident_reports.report_for(
            session, auditor, about, text="She cried.", named=Named(), key=KEY, at=NOON
        )
    assert incidents.list_incidents(session, lead) == [incident]
