"""Checks of many hosts at once: what is due, and all of a batch noted, or none."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import NotFound
from exchange.records import Application, AuditEvent, ScreeningCheck
from exchange.services import applications, bulk_checks, households
from exchange.services.bulk_checks import Entry, count_due, list_due, note_checks
from exchange.services.checks import NewCheck
from tests.services.people import AT, Office, approve, host, make_office, sign_up

PEOPLE = [{"birth_on": "1980-01-01"}, {"birth_on": "1982-01-01"}, {"birth_on": "2015-01-01"}]


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


@pytest.fixture
def homes(session: Session, office: Office) -> list[Application]:
    """One household that is listed, one that was counted, and one that is cleared."""
    found = [
        sign_up(session, office, host(1, adults=None, members=PEOPLE)),
        sign_up(session, office, host(2, adults=2)),
        sign_up(session, office, host(3)),
    ]
    approve(session, office, found[2])
    return found


def _check(person: int | None = 1, **changes: object) -> NewCheck:
    values = {
        "kind": CheckKind.BACKGROUND,
        "outcome": CheckOutcome.PASS,
        "issuer": "Police",
        "done_on": AT.date(),
        "person": person,
    }
    return NewCheck(**values | changes)  # type: ignore[arg-type]


def _due(session: Session, office: Office) -> list[tuple[int, str, int | None]]:
    return [
        (one.details.application.id, one.kind.value, one.person)
        for one in list_due(session, office.actor, office.cycle, AT)
    ]


def test_due_are_the_checks_that_stand_in_the_way(
    session: Session, office: Office, homes: list[Application]
) -> None:
    due = _due(session, office)
    first, second, third = (one.id for one in homes)
    assert [one for one in due if one[1] == "background"] == [
        (first, "background", 1),
        (first, "background", 2),
        (second, "background", 1),
        (second, "background", 2),
    ]
    assert not [one for one in due if one[0] == third]
    counts = count_due(list_due(session, office.actor, office.cycle, AT))
    assert counts[CheckKind.BACKGROUND] == 4
    assert counts[CheckKind.REFERENCE_1] == counts[CheckKind.REFERENCE_2] == 2


def test_batch_is_noted_and_due_no_more(
    session: Session, office: Office, homes: list[Application]
) -> None:
    entries = [
        Entry(homes[0].public_id, _check(1)),
        Entry(homes[0].public_id, _check(2)),
        Entry(homes[1].reference, _check(1, reference="B-1")),
        Entry(homes[0].public_id, _check(None, kind=CheckKind.INTERVIEW)),
    ]
    assert note_checks(session, office.actor, office.cycle, entries, AT) == (4, {})
    due = _due(session, office)
    assert [one for one in due if one[1] == "background"] == [(homes[1].id, "background", 2)]
    assert (homes[0].id, "interview", None) not in due
    before = len(session.exec(select(ScreeningCheck)).all())
    assert note_checks(session, office.actor, office.cycle, entries, AT) == (0, {})
    assert len(session.exec(select(ScreeningCheck)).all()) == before


def test_any_fault_is_told_at_its_entry_and_nothing_is_noted(
    session: Session, office: Office, homes: list[Application]
) -> None:
    before = len(session.exec(select(ScreeningCheck)).all())
    events = len(session.exec(select(AuditEvent)).all())
    tomorrow = AT.date() + timedelta(days=1)
    entries = [
        Entry(homes[0].public_id, _check(1)),
        Entry(homes[0].public_id, _check(9, done_on=tomorrow)),
        Entry("nobody", _check(1)),
        Entry(homes[1].public_id, _check(None, kind=CheckKind.INSURANCE)),
    ]
    count, faults = note_checks(session, office.actor, office.cycle, entries, AT)
    assert count == 0
    assert {place: sorted(by_field) for place, by_field in faults.items()} == {
        1: ["done_on", "person"],
        2: ["host_id"],
        3: ["kind"],
    }
    session.expire_all()
    assert len(session.exec(select(ScreeningCheck)).all()) == before
    assert len(session.exec(select(AuditEvent)).all()) == events


def test_check_is_of_the_person_whom_the_page_showed(
    session: Session, office: Office, homes: list[Application]
) -> None:
    details = applications.details_of(session, homes[0])
    first, second, _third = details.members
    households.move_out(
        session, office.actor, details, first.id, left_on=AT.date(), reason="Left", at=AT
    )
    entries = [
        Entry(homes[0].public_id, _check(None), second.id),
        Entry(homes[0].public_id, _check(None), first.id),
    ]
    _count, faults = note_checks(session, office.actor, office.cycle, entries, AT)
    assert list(faults) == [1]
    assert note_checks(session, office.actor, office.cycle, entries[:1], AT)[0] == 1
    noted = session.exec(select(ScreeningCheck).order_by(ScreeningCheck.id.desc())).first()  # type: ignore[union-attr]
    assert noted is not None
    assert noted.member_id == second.id


def test_other_programmes_find_nothing(
    session: Session, office: Office, homes: list[Application]
) -> None:
    elsewhere = make_office(session, "Elsewhere")
    with pytest.raises(NotFound, match="nothing at this address"):
        list_due(session, elsewhere.actor, office.cycle, AT)
    with pytest.raises(NotFound, match="nothing at this address"):
        note_checks(session, elsewhere.actor, office.cycle, [], AT)
    entry = Entry(homes[0].public_id, _check(1))
    _count, faults = note_checks(session, elsewhere.actor, elsewhere.cycle, [entry], AT)
    assert list(faults[0]) == ["host_id"]
    assert bulk_checks.count_due([]) == {}
