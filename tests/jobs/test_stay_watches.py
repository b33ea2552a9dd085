"""The worker's rounds: contacts once a day, and leads who are late, each told once."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.roles import Role
from exchange.jobs.incident_watch import watch_incidents
from exchange.jobs.placement_watch import watch_placements
from exchange.records import Cycle, Incident, Offer, OutboxMail
from exchange.records.session import open_session
from exchange.services import incident_reports
from exchange.services.incident_reports import Named
from tests.services.staying import DAY, make_staying, owner, staff


def _mails(engine: sa.Engine, like: str) -> list[str]:
    with open_session(engine, writes=False) as session:
        query = select(OutboxMail.template).where(col(OutboxMail.template).like(like))
        return list(session.exec(query.order_by(col(OutboxMail.id))))


def test_daily_look_reminds_and_keeps_when_to_look_again(
    session: Session, engine: sa.Engine, settings: Settings
) -> None:
    staying = make_staying(session)
    began = now().date() - 28 * DAY
    session.exec(
        update(Cycle)
        .where(col(Cycle.id) == staying.cycle.id)
        .values(stay_from_on=began, stay_to_on=began + 90 * DAY)
    )
    session.commit()
    session.close()
    assert [watch_placements(settings) for _ in range(2)] == [1, 0]
    assert _mails(engine, "contacts_%") == ["contacts_due"]
    with open_session(engine, writes=False) as again:
        assert again.exec(select(Offer.next_look_on)).one() == began + 28 * DAY


def test_lead_who_is_late_is_written_to_once(
    session: Session, engine: sa.Engine, settings: Settings
) -> None:
    staying = make_staying(session)
    staff(session, staying, Role.SAFEGUARDING_LEAD, "lead")
    person = owner(staying.one.student)
    incident_reports.ask_for_help(session, person, text=None, named=Named(), key="a" * 32, at=now())
    session.commit()
    assert watch_incidents(settings) == 0
    session.exec(update(Incident).values(acknowledge_by=now() - timedelta(minutes=1)))
    session.commit()
    session.close()
    assert [watch_incidents(settings) for _ in range(2)] == [1, 1]
    assert _mails(engine, "help_%") == ["help_asked", "help_late"]
