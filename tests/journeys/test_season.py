"""A whole season in a real browser: from a cycle that is not open to the files of its result.

Everything goes through links and buttons that a person sees; see `season`.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from exchange.config import Settings
from tests.handbook_pictures import PICTURES
from tests.journeys import season

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_season_from_opening_to_the_files_of_a_second_match(
    browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    inspects = settings.database_url.startswith("sqlite")
    shown: list[str] = []
    with season.office_of(browser, settings, tmp_path, inspects=inspects) as office:

        def show(name: str) -> None:
            shown.append(name)
            office.visit.look()

        season.walk(office, show)
    assert sorted(shown) == sorted(PICTURES), "the handbook has a picture of each"
