"""Files that are defined once: about whom, with what, and written by schedule."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.recipients import Recipient, Schedule
from exchange.domain.roles import Role
from exchange.errors import Forbidden, InvalidInput, NotFound
from exchange.jobs import export_writer
from exchange.records import Account, AuditEvent, Cycle, ExportDefinition, Membership
from exchange.records.session import open_session
from exchange.services import export_definitions
from exchange.services.actor import Actor
from tests.services.people import AT, Office, approve, finish, host, make_office, sign_up, student
from tests.services.people import start as start_run


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def define(session: Session, office: Office, **changes: Any) -> ExportDefinition:
    chosen: dict[str, Any] = {
        "name": "For the partner",
        "kind": "participants",
        "recipient": Recipient.SENDING_PARTNER,
        "party": "Lycée",
        "form": "programs",
        **changes,
    }
    return export_definitions.define(session, office.actor, office.cycle, at=AT, **chosen)


def table_of(session: Session, office: Office, one: ExportDefinition) -> list[dict[str, Any]]:
    table = export_definitions.defined_table(session, office.actor, one, key="k" * 64, at=AT)
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def test_partner_gets_its_own_students_alone(session: Session, office: Office) -> None:
    mine = sign_up(session, office, student(1, partner="Lycée", needs=["diet:halal"]))
    sign_up(session, office, student(2, partner="Gymnasium"))
    sign_up(session, office, student(3))
    rows = table_of(session, office, define(session, office))
    assert [row["student_id"] for row in rows] == [mine.public_id]
    assert rows[0]["family_name"] == "Number 1"
    assert not {"needs", "email", "birth_date"} & rows[0].keys()
    wide = define(
        session, office, name="With needs", granted=["needs"], reason="They book the meals"
    )
    assert table_of(session, office, wide)[0]["needs"] == "diet:halal"
    events = session.exec(select(AuditEvent).where(AuditEvent.action == "export:write")).all()
    assert [one.facts.get("granted") for one in events] == [[], ["needs"]]


def test_host_gets_its_own_guests_and_the_receiving_partner_those_of_its_hosts(
    session: Session, office: Office
) -> None:
    guest, other = sign_up(session, office, student(1)), sign_up(session, office, student(2))
    home = sign_up(session, office, host(1, group="Town"))
    for one in (guest, other, home):
        approve(session, office, one)
    finish(session, start_run(session, office), [other.public_id, home.public_id])
    for recipient, party, expected in (
        (Recipient.HOST, home.public_id, 1),
        (Recipient.HOST, "0" * 32, 0),
        (Recipient.RECEIVING_PARTNER, "Town", 1),
        (Recipient.RECEIVING_PARTNER, "Village", 0),
    ):
        one = define(
            session,
            office,
            name=f"{recipient.value} {party}",
            kind="rooming",
            recipient=recipient,
            party=party,
        )
        assert len(table_of(session, office, one)) == expected, (recipient, party)
    waiting = define(
        session, office, name="Waiting", kind="waiting-list", recipient=Recipient.OFFICE
    )
    assert [row["student_id"] for row in table_of(session, office, waiting)] == [guest.public_id]
    mobile = define(session, office, name="EWP", kind="mobilities", recipient=Recipient.OFFICE)
    rows = table_of(session, office, mobile)
    assert [(row["global_id"], row["receiving_country"]) for row in rows] == [
        (other.public_id, "GR")
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"kind": "hosts"}, "kind"),
        ({"kind": "everything"}, "kind"),
        ({"party": " "}, "party"),
        ({"granted": ["needs"]}, "reason"),
        ({"granted": ["given_name"], "reason": "Because"}, "granted"),
        ({"form": "pdf"}, "kind"),
    ],
)
def test_what_nobody_may_have_is_refused(
    session: Session, office: Office, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        define(session, office, **changes)
    assert field in refused.value.faults


def test_definition_is_of_one_programme_and_its_name_is_one_in_the_cycle(
    session: Session, office: Office
) -> None:
    one = define(session, office)
    with pytest.raises(InvalidInput, match="file of that name"):
        define(session, office)
    stranger = make_office(session, "Strangers").actor
    with pytest.raises(NotFound):
        export_definitions.get_definition(session, stranger, one.public_id)
    auditor = Actor(account_id=1, roles={office.programme.id: frozenset({Role.AUDITOR})})
    with pytest.raises(Forbidden):
        export_definitions.list_definitions(session, auditor, office.cycle)
    export_definitions.forget(session, office.actor, one.public_id, AT)
    assert export_definitions.list_definitions(session, office.actor, office.cycle) == []


def test_files_that_are_due_are_written_once_with_the_rights_of_the_day(
    engine: sa.Engine, settings: Settings
) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        sign_up(session, office, student(1, partner="Lycée"))
        daily = define(session, office, schedule=Schedule.DAILY)
        daily.next_at = now()
        define(session, office, name="Never")
        name, row_id, account = daily.public_id[:8], daily.id, daily.account_id
        session.commit()
    assert export_writer.write_due_exports(settings) == 1
    assert export_writer.write_due_exports(settings) == 0
    [path] = export_writer.folder_of(settings).iterdir()
    assert path.name.startswith(f"participants-{name}-")
    assert path.stat().st_mode & 0o077 == 0
    assert "Number 1" in path.read_text(encoding="utf-8")
    with open_session(engine) as session:
        again = session.get_one(ExportDefinition, row_id)
        assert again.next_at is not None
        assert again.last_at is not None
        assert again.next_at - again.last_at == timedelta(days=1)
        again.next_at = now()
        session.exec(sa.delete(Membership).where(Membership.account_id == account))  # type: ignore[call-overload,arg-type]
        session.commit()
    assert export_writer.write_due_exports(settings) == 0
    with open_session(engine, writes=False) as session:
        assert session.get_one(ExportDefinition, row_id).last_fault == "not_found"


def test_files_of_a_disabled_account_wait(session: Session, office: Office) -> None:
    define(session, office, schedule=Schedule.WEEKLY)
    assert len(export_definitions.due(session, AT)) == 1
    account = session.get_one(Account, office.actor.account_id)
    account.disabled_at = AT
    session.flush()
    assert export_definitions.due(session, AT) == []
    assert session.get(Cycle, office.cycle.id) is not None
