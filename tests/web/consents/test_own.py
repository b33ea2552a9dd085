"""An applicant's consents and guardians."""

import sqlalchemy as sa
from flask import Flask
from sqlmodel import col, select

from exchange.clock import now
from exchange.domain.consent import Purpose
from exchange.domain.cycle import ApplicationKind
from exchange.records import Consent, Cycle, Draft, Guardian, OutboxMail
from exchange.records.session import open_session
from exchange.web.signup.journey import Journey
from tests.web.conftest import Enter
from tests.web.world import World


def _in_force(engine: sa.Engine) -> list[Purpose]:
    with open_session(engine, writes=False) as session:
        query = select(Consent.purpose).where(col(Consent.withdrawn_at).is_(None))
        return sorted(session.exec(query).all())


def test_consents_start_empty_and_are_given_and_withdrawn_alike(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    visitor = enter(application_id=world.own.application_id)
    page = visitor.get("/application/consents")
    boxes = [box for box in page.form().all("input") if box.attrs.get("type") == "checkbox"]
    assert len(boxes) == 5
    assert not [box for box in boxes if "checked" in box.attrs]
    page = visitor.send({"photographs": "yes", "statistics": "yes"})
    assert "Saved. It counts from now on." in page.text
    assert _in_force(engine) == [Purpose.PHOTOGRAPHS, Purpose.STATISTICS]
    visitor.send({"photographs": []})
    assert _in_force(engine) == [Purpose.STATISTICS]


def test_minor_corrects_the_address_of_a_guardian_but_not_to_the_own(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    visitor = enter(application_id=world.own.minor_id)
    page = visitor.get("/application/guardians")
    assert "Has not answered yet" in page.text
    visitor.get("/application/guardians/1")
    refused = visitor.send({"email": "SAL@example.org"})
    assert refused.status == 422
    assert refused.faults == ["Each guardian needs an e-mail address of their own"]
    assert refused.values()["email"] == "SAL@example.org"
    page = visitor.send({"email": "mother@example.org"})
    assert "A new link is on its way" in page.text
    with open_session(engine, writes=False) as session:
        guardian = session.get(Guardian, world.own.guardian_id)
        mail = session.exec(select(OutboxMail).order_by(col(OutboxMail.id).desc())).first()
    assert guardian is not None
    assert mail is not None
    assert guardian.email == mail.recipient == "mother@example.org"
    assert visitor.get("/application/guardians/2").status == 404


def test_adult_has_no_page_of_guardians(enter: Enter, world: World) -> None:
    visitor = enter(application_id=world.own.application_id)
    assert "Who has to agree" not in visitor.get("/application").text
    assert visitor.get("/application/guardians").status == 404


def test_mails_to_guardians_are_limited(enter: Enter, world: World) -> None:
    visitor = enter(application_id=world.own.minor_id)
    answers = [visitor.post("/application/guardians/1/link").status for _ in range(11)]
    assert answers == [200] * 10 + [429]


def test_paper_is_noted_with_its_reason_and_a_refusal_is_not_overruled(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/applications/{world.own.minor}/guardians"
    page = coordinator.get(path)
    assert "Guardians: 0 of 1 agree" in page.text
    guardian = next(
        option.attrs["value"] for option in page.tree.all("option") if option.text() == "Guard Ian"
    )
    values = {"guardian": guardian, "answer": "agrees", "name": ""}
    refused = coordinator.post(path, values | {"reason": "seen it"})
    assert refused.status == 422
    assert "Guardians: 0 of 1 agree" in refused.text
    done = coordinator.post(path, values | {"reason": "A signed form, in the safe"})
    assert "Guardians: 1 of 1 agree" in done.text
    assert "A signed form, in the safe" in done.text
    guard = enter(guardian_id=world.own.guardian_id)
    guard.post("/guardian/withdraw")
    overruled = coordinator.post(path, values | {"reason": "They will agree, I know them"})
    assert overruled.status == 422
    assert "has said no" in overruled.faults[0]
    reviewer = enter(account_id=world.accounts["auditor"])
    assert reviewer.get(path).status == 403


def test_step_of_consents_is_asked_by_age_and_nation_and_all_off(
    app: Flask, world: World, engine: sa.Engine
) -> None:
    today = now().date()

    def journey(age: int, nation: str, **boxes: list[str]) -> Journey:
        with open_session(engine, writes=False) as session:
            cycle = session.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()
        data = {
            "birth-date": {
                "birth_on-day": ["1"],
                "birth_on-month": ["1"],
                "birth_on-year": [str(today.year - age)],
            },
            "nationality": {"nationalities-0-code": [nation]},
            "consents": boxes,
        }
        draft = Draft(cycle_id=cycle.id, kind=ApplicationKind.STUDENT, data=data)
        return Journey(cycle=cycle, draft=draft, today=today)

    with app.test_request_context():
        assert journey(14, "FR").step("consents") is None
        assert journey(14, "BE").step("consents") is not None
        adult = journey(20, "FR")
        form = adult.consents()
        assert form is not None
        assert form.wanted() == set()
        assert len(form.texts()) == 5
        ticked = journey(20, "FR", statistics=["yes"]).consents()
        assert ticked is not None
        assert ticked.wanted() == {Purpose.STATISTICS}
        assert ticked.profile_values() == {}
