"""Refusals and failures for programs: `application/problem+json` as RFC 9457 has it.

No problem says more than a caller can use: no class name, no path, no trace, no value sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, json
from werkzeug.exceptions import HTTPException

from exchange.errors import ExchangeError, InvalidInput, NotFound, StorageError, TooMany

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
"""Where the database is busy."""

_SENTENCES = {
    400: "The request cannot be read. Look at the documentation of this address.",
    404: "There is nothing at this address, or it is not this programme's.",
    405: "This address takes other methods; the Allow header lists them.",
    413: "The body is too large. Send less at a time.",
    415: "Send the body as application/json.",
    429: "Too many requests. Wait as long as the Retry-After header says.",
    500: "Something went wrong on our side. Try again in a few minutes.",
    503: "The service is busy. Wait as long as the Retry-After header says.",
}
_CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method",
    413: "too_large",
    415: "media_type",
    429: "too_many",
    503: "storage",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: a JSON pointer into the body, a parameter or a header."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None

    def to_json(self) -> dict[str, str]:
        """Return it without the places that it is not at."""
        told = {
            "detail": self.detail,
            "pointer": self.pointer,
            "parameter": self.parameter,
            "header": self.header,
        }
        return {name: value for name, value in told.items() if value is not None}


class Refused(HTTPException):
    """A request that is refused before it reaches a service."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        faults: Iterable[Fault] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = status
        self.problem_code = code
        self.faults = list(faults)
        self.problem_headers = headers or {}


def problem(
    status: int,
    *,
    code: str | None = None,
    detail: str | None = None,
    faults: Iterable[Fault] = (),
    facts: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
    retry_after_s: int | None = None,
) -> Response:
    """Return a problem as an answer."""
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code or _CODES.get(status, "error"),
        "detail": detail or _SENTENCES.get(status, _SENTENCES[500 if status >= 500 else 400]),
    }
    listed = [fault.to_json() for fault in faults]
    if listed:
        told["errors"] = listed
    told |= facts or {}
    answer = Response(json.dumps(told), status=status, content_type=CONTENT_TYPE)
    for name, value in (headers or {}).items():
        answer.headers[name] = value
    if retry_after_s is not None:
        answer.headers["Retry-After"] = str(retry_after_s)
    return answer


def of_http(error: HTTPException) -> Response:
    """Return the problem of a request that never reached a service."""
    status = error.code or 500
    if isinstance(error, Refused):
        return problem(
            status,
            code=error.problem_code,
            detail=error.description,
            faults=error.faults,
            headers=error.problem_headers,
        )
    allow = dict(error.get_headers()).get("Allow")
    return problem(status, headers={"Allow": allow} if allow else None)


def of_refusal(error: ExchangeError, status: int) -> Response:
    """Return the problem of what a service refused."""
    if isinstance(error, NotFound):
        # What is missing and what is another's are told with the same words.
        return problem(404)
    if isinstance(error, StorageError):
        return problem(status, code=error.code, retry_after_s=RETRY_AFTER_S)
    faults: list[Fault] = []
    if isinstance(error, InvalidInput):
        faults = [
            Fault(str(sentence), pointer=f"/{escaped(name)}" if name else "")
            for name, sentences in error.faults.items()
            for sentence in sentences
        ]
    return problem(
        status,
        code=error.code,
        detail=str(error.message),
        faults=faults,
        facts={
            name: value
            for name, value in error.facts.items()
            if name in ("run_id", "application_id") and isinstance(value, str)
        },
        retry_after_s=error.retry_after_s if isinstance(error, TooMany) else None,
    )


def escaped(part: object) -> str:
    """Return one step of a JSON pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")
