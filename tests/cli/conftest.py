"""What tests of commands may ask for."""

from pathlib import Path

import pytest

from tests.cli.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A folder of its own for two files and what is made of them."""
    return Desk(tmp_path)
