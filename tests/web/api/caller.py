"""A program with a token: sends JSON, and holds every answer against the OpenAPI document."""

import json
import secrets
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session
from werkzeug.test import TestResponse

from exchange.clock import now
from exchange.domain.api_scopes import Scope
from exchange.records import Programme
from exchange.records.session import open_session
from exchange.services import accounts, api_tokens
from tests.web.visitor import HOST
from tests.web.world import Realm


def make_token(
    session: Session, account_id: int, programme_id: int, scopes: tuple[Scope, ...] = tuple(Scope)
) -> str:
    """Make a token as somebody who has just typed a code."""
    at = now()
    actor = replace(accounts.actor_of(session, account_id), stepped_up_at=at)
    programme = session.get_one(Programme, programme_id)
    _token, text = api_tokens.make_token(
        session, actor, programme, name="Canary program", scopes=scopes, days=30, at=at
    )
    return text


class Caller:
    """One program."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.client = app.test_client()
        self.token = token

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        data: bytes | None = None,
    ) -> TestResponse:
        """Send one request; a POST gets a key of its own unless one is given."""
        sent = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        if method == "POST":
            sent["Idempotency-Key"] = key or secrets.token_hex(8)
        if body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        answer = self.client.open(
            f"/api/v1{path}" if not path.startswith("/api") else path,
            method=method,
            data=data,
            headers=sent | (headers or {}),
            base_url=HOST,
            buffered=True,
        )
        if answer.status_code >= 400:
            assert answer.mimetype == "application/problem+json"
        return answer

    def get(self, path: str, **headers: str) -> TestResponse:
        """Read."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("GET", path, headers=named)

    def items(self, path: str, limit: int) -> list[Any]:
        """Walk through a list to its end, by the addresses that it gives."""
        found: list[Any] = []
        joint = "&" if "?" in path else "?"
        address: str | None = f"{path}{joint}limit={limit}"
        while address is not None:
            answer = self.get(address)
            assert answer.status_code == 200, answer.text
            found += answer.json["items"]
            assert len(answer.json["items"]) <= limit
            link = answer.headers.get("Link")
            address = link.partition(">")[0].removeprefix("<") if link else None
            assert (answer.json["next"] is None) == (link is None)
        return found


class Programs:
    """Makes programs that act for the two programmes of the world."""

    def __init__(self, app: Flask, engine: sa.Engine) -> None:
        self.app, self.engine = app, engine

    def __call__(self, account_id: int, realm: Realm, *scopes: Scope) -> Caller:
        """Return a program with a token of an account; of all scopes where none is named."""
        with open_session(self.engine) as session:
            text = make_token(session, account_id, realm.programme_id, scopes or tuple(Scope))
            session.commit()
        return Caller(self.app, text)
