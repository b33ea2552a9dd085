"""Refusals and failures as pages: the right status, one plain sentence, and a way on.

No page says more than a person can use: no class name, no path, no trace.
"""

from typing import Any

import structlog
from flask import Flask, current_app, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from exchange.errors import (
    Conflict,
    ExchangeError,
    FileError,
    Forbidden,
    Gone,
    InvalidInput,
    NotFound,
    ProblemError,
    RulesError,
    SafetyRefusal,
    StepUpNeeded,
    StorageError,
    TooMany,
)
from exchange.web import guards
from exchange.web.api import problems
from exchange.web.i18n import format_number, page_direction, page_language, translated
from exchange.web.i18n import gettext as _
from exchange.web.i18n import lazy_gettext as _l
from exchange.web.request_state import is_api

log = structlog.get_logger("exchange.web")

STATUS: dict[type[ExchangeError], int] = {
    NotFound: 404,
    Forbidden: 403,
    SafetyRefusal: 403,
    Conflict: 409,
    Gone: 410,
    InvalidInput: 422,
    FileError: 422,
    ProblemError: 422,
    RulesError: 422,
    TooMany: 429,
    StorageError: 503,
}
"""The status of a refusal; one that is not listed is a fault of ours (500)."""

HEADINGS = {
    400: _l("We did not understand that request"),
    403: _l("You may not do this"),
    404: _l("Page not found"),
    405: _l("This page cannot be used that way"),
    409: _l("Something has changed in the meantime"),
    410: _l("This link no longer works"),
    413: _l("That is too much to send at once"),
    415: _l("We cannot read this kind of file"),
    422: _l("Please check what you entered"),
    429: _l("Please wait a moment"),
    500: _l("Something went wrong on our side"),
    503: _l("The service is busy"),
}

SENTENCES = {
    400: _l("Go back and try again, or start from the home page."),
    403: _l("Your role does not include this. Ask your administrator if it should."),
    404: _l(
        "The page does not exist, or it is not yours to see. "
        "If you typed the address, check it for mistakes."
    ),
    405: _l("Go back and use the buttons on the page."),
    409: _l("Load the page again to see how things stand now."),
    410: _l("It was used already, or it is too old. Ask for a new one."),
    413: _l("Shorten the longest text, or send a smaller file. Nothing was saved from this page."),
    415: _l("Send the file in another format."),
    422: _l("Go back, correct it and send it again."),
    429: _l("There were many attempts from your network in a short time. Try again later."),
    500: _l("Nothing was lost that we had confirmed to you. Try again in a few minutes."),
    503: _l("Nothing was saved just now. Wait a few seconds and try again."),
}

RETRY_AFTER_S = 5

CSRF_SENTENCE = _l(
    "We could not confirm that this form came from our own page, perhaps because you signed in "
    "or out in another window. Nothing was changed. Go back, reload the page and send it again."
)


def init_app(app: Flask) -> None:
    """Answer every refusal and failure with a page."""
    app.register_error_handler(CSRFError, _show_csrf)
    app.register_error_handler(HTTPException, _show_http)
    app.register_error_handler(StepUpNeeded, _ask_for_code)
    app.register_error_handler(ExchangeError, _show_refusal)
    app.register_error_handler(exc.OperationalError, _show_database)
    app.register_error_handler(exc.TimeoutError, _show_database)
    app.register_error_handler(Exception, _show_failure)


def error_page(
    status: int, sentence: str | None = None, *, retry_after_s: int | None = None
) -> Any:
    """Return the page of a status, as a view does; to a program, the same as JSON."""
    _undo()
    if is_api():
        return problems.problem(status, retry_after_s=retry_after_s)
    known = status if status in HEADINGS else (400 if status < 500 else 500)
    heading = HEADINGS[known]
    text = sentence or SENTENCES[known]
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    if _page_can_be_built():
        body = render_template(
            "errors/error.html",
            status=status,
            heading=heading,
            sentence=text,
            request_id=g.get("request_id"),
        )
    else:
        body = _bare_page(str(heading), str(text))
    return body, status, headers


def _page_can_be_built() -> bool:
    """Without a trusted host there are no addresses to link to."""
    try:
        return bool(request.host)
    except HTTPException:
        return False


def _bare_page(heading: str, text: str) -> str:
    return (
        f'<!doctype html><html lang="{page_language()}" dir="{page_direction()}"><head>'
        f'<meta charset="utf-8"><title>{escape(heading)}</title></head>'
        f"<body><main><h1>{escape(heading)}</h1><p>{escape(text)}</p></main></body></html>"
    )


def _undo() -> None:
    """Leave nothing half done, and hold no lock while the page is built."""
    if "_db" in g:
        g.db.rollback()


def _show_csrf(error: CSRFError) -> Any:
    log.warning("csrf", endpoint=request.endpoint)
    return error_page(403, str(CSRF_SENTENCE))


def _show_http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    # What fails after the view, such as keeping the session, arrives wrapped.
    original = getattr(error, "original_exception", None)
    if isinstance(original, exc.OperationalError | exc.TimeoutError):
        return _show_database(original)
    if is_api():
        _undo()
        return problems.of_http(error)
    body, status, headers = error_page(error.code, _too_much() if error.code == 413 else None)
    allow = dict(error.get_headers()).get("Allow")
    return body, status, headers | ({"Allow": allow} if allow else {})


def _too_much() -> str | None:
    """Name the limit of a view that takes files."""
    most = guards.max_bytes_of(current_app, request.endpoint)
    if most is None:
        return None
    size = format_number(most // 1_000_000)
    return _("A file may have %(size)s MB at most here. Split it. Nothing was saved.", size=size)


def _ask_for_code(error: StepUpNeeded) -> Response:
    """Ask for a code, and come back to the page from which this was sent."""
    _undo()
    if is_api():
        return problems.of_refusal(error, 403)
    return redirect(url_for("step_up.ask", next=guards.nearest_page(request.path)), 303)


def _show_refusal(error: ExchangeError) -> Any:
    status = next((s for kind, s in STATUS.items() if isinstance(error, kind)), 500)
    if status == 500:
        return _show_failure(error)
    log.info("refused", code=error.code, endpoint=request.endpoint, status=status)
    if is_api():
        _undo()
        return problems.of_refusal(error, status)
    if isinstance(error, TooMany):
        return error_page(status, translated(error.message), retry_after_s=error.retry_after_s)
    if isinstance(error, StorageError):
        return error_page(status, retry_after_s=RETRY_AFTER_S)
    # What is missing and what is not yours get the same words, so the service's own are not used.
    sentence = None if isinstance(error, NotFound) else _sentence(error)
    return error_page(status, sentence)


def _sentence(error: ExchangeError) -> str:
    """In the language of the page; of fields that were refused, what is said about each."""
    if isinstance(error, InvalidInput) and error.faults:
        return " ".join(translated(one) for many in error.faults.values() for one in many)
    return translated(error.message)


def _show_database(error: Exception) -> Any:
    log.error("database", kind=type(error).__name__, endpoint=request.endpoint)
    return error_page(503, retry_after_s=RETRY_AFTER_S)


def _show_failure(error: Exception) -> Any:
    """The last resort. The trace goes to the log without the values that it was called with."""
    if current_app.testing:
        raise error
    log.error("failure", kind=type(error).__name__, where=_where(error), endpoint=request.endpoint)
    return error_page(500)


def _where(error: BaseException) -> list[str]:
    """File and line of each frame of ours; the message is left out: it may quote a person."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return frames[-12:]
