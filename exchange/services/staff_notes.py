"""Notes of staff about an application, for the colleague who covers."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Account, StaffNote
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails
from exchange.services.authority import require
from exchange.services.impartiality import require_impartial
from exchange.translations import Sentence

LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Note:
    """A note, and what its author is called; empty where the account is gone."""

    text: str
    author: str
    at: datetime


def list_notes(session: Session, actor: Actor, details: ApplicationDetails) -> list[Note]:
    """Return the notes about an application, the latest first."""
    require(actor, Permission.SEE_APPLICATIONS, details.cycle.programme_id)
    query = (
        select(StaffNote, Account.display_name)
        .outerjoin(Account, col(StaffNote.author_id) == col(Account.id))
        .where(StaffNote.application_id == details.application.id)
        .order_by(col(StaffNote.id).desc())
    )
    return [Note(one.text, name or "", one.created_at) for one, name in session.exec(query)]


def add_note(
    session: Session, actor: Actor, details: ApplicationDetails, text: str, at: datetime
) -> None:
    """Write a note down.

    Raises
    ------
    InvalidInput
        When there is no text, or too much.
    SafetyRefusal
        When the application names the actor.
    """
    require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
    require_impartial(session, actor, details)
    text = text.strip()
    if not text:
        sentence = Sentence("Write the note first")
        raise InvalidInput(f"{sentence}.", {"text": [sentence]})
    if len(text) > LONGEST_NOTE:
        sentence = Sentence("Use %(most)d characters or fewer", most=LONGEST_NOTE)
        raise InvalidInput(f"{sentence}.", {"text": [sentence]})
    session.add(
        StaffNote(
            created_at=at,
            application_id=details.application.id,
            author_id=actor.account_id,
            text=text,
        )
    )
    session.flush()
    audit.record(
        session,
        actor,
        "application:note",
        subject_kind="application",
        subject_id=details.application.public_id,
        programme_id=details.cycle.programme_id,
        at=at,
    )
