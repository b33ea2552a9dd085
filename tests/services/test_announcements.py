"""Announcements: to whom the filter finds, in their language, once, whoever presses how often."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.audiences import Placing, Recipients
from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.queues import Queue
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound
from exchange.notices.texts import LINK
from exchange.records import Announcement, Application, Guardian, OutboxMail
from exchange.records.session import open_session
from exchange.services import agreements, announcements, erasure, mails, my_data, screening
from exchange.services.actor import Actor
from exchange.services.announcement_reach import reach_of
from exchange.services.announcements import Wording
from tests.services.people import (
    AT,
    Office,
    approve,
    enrol,
    finish,
    guardians_agree,
    host,
    make_office,
    publish,
    sign_up,
    start,
    student,
    told,
)
from tests.services.test_reminders import MINOR
from tests.services.together import at_once

WORDS = "The bus leaves at nine.\n\nBring 100 % of your papers."


def _write(
    session: Session,
    office: Office,
    recipients: Recipients | None = None,
    **changes: object,
) -> Announcement:
    wording = Wording(recipients=recipients or Recipients(), texts={"en": WORDS}, fallback="en")
    return announcements.write(
        session,
        office.actor,
        office.cycle,
        replace(wording, **changes),  # type: ignore[arg-type]
        AT,
    )


def _send(session: Session, office: Office, one: Announcement, **changes: object) -> bool:
    seen = {
        "expected_version": one.version,
        "expected_digest": reach_of(session, office.cycle, one, AT).digest,
        "at": AT,
        **changes,
    }
    return announcements.send(session, office.actor, one, **seen)  # type: ignore[arg-type]


def _mails(session: Session, one: Announcement) -> list[OutboxMail]:
    query = select(OutboxMail).where(OutboxMail.announcement_id == one.id)
    return list(session.exec(query.order_by(col(OutboxMail.recipient))))


def _reached(session: Session, office: Office, recipients: Recipients) -> set[str]:
    one = _write(session, office, recipients)
    return {reader.email for reader in reach_of(session, office.cycle, one, AT).readers}


def test_announcement_reaches_each_once_in_their_language(session: Session) -> None:
    office = make_office(session)
    for number in range(2):
        sign_up(session, office, student(number))
    french = sign_up(session, office, host(0))
    french.language = "fr"
    session.add(french)
    session.flush()
    one = _write(session, office, texts={"en": WORDS, "fr": "Le bus part à neuf heures."})
    assert [_send(session, office, one) for _ in range(2)] == [True, False]
    found = _mails(session, one)
    assert [mail.recipient for mail in found] == [
        "host0@example.org",
        "student0@example.org",
        "student1@example.org",
    ]
    assert "Le bus part à neuf heures." in found[0].body
    assert WORDS in found[1].body
    assert len({mail.body for mail in found}) == 3  # Each names its own application.
    assert {mail.application_id for mail in found} == {
        one.id for one in session.exec(select(Application))
    }
    assert found[1].kept == found[1].body and LINK not in found[1].body
    assert one.people == 3
    assert told(session)[-1] == "announcement:send"
    assert announcements.delivery_of(session, one).waiting == 3


def test_reader_without_a_text_gets_the_language_that_stands_in(session: Session) -> None:
    office = make_office(session)
    application = sign_up(session, office, student())
    application.language = "ru"
    session.add(application)
    session.flush()
    one = _write(session, office, texts={"fr": "Bonjour à tous"}, fallback="fr")
    assert reach_of(session, office.cycle, one, AT).languages() == {"ru": 1}
    assert announcements.language_for(one, "ru") == "fr"
    _send(session, office, one)
    assert "Bonjour à tous" in _mails(session, one)[0].body


def test_guardians_of_minors_get_it_unless_they_said_no(session: Session) -> None:
    office = make_office(session)
    minor = sign_up(session, office, student(1, **MINOR))
    both = {"student1@example.org", "parent@example.org"}
    assert _reached(session, office, Recipients()) == both
    one = _write(session, office, with_guardians=False)
    found = reach_of(session, office.cycle, one, AT).readers
    assert [reader.email for reader in found] == ["student1@example.org"]
    guardian = session.exec(select(Guardian)).one()
    agreements.refuse(session, Actor(guardian_id=guardian.id), AT)
    assert minor.state is ApplicationState.WAITING
    assert _reached(session, office, Recipients()) == {"student1@example.org"}


def test_filter_finds_by_kind_state_nation_and_place(session: Session) -> None:
    office = make_office(session)
    ids = enrol(session, office, students=2, hosts=2)
    waiting = sign_up(session, office, student(5))
    gone = sign_up(session, office, student(6))
    screening.withdraw(session, Actor(application_id=gone.id), gone, AT)

    def of(placing: Placing | None = None, **words: str) -> set[str]:
        found = _reached(session, office, Recipients(Queue.from_words(words), placing))
        return {address.partition("@")[0] for address in found}

    everybody = {"student0", "student1", "student5", "host0", "host1"}
    assert of() == everybody
    assert of(kind="host") == {"host0", "host1"}
    assert of(kind="student", state="approved") == {"student0", "student1"}
    assert of(state="withdrawn") == {"student6"}
    assert of(nation="IL") == {"student1", "student5"}
    assert waiting.reference
    assert of(Placing.UNPLACED) == {"student0", "student1", "host0", "host1"}
    run = start(session, office)
    finish(session, run, ids)
    publish(session, office, run)
    assert of(Placing.UNPLACED) == {"student1", "host0"}
    assert of(Placing.OFFERED) == of(Placing.UNANSWERED) == {"student0", "host1"}
    assert of(Placing.UNANSWERED, kind="student") == {"student0"}
    assert of(Placing.PLACED) == set()


def test_row_of_a_file_is_counted_and_not_written_to(session: Session) -> None:
    office = make_office(session)
    application = sign_up(session, office, student())
    application.external_id = "X1"
    session.add(application)
    session.flush()
    one = _write(session, office)
    reach = reach_of(session, office.cycle, one, AT)
    assert (list(reach.readers), reach.not_written_to) == ([], 1)
    with pytest.raises(Conflict, match="reaches nobody"):
        _send(session, office, one)


def test_other_programmes_people_are_never_reached(session: Session) -> None:
    office, other = make_office(session), make_office(session, "Elsewhere")
    sign_up(session, other, student())
    assert _reached(session, office, Recipients()) == set()
    one = _write(session, office)
    with pytest.raises(NotFound):
        announcements.get_announcement(session, other.actor, one.public_id)
    with pytest.raises(Forbidden):
        announcements.get_announcement(session, office.second, one.public_id)


def test_people_who_changed_since_the_look_are_looked_at_again(session: Session) -> None:
    office = make_office(session)
    sign_up(session, office, student())
    one = _write(session, office)
    seen = reach_of(session, office.cycle, one, AT).digest
    sign_up(session, office, student(1))
    with pytest.raises(Conflict, match="Look again"):
        _send(session, office, one, expected_digest=seen)
    with pytest.raises(Conflict, match="Look again"):
        _send(session, office, one, expected_version=7)
    assert _mails(session, one) == []


def test_faults_are_told_at_once(session: Session) -> None:
    office = make_office(session)
    texts = {"en": "Dear {name}", "fr": "a\u202eb", "es": "x" * 3001}
    with pytest.raises(InvalidInput) as caught:
        _write(session, office, texts=texts, fallback="ru")
    assert {name: [str(one) for one in said] for name, said in caught.value.faults.items()} == {
        "text_en": ["Take out the braces: nothing is filled in here"],
        "text_fr": ["Remove the hidden character, then try again"],
        "text_es": ["Use 3000 characters or fewer"],
        "fallback": ["Choose a language in which you have written the message"],
    }
    with pytest.raises(InvalidInput, match="Check what you have written"):
        _write(session, office, texts={"en": "  "})


def test_what_is_sent_can_be_neither_changed_nor_thrown_away(session: Session) -> None:
    office = make_office(session)
    sign_up(session, office, student())
    one = _write(session, office)
    wording = Wording(recipients=Recipients(), texts={"en": "New"}, fallback="en")

    def rewrite() -> None:
        announcements.rewrite(
            session, office.actor, one, office.cycle, wording, expected_version=one.version, at=AT
        )

    rewrite()
    assert (one.version, one.texts) == (2, {"en": "New"})
    _send(session, office, one)
    with pytest.raises(Conflict):
        rewrite()
    with pytest.raises(Conflict, match="cannot be taken back"):
        announcements.remove(session, office.actor, one, office.cycle, AT)


def test_announcement_is_erased_with_the_person_and_told_in_their_data(session: Session) -> None:
    office = make_office(session)
    application = sign_up(session, office, student())
    one = _write(session, office)
    _send(session, office, one)
    mine = Actor(application_id=application.id)
    told_mails = my_data.everything_about(session, mine, AT)["mails"]
    assert WORDS in told_mails[-1]["text"]
    erasure.erase(session, mine, application, AT)
    assert _mails(session, one) == []
    session.refresh(one)
    assert one.people == 1


def test_sent_by_many_at_once_it_is_sent_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        for number in range(3):
            sign_up(session, office, student(number))
        one = _write(session, office)
        digest = reach_of(session, office.cycle, one, AT).digest
        session.commit()
        one_id, version = one.id, one.version

    def send(session: Session) -> bool:
        return announcements.send(
            session,
            office.actor,
            session.get_one(Announcement, one_id),
            expected_version=version,
            expected_digest=digest,
            at=AT,
        )

    assert sorted(at_once(engine, send)) == [False] * 7 + [True]
    with open_session(engine) as session:
        found = session.exec(select(OutboxMail).where(OutboxMail.announcement_id == one_id))
        assert len(found.all()) == 3


def test_long_list_takes_few_statements(session: Session, engine: sa.Engine) -> None:
    office = make_office(session)
    sign_up(session, office, student())
    one = _write(session, office)
    reader = reach_of(session, office.cycle, one, AT).readers[0]
    many = [replace(reader, key=f"{n:032x}") for n in range(5000)]
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    rows = announcements._mails(one, many, AT + timedelta(seconds=1))
    sa.event.listen(engine, "before_cursor_execute", note)
    for _ in range(2):
        mails.insert_mails(session, rows)
    sa.event.remove(engine, "before_cursor_execute", note)
    assert len(seen) == 2
    assert len(_mails(session, one)) == 5000


def test_approved_minor_counts_as_unplaced(session: Session) -> None:
    office = make_office(session)
    minor = sign_up(session, office, student(1, **MINOR))
    guardians_agree(session, minor)
    session.refresh(minor)
    approve(session, office, minor)
    reached = _reached(session, office, Recipients(placing=Placing.UNPLACED))
    assert reached == {"student1@example.org", "parent@example.org"}
    assert Recipients.from_words({"kind": "host", "search": "x"}).queue == Queue(
        kind=ApplicationKind.HOST
    )
