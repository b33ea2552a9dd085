"""What counts as the same look of a name."""

import pytest

from exchange.intake.lookalikes import LONGEST, skeleton
from tests.corpora import lines_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Anna", "Berg"), ("\u0410nn\u0430", "Berg")),
        (("Anna", "Berg"), ("BERG", "ANNA")),
        (("José", "Núñez"), ("Jose", "Nunez")),
        (("O'Brien", None), ("O’Brien", "")),
        (("Mary-Ann", "Ash"), ("Mary", "Ann Ash")),
        (("Αννα", None), ("Anna", None)),
        (("Weiß", None), ("WEISS", None)),
        (("Łukasz", None), ("Lukasz", None)),
        (("Ａｎｎａ", None), ("Anna", None)),
        (("B0b", None), ("Bob", None)),
    ],
)
def test_names_that_look_alike_have_one_skeleton(
    one: tuple[str | None, str | None], other: tuple[str | None, str | None]
) -> None:
    assert skeleton(*one) == skeleton(*other) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Anna", "Anne"), ("王小明", "王小红"), ("محمد", "محمود"), ("Ann", "Ann Ash")],
)
def test_names_that_look_different_have_different_ones(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


def test_who_gave_no_name_looks_like_nobody() -> None:
    assert skeleton(None, "") is None
    assert skeleton("...") is None


def test_different_people_of_many_cultures_stay_different() -> None:
    names = [name for name in lines_of("names") if "Decomposed" not in name]
    looks = [skeleton(name) for name in names]
    assert None not in looks
    # Only such as differ in their accents or apostrophes, or in nothing but their case.
    assert len(set(looks)) > 0.97 * len(names)
    assert skeleton("ﷺ" * 200) == skeleton("ﷺ" * 200)
    assert len(skeleton("ﷺ" * 200) or "") <= LONGEST
