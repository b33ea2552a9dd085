"""The home page, what happens to one's data, and the health check."""

import structlog
from flask import Blueprint, current_app, g, render_template
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.records.database_clock import MOST_APART, clocks_apart
from exchange.services import cycles
from exchange.web.guards import permit

_log = structlog.get_logger(__name__)

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@permit(Permission.PUBLIC)
def index() -> str:
    """What this is, and the cycles that are open."""
    return render_template("home/index.html", cycles=cycles.open_cycles(g.db, g.now))


@blueprint.get("/privacy")
@permit(Permission.PUBLIC)
def privacy() -> str:
    """What happens to one's data."""
    return render_template("home/privacy.html")


@blueprint.get("/healthz")
@permit(Permission.PUBLIC)
def health() -> Response:
    """Whether the database answers, and agrees what time it is; nothing else is told."""
    try:
        apart = clocks_apart(g.db)
        g.db.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return current_app.response_class("unavailable\n", 503, mimetype="text/plain")
    if abs(apart) > MOST_APART:
        # Pages still answer; but what is due, and what has expired, is told by a wrong clock.
        _log.warning("clock.apart", seconds=round(apart.total_seconds()))
        return current_app.response_class(
            "degraded: the clock is not that of the database\n", mimetype="text/plain"
        )
    return current_app.response_class("ok\n", mimetype="text/plain")
