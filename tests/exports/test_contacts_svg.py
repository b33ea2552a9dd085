"""The picture of who meets whom: allowed by a strict policy, readable without seeing shades."""

import re
from itertools import combinations
from random import Random
from xml.etree import ElementTree as ET

from exchange.domain.placement import Contact
from exchange.exports.contacts_svg import contacts_svg
from tests.exports.tables import CONTACTS

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "g", "rect", "path", "text", "title", "desc"}
CODES = sorted(a + b for a in "ABCDEFGH" for b in "ABCDEFGH")[:60]


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def test_picture_has_no_style_that_a_strict_policy_forbids() -> None:
    for standalone in (True, False):
        for element in parsed(contacts_svg(CONTACTS, title="T", standalone=standalone)).iter():
            assert element.tag.removeprefix(SVG) in DRAWN
            assert not {name for name in element.attrib if name == "style" or name[:2] == "on"}


def test_picture_names_and_describes_itself() -> None:
    root = parsed(contacts_svg(CONTACTS, title="Who <meets> whom", standalone=False))
    assert root.get("role") == "img"
    ids = {element.get("id"): element.text for element in root.iter() if element.get("id")}
    assert ids[root.get("aria-labelledby")] == "Who <meets> whom"
    description = ids[root.get("aria-describedby")]
    assert description is not None
    assert "5 nations, 3 pairs of them in contact, 1 of these pairs rival" in description


def test_each_contact_is_a_number_and_rivals_have_a_thick_border() -> None:
    root = parsed(contacts_svg(CONTACTS, title="T", standalone=False))
    cells = [group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    said = {group.findtext(f"{SVG}title"): group for group in cells}
    assert sorted(said) == ["CY and TR: 1, rival nations", "DE and FR: 1234", "FR and NA: 12"]
    assert {said[one].findtext(f"{SVG}text") for one in said} == {"1", "1234", "12"}
    rims = {one: group.find(f"{SVG}rect").get("stroke-width") for one, group in said.items()}  # type: ignore[union-attr]
    assert rims["CY and TR: 1, rival nations"] == "2.5"
    assert rims["FR and NA: 12"] == "0.5"


def test_words_of_the_picture_are_in_the_language_asked_for() -> None:
    picture = contacts_svg(CONTACTS, title="T", standalone=True, language="zh_Hans")
    said = " ".join(parsed(picture).itertext())
    assert "国家：5 个；有接触的国家对：3 个" in said
    assert "CY 和 TR：1，对立国家" in said
    assert not re.search("[a-z]", said)


def test_order_of_the_contacts_changes_nothing() -> None:
    shuffled = list(CONTACTS)
    Random(1).shuffle(shuffled)
    assert contacts_svg(shuffled, title="T", standalone=True) == contacts_svg(
        CONTACTS, title="T", standalone=True
    )


def test_pairs_that_do_not_meet_leave_an_empty_square() -> None:
    assert "No two nations meet." in contacts_svg([], title="T", standalone=True)
    root = parsed(contacts_svg(CONTACTS, title="T", standalone=False))
    assert len(list(root.iter(f"{SVG}rect"))) == 3
    (empty,) = (one.get("d") for one in root.iter(f"{SVG}path"))
    assert str(empty).count("M") == 7


def test_sixty_nations_stay_inside_the_picture() -> None:
    contacts = [Contact(a, b, 7, 0.5, 0) for a, b in combinations(CODES, 2)]
    svg = contacts_svg(contacts, title="T", standalone=True)
    root = parsed(svg)
    width, height = (float(one) for one in str(root.get("viewBox")).split()[2:])
    for element in root.iter(f"{SVG}text"):
        assert 0 < float(str(element.get("x"))) < width
        assert 0 < float(str(element.get("y"))) < height
    assert len(re.findall(r">7</text>", svg)) == 60 * 59 // 2
    assert len(svg) < 700_000
