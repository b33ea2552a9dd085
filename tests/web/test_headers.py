"""The headers of every answer, whatever its status."""

import pytest
from flask import Flask
from sqlalchemy.engine import Engine

from exchange.app import create_app
from exchange.config import Settings
from exchange.logs import configure_logging
from exchange.records import base
from tests.web.conftest import Enter
from tests.web.visitor import HOST, Visitor
from tests.web.world import World

EXPECTED = {
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; img-src 'self'; manifest-src 'self'; "
        "object-src 'none'; script-src 'self'; style-src 'self'"
    ),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

PATHS = {
    "/": 200,
    "/healthz": 200,
    "/static/css/base.css": 200,
    "/static/nothing.css": 404,
    "/nothing": 404,
    "/cycles": 303,
    "/signup/1000000000000000000000000000000/student": 404,
    "/sign-out": 405,
}


@pytest.mark.parametrize(("path", "status"), PATHS.items())
def test_answer_of_any_status_has_the_same_headers(app: Flask, path: str, status: int) -> None:
    answer = app.test_client().get(path, base_url=HOST, buffered=True)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in EXPECTED} == EXPECTED
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Server" not in answer.headers
    assert "Strict-Transport-Security" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_every_page_is_kept_by_no_cache_and_static_files_are(app: Flask) -> None:
    client = app.test_client()
    for path in PATHS:
        answer = client.get(path, base_url=HOST, buffered=True)
        if path == "/static/css/base.css":
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        else:
            assert answer.headers["Cache-Control"] == "no-store"


def test_failure_is_a_page_with_headers_and_without_a_trace(app: Flask) -> None:
    def fail() -> str:
        raise ZeroDivisionError("the secret of Salma Idrissi")

    app.view_functions["home.privacy"] = _with_permission(app, fail)
    answer = app.test_client().get("/privacy", base_url=HOST)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == EXPECTED["Content-Security-Policy"]
    assert "Something went wrong on our side" in body
    assert "Salma" not in body
    assert "ZeroDivision" not in body
    assert answer.headers["X-Request-Id"] in body


def test_failure_is_logged_by_place_and_without_its_words(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("INFO")  # Logs go where standard error is now.

    def fail() -> str:
        raise ValueError("the secret of Salma Idrissi")

    app.view_functions["home.privacy"] = _with_permission(app, fail)
    app.test_client().get("/privacy?name=Salma", base_url=HOST)
    logged = capsys.readouterr().err
    assert "test_headers.py" in logged
    assert "ValueError" in logged
    assert "Salma" not in logged
    assert "127.0.0.1" not in logged


def _with_permission(app: Flask, view: object) -> object:
    view.permission = app.view_functions["home.privacy"].permission  # type: ignore[attr-defined]
    return view


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "user@evil.example"])
def test_foreign_host_is_refused_and_not_repeated(app: Flask, host: str) -> None:
    answer = app.test_client().get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.get_data(as_text=True)
    assert "evil" not in str(answer.headers)
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_forwarded_host_is_ignored(app: Flask) -> None:
    answer = app.test_client().get(
        "/cycles", base_url=HOST, headers={"X-Forwarded-Host": "evil.example"}
    )
    assert answer.headers["Location"] == "/sign-in?next=/cycles"


def test_secure_site_sends_hsts_and_a_host_cookie(settings: Settings) -> None:
    app = create_app(
        settings.model_copy(update={"secure_cookies": True, "base_url": "https://exchange.example"})
    )
    try:
        answer = app.test_client().get("/sign-in", base_url="https://exchange.example")
    finally:
        app.extensions["exchange.engine"].dispose()
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_sign_out_clears_what_the_browser_keeps(enter: Enter, world: World) -> None:
    visitor = enter(account_id=world.accounts["coordinator"])
    answer = visitor.post("/sign-out", follow=False).response
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def test_body_over_the_limit_is_refused_with_413(visitor: Visitor) -> None:
    page = visitor.post("/application/link", {"reference": "x" * 5_000_000})
    assert (page.status, page.heading) == (413, "That is too much to send at once")


def test_too_many_fields_are_refused(visitor: Visitor) -> None:
    page = visitor.post("/application/link", {f"field{n}": "x" for n in range(9000)})
    assert page.status in (413, 422)


def test_busy_database_is_a_503_with_retry_after(
    app: Flask, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("on PostgreSQL a writer does not wait for another's lock on the whole")
    with engine.connect() as other:
        other.exec_driver_sql("SELECT 1")
        monkeypatch.setattr(base, "BUSY_S", 0.2)
        app.extensions["exchange.engine"].dispose()
        visitor = Visitor(app)
        page = visitor.get("/sign-in")
    assert page.status == 503
    assert page.response.headers["Retry-After"] == "5"
