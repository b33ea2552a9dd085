"""The page on which a minor names one guardian or two."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from exchange.clock import now
from exchange.domain.cycle import ApplicationKind
from exchange.records import Cycle, Draft
from exchange.records.session import open_session
from exchange.web.signup.journey import Journey
from tests.web.world import World

FIRST = {"guardian_name": ["Ada"], "guardian_email": ["ada@example.org"]}
SECOND = {"second_guardian_name": ["Ben"], "second_guardian_email": ["ben@example.org"]}


@pytest.mark.parametrize(
    ("needed", "answers", "faults"),
    [
        (1, FIRST, []),
        (2, FIRST | SECOND, []),
        (
            2,
            FIRST,
            [
                "Enter the name of your second parent or guardian",
                "Enter the e-mail address of your second parent or guardian",
            ],
        ),
        (
            2,
            FIRST | SECOND | {"second_guardian_email": ["ADA@Example.org"]},
            ["Enter an address of their own, which nobody else has here"],
        ),
        (
            1,
            FIRST | {"guardian_email": ["Sal@EXAMPLE.org"]},
            ["Enter an address of their own, which nobody else has here"],
        ),
    ],
)
def test_as_many_guardians_as_the_cycle_needs_each_with_an_own_address(
    app: Flask,
    world: World,
    engine: sa.Engine,
    needed: int,
    answers: dict[str, list[str]],
    faults: list[str],
) -> None:
    with open_session(engine, writes=False) as session:
        cycle = session.exec(select(Cycle).where(Cycle.public_id == world.own.cycle)).one()
    cycle.guardians_needed = needed
    data = {
        "about-you": {"given_name": ["Salma"]},
        "contact": {"email": ["sal@example.org"]},
        "birth-date": {
            "birth_on-day": ["1"],
            "birth_on-month": ["1"],
            "birth_on-year": [str(now().year - 15)],
        },
        "guardian": answers,
    }
    draft = Draft(cycle_id=cycle.id, kind=ApplicationKind.STUDENT, data=data)
    with app.test_request_context():
        journey = Journey(cycle=cycle, draft=draft, today=now().date())
        step = journey.step("guardian")
        assert step is not None
        form = journey.checked(step)
        assert [line.sentence for line in form.fault_lines()] == faults
        assert ("second_guardian_name" in form.profile_values()) is (
            needed == 2 and "second_guardian_name" in answers
        )
