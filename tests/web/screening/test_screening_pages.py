"""The pages on which staff judge sections and note checks, and where the applicant reads why."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, select

from exchange.clock import now
from exchange.domain.cycle import ApplicationState
from exchange.domain.roles import Role
from exchange.records import Account, Application, Cycle, ScreeningCheck
from exchange.records.session import open_session
from exchange.services import accounts
from exchange.services.actor import SYSTEM
from tests.web.conftest import Enter
from tests.web.offered import add_offers
from tests.web.page import Element
from tests.web.statements import MOST, statements
from tests.web.visitor import Page
from tests.web.world import World, host_profile, sign_up

REASON = "Which floor? קומה"
HOUSEHOLD = [
    {"birth_on": date(1980, 1, 1), "relation": "mother"},
    {"birth_on": date(1982, 1, 1)},
    {"birth_on": date(2009, 8, 9), "relation": "son"},
]


@pytest.fixture
def home(engine: sa.Engine, world: World) -> Application:
    """A host of the second cycle whom nobody has looked at."""
    with open_session(engine) as session:
        found = _sign_up(session, world, members=HOUSEHOLD, adults=None)
        session.commit()
        session.refresh(found)
        session.expunge(found)
    return found


def _sign_up(session: Session, world: World, **changes: object) -> Application:
    query = select(Cycle).where(Cycle.public_id != world.own.cycle)
    cycle = next(one for one in session.exec(query) if one.programme_id == world.own.programme_id)
    return sign_up(session, cycle, host_profile(**changes), now())


def _blockers(page: Page) -> list[str]:
    notices = page.tree.all("div", class_="notice notice--danger")
    return [li.text() for notice in notices for li in notice.all("li")]


def _form(page: Page, ending: str) -> Element:
    forms = page.tree.all("form")
    return next(one for one in forms if one.attrs.get("action", "").endswith(ending))


def _check(kind: str, person: str = "", **changes: str) -> dict[str, str]:
    today = now().date()
    values = {"kind": kind, "person": person, "outcome": "pass", "issuer": "Police of Lyon"}
    values |= {"done_on-day": str(today.day), "done_on-month": str(today.month)}
    return values | {"done_on-year": str(today.year)} | changes


def test_page_lists_every_blocker_with_rule_and_citation(
    app: Flask, enter: Enter, world: World, home: Application
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    # The first look of a day is noted, which asks more.
    coordinator.get(f"/applications/{home.public_id}")
    with statements(app) as sent:
        page = coordinator.get(f"/applications/{home.public_id}")
    assert len(sent) <= MOST + 5
    blockers = _blockers(page)
    assert len(blockers) == 7
    assert blockers[0].startswith("Person 1 has no background check.")
    assert blockers[2].startswith("Person 3 turns 18 on 9 August 2027, during the stay")
    assert all("adults_checked" in one and "22 CFR 62.25(j)(7)" in one for one in blockers[:3])
    assert "Person 3 son, born 9 August 2009, turns 18 on 9 August 2027" in page.text
    refused = coordinator.post(
        f"/applications/{home.public_id}", {"decision": "approved", "version": "1", "reason": ""}
    )
    assert refused.status == 422
    assert refused.faults == ["This application cannot be approved yet."]
    assert _blockers(refused) == blockers


def test_host_is_approved_when_every_check_is_noted(
    enter: Enter, world: World, home: Application, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/applications/{home.public_id}"
    left = 7
    for kind, person in (
        *(("background", number) for number in "123"),
        *((kind, "") for kind in ("interview", "home_visit", "reference_1", "reference_2")),
    ):
        page = coordinator.post(f"{path}/checks/new", _check(kind, person))
        left -= 1
        assert (page.status, len(_blockers(page))) == (200, left)
    assert page.text.count("Police of Lyon") == 7
    approved = coordinator.post(path, {"decision": "approved", "version": "1", "reason": ""})
    assert approved.status == 200
    assert "Not looked at" not in approved.text
    failed = coordinator.post(f"{path}/checks/new", _check("interview", outcome="fail"))
    assert "Approved, but not matched while this stands" in failed.text
    with open_session(engine, writes=False) as session:
        assert session.exec(select(ScreeningCheck.reference)).all()[-1] is None


def test_check_begins_with_what_the_page_said_is_missing(
    enter: Enter, world: World, home: Application
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/applications/{home.public_id}")
    links = [a.attrs["href"] for a in page.tree.all("a") if a.text() == "Note a check"]
    chosen = [coordinator.get(one).values() for one in links]
    assert [(one["kind"], one["person"]) for one in chosen] == [
        *(("background", number) for number in "123"),
        *((kind, "") for kind in ("interview", "home_visit", "reference_1", "reference_2")),
        ("", ""),
    ]


def test_check_keeps_what_was_typed_and_tells_every_fault(
    enter: Enter, world: World, home: Application
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/applications/{home.public_id}/checks/new"
    empty = coordinator.post(path, {})
    assert empty.status == 422
    assert empty.faults == [
        "Choose what was checked",
        "Say how the check ended",
        "Enter who made the check",
        "Enter the day of the check",
    ]
    later = now().date() + timedelta(30)
    wrong = _check("interview", "1", issuer="Office <b>")
    wrong |= {"done_on-day": str(later.day), "done_on-month": str(later.month)}
    wrong |= {"done_on-year": str(later.year)}
    refused = coordinator.post(path, wrong)
    assert refused.faults == [
        "This check is of the home, not of one person",
        "The day of the check is in the future",
    ]
    kept = {e.attrs.get("name"): e.attrs.get("value") for e in refused.tree.all("input")}
    assert kept["issuer"] == "Office <b>"
    backwards = _check("interview") | {f"expires_on-{part}": "1" for part in ("day", "month")}
    backwards |= {"expires_on-year": "2020"}
    assert coordinator.post(path, backwards).faults == [
        "The check cannot expire before it was made"
    ]


def test_form_has_no_place_for_what_a_certificate_says(
    enter: Enter, world: World, home: Application
) -> None:
    page = enter(account_id=world.accounts["coordinator"]).get(
        f"/applications/{home.public_id}/checks/new"
    )
    assert page.tree.all("textarea") == []
    assert [e for e in page.tree.all("input") if e.attrs.get("type") == "file"] == []


def test_returned_section_is_read_by_the_applicant_and_opened_by_staff(
    enter: Enter, world: World, home: Application
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    applicant = enter(application_id=home.id)
    path = f"/applications/{home.public_id}"
    section = f"{path}/sections/home"
    assert coordinator.get(section).status == 200
    empty = coordinator.post(section, {"decision": "returned", "reason": " ", "version": "0"})
    assert empty.faults == ["Say what is missing; the applicant reads it"]
    done = coordinator.post(section, {"decision": "returned", "reason": REASON, "version": "0"})
    assert done.path == path
    assert any("was returned" in one for one in _blockers(done))
    shown = applicant.get("/application").text
    assert "Home" in shown
    assert REASON in shown
    page = coordinator.get(section)
    opened = coordinator.post(_form(page, "/reopen").attrs["action"], {"version": "1"})
    assert not any("was returned" in one for one in _blockers(opened))
    assert REASON not in applicant.get("/application").text


def test_late_judgement_of_a_section_is_a_conflict(
    enter: Enter, world: World, home: Application
) -> None:
    section = f"/applications/{home.public_id}/sections/home"
    values = {"decision": "approved", "reason": "", "version": "0"}
    assert enter(account_id=world.accounts["coordinator"]).post(section, values).status == 200
    assert enter(account_id=world.accounts["reviewer"]).post(section, values).status == 409


def test_ticked_sections_are_approved_together(
    enter: Enter, world: World, home: Application
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/applications/{home.public_id}"
    page = coordinator.get(path)
    assert page.text.count("Not looked at") == 7
    done = coordinator.post(f"{path}/sections", {"sections": ["home", "contact"]})
    assert done.text.count("Not looked at") == 5
    assert coordinator.post(f"{path}/sections", {}).status == 409
    assert coordinator.post(f"{path}/sections", {"sections": "identity"}).status == 409


def test_one_adult_is_approved_by_two_people(enter: Enter, world: World, engine: sa.Engine) -> None:
    with open_session(engine) as session:
        alone = _sign_up(session, world, adults=1, children=0).public_id
        session.commit()
    path = f"/applications/{alone}/sections/household"
    coordinator = enter(account_id=world.accounts["coordinator"])
    reviewer = enter(account_id=world.accounts["reviewer"])
    assert "second person has to approve" in coordinator.get(f"/applications/{alone}").text
    assert "Approve this part first: Household" in coordinator.get(f"/applications/{alone}").text
    once = coordinator.post(path, {"decision": "approved", "reason": "", "version": "0"})
    assert "Approved by one, a second person is needed" in once.text
    assert "A second person approves: Household" in once.text
    second = _form(coordinator.get(path), "/second").attrs["action"]
    own = coordinator.post(second, {"version": "1"})
    assert own.status == 403
    assert reviewer.post(second, {"version": "1"}).status == 200
    codes = _blockers(reviewer.get(f"/applications/{alone}"))
    assert not any("single_adult_no_child" in one for one in codes)


def test_staff_see_no_button_on_an_application_that_names_them(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        email = session.get(Account, world.accounts["coordinator"]).email  # type: ignore[union-attr]
        own = _sign_up(session, world, email=email).public_id
        other = accounts.create_account(
            session,
            SYSTEM,
            email="colleague@example.org",
            display_name="Colleague",
            password=None,
            role=Role.COORDINATOR,
            programme_id=world.own.programme_id,
            at=now(),
        ).id
        session.commit()
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/applications/{own}")
    assert "This application names you" in page.text
    assert page.tree.all("main")[0].all("form") == []
    for path, values in (
        (f"/applications/{own}", {"decision": "declined", "version": "1", "reason": ""}),
        (f"/applications/{own}/sections/home", {"decision": "approved", "version": "0"}),
        (f"/applications/{own}/sections", {"sections": "home"}),
        (f"/applications/{own}/checks/new", _check("interview")),
    ):
        answer = coordinator.post(path, values)
        assert answer.status == 403, path
        assert "names you" in answer.text
    with open_session(engine, writes=False) as session:
        found = session.exec(select(Application).where(Application.public_id == own)).one()
        assert found.state is ApplicationState.SUBMITTED
        assert not session.exec(
            select(ScreeningCheck).where(ScreeningCheck.application_id == found.id)
        ).all()
    assert "names you" not in enter(account_id=other).get(f"/applications/{own}").text


@pytest.mark.parametrize("section", ["identity", "nothing", "HOME"])
def test_section_that_a_host_does_not_have_is_not_found(
    enter: Enter, world: World, home: Application, section: str
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/applications/{home.public_id}/sections/{section}"
    assert coordinator.get(path).status == 404
    assert coordinator.post(path, {"decision": "approved"}).status == 404


def test_withdrawal_by_telephone_warns_of_offers_keeps_what_was_typed_and_says_who_asked(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    world = add_offers(engine, world)
    with open_session(engine, writes=False) as session:
        placed = session.get_one(Application, world.own.placed_id)
    path = f"/applications/{placed.public_id}"
    coordinator = enter(account_id=world.accounts["coordinator"])
    assert any(
        one.attrs["href"] == f"{path}/withdrawal" for one in coordinator.get(path).tree.all("a")
    )
    asked = coordinator.get(f"{path}/withdrawal")
    assert "These offers hang on the application" in asked.text
    version = asked.values()["version"]
    today = now().date()
    values = {"asker": "guardian", "channel": "telephone", "remark": "Rang", "version": version}
    values |= {"asked_on-day": str(today.day), "asked_on-month": str(today.month)}
    values |= {"asked_on-year": str(today.year)}
    unsure = coordinator.post(f"{path}/withdrawal", values)
    assert unsure.faults == ["Tick this box if you are sure; otherwise ask them first"]
    assert "Rang" in unsure.text
    done = coordinator.post(f"{path}/withdrawal", {**values, "is_sure": "yes"})
    assert "Withdrawn by the office. A parent or guardian, By telephone" in done.text
    assert "Somebody has asked to withdraw it" not in done.text
    assert coordinator.get(f"{path}/withdrawal").path == path
