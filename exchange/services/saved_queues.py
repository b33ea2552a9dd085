"""Filters that an account keeps under a name, for all cycles of a programme."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, bindparam, col, func, select

from exchange.domain.queues import Queue
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput, NotFound
from exchange.records import Cycle, SavedQueue
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.names import clean_name
from exchange.translations import Sentence

LONGEST_NAME = 60
MOST = 20
"""For one account in one programme; a longer list is no help."""

# Asked by each page of a list, and built once.
_SAVED = (
    select(SavedQueue)
    .where(
        col(SavedQueue.account_id) == bindparam("account"),
        col(SavedQueue.programme_id) == bindparam("programme"),
    )
    .order_by(col(SavedQueue.name), col(SavedQueue.id))
)


def list_saved(session: Session, actor: Actor, cycle: Cycle) -> list[SavedQueue]:
    """Return the filters that the actor keeps in the programme of a cycle, by name."""
    of = {"account": actor.account_id, "programme": cycle.programme_id}
    return list(session.exec(_SAVED, params=of))


def save_queue(
    session: Session, actor: Actor, cycle: Cycle, *, name: str, queue: Queue, at: datetime
) -> SavedQueue:
    """Keep a filter under a name.

    Raises
    ------
    InvalidInput
        When the name is missing, too long or taken, the filter lets everything through, or there
        are many already.
    """
    require(actor, Permission.SEE_APPLICATIONS, cycle.programme_id)
    name = clean_name(name)
    if not name or len(name) > LONGEST_NAME:
        raise _refused(Sentence("Enter a name of up to %(most)d characters", most=LONGEST_NAME))
    if not queue.to_words():
        raise _refused(Sentence("Choose what to show first; this filter shows everything"))
    if actor.account_id is None:
        raise NotFound("There is nothing at this address.")
    kept = session.exec(
        select(func.count())
        .select_from(SavedQueue)
        .where(
            SavedQueue.account_id == actor.account_id,
            SavedQueue.programme_id == cycle.programme_id,
        )
    ).one()
    if kept >= MOST:
        raise _refused(Sentence("You keep %(most)d filters; remove one first", most=MOST))
    saved = SavedQueue(
        created_at=at,
        account_id=actor.account_id,
        programme_id=cycle.programme_id,
        name=name,
        words=queue.to_words(),
    )
    try:
        with session.begin_nested():
            session.add(saved)
    except IntegrityError as error:
        raise _refused(Sentence("You have a filter of that name already")) from error
    return saved


def forget_queue(session: Session, actor: Actor, public_id: str) -> SavedQueue:
    """Remove one's own filter; that of somebody else is not there."""
    saved = session.exec(
        select(SavedQueue).where(
            SavedQueue.public_id == public_id, SavedQueue.account_id == actor.account_id
        )
    ).one_or_none()
    if saved is None:
        raise NotFound("There is nothing at this address.")
    session.delete(saved)
    return saved


def _refused(sentence: Sentence) -> InvalidInput:
    return InvalidInput(f"{sentence}.", {"name": [sentence]})
