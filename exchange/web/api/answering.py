"""A view's result as an answer: JSON, an ETag of it, the address of what comes next."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from pydantic import BaseModel

from exchange.web.api.models import Listed

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Done:
    """What a change leads to.

    Attributes
    ----------
    then : callable, optional
        Done once the change is committed, such as telling the queue.
    """

    model: BaseModel
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Callable[[], None] | None = None


def answer(result: Any, *, status: int = 200) -> Response:
    """Return the answer of a view's result: a model, a `Done`, or a response that is ready."""
    if isinstance(result, Response):
        return tagged(result)
    done = result if isinstance(result, Done) else Done(result)
    made = Response(body_of(done.model), status=status, content_type=JSON)
    for name, value in done.headers.items():
        made.headers[name] = value
    if isinstance(done.model, Listed) and done.model.next is not None:
        made.headers["Link"] = f'<{next_address(done.model.next)}>; rel="next"'
    return tagged(made)


def body_of(model: BaseModel) -> bytes:
    """Return a model as JSON; what a token may not read was never set, and is absent."""
    return model.model_dump_json(exclude_unset=True).encode()


def tagged(made: Response) -> Response:
    """Add an ETag: the same content for the same token has the same."""
    made.headers["ETag"] = f'"{tag_of(made.get_data())}"'
    return made


def unless_known(made: Response) -> Response:
    """Return an empty 304 in the place of what the caller says it has."""
    if not request.if_none_match.contains_weak(made.get_etag()[0] or ""):
        return made
    return Response(status=304, headers={"ETag": made.headers["ETag"]})


def tag_of(body: bytes) -> str:
    """Return what stands in an ETag."""
    return hashlib.sha256(body).hexdigest()[:32]


def next_address(cursor: str) -> str:
    """Return the address of the next part of the list that this request asks for."""
    asked = {name: value for name, value in request.args.items() if name != "cursor"}
    return f"{request.path}?{urlencode({**asked, 'cursor': cursor})}"
