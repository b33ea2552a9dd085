"""Runs that end without an answer say why, and what to do now."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from exchange.clock import now
from exchange.domain.cycle import RunState
from exchange.records.session import open_session
from exchange.services import attempts
from tests.web.conftest import Enter
from tests.web.world import World

CONFLICTS = {
    "status": "infeasible",
    "conflicts": [
        {"code": "pinned_pair_not_allowed", "message": "S-1 is pinned to H-1.", "facts": {}}
    ],
}


def _end(
    engine: sa.Engine,
    run_id: str,
    state: RunState,
    *,
    report: Mapping[str, Any] | None = None,
    error_code: str | None = None,
) -> None:
    at = now()
    with open_session(engine) as session:
        claimed = attempts.claim_run(session, run_id, at=at, lease_s=30)
        assert claimed is not None
        outcome = attempts.RunOutcome(state=state, report=report, error_code=error_code)
        attempts.finish_run(session, run_id, claimed.attempt, outcome=outcome, at=at)
        session.commit()


@pytest.mark.parametrize(
    ("state", "report", "error_code", "words"),
    [
        (RunState.INFEASIBLE, CONFLICTS, None, "S-1 is pinned to H-1."),
        (RunState.CANCELLED, None, None, "Somebody cancelled this run."),
        (RunState.TIMED_OUT, None, None, "Start it again with more time."),
        (RunState.TIMED_OUT, {"status": "no_answer"}, None, "Start it again with more time."),
        (RunState.FAILED, None, "verification_failed", "verification_failed"),
    ],
)
def test_run_that_ended_without_an_answer_explains_itself(
    enter: Enter,
    world: World,
    engine: sa.Engine,
    *,
    state: RunState,
    report: Mapping[str, Any] | None,
    error_code: str | None,
    words: str,
) -> None:
    run = world.own.live_run
    _end(engine, run, state, report=report, error_code=error_code)
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.get(f"/runs/{run}")
    assert page.heading == "Match run without an answer"
    assert words in page.text
    assert "Start a new run" in page.text
    assert (
        "Start a new run"
        not in enter(account_id=world.accounts["auditor"]).get(f"/runs/{run}").text
    )
    for path in ("placements", "unplaced", "exports", "progress"):
        assert (
            coordinator.client.get(
                f"http://127.0.0.1:8000/runs/{run}/{path}", buffered=True
            ).status_code
            == 200
        )
    stepped_up = enter(account_id=world.accounts["coordinator"], stepped_up=True)
    assert stepped_up.post(f"/runs/{run}/publish/propose").status == 409
    assert page.heading in coordinator.get(f"/runs/{run}").heading


def test_waiting_run_is_watched_without_scripts(enter: Enter, world: World) -> None:
    page = enter(account_id=world.accounts["coordinator"]).get(f"/runs/{world.own.live_run}")
    [refresh] = page.tree.all("noscript")[0].all("meta", **{"http-equiv": "refresh"})
    assert refresh.attrs["content"] == "3"
    assert page.tree.all("progress")[0].text() == "0 %"
    assert [button.text() for button in page.tree.all("main")[0].all("button")] == [
        "Cancel the run"
    ]
