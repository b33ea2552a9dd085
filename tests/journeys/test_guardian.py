"""A guardian's pages in a real browser: by keyboard, and without a fault that axe knows.

The minor is one of the demonstration whom its file names; what a phone and a screen reader meet
is what is looked at here, the rules are tested elsewhere.
"""

import pytest
from playwright.sync_api import expect
from sqlmodel import col, select

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import ApplicationState
from exchange.records import Application, Guardian, LinkPurpose, Student
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import guardians, links
from exchange.services.actor import SYSTEM
from tests.journeys.conftest import PATIENCE_MS, Inspector, Service

GUARDIAN = "guardian.journey@example.org"

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_guardian_agrees_and_withdraws_by_keyboard(
    inspector: Inspector, service: Service, settings: Settings
) -> None:
    minor, status_link = _minor_with_guardian(settings)
    visit, page = inspector, inspector.page
    visit.open(service.link_mailed_to(GUARDIAN))
    visit.look("A question for a parent or guardian")
    visit.press_by_keyboard("See the question")
    visit.look()
    visit.press_by_keyboard("Answer")
    visit.look("Your answer")
    page.keyboard.press("Tab")
    page.get_by_label("Yes, I agree").focus()
    page.keyboard.press("Space")
    visit.press_by_keyboard("Send my answer")
    expect(page.locator("main")).to_contain_text("You have agreed", timeout=PATIENCE_MS)
    visit.look()
    visit.press_by_keyboard("Change what you consent to")
    visit.look("Change what you consent to")
    visit.press_by_keyboard("Save")
    visit.press_by_keyboard("I no longer agree")
    visit.look("No longer agree?")
    visit.press_by_keyboard("I no longer agree")
    expect(page.locator("main")).to_contain_text("You no longer agree", timeout=PATIENCE_MS)
    visit.press_by_keyboard("Change my answer")
    page.get_by_label("Yes, I agree").check()
    visit.press("Send my answer")
    visit.open("/guardian/link")
    visit.look("A new link for a parent or guardian")
    visit.press_by_keyboard("Close this page")

    visit.open(status_link)
    visit.press("Open my application")
    visit.look("Your application")
    visit.follow("See who has to agree")
    visit.look("Who has to agree")
    page.go_back()
    visit.follow("What you agree to, and how to change it")
    visit.look("What you agree to")
    page.context.clear_cookies()

    visit.open(service.coordinator_link)
    visit.press("Sign in")
    visit.open(f"/applications/{minor}/guardians")
    visit.look()
    expect(page.locator("main")).to_contain_text("1 of 1 agree", timeout=PATIENCE_MS)


def _minor_with_guardian(settings: Settings) -> tuple[str, str]:
    """Name a guardian of a waiting minor; return the minor's id and a link to the application."""
    engine = make_engine(settings.database_url)
    with open_session(engine) as session:
        application, student = session.exec(
            select(Application, Student)
            .join(Student, col(Application.student_id) == col(Student.id))
            .where(Application.state == ApplicationState.WAITING)
            .order_by(col(Application.id))
        ).first() or pytest.fail("no minor waits")
        student.guardian_name, student.guardian_email = "Guard Ian", GUARDIAN
        guardians.invite(session, SYSTEM, application, now())
        assert session.exec(select(Guardian).where(Guardian.email == GUARDIAN)).one()
        token = links.issue_link(
            session, purpose=LinkPurpose.STATUS, application_id=application.id, at=now()
        )
        session.commit()
        public_id = application.public_id
    engine.dispose()
    return public_id, f"/application/open/{token}"
