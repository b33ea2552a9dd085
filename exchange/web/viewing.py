"""Looks of staff at what is kept about a person: none is off the record."""

from flask import g

from exchange.records.session import open_session
from exchange.services import viewings
from exchange.services.applications import ApplicationDetails
from exchange.web.request_state import engine


def note_viewing(details: ApplicationDetails) -> None:
    """Put the look on record before anything is shown: without the note there is no page."""
    if viewings.is_noted(g.db, g.actor, details.application.public_id, g.now):
        return
    # A page that is read has a session that only reads.
    with open_session(engine()) as db:
        viewings.note_viewing(db, g.actor, details, g.now)
        db.commit()
