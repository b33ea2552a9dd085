"""Applications: found, read, decided."""

import sqlalchemy as sa
from flask import Flask
from sqlmodel import col, select

from exchange.clock import now
from exchange.domain.cycle import ApplicationState
from exchange.records import Application, Cycle, OutboxMail, Student
from exchange.records.session import open_session
from tests.web.conftest import Enter
from tests.web.statements import MOST, statements
from tests.web.world import World, sign_up, student_profile


def _state(engine: sa.Engine, public_id: str) -> ApplicationState:
    with open_session(engine, writes=False) as session:
        return (
            session.exec(select(Application).where(Application.public_id == public_id)).one().state
        )


def _minor(engine: sa.Engine, world: World) -> str:
    at = now()
    with open_session(engine) as session:
        cycle = session.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()
        cycle_copy = Cycle.model_validate(cycle.model_dump() | {"public_id": "f" * 32})
        profile = student_profile(
            birth_on=at.date().replace(year=at.year - 16, month=1, day=1),
            guardian_name="Guard Ian",
            guardian_email="guardian@example.org",
            family_name="100%_sure",
        )
        cycle_copy.id = cycle.id
        found = sign_up(session, cycle_copy, profile, at).public_id
        session.commit()
    return found


def test_search_takes_percent_and_underscore_literally(
    app: Flask, enter: Enter, world: World, engine: sa.Engine
) -> None:
    _minor(engine, world)
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/cycles/{world.own.cycle}/applications"
    assert "3 applications" in coordinator.get(path).text
    assert "1 application" in coordinator.get(f"{path}?search=%25_s").text
    assert "Nothing fits" in coordinator.get(f"{path}?search=%25%25").text
    with statements(app) as sent:
        page = coordinator.get(f"{path}?kind=student&state=approved&page=1")
    assert "1 application" in page.text
    assert len(sent) <= MOST


def test_minor_without_guardian_is_not_approved(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    minor = _minor(engine, world)
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/applications/{minor}")
    assert "no guardian has agreed" in page.text
    assert "Guardians: 0 of 1 agree" in page.text
    refused = coordinator.post(
        f"/applications/{minor}", {"decision": "approved", "version": "1", "reason": ""}
    )
    assert refused.status == 422
    assert _state(engine, minor) is ApplicationState.WAITING


def test_return_without_reason_keeps_the_page_and_with_one_mails_neutrally(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/applications/{world.own.application}"
    coordinator.get(path)
    refused = coordinator.post(path, {"decision": "returned", "version": "1", "reason": " "})
    assert refused.status == 422
    assert refused.faults == ["Say what is missing; the applicant reads it"]
    done = coordinator.post(path, {"decision": "returned", "version": "1", "reason": "Dates?"})
    assert done.status == 200
    assert _state(engine, world.own.application) is ApplicationState.RETURNED
    with open_session(engine, writes=False) as session:
        mails = session.exec(select(OutboxMail).order_by(col(OutboxMail.id))).all()
    mail = mails[-1]
    assert mail.template == "state_changed"
    assert mail.subject == "There is news about your application"
    assert world.own.canary not in mail.body
    assert "Dates?" not in mail.body


def test_decision_on_an_application_that_changed_meanwhile_is_a_conflict(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    path = f"/applications/{world.own.application}"
    first = enter(account_id=world.accounts["coordinator"])
    second = enter(account_id=world.accounts["reviewer"])
    values = {"version": "1", "reason": "Please add your dates"}
    assert first.post(path, {**values, "decision": "returned"}).status == 200
    late = second.post(path, {**values, "decision": "declined"})
    assert late.status == 409
    assert _state(engine, world.own.application) is ApplicationState.RETURNED


def test_answers_are_shown_in_words(enter: Enter, world: World) -> None:
    page = enter(account_id=world.accounts["coordinator"]).get(
        f"/applications/{world.own.application}"
    )
    assert "Morocco" in page.text
    assert "Arabic (native), French (C1)" in page.text
    assert "29 February 2004" in page.text


def test_staff_are_told_of_names_that_look_alike(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    twin = _minor(engine, world)
    assert "Perhaps signed up twice" not in coordinator.get(f"/applications/{twin}").text
    with open_session(engine) as session:
        looks = session.exec(select(Student.name_skeleton).where(col(Student.id) == 1)).one()
        student_id = session.exec(
            select(Application.student_id).where(Application.public_id == twin)
        ).one()
        session.connection().execute(
            sa.update(Student).where(col(Student.id) == student_id).values(name_skeleton=looks)
        )
        session.commit()
    page = coordinator.get(f"/applications/{twin}")
    assert "Perhaps signed up twice" in page.text
    assert world.own.reference in page.text


def test_approved_application_is_not_said_to_have_been_answered(enter: Enter, world: World) -> None:
    office = enter(account_id=world.accounts["coordinator"])
    page = office.get(f"/applications/{world.own.host_application}")
    assert "the applicant has answered" not in page.text
    assert "Look at it again: until then the match does not use it" in page.text
