"""The health check: whether the database answers, and what time it thinks it is."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from exchange.clock import now
from exchange.records import database_clock
from tests.web.visitor import HOST, Visitor


def _health(visitor: Visitor) -> tuple[int, str]:
    answer = visitor.client.get("/healthz", base_url=HOST, buffered=True)
    return answer.status_code, answer.get_data(as_text=True)


def test_health_is_well(visitor: Visitor) -> None:
    assert _health(visitor) == (200, "ok\n")


@pytest.mark.parametrize(
    ("seconds", "is_told"), [(100, False), (-100, False), (300, True), (-300, True)]
)
def test_health_says_when_the_clocks_are_far_apart(
    visitor: Visitor,
    engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
    is_told: bool,
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("a file has no clock of its own")
    monkeypatch.setattr(database_clock, "now", lambda: now() + timedelta(seconds=seconds))
    with capture_logs() as lines:
        status, body = _health(visitor)
    assert status == 200
    assert body.startswith("degraded: the clock" if is_told else "ok")
    told = [line["seconds"] for line in lines if line["event"] == "clock.apart"]
    assert told == ([pytest.approx(seconds, abs=5)] if is_told else [])
