"""Who asks through the API: a token in the Authorization header, and nothing else."""

from collections.abc import Sequence

from flask import current_app, g, request

from exchange.domain.api_scopes import Scope
from exchange.records.session import open_session
from exchange.services import api_tokens, rate_limits
from exchange.web.api.problems import Refused
from exchange.web.request_state import engine

WINDOW_S = 60
REQUESTS = 600
"""Of one token in each window."""
REFUSALS = 30
"""Of one client that comes with tokens that are none."""


def authenticate() -> None:
    """Let whoever has a token be the actor of this request, or refuse.

    Sessions and cookies are not looked at: a page of another site can make a browser send those.
    """
    text = _token()
    if text is None:
        raise _refused("Send a token of the programme: Authorization: Bearer exchange_…", "")
    with open_session(engine()) as db:
        found = api_tokens.find_bearer(db, text, g.now)
        if found is None:
            bucket = f"api-refused:{g.client_key}"
            rate_limits.hit(db, bucket, limit=REFUSALS, window_s=WINDOW_S, at=g.now)
            raise _refused("This token is unknown, revoked or too old.", ', error="invalid_token"')
        bucket = f"api:{found.token.public_id}"
        rate_limits.hit(db, bucket, limit=REQUESTS, window_s=WINDOW_S, at=g.now)
        if api_tokens.note_use(db, found.token, g.now):
            db.commit()
        db.expunge_all()
    g.bearer = found
    g.act_as(found.actor)
    need(*scopes_of(str(request.endpoint)))


def scopes_of(endpoint: str) -> Sequence[Scope]:
    """Return the scopes that a view declares; none where any token will do."""
    found: Sequence[Scope] = getattr(current_app.view_functions[endpoint], "scopes", ())
    return found


def has(scope: Scope) -> bool:
    """Say whether the token of this request was made for something."""
    return scope in g.bearer.scopes


def need(*scopes: Scope) -> None:
    """Refuse unless the token was made for all of these."""
    missing = [scope for scope in scopes if not has(scope)]
    if missing:
        raise Refused(
            403,
            "scope",
            f"This takes a token with the scope {' and '.join(missing)}.",
            headers={
                "WWW-Authenticate": 'Bearer realm="exchange", error="insufficient_scope", '
                f'scope="{" ".join(scopes)}"'
            },
        )


def _token() -> str | None:
    """The token of the header; an ASCII word, or it is none."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    text = text.strip()
    return text if kind.lower() == "bearer" and text and text.isascii() else None


def _refused(detail: str, more: str) -> Refused:
    return Refused(
        401, "token", detail, headers={"WWW-Authenticate": f'Bearer realm="exchange"{more}'}
    )
