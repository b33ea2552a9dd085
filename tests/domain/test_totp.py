"""Codes as the standard computes them, and as people type them."""

from datetime import UTC, datetime, timedelta

import pytest

from exchange.domain import totp

SECRET = b"12345678901234567890"
"""Of the test vectors of RFC 6238, appendix B; their last six digits."""


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_code_of_the_standards_examples(second: int, code: str) -> None:
    at = datetime.fromtimestamp(second, UTC)
    assert totp.code_of(SECRET, totp.step_of(at)) == code
    assert totp.matching_step(SECRET, code, at) == second // 30


def test_code_counts_one_step_early_and_late_and_no_more() -> None:
    at = datetime.fromtimestamp(1_111_111_111, UTC)
    step = totp.step_of(at)
    for steps, expected in ((-2, None), (-1, step), (1, step), (2, None)):
        moment = at + timedelta(seconds=30 * steps)
        assert totp.matching_step(SECRET, "050 471", moment) == expected


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" 081 804", "081804"),
        ("081-804", "081804"),
        ("٠٨١٨٠٤", "081804"),
        ("81804", ""),
        ("0818040", ""),
        ("08180a", ""),
        ("²81804", "281804"),
        ("", ""),
    ],
)
def test_read_code(typed: str, read: str) -> None:
    assert totp.read_code(typed) == read


def test_secret_needs_the_key_of_the_installation() -> None:
    made = totp.derive_secret("key", owner="a", salt="s")
    assert len(made) == 20
    assert made == totp.derive_secret("key", owner="a", salt="s")
    others = [("other", "a", "s"), ("key", "b", "s"), ("key", "a", "t")]
    assert made not in [totp.derive_secret(k, owner=o, salt=s) for k, o, s in others]


def test_secret_as_people_and_apps_read_it() -> None:
    assert totp.shown_secret(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    link = totp.app_link(SECRET, "Exchange")
    assert link == (
        "otpauth://totp/Exchange?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Exchange"
    )
