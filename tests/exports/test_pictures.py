"""All pictures: allowed by a strict policy, named, within their frame, their numbers right."""

import re
from collections.abc import Callable
from itertools import permutations
from xml.etree import ElementTree as ET

import pytest

from exchange.domain.nation import NATIONS
from exchange.domain.placement import Contact
from exchange.exports.chord_svg import chord_svg
from exchange.exports.flows_svg import Flow, flows_svg
from exchange.exports.frontier_svg import FrontierPoint, frontier_svg
from exchange.exports.gap_curve_svg import gap_curve_svg
from exchange.exports.groups_svg import MOST, GroupPlaces, groups_svg
from exchange.exports.plot import linear, logarithmic
from exchange.exports.quality_svg import BINS, count_qualities, quality_svg
from exchange.exports.weights_svg import PairWeight, weights_svg
from exchange.intake.nations import read_centroids
from tests.exports.tables import CONTACTS

SVG = "{http://www.w3.org/2000/svg}"
FLOWS = [Flow(a, b, len(a) + ord(b[1])) for a, b in permutations(sorted(NATIONS)[::17], 2)]
CURVE = [(0.5, "diversity", 0.2), (1.0, "diversity", 0.01), (3.0, "fit", 0.4), (9.0, "fit", 0.0)]
FRONTIER = [
    FrontierPoint(0.0, 10.0, 0.5, 3),
    FrontierPoint(0.02, 9.9, 0.6, 2),
    FrontierPoint(1.0, 4.0, 0.9, 0),
]
GROUPS = [GroupPlaces("North <1>", 5, 3), GroupPlaces("South", 4, 0)]

PICTURES: dict[str, Callable[..., str]] = {
    "chord": lambda **frame: chord_svg(CONTACTS, **frame),
    "chord of nobody": lambda **frame: chord_svg([], **frame),
    "flows": lambda **frame: flows_svg(FLOWS, read_centroids(), **frame),
    "flows of nobody": lambda **frame: flows_svg([], read_centroids(), **frame),
    "frontier": lambda **frame: frontier_svg(FRONTIER, **frame),
    "frontier of one point": lambda **frame: frontier_svg(FRONTIER[:1], **frame),
    "gap curve": lambda **frame: gap_curve_svg(CURVE, **frame),
    "gap curve of nothing": lambda **frame: gap_curve_svg([], **frame),
    "groups": lambda **frame: groups_svg(GROUPS, **frame),
    "no groups": lambda **frame: groups_svg([], **frame),
    "quality": lambda **frame: quality_svg(count_qualities([0.1, 0.9, 1.0]), **frame),
    "no quality": lambda **frame: quality_svg([0] * BINS, **frame),
    "weights": lambda **frame: weights_svg(
        ["FR", "DE", "CY"], [PairWeight("DE", "FR", 0.5, is_decided=True)], **frame
    ),
}
DRAWN = {"svg", "g", "rect", "path", "circle", "text", "title", "desc"}


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)


@pytest.mark.parametrize("standalone", [True, False])
@pytest.mark.parametrize("name", PICTURES)
def test_picture_stands_in_a_strict_page_and_says_what_it_is(name: str, standalone: bool) -> None:
    root = parsed(PICTURES[name](title="A <title>", standalone=standalone))
    ids = {one.get("id"): one.text for one in root.iter() if one.get("id")}
    assert root.get("role") == "img"
    assert ids[root.get("aria-labelledby")] == "A <title>"
    assert ids[root.get("aria-describedby")]
    assert root.get("direction") == "ltr"
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in DRAWN
        assert not {one for one in element.attrib if one == "style" or one[:2] == "on"}
    assert not re.search(r"nan|inf", re.sub(r">[^<]*<", "><", ET.tostring(root, "unicode")))


@pytest.mark.parametrize("standalone", [True, False])
@pytest.mark.parametrize("name", PICTURES)
def test_picture_stays_inside_its_frame(name: str, standalone: bool) -> None:
    root = parsed(PICTURES[name](title="T", standalone=standalone))
    width, height = (float(one) for one in str(root.get("viewBox")).split()[2:])
    for element in root.iter():
        for along, most in (("x", width), ("cx", width), ("y", height), ("cy", height)):
            if element.get(along) is not None:
                assert -0.01 <= float(str(element.get(along))) <= most + 0.01
    for rectangle in root.iter(f"{SVG}rect"):
        left, wide = float(rectangle.get("x", 0)), float(rectangle.get("width", 0))
        assert left + wide <= width + 0.01


@pytest.mark.parametrize("name", PICTURES)
def test_words_of_a_picture_are_those_of_a_language(name: str) -> None:
    english = PICTURES[name](title="T", standalone=True)
    assert english == PICTURES[name](title="T", standalone=True, language="en")


def test_every_number_of_a_picture_is_told_with_its_shape() -> None:
    told = [
        one.text
        for one in parsed(PICTURES["chord"](title="T", standalone=False)).iter(f"{SVG}title")
    ]
    assert {"CY and TR: 1", "DE and FR: 1234", "FR and NA: 12", "FR: 1246"} <= set(told)
    groups = PICTURES["groups"](title="T", standalone=False)
    assert "North &lt;1&gt;: 3 of 5 places" in groups
    flows = flows_svg(
        [Flow("FR", "MA", 7), Flow("MA", "FR", 2), Flow("FR", "XX", 1)],
        read_centroids(),
        title="T",
        standalone=False,
    )
    assert "FR to MA: 7" in flows
    assert "MA to FR: 2" in flows
    assert "9 students travel 2 different ways between 2 nations." in flows


def test_band_is_as_wide_as_its_placements() -> None:
    contacts = [Contact("DE", "FR", 3, 0.5, 0), Contact("DE", "GR", 1, 0.5, 4)]
    picture = chord_svg(contacts, title="T", standalone=False)
    assert picture == chord_svg(contacts[::-1], title="T", standalone=False)
    assert picture.count('stroke="currentColor" stroke-width="1.5"') == 1


def test_qualities_are_counted_by_twentieths_and_none_is_lost() -> None:
    counts = count_qualities([0.0, 0.05, 0.15, 0.1499999999, 0.999, 1.0])
    assert counts[:4] == [1, 1, 0, 2]
    assert counts[-1] == 2
    assert sum(counts) == 6


def test_picture_of_many_groups_draws_the_first_and_says_how_many_there_are() -> None:
    groups = [GroupPlaces(f"Group {number}", 9, 3) for number in range(MOST + 20)]
    picture = groups_svg(groups, title="T", standalone=False)
    assert picture.count("<g><title>") == MOST
    assert f"{MOST + 20} groups of hosts." in picture


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (3.2, 3.2), (-4, 17), (0.301, 0.302), (0, 0)]
)
def test_axis_has_few_round_marks_around_its_values(low: float, high: float) -> None:
    axis = linear(low, high)
    assert axis.low <= low + 1e-9
    assert axis.high >= high - 1e-9
    assert 2 <= len(axis.marks) <= 7
    written = [axis.write(one) for one in axis.marks]
    assert len(set(written)) == len(written)
    assert axis.place(axis.low) == 0.0
    assert axis.place(axis.high) == 1.0


def test_logarithmic_axis_gives_each_power_the_same_room() -> None:
    axis = logarithmic(0.001, 0.5, lambda gap: f"{gap:g}")
    assert axis.marks == pytest.approx([0.001, 0.01, 0.1, 1.0])
    assert [axis.place(one) for one in axis.marks] == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert axis.place(0.0) == 0.0
