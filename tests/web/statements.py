"""Counts the statements that a page sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask

MOST = 12
"""On any page, however many people there are."""
MOST_DESK = 20
"""On the first page of a cycle's desk, which counts what needs somebody."""


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the statements sent while the block runs; beginnings and ends do not count."""
    engine: sa.Engine = app.extensions["exchange.engine"]
    sent: list[str] = []

    def note(_c: object, _u: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
