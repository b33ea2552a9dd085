"""What was written to somebody stands on their page, and on the staff's, without its link."""

import re

import sqlalchemy as sa
from sqlmodel import select

from exchange.config import Settings
from exchange.jobs.mail_sender import send_due_mails
from exchange.records import Application, AuditEvent, OutboxMail
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.world import World

TOKEN = re.compile(r"/(?:application|guardian|resume)/open/([\w-]+)")


def _tokens(engine: sa.Engine) -> set[str]:
    with open_session(engine, writes=False) as db:
        bodies = db.exec(select(OutboxMail.body)).all()
    return {found for body in bodies for found in TOKEN.findall(body)}


def test_applicant_reads_what_was_sent_without_the_link(
    enter: Enter, world: World, engine: sa.Engine, settings: Settings
) -> None:
    tokens = _tokens(engine)
    assert tokens
    visitor = enter(application_id=world.own.minor_id)
    before = visitor.get("/application/messages")
    assert "On its way" in before.text
    send_due_mails(settings)
    status = visitor.get("/application")
    assert any(a.attrs.get("href") == "/application/messages" for a in status.tree.all("a"))
    page = visitor.get("/application/messages")
    assert "We have received your application" in page.text
    assert "Your application has arrived" in page.text
    assert "[Here stood a link that works once.]" in page.text
    assert "On its way" not in page.text
    # What went to the guardian is the guardian's.
    assert "A question that only you can answer" not in page.text
    html = page.response.get_data(as_text=True)
    assert not [one for one in tokens if one in html]


def test_guardian_reads_what_was_sent_to_them_alone(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    page = enter(guardian_id=world.own.guardian_id).get("/guardian/messages")
    assert "A question that only you can answer" in page.text
    assert "We have received your application" not in page.text
    with open_session(engine) as db:
        mail = db.exec(
            select(OutboxMail).where(
                OutboxMail.application_id == world.own.minor_id,
                OutboxMail.template == "guardian_asked",
            )
        ).one()
        mail.recipient = "the.other.guardian@example.org"
        db.add(mail)
        db.commit()
    page = enter(guardian_id=world.own.guardian_id).get("/guardian/messages")
    assert "A question that only you can answer" not in page.text


def test_staff_see_to_whom_everything_was_written(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    desk = enter(account_id=world.accounts["reviewer"])
    address = f"/applications/{world.own.minor}/messages"
    shown = desk.get(f"/applications/{world.own.minor}")
    assert any(a.attrs.get("href") == address for a in shown.tree.all("a"))
    page = desk.get(address)
    with open_session(engine, writes=False) as db:
        looks = db.exec(
            select(AuditEvent.subject_id).where(AuditEvent.action == "application:viewed")
        )
        # Both pages are one look of the day.
        assert looks.all() == [world.own.minor]
    assert "guardian@example.org" in page.text and "sal@example.org" in page.text
    html = page.response.get_data(as_text=True)
    assert not [one for one in _tokens(engine) if one in html]
    assert enter(account_id=world.accounts["auditor"]).get(address).status == 403
    assert enter(account_id=world.accounts["coordinator elsewhere"]).get(address).status == 404


def test_mail_of_before_texts_were_kept_says_so(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as db:
        for mail in db.exec(select(OutboxMail)):
            mail.kept = None
            db.add(mail)
        db.commit()
        assert db.get_one(Application, world.own.minor_id)
    page = enter(application_id=world.own.minor_id).get("/application/messages")
    assert "The text of this mail is not kept." in page.text


def test_mail_that_only_a_few_may_know_of_is_on_no_page(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as db:
        mail = db.exec(
            select(OutboxMail).where(
                OutboxMail.application_id == world.own.minor_id, OutboxMail.template == "received"
            )
        ).one()
        mail.template = "sign_in_changed"
        db.add(mail)
        db.commit()
    words = "We have received your application"
    desk = enter(account_id=world.accounts["coordinator"])
    page = desk.get(f"/applications/{world.own.minor}/messages")
    assert "guardian@example.org" in page.text and words not in page.text
    own = enter(application_id=world.own.minor_id).get("/application/messages")
    assert words not in own.text


def test_look_at_what_was_written_is_on_record(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    enter(account_id=world.accounts["reviewer"]).get(f"/applications/{world.own.minor}/messages")
    with open_session(engine, writes=False) as db:
        looks = db.exec(select(AuditEvent).where(AuditEvent.action == "application:viewed")).all()
    assert [one.subject_id for one in looks] == [world.own.minor]
