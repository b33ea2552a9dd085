"""What follows from the answers of a profile."""

import pytest
from pydantic import ValidationError

from exchange.intake.profiles import StudentProfile


def test_student_who_was_not_asked_is_kept_from_no_kind_of_home() -> None:
    entry = StudentProfile(nationalities=("JO",), needs=("step_free",)).to_entry("s")
    assert entry.needs == ("step_free",)


def test_student_is_kept_from_every_kind_of_home_not_agreed_to() -> None:
    profile = StudentProfile(
        nationalities=("JO",), needs=("no_pets",), open_to=("children", "other_students")
    )
    assert profile.to_entry("s").needs == ("no_pets", "no_single_adult")
    # What the student said stays apart from what follows of it.
    assert profile.needs == ("no_pets",)


def test_student_who_agreed_to_nothing_is_kept_from_all_kinds() -> None:
    profile = StudentProfile(nationalities=("JO",), open_to=())
    assert set(profile.to_entry("s").needs) == {
        "no_other_students",
        "no_single_adult",
        "no_children",
        "no_pets",
    }


def test_unknown_kind_of_home_is_refused() -> None:
    with pytest.raises(ValidationError, match="Use a known kind"):
        StudentProfile.model_validate({"nationalities": ["JO"], "open_to": ["castle"]})
