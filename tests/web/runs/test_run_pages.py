"""Match runs on pages: started, watched, cancelled, read, published."""

import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import RunState
from exchange.domain.nation import NATIONS
from exchange.jobs.queue import queue_depth
from exchange.jobs.tasks import execute_run
from exchange.records import ContactRow, MatchRun
from exchange.records.session import open_session
from exchange.services import attempts
from tests.web.conftest import Enter
from tests.web.statements import MOST, statements
from tests.web.visitor import HOST
from tests.web.world import World

KEY = "0123456789abcdef" * 2


def _run(engine: sa.Engine, public_id: str) -> MatchRun:
    with open_session(engine, writes=False) as session:
        return session.exec(select(MatchRun).where(MatchRun.public_id == public_id)).one()


def _start(enter: Enter, world: World, **changes: str) -> tuple[str, int]:
    coordinator = enter(account_id=world.accounts["coordinator"])
    values = {"epsilon": "0,05", "seed": "٧", "time_limit_s": "", "key": KEY} | changes
    page = coordinator.post(f"/cycles/{world.own.cycle}/runs/new", values)
    return page.path, page.status


def test_run_started_on_a_page_is_queued_solved_and_shown(
    app: Flask, enter: Enter, world: World, engine: sa.Engine, settings: Settings
) -> None:
    location, status = _start(enter, world)
    assert status == 200
    assert queue_depth(settings) == 1
    again, _ = _start(enter, world)
    assert again == location
    run_id = location.rsplit("/", 1)[1]
    run = _run(engine, run_id)
    assert (run.state, run.epsilon, run.seed) == (RunState.QUEUED, 0.05, 7)
    coordinator = enter(account_id=world.accounts["coordinator"])
    watching = coordinator.get(f"/runs/{run_id}")
    assert watching.heading == "Match run under way"
    fragment = f"{HOST}/runs/{run_id}/progress"
    assert "hx-trigger" in coordinator.client.get(fragment).get_data(as_text=True)
    execute_run(run_id, settings)
    ended = coordinator.client.get(fragment)
    assert "hx-trigger" not in ended.get_data(as_text=True)
    assert ended.headers["HX-Refresh"] == "true"
    with statements(app) as sent:
        page = coordinator.get(f"/runs/{run_id}")
    assert page.heading == "Match run"
    assert "1 student is placed. No answer that keeps all rules can place more." in page.text
    assert "<svg" in page.response.get_data(as_text=True)
    assert len(sent) <= MOST


def test_run_that_mixed_nations_inside_hosts_says_how_much(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    mix = {"weight": 0.1, "sum": 20.7, "hosts": 5, "nations_a_host": 4.0}
    with open_session(engine) as session:
        run = world.own.live_run
        claimed = attempts.claim_run(session, run, at=now(), lease_s=30)
        assert claimed is not None
        report = {**(_run(engine, world.own.run).report or {}), "gap": 0.001, "inside_hosts": mix}
        ready = attempts.RunOutcome(state=RunState.READY, report=report)
        attempts.finish_run(session, run, claimed.attempt, outcome=ready, at=now())
        session.commit()
    coordinator = enter(account_id=world.accounts["coordinator"])
    text = coordinator.get(f"/runs/{run}").text
    assert "students of 4.0 nations live together on average" in text
    assert "no answer has more than 0.100 % more diversity, the mix inside hosts counted" in text
    assert "live together" not in coordinator.get(f"/runs/{world.own.run}").text


def test_run_of_many_nations_lists_the_pairs_that_meet_most_and_leads_to_all(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    path = f"/runs/{world.own.run}"
    assert coordinator.get(path).tree.all("svg")
    with open_session(engine) as session:
        run = session.exec(select(MatchRun).where(MatchRun.public_id == world.own.run)).one()
        run.report = {**(run.report or {}), "nation_pairs": 500}
        session.add(run)
        nations = sorted(NATIONS)[:30]
        session.add_all(
            ContactRow(
                run_id=run.id,
                nation_a="AD",
                nation_b=nation,
                placements=100 - place,
                weight=0.5,
                tension_tier=0,
                has_data=True,
            )
            for place, nation in enumerate(nations[1:])
        )
        session.commit()
    page = coordinator.get(path)
    assert not page.tree.all("svg")
    assert "The 20 pairs of nations that meet most often:" in page.text
    rows = [row.text() for row in page.tree.all("tr") if row.text().startswith("Andorra")]
    assert len(rows) == 20
    assert rows[0].startswith("Andorra United Arab Emirates 100")
    assert f"{path}/pictures" in [link.attrs.get("href") for link in page.tree.all("a")]


def test_run_under_way_draws_how_its_gap_falls_once_there_is_a_line(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    fragment = f"{HOST}/runs/{world.own.live_run}/progress"

    def drawn(curve: list[tuple[float, str, float]]) -> bool:
        with open_session(engine) as session:
            attempts.heartbeat(
                session,
                world.own.live_run,
                1,
                stage="fit",
                progress=0.5,
                gap=0.1,
                curve=curve,
                at=now(),
                lease_s=30,
            )
            session.commit()
        return "<svg" in coordinator.client.get(fragment).get_data(as_text=True)

    with open_session(engine) as session:
        assert attempts.claim_run(session, world.own.live_run, at=now(), lease_s=30)
        session.commit()
    assert not drawn([])
    assert not drawn([(0.5, "diversity", 0.2)])
    assert drawn([(0.5, "diversity", 0.2), (0.9, "fit", 0.1)])
    assert _run(engine, world.own.live_run).curve == [[0.5, "diversity", 0.2], [0.9, "fit", 0.1]]


def test_options_out_of_range_keep_what_was_typed(enter: Enter, world: World) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    for epsilon in ("nan", "1.5", "-0.1", "1e-3", "sNaN", "0..1", "2" * 5000):
        page = coordinator.post(
            f"/cycles/{world.own.cycle}/runs/new",
            {"epsilon": epsilon, "seed": "x", "time_limit_s": "0", "key": KEY},
        )
        assert page.status == 422
        assert len(page.faults) == 3
        assert page.values()["epsilon"] == epsilon


def test_second_run_while_one_is_live_is_refused_with_a_link(enter: Enter, world: World) -> None:
    first, _ = _start(enter, world)
    _, status = _start(enter, world, key="f" * 32)
    assert status == 409
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.post(
        f"/cycles/{world.own.cycle}/runs/new",
        {"epsilon": "0", "seed": "", "time_limit_s": "", "key": "e" * 32},
    )
    assert first in [link.attrs.get("href") for link in page.tree.all("a")]


def test_waiting_run_cancelled_on_its_page_ends(
    enter: Enter, world: World, engine: sa.Engine
) -> None:
    coordinator = enter(account_id=world.accounts["coordinator"])
    page = coordinator.post(f"/runs/{world.own.live_run}/cancel")
    assert "Somebody cancelled this run" in page.text
    assert _run(engine, world.own.live_run).state is RunState.CANCELLED
    assert coordinator.post(f"/runs/{world.own.live_run}/cancel").status == 409
