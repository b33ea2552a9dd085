"""`create_app`: the one place where the parts are joined. Nothing happens at import."""

import importlib
import importlib.resources
import importlib.util
from urllib.parse import urlsplit

from flask import Flask, g
from werkzeug.middleware.proxy_fix import ProxyFix

from exchange.config import Settings
from exchange.domain.roles import Permission
from exchange.logs import configure_logging
from exchange.records.base import make_engine
from exchange.web import (
    assets,
    errors,
    guards,
    headers,
    i18n,
    language_switch,
    request_log,
    request_state,
    sessions,
)
from exchange.web.i18n import lazy_gettext as _l

FEATURES = (
    "home",
    "handbook",
    "accounts",
    "step_up",
    "signup",
    "resume",
    "application",
    "my_data",
    "returning",
    "mails",
    "mail_texts",
    "messages",
    "reminders",
    "announcements",
    "consents",
    "guardian",
    "programmes",
    "installation",
    "staff",
    "invitations",
    "cycle_setup",
    "reciprocity",
    "cycles",
    "queues",
    "students",
    "questions",
    "imports",
    "screening",
    "checks",
    "households",
    "rules",
    "pair_weights",
    "runs",
    "pictures",
    "comparison",
    "frontiers",
    "publication",
    "offers",
    "holds",
    "own_offers",
    "placements",
    "live_placements",
    "stay",
    "incidents",
    "help",
    "hand",
    "rematch",
    "why",
    "exports",
    "tokens",
    "api",
)
"""Folders of `exchange/web`; the `views` module of each has a `blueprint`."""

NAVIGATION = (
    ("cycles.index", _l("Cycles"), Permission.SEE_CYCLES),
    ("incidents.index", _l("Help asked for"), Permission.SEE_INCIDENTS),
    ("programmes.index", _l("Programmes"), Permission.MANAGE_PEOPLE),
    ("mails.index", _l("Mails"), Permission.READ_MAILS),
)
"""Endpoint, words and permission of each link in the header of signed-in staff."""

MAX_FORM_BYTES = 64 * 1024
MAX_FORM_PARTS = 400
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


def create_app(settings: Settings | None = None) -> Flask:
    """Join settings, database, pages and guards into an application that can serve."""
    settings = settings or Settings()
    configure_logging(settings.log_level)
    app = Flask("exchange", root_path=str(importlib.resources.files("exchange")))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=trusted_hosts(settings.base_url),
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=MAX_FORM_PARTS,
        SESSION_COOKIE_NAME=sessions.cookie_name(secure=settings.secure_cookies),
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_I18N_ENABLED=False,  # Every sentence of a form is ours.
    )
    app.extensions["exchange.settings"] = settings
    app.extensions["exchange.engine"] = make_engine(settings.resolved_database_url)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    # The log comes first, so that its line is written last, when the answer is known.
    request_log.init_app(app)
    headers.init_app(app, https=settings.secure_cookies)
    request_state.init_app(app)
    sessions.init_app(app)
    i18n.init_app(app)
    language_switch.init_app(app)
    assets.init_app(app)
    guards.init_app(app)
    errors.init_app(app)
    for feature in FEATURES:
        module = f"exchange.web.{feature}.views"
        if importlib.util.find_spec(f"exchange.web.{feature}") and importlib.util.find_spec(module):
            app.register_blueprint(importlib.import_module(module).blueprint)
    guards.check_every_view(app)
    app.context_processor(lambda: {"navigation": navigation(app)})
    return app


def trusted_hosts(base_url: str) -> list[str]:
    """The names under which this installation may be asked for; the port does not matter."""
    host = urlsplit(base_url).hostname or "localhost"
    return sorted(LOOPBACK) if host in LOOPBACK or host == "::1" else [host]


def navigation(app: Flask) -> list[tuple[str, object]]:
    """(endpoint, words) of the links that this actor may follow."""
    actor = g.actor
    if actor.account_id is None:
        return []
    return [
        (endpoint, words)
        for endpoint, words, permission in NAVIGATION
        if endpoint in app.view_functions and _is_offered(app, permission)
    ]


def _is_offered(app: Flask, permission: Permission) -> bool:
    settings: Settings = app.extensions["exchange.settings"]
    if permission is Permission.READ_MAILS:
        return not settings.smtp_url and (g.actor.is_administrator or settings.demo)
    return bool(g.actor.may_somewhere(permission))
