"""The contact log: noted, corrected, due, told once, by caseload, and gone with its person."""

import random
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.contact_schedule import (
    ClockKind,
    ContactKind,
    ContactOutcome,
    Side,
    Stage,
)
from exchange.domain.placement import RelocationReason
from exchange.domain.roles import Role
from exchange.domain.rule_packs import PackName
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound, SafetyRefusal
from exchange.records import (
    Account,
    Application,
    ContactAlert,
    ContactEntry,
    Host,
    Offer,
    OutboxMail,
    Relocation,
    Student,
)
from exchange.services import (
    caseloads,
    contact_clocks,
    contact_reminders,
    contacts,
    erasure,
    leaving,
    my_data,
    rematches,
)
from exchange.services.actor import SYSTEM, Actor
from tests.services.people import make_office, told
from tests.services.staying import (
    DAY,
    FIRST,
    NOON,
    Staying,
    make_staying,
    owner,
    reload,
    speak,
    staff,
)

STUDENT, HOST = Side.STUDENT, Side.HOST


@pytest.fixture
def staying(session: Session) -> Staying:
    return make_staying(session)


def _due(session: Session, staying: Staying, day: int) -> list[tuple[ClockKind, Stage, int]]:
    found = contact_clocks.due_in(session, staying.office.actor, staying.cycle, NOON + day * DAY)
    return [(c.kind, c.stage, c.days_over) for one in found.stays for c in one.clocks]


def _remind(session: Session, staying: Staying, at: datetime) -> None:
    seen = contact_reminders.look(session, staying.cycle.id, at)
    contact_reminders.remind(session, seen, at)


def _mails(session: Session) -> list[tuple[str, str]]:
    query = select(OutboxMail).where(col(OutboxMail.template).like("contacts_%"))
    return [
        (one.template, one.recipient) for one in session.exec(query.order_by(col(OutboxMail.id)))
    ]


def _give(
    session: Session, staying: Staying, account_id: str | None, actor: Actor | None = None
) -> None:
    """Have somebody look after the first student."""
    one = [staying.one.student.public_id]
    caseloads.assign(session, actor or staying.office.actor, staying.cycle, one, account_id, NOON)


def test_contact_restarts_its_clock_and_a_correction_takes_it_back(
    session: Session, staying: Staying
) -> None:
    assert _due(session, staying, 27) == []
    assert {kind for kind, _s, _d in _due(session, staying, 28)} == {
        ClockKind.STUDENT_MONTHLY,
        ClockKind.HOST_MONTHLY,
    }
    speak(session, staying, 20, side=HOST, kind=ContactKind.PHONE)
    entry = speak(session, staying, 25)
    assert _due(session, staying, 45) == []
    contacts.correct(
        session,
        staying.office.actor,
        entry,
        reload(session, staying.one),
        kind=ContactKind.VIDEO,
        on=FIRST + 25 * DAY,
        outcome=ContactOutcome.ALL_WELL,
        note="It was by video.",
        at=NOON + 26 * DAY,
    )
    # Nobody has met the student, so the call does not count.
    assert _due(session, staying, 45) == [(ClockKind.STUDENT_MONTHLY, Stage.ESCALATED, 15)]
    assert [line.is_corrected for line in contacts.log_of(session, staying.one)] == [
        False,
        True,
        False,
    ]
    assert told(session).count("contact:note") == 2
    assert told(session).count("contact:correct") == 1


def test_entry_is_corrected_once_and_never_to_nothing_of_its_own(
    session: Session, staying: Staying
) -> None:
    entry = speak(session, staying, 5)
    how = {"kind": ContactKind.IN_PERSON, "on": FIRST, "note": None, "at": NOON + 6 * DAY}
    one, actor = staying.one, staying.office.actor
    contacts.correct(session, actor, entry, one, outcome=ContactOutcome.NOT_HELD, **how)
    with pytest.raises(Conflict, match="corrected already"):
        contacts.correct(session, actor, entry, one, outcome=ContactOutcome.ALL_WELL, **how)
    session.expire_all()
    assert len(session.exec(select(ContactEntry)).all()) == 2
    assert {kind for kind, _s, _d in _due(session, staying, 31)} == {
        ClockKind.STUDENT_MONTHLY,
        ClockKind.HOST_MONTHLY,
    }


def test_contact_needs_a_day_of_the_stay_that_has_come(session: Session, staying: Staying) -> None:
    with pytest.raises(InvalidInput) as future:
        contacts.note_contact(
            session,
            staying.office.actor,
            staying.one,
            side=STUDENT,
            kind=ContactKind.PHONE,
            on=FIRST + DAY,
            outcome=ContactOutcome.ALL_WELL,
            note="x" * 1001,
            at=NOON,
        )
    assert set(future.value.faults) == {"on", "note"}
    with pytest.raises(InvalidInput) as early:
        speak(session, staying, -1)
    assert set(early.value.faults) == {"on"}
    with pytest.raises(Forbidden):
        speak(session, staying, 1, actor=staying.office.second)


def test_nobody_notes_a_contact_with_their_own_home(session: Session, staying: Staying) -> None:
    account = session.get_one(Account, staying.office.actor.account_id)
    host = session.get_one(Host, staying.one.host.host_id)
    host.email = account.email
    session.add(host)
    session.flush()
    with pytest.raises(SafetyRefusal):
        speak(session, staying, 1)


def test_local_coordinator_sees_and_notes_only_their_own_caseload(session: Session) -> None:
    staying = make_staying(session, pairs=2)
    local = staff(session, staying, Role.LOCAL_COORDINATOR, "Local")
    other = staying.placed[1]
    with pytest.raises(NotFound):
        contacts.get_placement(session, local, staying.one.offer.public_id)
    chosen = next(
        c for c in caseloads.colleagues(session, staying.office.programme.id) if c.name == "Local"
    )
    _give(session, staying, chosen.public_id)
    assert contacts.get_placement(session, local, staying.one.offer.public_id) == staying.one
    with pytest.raises(NotFound):
        contacts.get_placement(session, local, other.offer.public_id)
    due = contact_clocks.due_in(session, local, staying.cycle, NOON + 40 * DAY).stays
    assert [one.stay.offer_id for one in due] == [staying.one.offer.public_id]
    speak(session, staying, 41, actor=local)
    with pytest.raises(InvalidInput):
        _give(session, staying, "0" * 32)
    with pytest.raises(Forbidden):
        _give(session, staying, None, actor=local)
    _give(session, staying, None)
    assert caseloads.who_looks_after(session, staying.one.student) is None


def test_staff_are_told_once_on_day_28_and_leads_on_day_35(
    session: Session, staying: Staying
) -> None:
    lead = staff(session, staying, Role.SAFEGUARDING_LEAD, "lead")
    keeper = staff(session, staying, Role.LOCAL_COORDINATOR, "keeper")
    chosen = next(
        c for c in caseloads.colleagues(session, staying.office.programme.id) if c.name == "keeper"
    )
    _give(session, staying, chosen.public_id)
    assert (lead.account_id, keeper.account_id) == (lead.account_id, chosen.account_id)
    for day in range(40):
        _remind(session, staying, NOON + day * DAY)
        _remind(session, staying, NOON + day * DAY + timedelta(hours=1))
        if day == 27:
            assert _mails(session) == []
        if day == 34:
            assert _mails(session) == [("contacts_due", "keeper@example.org")]
    assert _mails(session) == [
        ("contacts_due", "keeper@example.org"),
        ("contacts_overdue", "lead@example.org"),
    ]
    mail = session.exec(select(OutboxMail).where(OutboxMail.template == "contacts_due")).one()
    assert "contacts are due: 2." in mail.body
    for word in ("Student", "Host", "Neighbours", "TR", "GR"):
        assert word not in mail.subject + mail.body
    speak(session, staying, 40)
    speak(session, staying, 40, side=HOST)
    for day in range(41, 69):
        _remind(session, staying, NOON + day * DAY)
    assert _mails(session)[2:] == [("contacts_due", "keeper@example.org")]


def test_reminders_missed_while_the_worker_was_down_are_sent_then(
    session: Session, staying: Staying
) -> None:
    _remind(session, staying, NOON + 50 * DAY)
    # Nobody looks after the student and there is no lead: the office hears of both.
    assert _mails(session) == [
        ("contacts_due", "office@example.org"),
        ("contacts_overdue", "office@example.org"),
    ]
    assert len(session.exec(select(ContactAlert)).all()) == 4


def test_what_the_database_picks_is_exactly_what_the_calendar_says(session: Session) -> None:
    """Random logs of many stays, over the whole year, in a pack with and without second visits."""
    staying = make_staying(session, pairs=12, days=250)
    chance = random.Random(7)
    for one in staying.placed:
        guest = session.get_one(Student, one.student.student_id)
        if chance.randrange(3) == 0:
            guest.arrive_on = FIRST + chance.randrange(40) * DAY
            guest.depart_on = FIRST + chance.randrange(60, 250) * DAY
        session.add(guest)
        if chance.randrange(3) == 0:
            session.add(
                Relocation(
                    cycle_id=staying.cycle.id,
                    student_id=one.student.student_id,
                    from_host_id=staying.placed[0].host.host_id,
                    to_host_id=one.host.host_id,
                    reason=RelocationReason.OTHER,
                    moved_at=NOON + chance.randrange(100) * DAY,
                )
            )
        every = chance.choice((10, 25, 32, 45))
        for day in range(250):
            if chance.randrange(every) == 0:
                session.add(
                    ContactEntry(
                        application_id=chance.choice((one.student.id, one.host.id)),
                        met_on=FIRST + day * DAY,
                        kind=chance.choice(list(ContactKind)),
                        outcome=ContactOutcome.ALL_WELL,
                        is_independent=bool(chance.randrange(2)),
                    )
                )
    session.flush()
    entries = session.exec(select(ContactEntry.id)).all()
    for entry in chance.sample(list(entries), len(entries) // 5):
        old = session.get_one(ContactEntry, entry)
        session.add(
            ContactEntry(
                application_id=old.application_id,
                met_on=old.met_on + chance.choice((0, 3)) * DAY,
                kind=old.kind,
                outcome=chance.choice((ContactOutcome.NOT_HELD, ContactOutcome.ALL_WELL)),
                corrects_id=old.id,
            )
        )
    session.flush()
    actor = staying.office.actor
    seen = 0
    for pack in (PackName.PLAIN, PackName.US_J1):
        staying.cycle.rule_pack = pack
        session.add(staying.cycle)
        session.flush()
        for day in range(0, 255, 3):
            at = NOON + day * DAY
            picked = {
                one.stay.offer_id: one.clocks
                for one in contact_clocks.due_in(session, actor, staying.cycle, at).stays
            }
            whole = {}
            for one in staying.placed:
                # As of this day: what is noted later does not exist yet.
                stay = contacts.stay_of(session, one)
                assert stay is not None
                clocks = contact_clocks.clocks_of_stay(session, staying.cycle, stay, at)
                late = tuple(one for one in clocks if one.stage is not Stage.IN_TIME)
                if late:
                    whole[one.offer.public_id] = late
            future = _with_later_contacts(session, staying, day)
            assert {k: v for k, v in picked.items() if k not in future} == {
                k: v for k, v in whole.items() if k not in future
            }
            seen += len(picked)
    assert seen > 300


def _with_later_contacts(session: Session, staying: Staying, day: int) -> set[str]:
    """Nobody notes a contact before it took place; stays that have such ones are left out."""
    later = set(
        session.exec(
            select(ContactEntry.application_id).where(ContactEntry.met_on > FIRST + day * DAY)
        )
    )
    return {one.offer.public_id for one in staying.placed if {one.student.id, one.host.id} & later}


def test_desk_looks_at_so_many_stays_and_says_that_there_are_more(session: Session) -> None:
    staying = make_staying(session, pairs=4)
    for day, one in enumerate(staying.placed[:3], start=1):
        speak(session, staying, day, one=one)
    at = NOON + 50 * DAY
    found = contact_clocks.due_in(session, staying.office.actor, staying.cycle, at, most=2)
    assert found.is_cut
    # Of whom nobody has heard longest stands first.
    assert [one.stay.offer_id for one in found.stays] == [
        staying.placed[n].offer.public_id for n in (3, 0)
    ]


def test_desk_goes_by_the_kept_days_and_misses_nothing_that_is_noted_or_corrected(
    session: Session,
) -> None:
    staying = make_staying(session, pairs=3)
    actor, cycle = staying.office.actor, staying.cycle
    chance = random.Random(11)
    seen = 0
    for day in range(120):
        at = NOON + day * DAY
        _remind(session, staying, at)
        for one in staying.placed:
            if chance.randrange(40) == 0:
                entry = speak(session, staying, day, one=one, side=chance.choice(list(Side)))
                if chance.randrange(2):
                    contacts.correct(
                        session,
                        actor,
                        entry,
                        one,
                        kind=ContactKind.PHONE,
                        on=entry.met_on - min(day, 3) * DAY,
                        outcome=chance.choice((ContactOutcome.NOT_HELD, ContactOutcome.WATCH)),
                        note=None,
                        at=at,
                    )
        whole = contact_clocks.due_in(session, actor, cycle, at).stays
        assert contact_clocks.due_in(session, actor, cycle, at, most=9).stays == whole
        seen += len(whole)
    assert seen > 20
    looks = session.exec(select(Offer.next_look_on)).all()
    assert None not in looks or len(set(looks)) > 1


def test_log_is_told_to_its_person_and_goes_with_them(session: Session, staying: Staying) -> None:
    speak(session, staying, 3, note="Kanarie is homesick")
    speak(session, staying, 3, side=HOST, note="Another story")
    _remind(session, staying, NOON + 40 * DAY)
    student = session.get_one(Application, staying.one.student.id)
    mine = my_data.everything_about(session, owner(student), NOON)["records"]["contact_entry"]
    assert [(one["note"], one["kind"], one["met_on"]) for one in mine] == [
        ("Kanarie is homesick", "in_person", "2027-07-04")
    ]
    erasure.erase(session, owner(student), student, NOON + 40 * DAY)
    notes = session.exec(select(ContactEntry.note)).all()
    assert notes == ["Another story"]
    alerts = session.exec(select(ContactAlert.application_id)).all()
    assert set(alerts) == {staying.one.host.id}
    left = session.connection().execute(sa.text("SELECT count(*) FROM caseload")).scalar()
    assert left == 0


def test_relocation_begins_with_a_reason_and_keeps_the_two_apart(
    session: Session, staying: Staying
) -> None:
    actor, one = staying.office.actor, staying.one
    run = leaving.begin_relocation(
        session,
        actor,
        one,
        reason=RelocationReason.INCOMPATIBILITY,
        words="They do not get on at all.",
        at=NOON,
    )
    state = rematches.state_of_run(session, actor, run, NOON)
    assert list(state.troubles) == [one.student.public_id]
    with pytest.raises(Conflict, match="decided already"):
        leaving.begin_relocation(
            session,
            actor,
            one,
            reason=RelocationReason.OTHER,
            words="They do not get on at all.",
            at=NOON,
        )
    with pytest.raises(Forbidden):
        leaving.begin_relocation(
            session,
            staff(session, staying, Role.LOCAL_COORDINATOR, "Local"),
            one,
            reason=RelocationReason.OTHER,
            words="They do not get on at all.",
            at=NOON,
        )
    assert told(session).count("offer:leave") == 1


def test_system_sees_every_stay_and_an_office_only_its_own(
    session: Session, staying: Staying
) -> None:
    elsewhere = make_office(session, "Elsewhere").actor
    at = NOON + 40 * DAY
    with pytest.raises(NotFound):
        contact_clocks.due_in(session, elsewhere, staying.cycle, at)
    with pytest.raises(NotFound):
        contacts.get_placement(session, elsewhere, staying.one.offer.public_id)
    assert len(contact_clocks.due_in(session, SYSTEM, staying.cycle, at).stays) == 1
