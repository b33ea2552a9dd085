"""The queue: what a message holds, who may write one, and that it really is executed."""

import json
import multiprocessing
import pickle
import subprocess
import sys
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from huey.registry import Message

from exchange.config import Settings
from exchange.jobs import queue
from exchange.jobs.queue import QueueMessageRefused, SignedMessages

RUN = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32


def _payload(settings: Settings) -> bytes:
    (data,) = queue.open_queue(settings).storage.enqueued_items()
    return bytes(data)


def _forge_payload(settings: Settings, data: bytes) -> None:
    storage = queue.open_queue(settings).storage
    storage.flush_queue()
    storage.enqueue(data)


def test_enqueue_run_once_queue_holds_one_message(settings: Settings) -> None:
    assert queue.queue_depth(settings) == 0
    queue.enqueue_run(RUN, settings)
    assert queue.queue_depth(settings) == 1
    assert queue.waiting_runs(settings) == {RUN}


def test_open_queue_embedded_file_is_its_owners_only(tmp_path: Path) -> None:
    settings = Settings(instance_dir=tmp_path, database_url="", queue_url="")
    queue.enqueue_run(RUN, settings)
    assert (tmp_path / "queue.sqlite").stat().st_mode & 0o077 == 0


def test_enqueue_run_payload_is_signed_json_of_the_id(settings: Settings) -> None:
    queue.enqueue_run(RUN, settings)
    data = _payload(settings)
    body = data[32:].decode("ascii")
    assert RUN in body
    assert sorted(json.loads(body)) == ["id", "run", "task"]


def test_message_taken_from_queue_executes_the_task(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    huey = queue.open_queue(settings)
    monkeypatch.setattr(
        huey.execute_run.task_class, "execute", lambda task: seen.append(task.args[0])
    )
    queue.enqueue_run(RUN, settings)
    huey.execute(huey.dequeue())
    assert seen == [RUN]
    assert queue.queue_depth(settings) == 0


def test_message_of_a_frontier_executes_its_own_task(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    huey = queue.open_queue(settings)
    monkeypatch.setattr(
        huey.execute_frontier.task_class, "execute", lambda task: seen.append(task.args[0])
    )
    queue.enqueue_frontier(OTHER, settings)
    assert queue.waiting_runs(settings) == {OTHER}
    huey.execute(huey.dequeue())
    assert seen == [OTHER]


def test_message_with_wrong_signature_is_refused_and_dropped(settings: Settings) -> None:
    queue.enqueue_run(RUN, settings)
    _forge_payload(settings, _payload(settings).replace(RUN.encode(), OTHER.encode()))
    with pytest.raises(QueueMessageRefused, match="wrong signature"):
        queue.open_queue(settings).dequeue()
    assert queue.queue_depth(settings) == 0


def test_message_pickled_by_an_intruder_runs_nothing(settings: Settings, tmp_path: Path) -> None:
    class Intruder:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return (Path.touch, (tmp_path / "intruded",))

    queue.enqueue_run(RUN, settings)
    _forge_payload(settings, pickle.dumps(Intruder()))
    with pytest.raises(QueueMessageRefused, match="wrong signature"):
        queue.open_queue(settings).dequeue()
    assert queue.waiting_runs(settings) == frozenset()
    assert not (tmp_path / "intruded").exists()


def test_signed_messages_other_installation_is_refused() -> None:
    message = Message("1", "task", args=(RUN,), kwargs={})
    data = SignedMessages("one secret").serialize(message)
    with pytest.raises(QueueMessageRefused, match="wrong signature"):
        SignedMessages("another secret").deserialize(data)


@pytest.mark.parametrize("run", ["", "1", "../etc", RUN.upper(), RUN + "\n", "Anna Example"])
def test_signed_messages_not_a_run_id_is_refused(run: str) -> None:
    with pytest.raises(QueueMessageRefused, match="not the id of a run"):
        SignedMessages("secret").serialize(Message("1", "task", args=(run,), kwargs={}))


def test_enqueue_run_unreachable_queue_is_no_failure_of_the_caller(tmp_path: Path) -> None:
    settings = Settings(
        instance_dir=tmp_path,
        queue_url="postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1",
    )
    queue.enqueue_run(RUN, settings)
    queue.enqueue_frontier(RUN, settings)


def test_queue_module_in_fresh_interpreter_loads_no_solver() -> None:
    code = (
        "import sys, exchange.jobs.queue;"
        "print(sorted({'scipy', 'ortools', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_open_queue_by_several_processes_at_once_all_succeed(settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(4)
    starters = [context.Process(target=_open_at, args=(gate, settings)) for _ in range(4)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert [starter.exitcode for starter in starters] == [0] * 4


def _open_at(gate: Barrier, settings: Settings) -> None:
    gate.wait()
    queue.open_queue(settings)
