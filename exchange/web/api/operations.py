"""What every address of the API has in common, said once where it is declared.

`operation` turns a view into an endpoint that reads and checks the request by pydantic models,
asks for the token's scope, answers with another model, and is described in the OpenAPI document
from the same declaration. A view gets values and returns a model; it never sees the request.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response
from pydantic import BaseModel

from exchange.domain.api_scopes import Scope
from exchange.domain.roles import Permission
from exchange.web.api import answering, reading, repeating
from exchange.web.guards import permit

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@dataclass(frozen=True)
class Operation:
    """One address with one method, as it is declared.

    Attributes
    ----------
    scopes : sequence of Scope
        All of which the token needs; without any every token will do.
    query, body : type of a pydantic model, optional
        What the request may say; whatever else it says is refused.
    answer : type of a pydantic model, optional
        None where the answer is a file.
    problems : sequence of int
        Statuses of refusals beyond those that every operation has.
    is_kept : bool
        Whether the caller names each request by an Idempotency-Key: of every POST.
    is_matched : bool
        Whether the caller has to say, by If-Match, what it has seen.
    """

    endpoint: str
    method: str
    path: str
    view: Callable[..., Any]
    summary: str
    description: str
    tag: str
    scopes: Sequence[Scope]
    answer: Any
    status: int = 200
    query: type[BaseModel] | None = None
    body: Any = None
    problems: Sequence[int] = ()
    media: Sequence[str] = field(default=("application/json",))
    is_list: bool = False
    is_matched: bool = False

    @property
    def is_kept(self) -> bool:
        """Every POST is done once, however often it is sent."""
        return self.method == "POST"


OPERATIONS: dict[str, Operation] = {}
"""By endpoint."""


def operation(
    method: str,
    path: str,
    *,
    tag: str,
    scope: Scope | Sequence[Scope] | None,
    answer: Any = None,
    **rest: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare an address; see `Operation`. The docstring of the view is its description."""
    scopes = () if scope is None else (scope,) if isinstance(scope, Scope) else tuple(scope)

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        summary, _, description = (view.__doc__ or "").partition("\n")
        declared = Operation(
            endpoint=f"api.{view.__name__}",
            method=method,
            path=path,
            view=view,
            summary=summary.strip().rstrip("."),
            description=" ".join(description.split()),
            tag=tag,
            scopes=scopes,
            answer=answer,
            **rest,
        )
        OPERATIONS[declared.endpoint] = declared

        def serve(**values: Any) -> Response:
            return _serve(declared, values)

        serve = permit(Permission.BEARER)(serve)
        serve.scopes = scopes  # type: ignore[attr-defined]
        blueprint.add_url_rule(path, view.__name__, serve, methods=[method])
        return view

    return declare


def _serve(declared: Operation, values: dict[str, Any]) -> Response:
    """Read the request, let the view do it, and answer."""
    read = reading.read_request(
        query=declared.query,
        body=declared.body,
        is_kept=declared.is_kept,
        is_matched=declared.is_matched,
    )
    if declared.query is not None:
        values["query"] = read.query
    if declared.body is not None:
        values["body"] = read.body
    if declared.is_kept:
        assert read.key is not None
        return repeating.answer_once(
            read.key, status=declared.status, do=lambda: declared.view(**values)
        )
    answer = answering.answer(declared.view(**values), status=declared.status)
    return answering.unless_known(answer) if declared.method == "GET" else answer
