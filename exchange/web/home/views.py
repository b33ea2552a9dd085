"""The home page, what happens to one's data, and the health check."""

from flask import Blueprint, current_app, g, render_template
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.services import cycles
from exchange.web.guards import permit

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
    """Whether the database answers; nothing else is told."""
    try:
        g.db.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return current_app.response_class("unavailable\n", 503, mimetype="text/plain")
    return current_app.response_class("ok\n", mimetype="text/plain")
