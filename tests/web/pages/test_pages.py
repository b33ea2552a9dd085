"""Every page of everybody, and every form refused: no fault of access, nothing out of its place.

The everyday suite looks at each page on a narrow phone, in English or in Arabic, in turn;
`exchange test --full pages` in seven languages, on a phone and on a desk.
"""

import os
import pytest

from exchange.translations import LANGUAGES
from tests.web.pages.conftest import Walk
from tests.web.pages.places import Who

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


def test_pages_read_well_on_a_phone_in_both_directions(walk: Walk) -> None:
    faults = []
    for who in list(Who)[::-1]:
        walker = walk(who)
        walker.walk(who, "en", slice(0, None, 2))
        walker.walk(who, "ar", slice(1, None, 2))
        faults += walker.faults
        with open("/tmp/w/pages-found.txt", "a") as f:
            print(who, walker.counts, sorted(walker.unrefused), sorted(walker.missing), *walker.faults, sep="\n  ", file=f)
    assert not faults, "\n".join(faults)
