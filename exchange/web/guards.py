"""Who may open which page: every view names one permission, and it is asked before the view runs.

Whether the *thing* asked for is the actor's own is the service's question, not the guard's.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, redirect, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import Forbidden
from exchange.web.api import bearer
from exchange.web.i18n import gettext as _
from exchange.web.language_switch import back_to_read, heed_button
from exchange.web.request_state import SAFE_METHODS, is_switch, settings

View = TypeVar("View", bound=Callable[..., object])

ANYBODY = frozenset({Permission.PUBLIC})
PARSED_AT_ONCE = 512 * 1024


class PublicId(BaseConverter):
    """A public id in a URL; whatever else stands there names nothing, so the answer is 404."""

    regex = "[0-9a-f]{32}"


def permit(
    permission: Permission, *, shows_form_again: bool = False, max_bytes: int | None = None
) -> Callable[[View], View]:
    """Declare which permission a view asks for.

    `shows_form_again` says that a POST without a valid CSRF token may reach the view, because
    its form refuses the token itself and shows again what was typed. `max_bytes` is what a view
    that takes files allows a request to have, instead of what forms may have.
    """

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        view.shows_form_again = shows_form_again  # type: ignore[attr-defined]
        view.max_bytes = max_bytes  # type: ignore[attr-defined]
        return view

    return mark


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """The permission that an endpoint declares, if it does."""
    if endpoint == "static":
        return Permission.PUBLIC
    found: Permission | None = getattr(app.view_functions[endpoint], "permission", None)
    return found


def init_app(app: Flask) -> None:
    """Ask for permission first, then for the CSRF token, before each view."""
    app.url_map.converters["id"] = PublicId
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        # Pages ask browsers to send no referrer, so its absence says nothing; see `_came_from_us`.
        WTF_CSRF_SSL_STRICT=False,
    )
    CSRFProtect(app)
    app.before_request(check_permission)
    app.before_request(allow_size)
    app.before_request(check_csrf)


def check_every_view(app: Flask) -> None:
    """Refuse to start with a view that declares no permission."""
    unguarded = sorted(
        {rule.endpoint for rule in app.url_map.iter_rules()}
        - {name for name in app.view_functions if permission_of(app, name) is not None}
    )
    if unguarded:
        raise RuntimeError(f"views without @permit: {', '.join(unguarded)}")


def check_permission() -> Response | None:
    """Let the request pass, send the visitor to the page that helps, or refuse."""
    if request.endpoint is None:
        return None
    permission = permission_of(current_app, request.endpoint)
    if permission in ANYBODY:
        return None
    if permission is Permission.BEARER:
        bearer.authenticate()
        return None
    actor = g.actor
    if permission is Permission.OWN_APPLICATION:
        if actor.application_id is None:
            return redirect(url_for("application.new_link"), 303)
        return None
    if permission is Permission.OWN_GUARDIANSHIP:
        if actor.guardian_id is None:
            return redirect(url_for("guardian.new_link"), 303)
        return None
    if actor.account_id is None:
        return redirect(url_for("accounts.sign_in", **_way_back()), 303)
    if permission is Permission.SIGNED_IN:
        return None
    if permission is Permission.READ_MAILS and settings().demo:
        return None  # Everybody in it is invented, and so is who signs in.
    if permission is None or not actor.may_somewhere(permission):
        raise Forbidden(_("Your role does not include this. Ask your administrator if it should."))
    return None


def max_bytes_of(app: Flask, endpoint: str | None) -> int | None:
    """How large a request to an endpoint that takes files may be; None where forms are sent."""
    found: int | None = getattr(app.view_functions.get(endpoint or ""), "max_bytes", None)
    return found


def allow_size() -> None:
    """Let those who may send a file send more than a form; nobody else gets this far."""
    most = max_bytes_of(current_app, request.endpoint)
    if most is not None:
        request.max_content_length = most
        # The parser holds this much of a file at once, and needs room to look for its end.
        request.max_form_memory_size = PARSED_AT_ONCE


def check_csrf() -> Response | None:
    """Refuse a form that was not sent from one of our own pages, or only to switch languages."""
    if request.endpoint is None or request.method in SAFE_METHODS:
        return None
    if permission_of(current_app, request.endpoint) is Permission.BEARER:
        return None  # No browser sends a token by itself.
    view = current_app.view_functions[request.endpoint]
    shows_form_again = getattr(view, "shows_form_again", False)
    heed_button()
    try:
        if not _came_from_us():
            raise CSRFError("sent from another site")
        current_app.extensions["csrf"].protect()
    except CSRFError:
        g.is_switch = False
        if not shows_form_again:
            raise
    return back_to_read() if is_switch() and not shows_form_again else None


def _came_from_us() -> bool:
    """Browsers say where a request was started; what says nothing is left to the token."""
    return request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


def _way_back() -> dict[str, Any]:
    """Where to return after signing in: only for pages that are read, never for forms sent."""
    return {"next": request.path} if request.method in SAFE_METHODS else {}


def is_safe_return(target: str) -> bool:
    """Say whether a path is one of our own pages that a signed-in person may read."""
    parts = urlsplit(target)
    if not target.startswith("/") or target.startswith(("//", "/\\")):
        return False
    if parts.scheme or parts.netloc or parts.query or parts.fragment or "\\" in target:
        return False
    adapter = current_app.url_map.bind("localhost")
    try:
        endpoint, _values = adapter.match(parts.path, method="GET")
    except HTTPException:
        return False
    return permission_of(current_app, endpoint) not in (
        Permission.PUBLIC,
        Permission.OWN_APPLICATION,
        Permission.OWN_GUARDIANSHIP,
        None,
    )


def nearest_page(path: str) -> str | None:
    """Return the page at a path, or the next one above it, to which somebody may be sent back."""
    while path and not is_safe_return(path):
        path = path.rpartition("/")[0]
    return path or None
