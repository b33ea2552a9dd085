"""Drafts that go on elsewhere: one link, one code, five tries, one reminder, thirty days."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind
from exchange.errors import InvalidInput
from exchange.notices.texts import BASE_URL, RESUME_PATH
from exchange.records import AccessLink, Draft, LinkPurpose, OutboxMail
from exchange.records.session import open_session
from exchange.services import drafts, links, resuming, web_sessions
from tests.services.people import AT, make_office, sign_up, student
from tests.services.together import at_once

KEY = "k" * 64
EMAIL = "anna@example.org"
DAY = timedelta(days=1)


def _draft(session: Session, *, email: str | None = EMAIL, at: datetime = AT) -> Draft:
    browser, _ = web_sessions.start(session, at=at)
    office = make_office(session, f"Office-{browser.id}")
    draft = drafts.start_draft(
        session,
        cycle_id=office.cycle.id,
        kind=ApplicationKind.STUDENT,
        web_session_id=browser.id,
        at=at,
    )
    if email is not None:
        resuming.keep_for_later(session, draft, email=email, at=at)
    return draft


def _token(mail: OutboxMail) -> str:
    start = mail.body.index(BASE_URL + RESUME_PATH) + len(BASE_URL + RESUME_PATH)
    return mail.body[start:].split()[0]


def _mails(session: Session) -> list[OutboxMail]:
    return list(session.exec(select(OutboxMail).order_by(col(OutboxMail.id))))


def _open(session: Session, token: str, code: str, at: datetime = AT) -> Draft:
    resuming.count_try(session, token, at)
    return resuming.open_draft(session, token=token, code=code, key=KEY, at=at)


def _code(draft: Draft) -> str:
    return resuming.resume_code(draft.public_id, key=KEY)


def test_code_is_six_readable_signs_and_another_for_each_draft_and_key() -> None:
    codes = {resuming.resume_code(f"{n:032x}", key=KEY) for n in range(300)}
    assert len(codes) == 300
    signs = set("23456789BCDFGHJKMNPQRSTVWXZ")
    assert all(len(one) == 7 and one[3] == " " and set(one) - {" "} <= signs for one in codes)
    assert resuming.resume_code("a", key=KEY) != resuming.resume_code("a", key="other")


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace(" ", "-"), str.strip])
def test_open_draft_link_and_code_open_it_once(session: Session, typed: object) -> None:
    draft = _draft(session)
    (mail,) = _mails(session)
    assert (mail.recipient, mail.draft_id) == (EMAIL, draft.id)
    code = typed(_code(draft))  # type: ignore[operator]
    assert code.upper().replace("-", " ").replace(" ", "") not in mail.body
    assert _open(session, _token(mail), code) == draft
    with pytest.raises(InvalidInput, match="used already or has expired"):
        _open(session, _token(mail), code)


def test_open_draft_whatever_is_wrong_the_answer_is_the_same(session: Session) -> None:
    office = make_office(session)
    used, late, sent, wrong = (_draft(session) for _ in range(4))
    tokens = [_token(mail) for mail in _mails(session)]
    _open(session, tokens[0], _code(used))
    application = sign_up(session, office, student())
    drafts.mark_submitted(session, sent, application_id=application.id, at=AT)
    status = links.issue_link(
        session, purpose=LinkPurpose.STATUS, application_id=application.id, at=AT
    )
    tried = [
        (tokens[0], _code(used), AT),
        (tokens[1], _code(late), AT + 30 * DAY),
        (tokens[2], _code(sent), AT),
        (tokens[3], "ZZZ ZZZ", AT),
        (tokens[3], "", AT),
        (tokens[3], "é" * 9, AT),
        (tokens[3], _code(used), AT),
        ("unknown", _code(wrong), AT),
        (status, _code(wrong), AT),
    ]
    answers = []
    for token, code, at in tried:
        with pytest.raises(InvalidInput, match="code is not right") as refusal:
            _open(session, token, code, at)
        answers.append((str(refusal.value), refusal.value.faults))
    assert answers == [answers[0]] * len(tried)
    assert _open(session, tokens[3], _code(wrong)) == wrong


def test_open_draft_after_five_wrong_codes_the_right_one_is_too_late(session: Session) -> None:
    draft = _draft(session)
    token = _token(_mails(session)[0])
    for _ in range(5):
        with pytest.raises(InvalidInput, match="code is not right"):
            _open(session, token, "ZZZ ZZZ")
    with pytest.raises(InvalidInput, match="code is not right"):
        _open(session, token, _code(draft))


def test_open_draft_right_code_by_many_at_once_opens_for_one(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        draft = _draft(session)
        token, code = _token(_mails(session)[0]), _code(draft)
        session.commit()
    results = at_once(engine, lambda s: _open(s, token, code).id, times=5)
    assert sorted(type(one).__name__ for one in results) == ["InvalidInput"] * 4 + ["int"]


def test_open_draft_tries_of_many_at_once_are_all_counted(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        _draft(session)
        token = _token(_mails(session)[0])
        session.commit()
    results = at_once(engine, lambda s: _open(s, token, "ZZZ ZZZ"))
    assert [type(one) for one in results] == [InvalidInput] * 8
    with open_session(engine, writes=False) as session:
        assert session.exec(select(AccessLink.tries)).one() == 8


def test_keep_for_later_twice_in_a_minute_is_one_mail(session: Session) -> None:
    draft = _draft(session)
    resuming.keep_for_later(session, draft, email=EMAIL, at=AT)
    assert len(_mails(session)) == 1
    resuming.keep_for_later(session, draft, email="other@example.org", at=AT)
    resuming.keep_for_later(session, draft, email=EMAIL, at=AT + timedelta(minutes=1))
    assert [mail.recipient for mail in _mails(session)] == [EMAIL, "other@example.org", EMAIL]


def test_mail_links_writes_about_unsent_drafts_of_the_address_only(session: Session) -> None:
    office = make_office(session)
    mine, sent = _draft(session), _draft(session)
    _draft(session, email="other@example.org")
    application = sign_up(session, office, student())
    drafts.mark_submitted(session, sent, application_id=application.id, at=AT)
    before = len(_mails(session))
    resuming.mail_links(session, email="nobody@example.org", at=AT + DAY)
    assert len(_mails(session)) == before
    resuming.mail_links(session, email="Anna@example.org".lower(), at=AT + DAY)
    (new,) = _mails(session)[before:]
    assert (new.recipient, new.draft_id) == (EMAIL, mine.id)
    assert _open(session, _token(new), _code(mine), AT + DAY) == mine


def test_give_to_browser_closes_it_where_it_was(session: Session) -> None:
    draft = _draft(session)
    before = draft.web_session_id
    browser, _ = web_sessions.start(session, at=AT)
    resuming.give_to_browser(session, draft, web_session_id=browser.id, at=AT + DAY)
    assert drafts.get_draft(session, draft.public_id, web_session_id=browser.id) == draft
    assert drafts.get_draft(session, draft.public_id, web_session_id=before) is None
    assert draft.updated_at == AT + DAY


def test_remind_once_a_week_before_the_end(session: Session) -> None:
    draft, silent = _draft(session), _draft(session, email=None)
    assert resuming.drafts_to_remind(session, AT + 23 * DAY - timedelta(seconds=1)) == []
    assert resuming.drafts_to_remind(session, AT + 23 * DAY) == [draft]
    assert silent.email is None
    at = AT + 23 * DAY
    assert [resuming.remind(session, draft, at) for _ in range(2)] == [True, False]
    assert resuming.drafts_to_remind(session, AT + 29 * DAY) == []
    mail = _mails(session)[-1]
    assert mail.subject == "Something you began is still waiting"
    assert _open(session, _token(mail), _code(draft), AT + 29 * DAY) == draft


def test_remind_by_many_at_once_is_one_mail(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        draft = _draft(session)
        session.commit()
    results = at_once(engine, lambda s: resuming.remind(s, draft, AT + 24 * DAY))
    assert sorted(results) == [False] * 7 + [True]
    with open_session(engine, writes=False) as session:
        assert len(_mails(session)) == 2


def test_remind_draft_touched_meanwhile_is_left_alone(session: Session) -> None:
    draft = _draft(session)
    drafts.save_step(
        session, draft, step="a", values={}, expected_version=draft.version, at=AT + 22 * DAY
    )
    assert not resuming.remind(session, draft, AT + 23 * DAY)
    assert len(_mails(session)) == 1


def test_forget_expired_takes_links_and_mails_along_and_nothing_else(session: Session) -> None:
    office = make_office(session)
    silent, reminded, unreminded, sent, fresh = (
        _draft(session, email=email)
        for email in (None, EMAIL, "other@example.org", EMAIL, "new@example.org")
    )
    application = sign_up(session, office, student())
    drafts.mark_submitted(session, sent, application_id=application.id, at=AT)
    resuming.remind(session, reminded, AT + 23 * DAY)
    drafts.save_step(
        session, fresh, step="a", values={}, expected_version=fresh.version, at=AT + DAY
    )
    just_before = AT + 30 * DAY - timedelta(seconds=1)
    assert not resuming.has_expired(session, just_before)
    assert resuming.forget_expired(session, just_before) == 0
    kept = [unreminded.id, sent.id, fresh.id]
    gone = [silent.id, reminded.id]
    assert resuming.has_expired(session, AT + 30 * DAY)
    assert resuming.forget_expired(session, AT + 30 * DAY) == 2
    session.expire_all()
    assert list(session.exec(select(Draft.id).order_by(col(Draft.id)))) == kept
    of_drafts = session.exec(select(AccessLink.draft_id)).all()
    assert not set(gone) & set(of_drafts) and set(kept) & set(of_drafts)
    assert not {mail.draft_id for mail in _mails(session)} & set(gone)


def test_forget_expired_draft_reminded_late_has_its_week(session: Session) -> None:
    draft = _draft(session)
    assert resuming.remind(session, draft, AT + 40 * DAY)
    assert resuming.forget_expired(session, AT + 47 * DAY - timedelta(seconds=1)) == 0
    assert resuming.forget_expired(session, AT + 47 * DAY) == 1
