"""What is kept about an applicant: seen, taken along, corrected, erased, and who saw it."""

import json

import pytest
import sqlalchemy as sa
from sqlmodel import select

from exchange.domain.cycle import ApplicationState
from exchange.domain.screening import Section, SectionState
from exchange.records import Application, AuditEvent, Student
from exchange.records.session import open_session
from exchange.services import applications, screening, section_reviews, sections
from exchange.services.actor import SYSTEM
from tests.web.conftest import Enter
from tests.web.signup.way import STUDENT, begin, fill_in, links_of_tasks, send_off
from tests.web.visitor import Visitor
from tests.web.world import World

ADDRESSES = ("", "/file", "/seen", "/correct", "/erase")


def _sign_up(visitor: Visitor, engine: sa.Engine, world: World) -> int:
    """Sign up with the forms; return the row id of the application."""
    send_off(visitor, fill_in(visitor, begin(visitor, world.own.cycle), STUDENT))
    assert visitor.page is not None and visitor.page.path.endswith("/reference")
    with open_session(engine, writes=False) as session:
        found = session.exec(
            select(Application.id).join(Student).where(Student.email == STUDENT["contact"]["email"])
        ).one()
    return int(found)


@pytest.fixture
def applicant(visitor: Visitor, engine: sa.Engine, enter: Enter, world: World) -> Visitor:
    """Somebody who signed up with the forms and came back through the link."""
    return enter(application_id=_sign_up(visitor, engine, world))


def _row(engine: sa.Engine) -> tuple[Application, Student]:
    with open_session(engine, writes=False) as session:
        found = session.exec(
            select(Application, Student)
            .join(Student)
            .where(Student.email == STUDENT["contact"]["email"])
        ).one()
    return found[0], found[1]


@pytest.mark.parametrize("address", ADDRESSES)
def test_my_data_without_a_link_is_shown_to_nobody(
    enter: Enter, world: World, address: str
) -> None:
    for visitor in (enter(), enter(account_id=world.accounts["administrator"])):
        page = visitor.get(f"/application/data{address}", follow=False)
        assert page.response.headers["Location"] == "/application/link"


def test_download_holds_everything_and_no_secret(
    applicant: Visitor, engine: sa.Engine, world: World
) -> None:
    page = applicant.get("/application/data/file")
    assert page.response.mimetype == "application/json"
    disposition = page.response.headers["Content-Disposition"]
    assert disposition == 'attachment; filename="my-data.json"'
    told = json.loads(page.response.get_data(as_text=True))
    application, person = _row(engine)
    assert told["format"] == "exchange-my-data/1"
    assert told["application"]["reference"] == application.reference
    assert told["answers"]["given_name"] == person.given_name == "Anna"
    assert told["answers"]["birth_on"] == "2000-02-01"
    assert [mail["about"] for mail in told["mails"]] == ["received"]
    assert told["mails"][0]["to"] == "anna@example.org"
    assert [(one["action"], one["by"]) for one in told["events"]] == [("application:submit", "you")]
    typed = told["records"]["draft"][0]["data"]
    assert typed["about-you"]["given_name"] == ["Anna"]
    text = json.dumps(told)
    for secret in ("token_hash", "csrf_token", "idempotency_key", "salma@example.org"):
        assert secret not in text


def test_page_of_staff_is_noted_once_a_day_and_shown_by_role(
    applicant: Visitor, engine: sa.Engine, enter: Enter, world: World
) -> None:
    assert "Nobody has opened it" in applicant.get("/application/data/seen").text
    path = f"/applications/{_row(engine)[0].public_id}"
    for who in ("coordinator", "coordinator", "administrator", "coordinator elsewhere", "auditor"):
        status = enter(account_id=world.accounts[who]).get(path).status
        assert (status == 200) == (who in ("coordinator", "administrator"))
    with open_session(engine, writes=False) as session:
        actions = session.exec(
            select(AuditEvent.actor).where(AuditEvent.action == "application:viewed")
        ).all()
    expected = [f"account:{world.accounts[who]}" for who in ("coordinator", "administrator")]
    assert sorted(actions) == sorted(expected)
    page = applicant.get("/application/data/seen")
    lines = [dd.text() for dd in page.tree.all("dd")]
    assert lines == ["An administrator of this service", "A coordinator of the programme"]
    assert "account" not in page.text


def test_correct_opens_the_answers_and_sends_them_once_more(
    applicant: Visitor, engine: sa.Engine
) -> None:
    before, _person = _row(engine)
    applicant.get("/application/data/correct")
    tasks = applicant.send()
    assert tasks.path.endswith("/student/check")
    applicant.csrf = None
    page = applicant.get(tasks.path.replace("/check", "/about-you"))
    assert page.values()["given_name"] == "Anna"
    applicant.send({"given_name": "Änne"})
    assert _row(engine)[1].given_name == "Anna"
    applicant.get(tasks.path)
    assert applicant.page is not None
    page = send_off(applicant, applicant.page)
    assert page.path.endswith("/reference")
    application, person = _row(engine)
    assert (application.id, application.reference) == (before.id, before.reference)
    assert (person.given_name, application.version) == ("Änne", before.version + 1)


def test_status_of_a_returned_application_says_what_is_missing_and_lets_it_be_changed(
    applicant: Visitor, engine: sa.Engine
) -> None:
    application, _person = _row(engine)
    page = applicant.get("/application")
    assert "What is missing" not in page.text
    with open_session(engine) as session:
        screening.decide(
            session,
            SYSTEM,
            session.get_one(Application, application.id),
            state=ApplicationState.RETURNED,
            expected_version=application.version,
            reason="Tell us your school",
            at=application.submitted_at,
        )
        session.commit()
    page = applicant.get("/application")
    assert "Tell us your school" in page.text
    links = {a.text(): a.attrs["href"] for a in page.tree.all("a")}
    assert links["Change my answers and send them again"] == "/application/data/correct"


def _return(engine: sa.Engine, *which: Section) -> None:
    """Return some sections of the application, and approve the others."""
    with open_session(engine) as session:
        found = session.get_one(Application, _row(engine)[0].id)
        details = applications.details_of(session, found)
        for section in sections.sections_for(details):
            is_returned = section in which
            section_reviews.review_section(
                session,
                SYSTEM,
                details,
                section,
                state=SectionState.RETURNED if is_returned else SectionState.APPROVED,
                reason=f"About the {section.value}" if is_returned else None,
                expected_version=0,
                at=found.submitted_at,
            )
        session.commit()


def _states(engine: sa.Engine) -> dict[str, str]:
    with open_session(engine, writes=False) as session:
        reviews = sections.list_reviews(session, _row(engine)[0].id or 0)
        return {section.value: review.state.value for section, review in reviews.items()}


def test_only_the_returned_section_is_corrected_and_read_again(
    applicant: Visitor, engine: sa.Engine, world: World
) -> None:
    _return(engine, Section.STAY)
    page = applicant.get("/application")
    assert "About the stay" in page.text
    assert "The staff wrote" not in page.text
    own = f"/signup/{world.own.cycle}/student"
    assert applicant.send().path == f"{own}/home-school"
    closed = applicant.get(f"{own}/about-you")
    assert closed.path == f"{own}/check"
    changeable = {
        a.attrs["href"].split("?")[0].rsplit("/", 1)[1]
        for a in closed.tree.all("a")
        if "back=check" in a.attrs["href"]
    }
    assert changeable == {"home-school", "dates"}
    tasks = applicant.get(f"{own}/tasks")
    assert set(links_of_tasks(tasks)) == {
        "About you",
        "Your travel dates",
        "Check your answers",
        "Agree and send",
    }
    # A page that was open before, or that somebody made up, changes nothing either.
    assert applicant.post(f"{own}/about-you", {"given_name": "Eve"}).status == 409
    applicant.get(f"{own}/home-school")
    assert applicant.send({"school": "Another school"}).path == f"{own}/tasks"
    assert send_off(applicant, applicant.get(f"{own}/check")).path.endswith("/reference")
    application, person = _row(engine)
    assert (application.state, person.school) == (ApplicationState.SUBMITTED, "Another school")
    assert person.given_name == "Anna"
    assert _states(engine) == {
        "identity": "approved",
        "stay": "open",
        "needs": "approved",
        "letter": "approved",
    }


def test_page_that_another_answer_calls_for_is_open_too(
    applicant: Visitor, engine: sa.Engine, world: World
) -> None:
    _return(engine, Section.IDENTITY)
    applicant.get("/application")
    applicant.send()
    own = f"/signup/{world.own.cycle}/student"
    assert applicant.get(f"{own}/guardian").status == 404
    applicant.get(f"{own}/birth-date")
    applicant.send({"birth_on-year": "2012"})
    assert applicant.get(f"{own}/guardian").path == f"{own}/guardian"
    applicant.send({"guardian_name": "Ida", "guardian_email": "ida@example.org"})
    # It may be looked at once more before it is sent.
    assert applicant.get(f"{own}/guardian").path == f"{own}/guardian"
    assert applicant.get(f"{own}/letter").path == f"{own}/check"


def test_only_sections_of_the_application_can_be_opened(
    applicant: Visitor, engine: sa.Engine
) -> None:
    _return(engine, Section.STAY)
    for section in ("home", "guardian", "nothing"):
        assert applicant.post(f"/application/data/correct/{section}").status == 404


def test_application_that_was_not_filled_in_here_is_corrected_by_the_programme(
    enter: Enter, world: World
) -> None:
    page = enter(application_id=world.own.application_id).get("/application/data/correct")
    assert "office@example.org" in page.text
    assert page.tree.all("main")[0].all("form") == []


def test_erase_asks_twice_and_then_knows_nobody(applicant: Visitor, engine: sa.Engine) -> None:
    before, _person = _row(engine)
    applicant.get("/application/data/erase")
    refused = applicant.send()
    assert refused.status == 422
    assert refused.faults == ["Confirm that everything is to be erased"]
    page = applicant.send({"is_sure": "yes"})
    assert page.path == "/application/erased"
    assert applicant.get("/application", follow=False).response.status_code == 303
    with open_session(engine, writes=False) as session:
        kept = session.get_one(Application, before.id)
        assert kept.erased_at is not None and kept.reference != before.reference
        people = session.exec(select(Student.id).where(Student.email == "anna@example.org")).all()
        assert people == []


def test_status_lists_the_way_with_its_dates(applicant: Visitor) -> None:
    page = applicant.get("/application")
    ways = [li.text() for ol in page.tree.all("ol") for li in ol.all("li")]
    assert len(ways) == 5
    assert ways[0].startswith("You sent your application")
    assert ways[-1] == "Stays take place Between 1 June 2027 and 30 September 2027"
