"""The OpenAPI 3.1 document, made from what the operations declare and the models they use."""

import json
import re
from functools import lru_cache
from typing import Any

from flask import Flask
from pydantic.json_schema import models_json_schema

from exchange import __version__
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.web.api import models
from exchange.web.api.operations import OPERATIONS, Operation
from exchange.web.api.problems import CONTENT_TYPE

TITLE = "Exchange"
DESCRIPTION = """\
Reads and writes what the pages of a programme show, for programs. Each program has a token of one
programme, made on a page by somebody who coordinates it; a token does no more than its scopes say,
and never more than that person may on the day. Publishing a match is not here: it takes two people,
each with a code. Lists go by cursor: whatever stays as it is during a walk is told exactly once,
and what is added or changed meanwhile may be told only in the next walk. Every POST has an
Idempotency-Key, which counts for 24 hours, and every answer to a GET has an ETag. Refusals are
application/problem+json (RFC 9457).
"""
_REF = "#/components/schemas/{model}"
_ARGUMENT = re.compile(r"<(?:(id|int):)?([a-z_]+)>")
_LIST = re.compile(r"^Listed_(.+)_$")
_ALWAYS = (401, 403, 429, 500, 503)
_WORDS = {
    400: "The request cannot be read, or has no Idempotency-Key",
    401: "There is no token, or it does not count",
    403: "The token lacks a scope, or its maker a right",
    404: "There is nothing here, or it is another programme's",
    409: "The state of things does not allow it",
    412: "It is not as the caller has seen it",
    413: "The body is too large",
    415: "The body is no JSON",
    422: "Values cannot be used; every fault is listed",
    428: "If-Match is missing",
    429: "Too many requests",
    500: "A fault of ours",
    503: "The service is busy",
}
_PARAMETERS = {
    "id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    "int": {"type": "integer", "minimum": 0},
    "": {"type": "string"},
}


@lru_cache(maxsize=4)
def document_bytes(app: Flask) -> bytes:
    """Return the document as JSON; it is the same for as long as the process runs."""
    del app
    return json.dumps(document(), ensure_ascii=False).encode()


def document() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS.values():
        paths.setdefault(path_of(operation), {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": TITLE,
            "version": __version__,
            "summary": "The API of an exchange programme",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in OPERATIONS.values())],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "responses": {_problem_name(status): _problem(status) for status in _WORDS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of a programme, which begins with exchange_",
                }
            },
        },
    }


def path_of(operation: Operation) -> str:
    """Return the address of an operation as the document has it."""
    return _ARGUMENT.sub(r"{\2}", operation.path)


def statuses_of(operation: Operation) -> list[int]:
    """Return every status with which an operation refuses."""
    found = {*_ALWAYS, *operation.problems, 422}
    if operation.is_kept:
        found |= {400}
    if operation.body is not None:
        found |= {400, 413, 415}
    if operation.is_matched:
        found |= {412, 428}
    return sorted(found)


def _operation(operation: Operation) -> dict[str, Any]:
    needs = " and ".join(f"`{scope.value}`" for scope in operation.scopes)
    told: dict[str, Any] = {
        "operationId": operation.endpoint.removeprefix("api."),
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": f"{operation.description}\n\nScope: {needs or 'none'}.".strip(),
        "security": [{"token": [scope.value for scope in operation.scopes]}],
        "parameters": [*_path_parameters(operation), *_query(operation), *_headers(operation)],
        "responses": {
            str(operation.status): _answer(operation),
            **({"304": _NOT_MODIFIED} if operation.method == "GET" else {}),
            **{
                str(status): {"$ref": f"#/components/responses/{_problem_name(status)}"}
                for status in statuses_of(operation)
            },
        },
    }
    if operation.body is not None:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _body_schema(operation.body)}},
        }
    return told


_TEXT = {"type": "string"}
_NOT_MODIFIED = {
    "description": "It is as If-None-Match says",
    "headers": {"ETag": {"schema": _TEXT}},
}


def _answer(operation: Operation) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if operation.method in ("GET", "PATCH"):
        headers["ETag"] = {"schema": _TEXT}
    if operation.is_list:
        headers["Link"] = {"schema": _TEXT, "description": "The next part, with rel=next"}
    if operation.is_kept:
        headers["Idempotency-Replayed"] = {
            "schema": {"type": "string", "const": "true"},
            "description": "Where the answer is that of an earlier request",
        }
    if operation.status in (201, 202):
        headers["Location"] = {"schema": _TEXT, "description": "Where it is from now on"}
    if operation.answer is None:
        content: dict[str, Any] = {media: {} for media in operation.media}
        content["application/json"] = {
            "schema": {"type": "array", "items": {"type": "object"}},
        }
        content["text/csv"] = {"schema": _TEXT}
    else:
        schema = {"$ref": _REF.format(model=operation.answer.__name__)}
        content = {"application/json": {"schema": schema}}
    words = {201: "Made", 202: "Begun"}.get(operation.status, "As asked")
    return {"description": words, "headers": headers, "content": content}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PARAMETERS[kind or ""]}
        for kind, name in _ARGUMENT.findall(operation.path)
    ]


def _query(operation: Operation) -> list[dict[str, Any]]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema(mode="validation", ref_template=_REF)
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": _without_null(told),
            **({"description": told["description"]} if "description" in told else {}),
        }
        for name, told in schema["properties"].items()
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """In an address there is no null: what is not said is left out."""
    kinds = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    rest = {
        name: value
        for name, value in schema.items()
        if name not in ("anyOf", "title", "description", "default") or (name == "default" and value)
    }
    return {**rest, **kinds[0]} if kinds else rest


def _headers(operation: Operation) -> list[dict[str, Any]]:
    if operation.is_kept:
        return [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "Yours for this request; sent again with it, it is answered again",
                "schema": {"type": "string", "pattern": "^[!-~]{1,100}$"},
            }
        ]
    if operation.is_matched:
        described = "The ETag of what you have seen"
        return [_etag_header("If-Match", described, is_required=True)]
    return [_etag_header("If-None-Match", "The ETag of what you have", is_required=False)]


def _etag_header(name: str, description: str, *, is_required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": is_required,
        "description": description,
        "schema": {"type": "string"},
    }


def _body_schema(body: Any) -> dict[str, Any]:
    if body is models.NewApplication:
        kinds = {"student": "NewStudent", "host": "NewHost"}
        refs = {kind: _REF.format(model=name) for kind, name in kinds.items()}
        return {
            "oneOf": [{"$ref": ref} for ref in refs.values()],
            "discriminator": {"propertyName": "kind", "mapping": refs},
        }
    return {"$ref": _REF.format(model=body.__name__)}


def _schemas() -> dict[str, Any]:
    taken: set[Any] = {models.NewStudent, models.NewHost}
    taken |= {one.body for one in OPERATIONS.values() if isinstance(one.body, type)}
    taken |= {one.query for one in OPERATIONS.values() if one.query is not None}
    given = {one.answer for one in OPERATIONS.values() if one.answer is not None}
    asked: list[Any] = [
        (one, "validation") for one in sorted(taken, key=lambda model: model.__name__)
    ]
    told: list[Any] = [
        (one, "serialization") for one in sorted(given, key=lambda model: model.__name__)
    ]
    _, made = models_json_schema([*asked, *told], ref_template=_REF)
    # Pydantic names the list of a model `Listed_Run_`, whatever it is called otherwise.
    schemas: dict[str, Any] = {
        _LIST.sub(r"\1List", name): schema for name, schema in made["$defs"].items()
    }
    for name, model in (("StudentAnswers", StudentProfile), ("HostAnswers", HostProfile)):
        of_all = schemas[model.__name__]
        # As answers are read, or changed: none of them has to be there.
        schemas[name] = {
            **{key: value for key, value in of_all.items() if key != "required"},
            "title": name,
        }
    schemas["Problem"] = PROBLEM
    return schemas


def _name(model: Any) -> str:
    return str(model.__name__)


PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal, as RFC 9457 has it",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "A word that does not change"},
        "detail": {"type": "string", "description": "One sentence for a person"},
        "errors": {
            "type": "array",
            "description": "Every fault at once",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "detail": {"type": "string"},
                    "pointer": {"type": "string", "description": "Into the body, RFC 6901"},
                    "parameter": {"type": "string"},
                    "header": {"type": "string"},
                },
            },
        },
        "run_id": {"type": "string"},
        "application_id": {"type": "string"},
    },
}


def _problem_name(status: int) -> str:
    return f"Problem{status}"


def _problem(status: int) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if status in (429, 503):
        headers["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds"}
    if status in (401, 403):
        headers["WWW-Authenticate"] = {"schema": _TEXT}
    return {
        "description": _WORDS[status],
        "headers": headers,
        "content": {CONTENT_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
    }
