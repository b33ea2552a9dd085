"""Sending: answers are checked before the write lock is taken, and sent only if still the same."""

import sqlalchemy as sa
from flask import Flask

from tests.web.signup.way import STUDENT, begin, fill_in
from tests.web.visitor import Page, Visitor
from tests.web.world import World

SENT = sa.text(
    "SELECT count(*) FROM draft WHERE submitted_application_id IS NOT NULL AND reopened_at IS NULL"
)
AGREED = {"is_true": "yes", "agrees": "yes"}


def _declaration(visitor: Visitor, world: World) -> Page:
    fill_in(visitor, begin(visitor, world.own.cycle), STUDENT)
    page = visitor.send()
    assert page.path.endswith("/declaration"), page.path
    return page


def _save_elsewhere(engine: sa.Engine) -> None:
    """Save the draft as another window does."""
    with engine.begin() as other:
        other.execute(sa.text("UPDATE draft SET version = version + 1"))


def test_draft_changed_while_it_was_checked_is_not_sent(
    app: Flask, engine: sa.Engine, visitor: Visitor, world: World
) -> None:
    _declaration(visitor, world)
    begun: list[object] = []
    own: sa.Engine = app.extensions["exchange.engine"]

    def note(connection: sa.Connection) -> None:
        begun.append(connection)
        # The first connection finds the session, the second one checks, the third one writes.
        if len(begun) == 3:
            _save_elsewhere(engine)

    sa.event.listen(own, "engine_connect", note)
    try:
        page = visitor.send(AGREED)
    finally:
        sa.event.remove(own, "engine_connect", note)
    assert page.path.endswith("/check"), page.path
    with engine.connect() as connection:
        assert connection.execute(SENT).scalar_one() == 0


def test_draft_as_it_was_checked_is_sent_once(
    engine: sa.Engine, visitor: Visitor, world: World
) -> None:
    declaration = _declaration(visitor, world)
    assert visitor.send(AGREED).path.endswith("/reference")
    again = visitor.post(declaration.path, AGREED)
    assert again.path.endswith("/reference"), again.path
    with engine.connect() as connection:
        assert connection.execute(SENT).scalar_one() == 1
