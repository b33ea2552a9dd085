"""Words of mails: checked all at once, kept in versions, used for their programme and language."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound
from exchange.notices.events import (
    EDITABLE,
    LONGEST_BODY,
    Audience,
    audience_of,
    placeholders_of,
    required_of,
)
from exchange.notices.texts import LINK, Template, default_text
from exchange.records import MailText, OutboxMail, Programme
from exchange.records.session import open_session
from exchange.services import mail_texts
from exchange.translations import LANGUAGES
from exchange.web.mail_texts.words import EVENTS, PLACEHOLDERS
from tests.services.people import AT, Office, make_office, sign_up, student, told
from tests.services.together import at_once

SUBJECT = "It is here"
FIXED = "Use fixed words without placeholders: a subject is read by whoever sees the screen"
GLUED = "Leave {link} alone on its line, so that nothing sticks to the link"
BODY = "Dear you,\n\n{programme} has {reference} for {cycle}:\n\n{link}\n\nWrite to {contact}."


def _save(session: Session, office: Office, **changes: object) -> MailText | None:
    values: dict[str, object] = {
        "subject": SUBJECT,
        "body": BODY,
        "expected_number": 0,
        "at": AT,
        **changes,
    }
    template = values.pop("template", Template.RECEIVED)
    language = values.pop("language", "en")
    return mail_texts.save_words(
        session,
        office.actor,
        office.programme,
        template,  # type: ignore[arg-type]
        language,  # type: ignore[arg-type]
        **values,  # type: ignore[arg-type]
    )


def _received(session: Session, office: Office, number: int) -> OutboxMail:
    application = sign_up(session, office, student(number))
    return session.exec(
        select(OutboxMail).where(OutboxMail.key == f"received:{application.public_id}")
    ).one()


def test_own_words_replace_ours_for_their_programme_and_language_only(session: Session) -> None:
    office, other = make_office(session), make_office(session, "Elsewhere")
    row = _save(session, office)
    mail = _received(session, office, 0)
    assert row is not None
    assert (mail.subject, mail.text_id) == (SUBJECT, row.id)
    assert mail.body.startswith("Dear you,\n\nNeighbours has S-")
    assert "for Summer:\n\n{base_url}/application/open/" in mail.body
    assert mail.body.endswith("Write to office@example.org.\n")
    assert mail.kept is not None and LINK in mail.kept
    assert "/application/open/" not in mail.kept
    foreign = _received(session, other, 1)
    assert (foreign.subject, foreign.text_id) == ("We have received your application", None)


def test_reader_of_another_language_gets_our_words_and_not_another_languages(
    session: Session,
) -> None:
    office = make_office(session)
    _save(session, office, language="fr", subject="Bien reçu")
    assert _received(session, office, 0).subject == "We have received your application"


def test_mail_keeps_the_version_that_it_was_made_from(session: Session) -> None:
    office = make_office(session)
    first = _save(session, office)
    mail = _received(session, office, 0)
    _save(session, office, subject="Another", expected_number=1)
    session.refresh(mail)
    assert first is not None
    assert (mail.text_id, mail.subject) == (first.id, SUBJECT)
    assert _received(session, office, 1).subject == "Another"


def test_restored_default_is_a_version_of_its_own(session: Session) -> None:
    office = make_office(session)
    _save(session, office)
    restored = mail_texts.restore_default(
        session,
        office.actor,
        office.programme,
        Template.RECEIVED,
        "en",
        expected_number=1,
        at=AT,
    )
    assert restored is not None and (restored.number, restored.body) == (2, None)
    mail = _received(session, office, 0)
    assert (mail.subject, mail.text_id) == ("We have received your application", None)
    found = mail_texts.versions_of(session, office.programme, Template.RECEIVED, "en")
    assert [(row.number, name) for row, name in found] == [
        (2, "A coordinator"),
        (1, "A coordinator"),
    ]
    assert [one for one in told(session) if one.startswith("mail_text")] == [
        "mail_text:save",
        "mail_text:restore",
    ]
    # Once more is nothing: there is nothing left to take back.
    again = mail_texts.restore_default(
        session, office.actor, office.programme, Template.RECEIVED, "en", expected_number=2, at=AT
    )
    assert again is None


def test_every_fault_is_told_at_once(session: Session) -> None:
    office = make_office(session)
    with pytest.raises(InvalidInput) as caught:
        _save(
            session,
            office,
            subject="{reference} of Neighbours",
            body="Dear {name}, see %(link)s and {count}",
        )
    assert {name: list(map(str, said)) for name, said in caught.value.faults.items()} == {
        "subject": [
            FIXED,
            "Leave the name of the programme out of the subject",
        ],
        "body": [
            "There is no placeholder {name} in this mail",
            "There is no placeholder {count} in this mail",
            "Put {link} where the reader finds the link: without it the mail is of no use",
            "Write placeholders as in the list, such as {link}",
        ],
    }


@pytest.mark.parametrize(
    ("subject", "body", "fault"),
    [
        ("", BODY, "Enter a subject"),
        (SUBJECT, "", "Enter what the mail says"),
        (SUBJECT, "{link}\n\n}", "Take out the braces that belong to no placeholder"),
        (SUBJECT, "{{7*7}}\n\n{link}", "Write placeholders as in the list, such as {link}"),
        (SUBJECT, "Here: {link}.", GLUED),
        (SUBJECT, "a\u202eb\n\n{link}", "Remove the hidden character, then try again"),
        ("a\u202eb", BODY, "Remove the hidden character, then try again"),
        ("one\ntwo", BODY, "Remove the character that cannot be shown, then try again"),
        (SUBJECT, "x" * LONGEST_BODY + "\n{link}", f"Use {LONGEST_BODY} characters or fewer"),
        ("x" * 61, BODY, "Use 60 characters or fewer"),
        ("50 %", BODY, FIXED),
    ],
)  # fmt: skip
def test_words_with_a_fault_are_refused(
    session: Session, subject: str, body: str, fault: str
) -> None:
    office = make_office(session)
    with pytest.raises(InvalidInput) as caught:
        _save(session, office, subject=subject, body=body)
    assert fault in [str(one) for said in caught.value.faults.values() for one in said]
    assert session.exec(select(MailText)).all() == []


def test_name_of_a_programme_is_never_read_as_a_placeholder(session: Session) -> None:
    office = make_office(session)
    _save(session, office)
    office.programme.name = "The {link} %(x)s programme"
    session.add(office.programme)
    session.flush()
    assert "\n\nThe {link} %(x)s programme has " in _received(session, office, 0).body


def test_default_of_every_mail_in_every_language_passes_the_checks(session: Session) -> None:
    programme = make_office(session).programme
    for template in EDITABLE:
        for language in LANGUAGES:
            subject, body = default_text(template, language)
            mail_texts.checked_words(programme, template, subject=subject, body=body)


def test_words_that_are_not_a_programmes_to_choose_are_nowhere(session: Session) -> None:
    office = make_office(session)
    for template in (Template.PASSWORD_LINK, Template.DRAFT_REMINDER, Template.ANNOUNCEMENT):
        with pytest.raises(NotFound):
            _save(session, office, template=template)
    with pytest.raises(NotFound):
        _save(session, office, language="xx")


def test_only_who_manages_cycles_words_mails(session: Session) -> None:
    office, other = make_office(session), make_office(session, "Elsewhere")
    for actor, refusal in ((office.second, Forbidden), (other.actor, NotFound)):
        with pytest.raises(refusal):
            mail_texts.save_words(
                session,
                actor,
                office.programme,
                Template.RECEIVED,
                "en",
                subject=SUBJECT,
                body=BODY,
                expected_number=0,
                at=AT,
            )


def test_same_words_saved_twice_are_one_version(session: Session) -> None:
    office = make_office(session)
    assert _save(session, office) is not None
    assert _save(session, office, expected_number=1) is None
    with pytest.raises(Conflict):
        _save(session, office, subject="Late", expected_number=0)


def test_of_many_who_save_at_once_one_wins(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        session.commit()

    def save(session: Session) -> object:
        mine = Office(
            session.get_one(Programme, office.programme.id),
            office.cycle,
            office.actor,
            office.second,
        )
        return _save(session, mine)

    results = at_once(engine, save)
    assert sum(isinstance(one, Conflict) for one in results) == 7
    with open_session(engine) as session:
        assert [one.number for one in session.exec(select(MailText))] == [1]


def test_what_a_mail_fills_in_is_known_and_secrets_are_nobodys() -> None:
    assert set(EVENTS) == set(EDITABLE)
    for template in EDITABLE:
        assert audience_of(template) is not Audience.NOBODY
        assert set(placeholders_of(template)) <= set(PLACEHOLDERS)
        assert required_of(template) == ("link",)
    for template in (Template.PASSWORD_LINK, Template.EMAIL_LINK, Template.SIGN_IN_CHANGED):
        assert audience_of(template) is Audience.NOBODY
        assert template not in EDITABLE
