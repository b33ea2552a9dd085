"""The language of a page: chosen at its top, kept in the session, and with what is ours to mail.

A link (`?lang=fr`) where there is nothing to lose. On a page with a form to fill in, the switch
is a button of that form: what was typed comes back in the new language, and nothing is saved,
because a form that was sent by the switch is refused like one without its token.
"""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, redirect, request, session, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from exchange.records.session import open_session
from exchange.services import languages
from exchange.translations import LANGUAGES, known_language
from exchange.web.i18n import current_language
from exchange.web.request_state import SAFE_METHODS, engine, is_api, is_switch


def init_app(app: Flask) -> None:
    """Heed the links of the switch before anything of a view runs; its buttons: see guards."""
    app.before_request(heed_link)
    app.jinja_env.globals.update(
        current_language=current_language,
        form_to_switch=form_to_switch,
        languages=LANGUAGES,
        name_form=name_form,
        switch_link=switch_link,
    )


def heed_button() -> None:
    """Keep the language that a form was sent for; the guards call it once a form may be read."""
    chosen = known_language(request.form.get("lang"))
    if chosen is not None:
        _keep(chosen)
        g.is_switch = True


def heed_link() -> Response | None:
    """Keep the language of a link, which leads on to the address without it."""
    if request.method not in SAFE_METHODS or request.endpoint == "static" or is_api():
        return None
    chosen = known_language(request.args.get("lang"))
    if chosen is None:
        return None
    _keep(chosen)
    if request.endpoint is None:
        return None
    place: dict[str, Any] = {**request.args.to_dict(flat=False), **(request.view_args or {})}
    del place["lang"]
    return redirect(url_for(request.endpoint, **place), 303)


def _keep(language: str) -> None:
    visitor: Any = session
    session["language"] = g.language = language
    if visitor.row_id is None:
        return
    # Whoever asked who is asking may hold the lock that this write needs.
    g.close_db()
    with open_session(engine()) as db:
        languages.remember_language(
            db,
            language,
            account_id=visitor.account_id,
            application_id=visitor.application_id,
            web_session_id=visitor.row_id,
        )
        db.commit()


def back_to_read() -> Response:
    """Lead to the page that a form without boxes stands on; the switch presses no other button."""
    return redirect(request.path if _is_readable() else url_for("home.index"), 303)


def _is_readable() -> bool:
    """Whether this address has a page, or only takes forms."""
    if request.method in SAFE_METHODS:
        return True
    try:
        current_app.create_url_adapter(request).match(method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True


def switch_link(language: str) -> str:
    """The address of this page in another language."""
    query = urlencode([*request.args.items(multi=True), ("lang", language.replace("_", "-"))])
    return f"?{query}" if _is_readable() else f"{url_for('home.index')}?{query}"


def name_form(form: Any) -> str:
    """Name a form of the page, and note the first that has something to lose."""
    if is_switch():
        form.forget_faults()
    count = g.setdefault("forms_named", 0) + 1
    g.forms_named = count
    name = f"form-{count}"
    if form.has_boxes() and "form_to_switch" not in g:
        g.form_to_switch = name
    return name


def form_to_switch() -> str | None:
    """The id of the form whose typed answers the switch has to keep."""
    found: str | None = g.get("form_to_switch")
    return found
