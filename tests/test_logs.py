"""What is logged: JSON a line, and nothing that anybody typed."""

import json
import logging

import pytest
import structlog

from exchange.logs import configure_logging


@pytest.fixture(autouse=True)
def _restored() -> object:
    before = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers = before
    structlog.reset_defaults()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    out, err = capsys.readouterr()
    assert out == ""
    return [json.loads(line) for line in err.splitlines()]


def test_fault_is_logged_by_kind_and_place_without_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("INFO")
    try:
        raise ValueError("anna@example.org")
    except ValueError:
        structlog.get_logger().exception("job.failed", run="0" * 32)
        logging.getLogger("huey").exception("Unhandled exception in task %s.", "1")
    ours, theirs = _lines(capsys)
    for line in (ours, theirs):
        assert line["kind"] == "ValueError"
        assert line["level"] == "error"
        assert "anna" not in json.dumps(line)
        assert str(line["where"]).startswith("['test_logs.py:")
    assert ours["run"] == "0" * 32


def test_level_warning_leaves_out_what_is_only_news(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("INFO")
    configure_logging("WARNING")
    structlog.get_logger().info("worker.started")
    logging.getLogger("huey").info("started")
    logging.getLogger("huey").warning("a worker died")
    (line,) = _lines(capsys)
    assert line["event"] == "a worker died"
