"""A guardian's way: the link, the question, the answer, and taking it back."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from exchange.clock import now
from exchange.domain.consent import TEXTS, Purpose, text_hash
from exchange.domain.cycle import ApplicationState, GuardianState
from exchange.records import Application, Consent, Guardian, LinkPurpose, OutboxMail, Question
from exchange.records.session import open_session
from exchange.services import links, question_answers
from tests.web.conftest import Enter
from tests.web.visitor import Page, Visitor
from tests.web.world import World


def _state(engine: sa.Engine, world: World) -> tuple[ApplicationState, GuardianState, int]:
    with open_session(engine, writes=False) as session:
        application = session.get(Application, world.own.minor_id)
        guardian = session.get(Guardian, world.own.guardian_id)
        assert application is not None
        assert guardian is not None
        return application.state, guardian.state, application.guardians_agreed


def _open(visitor: Visitor, world: World) -> Page:
    page = visitor.get(f"/guardian/open/{world.own.guardian_link}")
    assert page.heading == "A question for a parent or guardian"
    assert "Sal" not in page.tree.text()
    assert world.own.canary not in page.tree.text()
    return visitor.send()


def test_guardian_reads_agrees_and_withdraws_as_easily(
    visitor: Visitor, world: World, engine: sa.Engine
) -> None:
    page = _open(visitor, world)
    assert page.heading == "May Sal take part?"
    assert world.own.canary not in page.heading
    assert "Idrissi" not in page.text
    assert "chess" not in page.text.lower()
    visitor.get("/guardian/answer")
    refused = visitor.send()
    assert (refused.status, refused.faults) == (422, ["Say whether you agree"])
    agreed = visitor.send({"answer": "yes"})
    assert "Your answer is kept." in agreed.text
    assert "You have agreed" in agreed.text
    assert _state(engine, world) == (ApplicationState.SUBMITTED, GuardianState.AGREED, 1)
    visitor.get("/guardian/withdraw")
    withdrawn = visitor.send()
    assert "You no longer agree" in withdrawn.text
    assert _state(engine, world) == (ApplicationState.WAITING, GuardianState.WITHDRAWN, 0)
    assert visitor.post("/guardian/withdraw").status == 200
    visitor.get("/guardian/answer")
    visitor.send({"answer": "yes"})
    assert _state(engine, world) == (ApplicationState.SUBMITTED, GuardianState.AGREED, 1)


def test_agreement_is_kept_with_version_hash_and_language(
    visitor: Visitor, world: World, engine: sa.Engine
) -> None:
    _open(visitor, world)
    page = visitor.get("/guardian/answer")
    boxes = [box for box in page.form().all("input") if box.attrs.get("type") == "checkbox"]
    assert [box.attrs["name"] for box in boxes] == ["photographs"]
    assert not [box for box in boxes if "checked" in box.attrs]
    visitor.send({"answer": "yes", "photographs": "yes"})
    with open_session(engine, writes=False) as session:
        rows = session.exec(select(Consent).order_by(col(Consent.purpose))).all()
        guardian = session.get(Guardian, world.own.guardian_id)
    assert guardian is not None
    assert guardian.language == "en"
    assert {
        (one.purpose, one.text_version, one.text_hash, one.language, one.guardian_id)
        for one in rows
    } == {
        (purpose, 1, text_hash(TEXTS[purpose].text), "en", world.own.guardian_id)
        for purpose in (Purpose.TAKING_PART, Purpose.PHOTOGRAPHS)
    }
    visitor.get("/guardian/consents")
    page = visitor.send({"photographs": []})
    assert "Your answer is kept." in page.text
    assert _state(engine, world)[0] is ApplicationState.SUBMITTED
    with open_session(engine, writes=False) as session:
        active = session.exec(
            select(Consent.purpose).where(col(Consent.withdrawn_at).is_(None))
        ).all()
    assert active == [Purpose.TAKING_PART]


def test_refusal_leaves_the_application_waiting(
    visitor: Visitor, world: World, engine: sa.Engine
) -> None:
    _open(visitor, world)
    visitor.get("/guardian/answer")
    page = visitor.send({"answer": "no"})
    assert "You have said no" in page.text
    assert _state(engine, world) == (ApplicationState.WAITING, GuardianState.REFUSED, 0)


def test_used_foreign_and_invented_links_answer_alike(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    first, second = enter(), enter()
    _open(first, world)
    with open_session(engine) as session:
        expired = links.issue_link(
            session,
            purpose=LinkPurpose.GUARDIAN,
            guardian_id=world.own.guardian_id,
            at=now() - timedelta(days=15),
        )
        session.commit()
    answers = [
        second.post(f"/guardian/open/{token}")
        for token in (world.own.guardian_link, expired, world.own.link, "x" * 43)
    ]
    assert {(one.status, one.heading, one.text) for one in answers} == {
        (410, answers[0].heading, answers[0].text)
    }
    assert second.get("/guardian").path == "/guardian/link"
    assert second.post(f"/application/open/{world.other.guardian_link}").status == 410


def test_new_link_is_mailed_to_the_guardian_alone_and_the_page_says_the_same(
    visitor: Visitor, world: World, engine: sa.Engine
) -> None:
    with open_session(engine, writes=False) as session:
        application = session.get(Application, world.own.minor_id)
        assert application is not None
        reference = application.reference
    pages = []
    for email in ("sal@example.org", "GUARDIAN@example.org"):
        visitor.get("/guardian/link")
        pages.append(visitor.send({"reference": reference, "email": email}).text)
    assert pages[0] == pages[1]
    with open_session(engine, writes=False) as session:
        asked = session.exec(
            select(OutboxMail).where(OutboxMail.template == "guardian_asked")
        ).all()
        to_own = [one for one in asked if reference in one.body]
    assert len(to_own) == 2
    assert {one.recipient for one in to_own} == {"guardian@example.org"}
    # The link that had been sent before is dead now.
    assert visitor.post(f"/guardian/open/{world.own.guardian_link}").status == 410


@pytest.mark.parametrize("path", ["/cycles", "/application", "/application/consents"])
def test_guardian_is_nobody_elsewhere(enter: Enter, world: World, path: str) -> None:
    visitor = enter(guardian_id=world.own.guardian_id)
    assert visitor.get("/guardian").heading == "May Sal take part?"
    assert visitor.get(path).path in ("/sign-in", "/application/link")


def test_closed_page_is_forgotten(enter: Enter, world: World) -> None:
    visitor = enter(guardian_id=world.own.guardian_id)
    answer = visitor.post("/guardian/close", follow=False)
    assert answer.response.headers["Clear-Site-Data"]
    assert visitor.get("/guardian").path == "/guardian/link"


def test_guardian_and_student_read_the_programmes_questions_with_the_answers(
    visitor: Visitor, enter: Enter, world: World, engine: sa.Engine
) -> None:
    with open_session(engine) as session:
        minor = session.get_one(Application, world.own.minor_id)
        question = session.exec(
            select(Question).where(Question.public_id == world.own.question)
        ).one()
        answers = {question.code: "My own words"}
        question_answers.keep_answers(session, minor, answers, now())
        question.translations = {"fr": {"label": "La question du programme"}}
        session.commit()
    page = _open(visitor, world)
    assert f"{world.own.canary} question" in page.text
    assert "My own words" in page.text
    french = visitor.get("/guardian", headers={"Accept-Language": "fr"})
    assert "La question du programme" in french.text
    own = enter(application_id=world.own.minor_id).get("/application/data")
    assert f"{world.own.canary} question" in own.text
    assert "My own words" in own.text
