"""The document says what the service does: every address, every answer, nothing else."""

import json
import re

from flask import Flask
from openapi_spec_validator import validate
from werkzeug.routing import Rule

from exchange.domain.api_scopes import Scope
from exchange.domain.roles import Permission
from exchange.web import guards
from exchange.web.api.openapi import document, path_of, statuses_of
from exchange.web.api.operations import OPERATIONS
from tests.web.api.caller import Caller


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1"))


def test_document_is_valid_and_served_to_anybody(app: Flask) -> None:
    answer = Caller(app, None).get("/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json["openapi"] == "3.1.0"
    validate(answer.json)
    assert answer.json == json.loads(json.dumps(document()))


def test_every_route_for_programs_is_in_the_document(app: Flask) -> None:
    served = {
        (_path(rule), method.lower())
        for rule in app.url_map.iter_rules()
        if guards.permission_of(app, rule.endpoint) is Permission.BEARER
        for method in set(rule.methods or ()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in document()["paths"].items() for method in methods}
    assert told == served
    assert len(told) == len(OPERATIONS) > 20


def test_every_operation_tells_its_scopes_and_all_its_answers() -> None:
    paths = document()["paths"]
    for operation in OPERATIONS.values():
        told = paths[path_of(operation)][operation.method.lower()]
        assert told["security"] == [{"token": [scope.value for scope in operation.scopes]}]
        assert told["summary"]
        statuses = {str(operation.status), *(str(one) for one in statuses_of(operation))}
        if operation.method == "GET":
            statuses.add("304")
        assert set(told["responses"]) == statuses
        names = {one["name"] for one in told["parameters"] if one["in"] == "header"}
        assert ("Idempotency-Key" in names) == (operation.method == "POST")
        assert ("If-Match" in names) == (operation.method == "PATCH")


def test_every_scope_opens_something() -> None:
    used = {scope for operation in OPERATIONS.values() for scope in operation.scopes}
    assert set(Scope) - used == {Scope.PEOPLE_READ, Scope.SPECIAL_READ}


def test_nothing_publishes() -> None:
    assert "publish" not in " ".join(document()["paths"])
