"""Consents: texts that cannot change unnoticed, and who may give each."""

import pytest

from exchange.domain.consent import (
    NEEDED,
    OPTIONAL,
    TEXTS,
    Ages,
    Giver,
    Purpose,
    asked_of,
    givers_of,
    purposes_of,
    text_hash,
)
from exchange.domain.cycle import ApplicationKind

HASHES = {
    "taking_part:1": "5478cfc3f016fa2a",
    "health_to_host:1": "c44c11de4e3addb5",
    "faith_to_host:1": "07e6d535d6903156",
    "photographs:1": "1d685703289087f3",
    "contact_after:1": "bc852e7ddadc5340",
    "statistics:1": "d3aa4c067aa69efa",
}
"""The first 16 digits of the hash of each version of each text. A new text is a new version."""

APPLICANT, GUARDIANS = frozenset({Giver.APPLICANT}), frozenset({Giver.GUARDIANS})


def test_text_that_changes_gets_a_new_version() -> None:
    assert {one.code: text_hash(one.text)[:16] for one in TEXTS.values()} == HASHES


def test_hash_is_of_the_text_and_not_of_its_encoding() -> None:
    assert text_hash("e\u0301") == text_hash("\u00e9") != text_hash("e")


def test_every_purpose_has_a_text_and_only_taking_part_is_required() -> None:
    assert set(TEXTS) == set(Purpose)
    assert set(OPTIONAL) == set(Purpose) - {Purpose.TAKING_PART}
    assert len(NEEDED) == 3
    special = {one for one, text in TEXTS.items() if text.is_special}
    assert special == {Purpose.HEALTH_TO_HOST, Purpose.FAITH_TO_HOST}
    assert not special & set(purposes_of(ApplicationKind.HOST))


@pytest.mark.parametrize(
    ("age", "health", "photographs", "taking_part"),
    [
        (None, APPLICANT, APPLICANT, frozenset()),
        (40, APPLICANT, APPLICANT, frozenset()),
        (18, APPLICANT, APPLICANT, frozenset()),
        (17, APPLICANT, APPLICANT | GUARDIANS, GUARDIANS),
        (15, APPLICANT, APPLICANT | GUARDIANS, GUARDIANS),
        (14, GUARDIANS, GUARDIANS, GUARDIANS),
    ],
)
def test_givers_follow_from_the_age(
    age: int | None,
    health: frozenset[Giver],
    photographs: frozenset[Giver],
    taking_part: frozenset[Giver],
) -> None:
    ages = Ages(age, consent_age=15, adult_age=18)
    assert givers_of(Purpose.HEALTH_TO_HOST, ages) == health
    assert givers_of(Purpose.PHOTOGRAPHS, ages) == photographs
    assert givers_of(Purpose.TAKING_PART, ages) == taking_part


def test_nobody_is_asked_twice_but_for_photographs_of_minors() -> None:
    kind = ApplicationKind.STUDENT
    for age in range(13, 25):
        ages = Ages(age, consent_age=16, adult_age=18)
        both = set(asked_of(Giver.APPLICANT, kind, ages=ages)) & set(
            asked_of(Giver.GUARDIANS, kind, ages=ages)
        )
        assert both == ({Purpose.PHOTOGRAPHS} if age in (16, 17) else set()), age
