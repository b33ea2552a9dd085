"""A host's pages for screening: beds, references, the household; institutions are asked others."""

from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from exchange.records import Host
from exchange.records.session import open_session
from tests.web.signup.way import send_off
from tests.web.visitor import Page, Visitor
from tests.web.world import World

CONTACT = {"kind": "household", "name": "Ida Holm", "city": "Oslo", "nation": "NO"}
CONTACT |= {"email": "ida@example.org", "phone": "+47 22 00 00 00"}
PLACES = {"capacity": "2"}
PLACES |= {f"available_from-{part}": n for part, n in (("day", "1"), ("month", "6"))}
PLACES |= {f"available_to-{part}": n for part, n in (("day", "30"), ("month", "9"))}
PLACES |= {"available_from-year": "2027", "available_to-year": "2027"}
REFERENCES = {"not_related": "yes"}
for which in ("1", "2"):
    REFERENCES[f"reference_{which}_name"] = f"Person {which}"
    REFERENCES[f"reference_{which}_relation"] = "neighbour"
    REFERENCES[f"reference_{which}_email"] = f"person{which}@example.org"


def born(number: int, year: int, month: int, day: int) -> dict[str, str]:
    name = f"members-{number}-birth_on"
    return {f"{name}-day": str(day), f"{name}-month": str(month), f"{name}-year": str(year)}


class Way:
    """The pages of one host's sign-up, each by its name."""

    def __init__(self, visitor: Visitor, world: World) -> None:
        self.visitor = visitor
        self.address = f"/signup/{world.own.cycle}/host"
        visitor.get(self.address)
        visitor.send()

    def answer(self, step: str, values: Mapping[str, str]) -> Page:
        """Send one page as its form has it."""
        self.visitor.get(f"{self.address}/{step}")
        return self.visitor.send(dict(values))

    def page(self, step: str) -> Page:
        """Look at a page."""
        return self.visitor.get(f"{self.address}/{step}")


@pytest.fixture
def way(visitor: Visitor, world: World) -> Way:
    return Way(visitor, world)


def test_household_answers_everything_and_its_answers_are_kept(way: Way, engine: sa.Engine) -> None:
    way.answer("about-you", CONTACT)
    # One more row for each person, as the button adds it.
    way.answer("household", born(0, 1980, 5, 1) | {"do": "add"})
    people = born(0, 1980, 5, 1) | born(1, 2009, 8, 9)
    way.answer("household", people)
    way.answer("home", {})
    way.answer("places", PLACES)
    way.answer("rooms", {"guest_rooms": "1", "guest_beds": "2"})
    way.answer("languages", {"languages-0-tag": "nb", "languages-0-level": "native"})
    for step in ("interests", "welcome"):
        way.answer(step, {})
    way.answer("references", REFERENCES)
    way.answer("house-rules", {"house_rules": "Shoes off.", "free_to_believe": "yes"})
    way.answer("why", {"motivation": "We like company."})
    way.answer("about-home", {})
    way.answer("consents", {})
    shown = way.page("check").text
    assert "Turns 18 on 9 August 2027, during the stay, and is checked like an adult." in shown
    assert "Not finished" not in shown
    assert way.page("organisation").status == 404
    send_off(way.visitor, way.page("check"))
    with open_session(engine, writes=False) as session:
        host = session.exec(select(Host).order_by(col(Host.id).desc())).first()
        assert host is not None
        assert (host.guest_rooms, host.guest_beds) == (1, 2)
        assert (host.reference_1_name, host.reference_2_email) == (
            "Person 1",
            "person2@example.org",
        )
        assert (host.house_rules, host.motivation) == ("Shoes off.", "We like company.")


def test_institution_is_asked_other_questions(way: Way) -> None:
    way.answer("about-you", CONTACT | {"kind": "institution"})
    for step in ("household", "rooms", "references", "house-rules"):
        assert way.page(step).status == 404
    refused = way.answer("organisation", {})
    assert refused.faults == [
        "Enter the name of the person who answers for the guests",
        "Enter the e-mail address of that person",
        "Enter the name of your insurer",
        "Enter the number of guests",
    ]


def test_household_of_children_only_is_refused(way: Way) -> None:
    way.answer("about-you", CONTACT)
    assert way.answer("household", {}).faults == [
        "Enter at least one person, starting with yourself"
    ]
    # Eighteen on the day after the stay begins, and on the day itself.
    assert way.answer("household", born(0, 2009, 6, 2)).faults == [
        "At least one adult must live in the home during the stay"
    ]
    assert way.answer("household", born(0, 2009, 6, 1)).faults == []


@pytest.mark.parametrize(
    ("rooms", "beds", "faults"),
    [
        ("1", "2", []),
        ("1", "1", ["You offer 2 places, so you need as many beds; or offer fewer places"]),
        ("0", "2", ["Use a whole number from 1 to 500"]),
    ],
)
def test_each_guest_needs_a_bed(way: Way, rooms: str, beds: str, faults: list[str]) -> None:
    way.answer("about-you", CONTACT)
    way.answer("places", PLACES)
    page = way.answer("rooms", {"guest_rooms": rooms, "guest_beds": beds})
    assert len(page.faults) == len(faults)
    if "bed" in "".join(faults):
        assert page.faults == faults


def test_too_few_rooms_for_the_places_are_refused(way: Way) -> None:
    way.answer("about-you", CONTACT)
    way.answer("places", PLACES | {"capacity": "3"})
    page = way.answer("rooms", {"guest_rooms": "1", "guest_beds": "3"})
    assert page.faults == ["At most 2 guests may share a room; offer fewer places"]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"reference_1_email": ""}, ["Enter an e-mail address or a phone number of this person"]),
        ({"reference_1_email": "", "reference_1_phone": "+47 22 11 11 11"}, []),
        (
            {"reference_2_email": "IDA@example.org"},
            ["This is how we reach you; choose somebody else"],
        ),
        (
            {"reference_2_phone": "+47 22-00-00-00"},
            ["This is how we reach you; choose somebody else"],
        ),
        ({"reference_2_email": "Person1@Example.org"}, ["Choose two different people"]),
        (
            {"not_related": ""},
            ["Choose two people who are not related to you and do not live with you"],
        ),
        ({"reference_1_name": " "}, ["Enter the name of the first person"]),
        ({"reference_1_relation": "sister"}, None),
    ],
)
def test_references_are_two_others_who_can_be_reached(
    way: Way, changes: dict[str, str], faults: list[str] | None
) -> None:
    way.answer("about-you", CONTACT)
    values = {k: v for k, v in (REFERENCES | changes).items() if k != "not_related" or v}
    page = way.answer("references", values)
    if faults is None:
        assert page.status == 422
    else:
        assert page.faults == faults
    if page.status == 422:
        assert "Person 2" in str([e.attrs.get("value") for e in page.tree.all("input")])


def test_guest_is_never_required_to_believe(way: Way) -> None:
    way.answer("about-you", CONTACT)
    page = way.answer("house-rules", {"house_rules": "Church on Sunday."})
    assert page.faults == [
        "No guest may be required to take part in religious services; please agree"
    ]
