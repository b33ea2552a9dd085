"""A POST that is sent again is answered again, and done once."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Response, g, request

from exchange.services import api_replies
from exchange.web.api.answering import JSON, Done, body_of


def answer_once(key: str, *, status: int, do: Callable[[], Done]) -> Response:
    """Do what is asked for, unless it was under this key, and answer as then.

    The answer is kept in the transaction of the change, so that there is never one without the
    other. What is refused leaves nothing, and can be tried again under its key.
    """
    reply, is_new = api_replies.claim_key(
        g.db, g.bearer.token, key, request_hash=_request_hash(), at=g.now
    )
    if not is_new:
        return _answer(reply.body, reply.status, reply.headers, is_repeated=True)
    done = do()
    body: dict[str, Any] = json.loads(body_of(done.model))
    headers = dict(done.headers)
    api_replies.keep_reply(g.db, reply, status=status, headers=headers, body=body)
    g.db.commit()
    if done.then is not None:
        done.then()
    return _answer(body, status, headers, is_repeated=False)


def _answer(
    body: dict[str, Any], status: int, headers: dict[str, str], *, is_repeated: bool
) -> Response:
    answer = Response(json.dumps(body), status=status, content_type=JSON)
    for name, value in headers.items():
        answer.headers[name] = value
    if is_repeated:
        answer.headers["Idempotency-Replayed"] = "true"
    return answer


def _request_hash() -> str:
    told = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    told.update(request.get_data())
    return told.hexdigest()
