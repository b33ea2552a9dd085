"""In which order transactions wait for each other, so that none ever waits in a circle.

First the programme (`hold_programme`) or the cycle (`hold_cycle`), then rows of it, last the audit
trail (`audit.record`). Whoever
changes applications or runs of a cycle for people holds the cycle; a single sign-up and a worker,
which touch one row before the trail, need not. On SQLite a writer holds the whole file anyway.
"""

from sqlmodel import Session, col, select

from exchange.errors import NotFound
from exchange.records import Cycle, Programme


def hold_cycle(session: Session, cycle_id: int) -> Cycle:
    """Return the cycle as it is now; others who want to hold it wait until this one commits.

    Raises
    ------
    NotFound
        When there is no such cycle.
    """
    # A key-share lock lets sign-ups through, whose foreign key points at the cycle.
    query = select(Cycle).where(col(Cycle.id) == cycle_id).with_for_update(key_share=True)
    found = session.exec(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def hold_programme(session: Session, programme_id: int) -> Programme:
    """Return the programme; others who change who works for it wait until this one commits.

    Raises
    ------
    NotFound
        When there is no such programme.
    """
    query = select(Programme).where(col(Programme.id) == programme_id)
    query = query.with_for_update(key_share=True)
    found = session.exec(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found
