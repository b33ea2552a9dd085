"""The words of mails: what a programme writes instead of ours, checked, kept in versions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.intake.text import clean_text
from exchange.notices.events import (
    EDITABLE,
    LONGEST_BODY,
    LONGEST_SUBJECT,
    PLACEHOLDER,
    placeholders_of,
    required_of,
)
from exchange.notices.texts import Template, default_text
from exchange.records import Account, MailText, Programme
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.translations import LANGUAGES, Sentence

_OTHER_PLACEHOLDER = re.compile(r"%\(|%[sd]\b|%\{|\$\{|\{\{|\}\}|<%|%>")
"""Ways to write a placeholder elsewhere, which here would be sent as they are."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a mail says in one language, and which version that is: 0 before the first."""

    subject: str
    body: str
    number: int
    is_own: bool


def current_words(
    session: Session, programme: Programme, template: Template
) -> Mapping[str, Words]:
    """Return what a mail says, by language; where a programme has no words of its own, ours."""
    rows = {one.language: one for one in _latest(session, programme, template)}
    return {language: _words(rows.get(language), template, language) for language in LANGUAGES}


def own_languages(session: Session, programme: Programme) -> Mapping[str, list[str]]:
    """Return by the value of each mail the languages in which a programme words it itself."""
    found: dict[str, list[str]] = {}
    for row in _latest(session, programme):
        if row.body is not None:
            found.setdefault(row.template, []).append(row.language)
    return found


def versions_of(
    session: Session, programme: Programme, template: Template, language: str
) -> list[tuple[MailText, str | None]]:
    """Return (version, who made it) of a mail in a language, the latest first."""
    query = (
        select(MailText, Account.display_name)
        .outerjoin(Account, col(MailText.made_by_id) == col(Account.id))
        .where(*_of(programme, template), MailText.language == language)
        .order_by(col(MailText.number).desc())
    )
    return [(row, name) for row, name in session.exec(query)]


def save_words(
    session: Session,
    actor: Actor,
    programme: Programme,
    template: Template,
    language: str,
    *,
    subject: str | None,
    body: str | None,
    expected_number: int,
    at: datetime,
) -> MailText | None:
    """Keep a programme's words as a new version; None where they are what counts already.

    Raises
    ------
    InvalidInput
        With every fault at once.
    Conflict
        When somebody else has made a version since.
    """
    require(actor, Permission.MANAGE_CYCLES, programme.id)
    _check_editable(template, language)
    words = checked_words(programme, template, subject=subject, body=body)
    now_ = current_words(session, programme, template)[language]
    if now_.number == expected_number and (now_.subject, now_.body.strip()) == words:
        return None
    return _add(session, actor, programme, template, language, words, expected_number, at)


def restore_default(
    session: Session,
    actor: Actor,
    programme: Programme,
    template: Template,
    language: str,
    *,
    expected_number: int,
    at: datetime,
) -> MailText | None:
    """Let our words count again, as a new version; None where they count already."""
    require(actor, Permission.MANAGE_CYCLES, programme.id)
    _check_editable(template, language)
    if not current_words(session, programme, template)[language].is_own:
        return None
    return _add(session, actor, programme, template, language, None, expected_number, at)


def checked_words(
    programme: Programme, template: Template, *, subject: str | None, body: str | None
) -> tuple[str, str]:
    """Return subject and body, cleaned.

    Raises
    ------
    InvalidInput
        With every fault at once.
    """
    faults: dict[str, list[str]] = {"subject": [], "body": []}
    title = _cleaned(faults, "subject", subject, LONGEST_SUBJECT)
    text = _cleaned(faults, "body", body, LONGEST_BODY)
    faults["subject"] += _faults_of_subject(title, programme)
    faults["body"] += faults_of_body(text, template)
    if not title and not faults["subject"]:
        faults["subject"].append(Sentence("Enter a subject"))
    if not text and not faults["body"]:
        faults["body"].append(Sentence("Enter what the mail says"))
    found = {name: said for name, said in faults.items() if said}
    if found:
        raise InvalidInput("Check the words of the mail.", found)
    return title, text


def faults_of_body(text: str, template: Template) -> list[str]:
    """Return what is wrong with the placeholders of a text, each in a sentence."""
    if not text:
        return []
    faults: list[str] = []
    allowed = placeholders_of(template)
    used = PLACEHOLDER.findall(text)
    faults += [
        Sentence("There is no placeholder {%(name)s} in this mail", name=name)
        for name in dict.fromkeys(used)
        if name not in allowed
    ]
    faults += [
        Sentence(
            "Put {%(name)s} where the reader finds the link: without it the mail is of no use",
            name=name,
        )
        for name in required_of(template)
        if name not in used
    ]
    rest = PLACEHOLDER.sub("", text)
    if _OTHER_PLACEHOLDER.search(text):
        faults.append(Sentence("Write placeholders as in the list, such as {link}"))
    elif "{" in rest or "}" in rest:
        faults.append(Sentence("Take out the braces that belong to no placeholder"))
    glued = re.search(r"\S\{link\}|\{link\}\S", text)
    if glued:
        faults.append(
            Sentence("Leave {link} alone on its line, so that nothing sticks to the link")
        )
    return faults


def _faults_of_subject(title: str, programme: Programme) -> list[str]:
    faults: list[str] = []
    if "{" in title or "}" in title or "%" in title:
        faults.append(
            Sentence(
                "Use fixed words without placeholders: a subject is read by whoever sees the screen"
            )
        )
    if programme.name.strip() and programme.name.casefold() in title.casefold():
        faults.append(Sentence("Leave the name of the programme out of the subject"))
    return faults


def _cleaned(faults: dict[str, list[str]], field: str, typed: str | None, longest: int) -> str:
    try:
        return clean_text(typed or "", longest, lines=field == "body")
    except ValueError as error:
        # The sentence itself, so that it can still be translated.
        faults[field].append(error.args[0])
        return ""


def _add(
    session: Session,
    actor: Actor,
    programme: Programme,
    template: Template,
    language: str,
    words: tuple[str, str] | None,
    expected_number: int,
    at: datetime,
) -> MailText:
    latest = current_words(session, programme, template)[language]
    refusal = "Somebody else has just changed this text. Look at it again."
    if latest.number != expected_number:
        raise Conflict(refusal)
    row = MailText(
        programme_id=programme.id,
        template=template.value,
        language=language,
        number=expected_number + 1,
        subject=words[0] if words else None,
        body=f"{words[1]}\n" if words else None,
        made_by_id=actor.account_id,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Conflict(refusal) from error
    audit.record(
        session,
        actor,
        "mail_text:save" if words else "mail_text:restore",
        subject_kind="programme",
        subject_id=programme.public_id,
        programme_id=programme.id,
        facts={"mail": template.value, "language": language, "number": row.number},
        at=at,
    )
    return row


def _latest(
    session: Session, programme: Programme, template: Template | None = None
) -> list[MailText]:
    of_all = MailText.programme_id == programme.id
    wanted = [of_all] if template is None else [of_all, MailText.template == template.value]
    newest = (
        select(func.max(MailText.id))
        .where(*wanted)
        .group_by(col(MailText.template), col(MailText.language))
    )
    return list(session.exec(select(MailText).where(col(MailText.id).in_(newest))))


def _of(programme: Programme, template: Template) -> list[bool]:
    return [MailText.programme_id == programme.id, MailText.template == template.value]


def _words(row: MailText | None, template: Template, language: str) -> Words:
    number = row.number if row is not None else 0
    if row is not None and row.subject and row.body:
        return Words(row.subject, row.body, number, is_own=True)
    return Words(*default_text(template, language), number, is_own=False)


def _check_editable(template: Template, language: str) -> None:
    if template not in EDITABLE or language not in LANGUAGES:
        raise NotFound("There is nothing at this address.")
