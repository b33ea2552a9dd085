"""What tests of the API may ask for."""

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.web.api.caller import Caller, Programs
from tests.web.world import World


@pytest.fixture
def program(app: Flask, engine: sa.Engine) -> Programs:
    """A way to be a program."""
    return Programs(app, engine)


@pytest.fixture
def office(program: Programs, world: World) -> Caller:
    """A program of the own programme that may everything that a token may."""
    return program(world.accounts["coordinator"], world.own)
