"""What text may hold: every name a person has, and nothing that hides or breaks."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.intake.text import clean_text

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
