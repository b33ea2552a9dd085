"""The request as values, or every fault of it at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from exchange.intake.profiles import Disagreement
from exchange.web.api.problems import Fault, Refused, escaped

JSON = "application/json"
LONGEST_KEY = 100


@dataclass(frozen=True, slots=True)
class Read:
    """What a request says."""

    query: BaseModel | None
    body: Any
    key: str | None


def read_request(
    *, query: type[BaseModel] | None, body: Any, is_kept: bool, is_matched: bool
) -> Read:
    """Read query, body and headers.

    Raises
    ------
    Refused
        415 for another kind of body, 428 without If-Match where it is needed, 400 for a body that
        is no JSON or a key that is none, and 422 with every fault of query and body.
    """
    if is_matched and "If-Match" not in request.headers:
        raise Refused(
            428, "if_match", "Say what you have seen: send its ETag in the If-Match header."
        )
    key = _key() if is_kept else None
    asked, faults = _query(query)
    sent: Any = None
    if body is not None:
        sent, more = _body(body)
        faults += more
    if faults:
        raise refused(faults)
    return Read(asked, sent, key)


def refused(faults: Iterable[Fault]) -> Refused:
    """Return the refusal of values."""
    return Refused(422, "invalid_input", "Some values cannot be used.", faults=faults)


def _key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    is_sound = 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()
    if not is_sound:
        sentence = "Name the request by a key of your own, of 1 to 100 printable ASCII characters."
        raise Refused(
            400,
            "idempotency_key",
            "Send an Idempotency-Key, so that nothing is done twice.",
            faults=[Fault(sentence, header="Idempotency-Key")],
        )
    return key


def _query(model: type[BaseModel] | None) -> tuple[BaseModel | None, list[Fault]]:
    sent = {name: request.args.getlist(name) for name in request.args}
    known = set() if model is None else set(model.model_fields)
    faults = [
        Fault("This address has no such parameter.", parameter=name)
        for name in sent
        if name not in known
    ]
    faults += [
        Fault("Send it once.", parameter=name)
        for name, values in sent.items()
        if name in known and len(values) > 1
    ]
    if model is None:
        return None, faults
    try:
        values = {name: values[0] for name, values in sent.items() if name in known}
        return model.model_validate(values), faults
    except ValidationError as error:
        return None, faults + [
            Fault(_sentence(one), parameter=str(one["loc"][0]))
            for one in error.errors(include_url=False, include_input=False)
        ]


def _body(model: Any) -> tuple[Any, list[Fault]]:
    if request.mimetype != JSON:
        raise Refused(415, "media_type", "Send the body as application/json.")
    if request.content_encoding not in (None, "", "identity"):
        # Nothing is unpacked here, so that nothing can swell.
        raise Refused(415, "media_type", "Send the body as it is, not compressed.")
    try:
        return TypeAdapter(model).validate_json(request.get_data()), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        if any(one["type"] == "json_invalid" for one in found):
            raise Refused(400, "json", "The body is no JSON in UTF-8.") from None
        return None, body_faults(error)


def body_faults(error: ValidationError, under: tuple[str, ...] = ()) -> list[Fault]:
    """Return what pydantic found as faults, each with a pointer to the value."""
    found = error.errors(include_url=False, include_input=False)
    inner = {one["loc"][:-1] for one in found}
    # A list whose one value cannot be used is not too short besides.
    return [
        _body_fault(one, under)
        for one in found
        if not (one["type"] == "too_short" and one["loc"] in inner)
    ]


def _body_fault(error: ErrorDetails, under: tuple[str, ...]) -> Fault:
    place: tuple[Any, ...] = (*under, *_without_tag(error["loc"]))
    inner = (error.get("ctx") or {}).get("error")
    if isinstance(inner, Disagreement):
        place = (*place, inner.field)
    return Fault(_sentence(error), pointer="".join(f"/{escaped(one)}" for one in place))


def _without_tag(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Of one of two kinds of body, pydantic names the kind first; no such member was sent."""
    return loc[1:] if loc and loc[0] in ("student", "host") else loc


def _sentence(error: Mapping[str, Any]) -> str:
    """What is wrong, without repeating what was sent."""
    inner = (error.get("ctx") or {}).get("error")
    said = str(inner) if isinstance(inner, ValueError) else str(error["msg"])
    return said if said.endswith(".") else f"{said}."
