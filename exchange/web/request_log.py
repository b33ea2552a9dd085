"""One line of log per request: ids only. No query string, no address, no browser, no name."""

import secrets
import time

import structlog
from flask import Flask, g, request
from werkzeug.wrappers import Response

log = structlog.get_logger("exchange.web")


def init_app(app: Flask) -> None:
    """Number each request, and log how it was answered."""

    @app.before_request
    def number_request() -> None:
        g.request_id = secrets.token_hex(8)
        g.started_s = time.monotonic()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def log_request(response: Response) -> Response:
        started_s = g.get("started_s", time.monotonic())
        if request.endpoint != "static":
            log.info(
                "request",
                method=request.method,
                endpoint=request.endpoint,
                status=response.status_code,
                ms=round((time.monotonic() - started_s) * 1000),
            )
        return response
