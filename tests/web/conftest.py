"""What page tests may ask for: a visitor, and a world with two programmes."""

import itsdangerous
import pytest
import sqlalchemy as sa
from flask import Flask

from exchange.clock import now
from exchange.config import Settings
from exchange.records.session import open_session
from exchange.services import web_sessions
from tests.web.visitor import Visitor
from tests.web.world import World, make_world

RAW_TOKEN = "0123456789abcdef"


class Enter:
    """Gives visitors a session as it is after signing in, without the cost of a password."""

    def __init__(self, app: Flask, engine: sa.Engine, settings: Settings) -> None:
        self.app, self.engine, self.key = app, engine, settings.secret_key

    def __call__(
        self, *, account_id: int | None = None, application_id: int | None = None
    ) -> Visitor:
        """Return a visitor with a new session; its `csrf` is the token of its forms."""
        visitor = Visitor(self.app)
        with open_session(self.engine) as db:
            _row, token = web_sessions.start(
                db,
                at=now(),
                account_id=account_id,
                application_id=application_id,
                data={"csrf_token": RAW_TOKEN},
            )
            db.commit()
        visitor.client.set_cookie("session", token, domain="127.0.0.1")
        signer = itsdangerous.URLSafeTimedSerializer(self.key, salt="wtf-csrf-token")
        visitor.csrf = signer.dumps(RAW_TOKEN)
        return visitor


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """A browser that was never here."""
    return Visitor(app)


@pytest.fixture
def enter(app: Flask, engine: sa.Engine, settings: Settings) -> Enter:
    """A way to be somebody."""
    return Enter(app, engine, settings)


@pytest.fixture
def world(engine: sa.Engine) -> World:
    """Two programmes that know nothing of each other."""
    return make_world(engine)
