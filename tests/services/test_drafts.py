"""Drafts: kept for one browser, never overwritten by an older window."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from exchange.domain.cycle import ApplicationKind
from exchange.errors import Conflict
from exchange.records import Draft
from exchange.records.session import open_session
from exchange.services import drafts, web_sessions
from tests.services.people import AT, Office, make_office, sign_up, student
from tests.services.together import at_once


def _start(session: Session, office: Office) -> Draft:
    browser, _ = web_sessions.start(session, at=AT)
    return drafts.start_draft(
        session,
        cycle_id=office.cycle.id,
        kind=ApplicationKind.STUDENT,
        web_session_id=browser.id,
        at=AT,
    )


def _save(session: Session, draft: Draft, step: str, version: int) -> None:
    drafts.save_step(
        session,
        draft,
        step=step,
        values={"name": f"typed at {step}"},
        expected_version=version,
        at=AT,
    )


def test_draft_keeps_each_step_as_typed(session: Session) -> None:
    draft = _start(session, make_office(session))
    _save(session, draft, "name", 1)
    _save(session, draft, "school", 2)
    assert draft.data == {
        "name": {"name": "typed at name"},
        "school": {"name": "typed at school"},
    }
    assert draft.version == 3


def test_draft_saved_from_an_older_window_is_a_conflict(session: Session) -> None:
    draft = _start(session, make_office(session))
    _save(session, draft, "name", 1)
    with pytest.raises(Conflict, match="another window"):
        _save(session, draft, "name", 1)
    assert draft.version == 2


def test_draft_saved_by_many_at_once_takes_one(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        draft_id = _start(session, make_office(session)).id
        session.commit()

    def save(session: Session) -> int:
        draft = session.get_one(Draft, draft_id)
        _save(session, draft, "name", 1)
        return draft.version

    results = at_once(engine, save)
    assert sorted(type(one).__name__ for one in results) == ["Conflict"] * 7 + ["int"]


def test_draft_is_found_by_its_own_browser_only(session: Session) -> None:
    office = make_office(session)
    draft, other = _start(session, office), _start(session, office)
    found = drafts.get_draft(session, draft.public_id, web_session_id=draft.web_session_id)
    assert found == draft
    for browser in (other.web_session_id, None):
        assert drafts.get_draft(session, draft.public_id, web_session_id=browser) is None


def test_draft_that_was_sent_is_closed_and_kept(session: Session) -> None:
    office = make_office(session)
    draft = _start(session, office)
    _save(session, draft, "name", 1)
    application = sign_up(session, office, student())
    for _ in range(2):
        drafts.mark_submitted(session, draft, application_id=application.id, at=AT)
    assert (list(draft.data), draft.version) == (["name"], 3)
    assert drafts.submitted_application(session, draft) == application
    with pytest.raises(Conflict, match="another window"):
        _save(session, draft, "name", 3)
