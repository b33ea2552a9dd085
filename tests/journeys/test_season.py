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


# A minute of a browser; the long suite walks on both databases, as all other journeys do every day.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_season_from_opening_to_the_files_of_a_second_match(
    browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    shown: list[str] = []
    with season.office_of(browser, settings, tmp_path, inspects=True) as office:

        def show(name: str) -> None:
            shown.append(name)
            office.visit.look()

        season.walk(office, show)
    assert sorted(shown) == sorted(PICTURES), "the handbook has a picture of each"


@pytest.mark.full("season")
def test_season_with_everybody_of_the_demonstration(
    browser: Browser, settings: Settings, tmp_path: Path
) -> None:
    """Lists have several pages, homes of one adult stay out, and runs take their time."""
    with season.office_of(browser, settings, tmp_path, inspects=False, everybody=True) as office:
        season.walk(office, lambda _name: office.visit.look())
