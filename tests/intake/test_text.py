"""What text may hold: every name a person has, and nothing that hides or breaks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.intake.text import clean_name, clean_text

NAMES = (
    "O'Brien",
    "O\u2019Brien",
    "Nguyễn Thị Ánh",
    "Null",
    "Y",
    "Teller",
    "María-José de la Cruz y Ñandú",
    "Þórdís Ósk",
    "محمد عبد الله",
    "שירה לוי",
    "王小明",
    "ศรีสุดา",
    "நந்தினி",
    "क्षितिज",
    "ශ්\u200dරී ලංකා",
    "می\u200cخواهم",
    "Ἀλέξανδρος",
    "Иван Петрович",
    "ꦗꦮ",
    "n" * 80,
)


@pytest.mark.parametrize("name", NAMES)
def test_legitimate_name_is_kept(name: str) -> None:
    assert clean_text(name, 100) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "a\u202eb",
        "a\u2066b",
        "a\u200bb",
        "\ufeffa",
        "a\U000e0041",
        "a\x07",
        "a\nb",
        "a\tb",
        "a\u2028b",
        "\ud800",
        "\ue000",
        "a" + "\u0301" * 6,
        "x" * 11,
        "x" * 10_000_000,
        "\u200d",
    ],
)
def test_text_that_hides_or_breaks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Remove|Use 10 characters or fewer"):
        clean_text(text, 10)


def test_lines_are_kept_where_they_may_stand() -> None:
    assert clean_text(" a\r\nb\rc\td \n", 20, lines=True) == "a\nb\nc\td"


@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    try:
        once = clean_text(text, 60)
    except ValueError:
        return
    assert clean_text(once, 60) == once
    assert len(once) <= 60


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "क्\u200dष",
        "ක්\u200dෂ",
        "\u1830\u1820\u1837\u1820\u1828\u180e\u1820",
        "葛\U000e0100",
        "\U000313aa",
        "👩\U0001f3fd\u200d🎓",
        "❤\ufe0f\u200d🔥",
        "1\ufe0f\u20e3",
    ],
)
def test_unseen_character_stays_where_its_script_needs_it(text: str) -> None:
    assert clean_text(text, 20) == text


@pytest.mark.parametrize(
    "text",
    [
        "An\u200dna",
        "An\u200cna",
        "می\u200c",
        "می\u200c\u200cخواهم",
        "\u200cخواهم",
        "a\u180e",
        "a\U000e0100",
        "a\ufe0f",
        "Иван\ufe01",
        " \ufe0f",
        "\U0002fffe",
    ],
)
def test_unseen_character_is_refused_where_nothing_needs_it(text: str) -> None:
    with pytest.raises(ValueError, match="Remove the"):
        clean_text(text, 20)


@pytest.mark.parametrize(
    "name", ["Anna 😀", "🇳🇴", "A\u20e3", "☺", "Ⓐnna", "漢\ufe0f", "👩\u200d🎓"]
)
def test_pictures_are_no_part_of_a_name(name: str) -> None:
    with pytest.raises(ValueError, match="Remove the pictures; a name is written in letters"):
        clean_name(name, 100)


@pytest.mark.parametrize("name", ["-", "...", "'", "???"])
def test_signs_alone_are_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="Write the name in letters"):
        clean_name(name, 100)


def test_pictures_stay_in_other_texts() -> None:
    assert clean_text("I like cats 🐈", 100) == "I like cats 🐈"
