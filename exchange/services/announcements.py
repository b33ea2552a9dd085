"""Announcements: written, looked at, sent once to everybody whom a filter finds."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, func, select, update

from exchange.domain.audiences import Recipients
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.intake.text import clean_text
from exchange.notices.texts import Notice, Template, write_notice
from exchange.records import Announcement, Cycle, OutboxMail
from exchange.services import audit, mails
from exchange.services.actor import Actor
from exchange.services.announcement_reach import Reader, reach_of
from exchange.services.authority import require
from exchange.services.locks import hold_cycle
from exchange.translations import LANGUAGES, Sentence

LONGEST_TEXT = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a coordinator writes: to whom, in which languages, and which one stands in."""

    recipients: Recipients
    texts: Mapping[str, str | None]
    fallback: str
    with_guardians: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far the mails of an announcement are."""

    sent: int
    failed: int
    waiting: int


def list_announcements(session: Session, actor: Actor, cycle: Cycle) -> list[Announcement]:
    """Return the announcements of a cycle, the latest first."""
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    query = select(Announcement).where(Announcement.cycle_id == cycle.id)
    return list(session.exec(query.order_by(col(Announcement.id).desc())))


def get_announcement(session: Session, actor: Actor, public_id: str) -> tuple[Announcement, Cycle]:
    """Return one announcement of the actor's programmes; NotFound for any other."""
    row = session.exec(
        select(Announcement, Cycle)
        .join(Cycle, col(Announcement.cycle_id) == col(Cycle.id))
        .where(Announcement.public_id == public_id)
    ).first()
    if row is None:
        raise NotFound("There is nothing at this address.")
    require(actor, Permission.MANAGE_CYCLES, row[1].programme_id)
    return row[0], row[1]


def checked(wording: Wording) -> dict[str, Any]:
    """Return the values of the columns that a wording sets.

    Raises
    ------
    InvalidInput
        With every fault at once.
    """
    faults: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        try:
            text = clean_text(wording.texts.get(language) or "", LONGEST_TEXT, lines=True)
        except ValueError as error:
            # The sentence itself, so that it can still be translated.
            faults[f"text_{language}"] = [error.args[0]]
            continue
        if "{" in text or "}" in text:
            sentence = Sentence("Take out the braces: nothing is filled in here")
            faults[f"text_{language}"] = [sentence]
        elif text:
            texts[language] = text
    if not texts and not faults:
        faults[f"text_{wording.fallback}"] = [
            Sentence("Write the message in one language at least")
        ]
    elif wording.fallback not in texts and f"text_{wording.fallback}" not in faults:
        sentence = Sentence("Choose a language in which you have written the message")
        faults["fallback"] = [sentence]
    if faults:
        raise InvalidInput("Check what you have written.", faults)
    return {
        "words": wording.recipients.to_words(),
        "with_guardians": wording.with_guardians,
        "texts": texts,
        "fallback": wording.fallback,
    }


def write(
    session: Session, actor: Actor, cycle: Cycle, wording: Wording, at: datetime
) -> Announcement:
    """Keep a new announcement; nobody gets it before it is sent.

    Raises
    ------
    InvalidInput
        With every fault at once.
    """
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    made = Announcement(
        cycle_id=cycle.id, made_by_id=actor.account_id, created_at=at, **checked(wording)
    )
    session.add(made)
    session.flush()
    _note(session, actor, "announcement:write", made, cycle, at)
    return made


def rewrite(
    session: Session,
    actor: Actor,
    announcement: Announcement,
    cycle: Cycle,
    wording: Wording,
    *,
    expected_version: int,
    at: datetime,
) -> None:
    """Change an announcement that is not sent yet.

    Raises
    ------
    Conflict
        When it is sent, or somebody else has changed it since.
    """
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    changed = session.connection().execute(
        update(Announcement)
        .where(
            col(Announcement.id) == announcement.id,
            col(Announcement.version) == expected_version,
            col(Announcement.sent_at).is_(None),
        )
        .values(version=expected_version + 1, **checked(wording))
    )
    if changed.rowcount != 1:
        raise Conflict("Somebody else has changed or sent this announcement. Look at it again.")
    session.refresh(announcement)
    _note(session, actor, "announcement:rewrite", announcement, cycle, at)


def remove(
    session: Session, actor: Actor, announcement: Announcement, cycle: Cycle, at: datetime
) -> None:
    """Remove an announcement that is not sent; what was sent stays.

    Raises
    ------
    Conflict
        When it is sent.
    """
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    gone = session.connection().execute(
        delete(Announcement).where(
            col(Announcement.id) == announcement.id, col(Announcement.sent_at).is_(None)
        )
    )
    if gone.rowcount != 1:
        raise Conflict("This announcement is sent. It cannot be taken back.")
    _note(session, actor, "announcement:remove", announcement, cycle, at)


def send(
    session: Session,
    actor: Actor,
    announcement: Announcement,
    *,
    expected_version: int,
    expected_digest: str,
    at: datetime,
) -> bool:
    """Write one mail to each whom it reaches, all in this transaction; sent twice, it is once.

    Parameters
    ----------
    expected_version, expected_digest : int, str
        What was looked at: the words, and the people.

    Returns
    -------
    bool
        Whether this was the time; False where it is sent already.

    Raises
    ------
    Conflict
        When the words or the people are no longer those that were looked at, or are nobody.
    """
    cycle = hold_cycle(session, announcement.cycle_id)
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    session.refresh(announcement)
    if announcement.sent_at is not None:
        return False
    reach = reach_of(session, cycle, announcement, at)
    if announcement.version != expected_version or reach.digest != expected_digest:
        raise Conflict("The words or the people have changed since you looked. Look again.")
    if not reach.readers:
        raise Conflict("This announcement reaches nobody. Change who gets it.")
    taken = session.connection().execute(
        update(Announcement)
        .where(col(Announcement.id) == announcement.id, col(Announcement.sent_at).is_(None))
        .values(sent_at=at, sent_by_id=actor.account_id, people=len(reach.readers))
    )
    if taken.rowcount != 1:
        return False
    mails.insert_mails(session, _mails(announcement, reach.readers, at))
    session.refresh(announcement)
    _note(
        session,
        actor,
        "announcement:send",
        announcement,
        cycle,
        at,
        mails=len(reach.readers),
    )
    return True


def delivery_of(session: Session, announcement: Announcement) -> Delivery:
    """Count the mails of an announcement by how far they are; those of erased people are gone."""
    sent, failed, every = session.exec(
        select(
            func.count(col(OutboxMail.sent_at)), func.count(col(OutboxMail.dead_at)), func.count()
        ).where(OutboxMail.announcement_id == announcement.id)
    ).one()
    return Delivery(sent, failed, every - sent - failed)


def language_for(announcement: Announcement, language: str) -> str:
    """Return in which language somebody gets it: their own, or the one that stands in."""
    return language if announcement.texts.get(language) else announcement.fallback


def preview(announcement: Announcement, language: str, *, to_guardian: bool = False) -> Notice:
    """Write it for an invented person who reads one of its languages."""
    template = Template.ANNOUNCEMENT_TO_GUARDIAN if to_guardian else Template.ANNOUNCEMENT
    return _notice(announcement, template, language, "S-7K3M-92QF")


def _notice(
    announcement: Announcement, template: Template, language: str, reference: str
) -> Notice:
    context = {"reference": reference, "message": announcement.texts[language]}
    return write_notice(template, context, language)


def _mails(
    announcement: Announcement, readers: Sequence[Reader], at: datetime
) -> list[dict[str, Any]]:
    same = OutboxMail(
        key="",
        message_id="",
        recipient="",
        subject="",
        body="",
        template="",
        announcement_id=announcement.id,
        created_at=at,
        next_attempt_at=at,
    ).model_dump(exclude={"id"})
    rows = []
    for one in readers:
        language = language_for(announcement, one.language)
        notice = _notice(announcement, one.template, language, one.reference)
        own = {
            "key": f"announcement:{announcement.public_id}:{one.key}",
            "message_id": f"<{secrets.token_hex(16)}@exchange.invalid>",
            "recipient": one.email,
            "subject": notice.subject,
            "body": notice.body,
            "kept": notice.kept,
            "template": one.template.value,
            "application_id": one.application_id,
        }
        rows.append(same | own)
    return rows


def _note(
    session: Session,
    actor: Actor,
    action: str,
    announcement: Announcement,
    cycle: Cycle,
    at: datetime,
    **facts: int,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="announcement",
        subject_id=announcement.public_id,
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )
