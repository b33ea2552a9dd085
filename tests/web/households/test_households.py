"""The pages on which a household changes, of staff and of the host."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from exchange.records import Application, HouseholdMember
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.visitor import Page, Visitor
from tests.web.world import World

ADULT = {
    "birth_on-day": "1",
    "birth_on-month": "2",
    "birth_on-year": "1950",
    "gender": "",
    "relation": "grandmother",
    "reason": "She moves in in May",
}


@pytest.fixture
def home(world: World) -> str:
    return f"/applications/{world.own.host_application}"


@pytest.fixture
def coordinator(enter: Enter, world: World) -> Visitor:
    return enter(account_id=world.accounts["coordinator"])


@pytest.fixture
def owner(enter: Enter, world: World, engine: sa.Engine) -> Visitor:
    with open_session(engine, writes=False) as session:
        query = select(Application.id).where(Application.public_id == world.own.host_application)
        return enter(application_id=session.exec(query).one())


def _blockers(page: Page) -> list[str]:
    notices = page.tree.all("div", class_="notice notice--danger")
    return [li.text() for notice in notices for li in notice.all("li")]


def _links(page: Page) -> dict[str, str]:
    return {a.text(): a.attrs["href"] for a in page.tree.all("a") if "href" in a.attrs}


def test_added_adult_is_a_blocker_on_the_page_that_follows(coordinator: Visitor, home: str) -> None:
    page = coordinator.get(home)
    assert _blockers(page) == []
    shown = coordinator.get(_links(page)["Change who lives there, or see what has changed"])
    assert shown.path == f"{home}/household"
    coordinator.get(_links(shown)["Add a person"])
    faulty = coordinator.send(ADULT | {"reason": " ", "birth_on-year": "2950"})
    assert faulty.status == 422
    assert len(faulty.faults) == 2
    assert faulty.values()["relation"] == "grandmother"
    done = coordinator.send(ADULT)
    assert done.path == home
    (blocker,) = _blockers(done)
    assert blocker.startswith("Person 3 has no background check.")
    listed = coordinator.get(f"{home}/household")
    assert "grandmother" in listed.text
    assert "She moves in in May" in listed.text


def test_birth_date_is_put_right_and_somebody_moves_out(
    coordinator: Visitor, home: str, engine: sa.Engine
) -> None:
    page = coordinator.get(f"{home}/household/1")
    assert page.values()["birth_on-year"] == "1980"
    assert coordinator.send({"birth_on-year": "1979", "reason": "Passport"}).path == home
    coordinator.get(f"{home}/household/2/moved-out")
    day = {"left_on-day": "1", "left_on-month": "3", "left_on-year": "2025"}
    assert coordinator.send({"reason": " ", **day}).faults == ["Say why, in a few words"]
    assert coordinator.send({"reason": "By phone"}).path == home
    shown = coordinator.get(f"{home}/household").text
    assert "1 January 1979" in shown or "5 April 1979" in shown
    assert "Moved out on 1 March 2025" in shown
    assert coordinator.get(f"{home}/household/2").status == 404


def test_page_of_a_person_who_is_another_by_now_changes_nobody(
    coordinator: Visitor, enter: Enter, world: World, home: str, engine: sa.Engine
) -> None:
    coordinator.get(f"{home}/household/1")
    reviewer = enter(account_id=world.accounts["reviewer"])
    reviewer.get(f"{home}/household/1/moved-out")
    gone = {"left_on-day": "1", "left_on-month": "3", "left_on-year": "2025", "reason": "x"}
    assert reviewer.send(gone).path == home
    assert coordinator.send({"birth_on-year": "2000", "reason": "Passport"}).status == 409
    with open_session(engine, writes=False) as session:
        years = {one.birth_on.year for one in session.exec(select(HouseholdMember))}
    assert 2000 not in years


@pytest.mark.parametrize("place", ["0", "3", "1_0", "²", "9" * 30, "nan"])
def test_nobody_lives_at_any_other_place(coordinator: Visitor, home: str, place: str) -> None:
    assert coordinator.get(f"{home}/household/{place}").status == 404


def test_host_announces_somebody_from_the_own_page(
    owner: Visitor, coordinator: Visitor, home: str
) -> None:
    page = owner.get("/application")
    owner.get(_links(page)["Tell us that somebody moves in with you"])
    assert "mother" in owner.page.text if owner.page else False
    faulty = owner.send({})
    assert faulty.faults == ["Enter the date of birth", "Say when this person moves in, and why"]
    thanks = owner.send(ADULT)
    assert thanks.path == "/application"
    assert "know that somebody moves in" in thanks.text
    assert _blockers(coordinator.get(home))[0].startswith("Person 3 has no background check.")


def test_student_has_no_household(enter: Enter, world: World, coordinator: Visitor) -> None:
    student = enter(application_id=world.own.application_id)
    assert "moves in" not in student.get("/application").text
    assert student.get("/application/household/new").status == 409
    assert coordinator.get(f"/applications/{world.own.application}/household").status == 409
