"""A student of last year opens a link, and only checks what is filled in."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import select

from exchange.clock import now
from exchange.records import Application, Cycle
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.signup.way import STUDENT, begin, fill_in, send_off, task_states
from tests.web.visitor import Visitor
from tests.web.world import World, make_cycle


def _next_cycle(engine: sa.Engine, world: World) -> str:
    with open_session(engine) as session:
        cycle = make_cycle(session, world.own.programme_id, now(), "The year after")
        cycle.stay_from_on += timedelta(days=365)
        cycle.stay_to_on += timedelta(days=365)
        session.add(cycle)
        session.commit()
        return cycle.public_id


def _sign_up(engine: sa.Engine, visitor: Visitor, world: World) -> int:
    page = send_off(visitor, fill_in(visitor, begin(visitor, world.own.cycle), STUDENT))
    assert page.path.endswith("/reference")
    with open_session(engine) as session:
        query = select(Application.id).order_by(sa.desc(Application.id))  # type: ignore[arg-type]
        return session.exec(query).first() or 0


def test_student_signs_up_again_by_looking_at_each_part(
    enter: Enter, world: World, engine: sa.Engine, visitor: Visitor
) -> None:
    application = _sign_up(engine, visitor, world)
    again = _next_cycle(engine, world)
    student = enter(application_id=application)
    page = student.get("/application")
    link = next(
        a
        for a in page.tree.all("a")
        if a.text() == "Sign up to another cycle too, with the same answers"
    )
    page = student.get(link.attrs["href"])
    assert page.heading == "Take part again"
    tasks = student.send()
    assert tasks.path == f"/signup/{again}/student/tasks"
    assert "Your answers of last time are filled in" in tasks.text
    states = task_states(tasks)
    assert states["About you"] == "Check this again"
    assert states["Your travel dates"] == "Not started"
    assert states["What you agree to"] == "Not started"
    assert states["Check your answers"] == "Cannot start yet"
    page = student.get(f"/signup/{again}/student/about-you")
    assert page.values()["given_name"] == "Anna"
    dates = {name: value.replace("2027", "2028") for name, value in STUDENT["dates"].items()}
    check = fill_in(student, student.get(tasks.path), {"dates": dates})
    assert "Check this again" not in student.get(tasks.path).text
    student.get(check.path)
    assert send_off(student, check).path.endswith("/reference")
    with open_session(engine) as session:
        cycle = session.exec(select(Cycle).where(Cycle.public_id == again)).one()
        made = session.exec(select(Application).where(Application.cycle_id == cycle.id)).one()
    coordinator = enter(account_id=world.accounts["coordinator"])
    assert "Signed up before" in coordinator.get(f"/applications/{made.public_id}").text


def test_part_saved_for_later_still_has_to_be_looked_at(
    enter: Enter, world: World, engine: sa.Engine, visitor: Visitor
) -> None:
    application = _sign_up(engine, visitor, world)
    again = _next_cycle(engine, world)
    student = enter(application_id=application)
    student.get("/application/again")
    student.send()
    student.get(f"/signup/{again}/student/emergency")
    tasks = student.send({"emergency_name": "Somebody else", "do": "later"})
    assert task_states(tasks)["People we can turn to"] == "Check this again"
    student.get(f"/signup/{again}/student/emergency")
    assert student.page is not None
    assert student.page.values()["emergency_name"] == "Somebody else"
    tasks = student.send()
    assert (
        task_states(student.get(tasks.path.rsplit("/", 1)[0] + "/tasks"))["People we can turn to"]
        == "Done"
    )


def test_application_of_a_file_begins_empty(enter: Enter, world: World, engine: sa.Engine) -> None:
    _next_cycle(engine, world)
    owner = enter(application_id=world.own.application_id)
    assert "came to us in a file" in owner.get("/application/again").text
    tasks = owner.send()
    assert set(task_states(tasks).values()) == {"Not started", "Cannot start yet"}


def test_staff_write_to_hosts_of_last_year(enter: Enter, world: World, engine: sa.Engine) -> None:
    again = _next_cycle(engine, world)
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/cycles/{again}")
    link = next(a for a in page.tree.all("a") if a.text() == "Hosts of earlier years")
    page = coordinator.get(link.attrs["href"])
    cards = [card for card in page.tree.all("article") if "1 host can be asked" in card.text()]
    wanted = cards[0].all("input", name="from")[0].attrs["value"]
    page = coordinator.post(page.path, {"from": wanted})
    assert "1 host can be asked" not in page.text
    assert coordinator.post(page.path, {"from": world.other.cycle}).status == 200
