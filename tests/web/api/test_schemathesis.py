"""Requests made from the document, good and bad ones: each answer is one that the document tells.

The everyday run draws few requests, the same each time, and asks every address in one database;
`exchange test --full api` draws many, and gives each address a database of its own.
"""

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from flask import Flask
from hypothesis import strategies as st
from schemathesis import GenerationMode, openapi
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from exchange.web.api import bearer, views
from exchange.web.api.openapi import path_of
from exchange.web.api.operations import OPERATIONS
from tests.web.api.caller import Caller
from tests.web.test_permissions import arguments
from tests.web.visitor import HOST
from tests.web.world import World

FEW, MANY = 6, 150
assert views.blueprint is not None, "declares the operations when it is loaded"
ENDPOINTS = sorted(OPERATIONS)
NOT_ASKED = (
    "positive_data_acceptance",  # Two sound answers may not go together, and a nation not be one.
    "negative_data_rejection",  # A number written as text is a number in an address.
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",  # Held for every address by `test_scopes.py`.
    "object_level_authorization",  # The same.
)
"""Checks that ask for more than the document says, or that other tests make."""


@pytest.fixture
def schema(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The document as the tool reads it; failures of the service are answers, as in service."""
    monkeypatch.setattr(bearer, "REQUESTS", 10**6)
    load_all_checks()
    app.testing = False
    return openapi.from_wsgi("/api/v1/openapi.json", app)


def _drawn(schema: Any, caller: Caller, world: World, endpoint: str, *, most: int) -> None:
    declared = OPERATIONS[endpoint]
    operation = schema[path_of(declared)][declared.method]
    known = arguments(world.own) | {"kind": "participants"}
    checks = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in NOT_ASKED]
    for mode in GenerationMode:

        @hypothesis.settings(
            max_examples=most,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(
            case=operation.as_strategy(generation_mode=mode),
            is_known=st.sampled_from([True, True, True, False]),
        )
        def ask(case: schemathesis.Case, is_known: bool) -> None:
            if is_known and case.path_parameters:
                # Ids that are drawn name nothing; with these most requests get further.
                case.path_parameters.update(
                    {name: known[name] for name in case.path_parameters if name in known}
                )
            case.call_and_validate(
                base_url=f"{HOST}/api/v1",
                headers={"Authorization": f"Bearer {caller.token}"},
                checks=checks,
            )

        try:
            ask()
        except hypothesis.errors.Unsatisfiable:
            # There is no wrong way to ask what takes no values.
            assert mode is GenerationMode.NEGATIVE


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_answers_are_as_the_document_says(schema: Any, office: Caller, world: World) -> None:
    # One test for all, because the tool takes longer to read the document than to ask.
    wrong: list[BaseException] = []
    for endpoint in ENDPOINTS:
        try:
            _drawn(schema, office, world, endpoint, most=FEW)
        except (FailureGroup, Exception) as failure:
            failure.add_note(f"asked: {endpoint}")
            wrong.append(failure)
    if wrong:
        raise BaseExceptionGroup("Answers that the document does not tell", wrong)


@pytest.mark.full("api")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_many_answers_are_as_the_document_says(
    schema: Any, office: Caller, world: World, endpoint: str
) -> None:
    _drawn(schema, office, world, endpoint, most=MANY)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_answer_that_the_document_does_not_tell_is_found(
    schema: Any, office: Caller, world: World
) -> None:
    raw = schema.raw_schema["paths"]["/cycles"]["get"]["responses"]
    raw.pop("200")
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        _drawn(schema, office, world, "api.list_cycles", most=FEW)
