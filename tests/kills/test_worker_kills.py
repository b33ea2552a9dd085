"""SIGKILL at every stage of a run: it recovers by itself, with one result, written once."""

import os
import random
import signal

import pytest

from exchange.domain.cycle import RunState
from tests.kills.lab import Lab, parent_of
from tests.kills.places import IN_THE_CHILD, WORKER_PLACES

KILLS = int(os.environ.get("EXCHANGE_TEST_KILLS", "300"))
"""Of the long suite, on each database."""
EVERY_DAY = (
    ("encoding", "process"),
    ("solving", "supervisor"),
    ("solved", "process"),
    ("writing", "process"),
    ("written", "process"),
    ("writing", "worker"),
)


@pytest.mark.parametrize(("place", "victim"), EVERY_DAY)
def test_run_killed_at_a_place_has_one_result(lab: Lab, place: str, victim: str) -> None:
    _kill_at(lab, place, victim=victim)
    lab.check()


def test_run_message_lost_is_found_by_the_reaper(lab: Lab) -> None:
    lab.start_worker()
    run_id = lab.new_run(is_heard=False)
    assert lab.wait_for_end(run_id).state is RunState.READY
    lab.check()


def test_run_frozen_worker_that_comes_back_is_fenced(lab: Lab) -> None:
    lab.start_worker()
    lab.arm("solving")
    run_id = lab.new_run()
    child = lab.wait_at_place()
    frozen = (parent_of(child), child)
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    run = lab.wait_for_end(run_id)
    assert run.state is RunState.READY
    assert run.attempt >= 2
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)
    lab.wait_for(lambda: f'{run_id}", "event": "job.fenced"' in lab.log())
    assert lab.run(run_id) == run
    with pytest.raises(ProcessLookupError, match="No such process"):
        os.kill(child, 0)
    lab.check()


@pytest.mark.full("kills")
def test_run_killed_hundreds_of_times_has_one_result(lab: Lab) -> None:
    chance = random.Random(20261123)
    for _ in range(KILLS):
        place = chance.choice(WORKER_PLACES)
        victim = chance.choice(["process", "process", "supervisor", "worker"])
        _kill_at(lab, place, victim=victim)
    lab.check()


def _kill_at(lab: Lab, place: str, *, victim: str) -> None:
    """Kill the process at a place, its supervisor, or the whole worker."""
    lab.start_worker()
    lab.arm(place)
    run_id = lab.new_run()
    pid = lab.wait_at_place()
    if victim == "worker":
        lab.kill_worker()
        lab.start_worker()
    elif victim == "supervisor" and place in IN_THE_CHILD:
        lab.kill(parent_of(pid))
    else:
        lab.kill(pid)
    run = lab.wait_for_end(run_id)
    assert run.state is RunState.READY
    if place not in ("before_claim", "written"):
        assert run.attempt >= 2
