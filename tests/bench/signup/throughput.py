"""What `exchange serve` answers a minute under load from another process, with none lost."""

import json
from tempfile import TemporaryDirectory

import itsdangerous

from exchange.app import create_app
from tests.bench.apart import apart
from tests.bench.signup.applicant import TYPICAL, steps_sent, walk
from tests.bench.signup.load import Tally, run
from tests.bench.signup.site import (
    RAW_CSRF_TOKEN,
    SECRET,
    Answers,
    counts,
    cpu_seconds,
    new_cycle,
    new_drafts,
    serving,
    settings_of,
)

BROWSERS = 8
LOAD_S = 20.0
CONTROL_S = 8.0
DRAFTS = 3_000
SENDINGS_A_MINUTE = 3_000
JOURNEYS_A_MINUTE = 400


def measure_sending(urls: dict[str, str]) -> None:
    """Print how many complete drafts become applications a minute."""
    _print_head("Final sending of complete drafts", SENDINGS_A_MINUTE)
    for name, url in urls.items():
        cycle, answers = _cycle_and_answers(url)
        before = counts(url, cycle)
        signer = itsdangerous.URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token")
        plan = {
            "work": "sending",
            "root": f"/signup/{cycle}/student",
            "cookies": new_drafts(url, cycle, answers, count=DRAFTS),
            "csrf_token": signer.dumps(RAW_CSRF_TOKEN),
        }
        _measure(name, url, cycle, plan, before)


def measure_journeys(urls: dict[str, str]) -> None:
    """Print how many people sign up a minute, from the first page to the reference."""
    _print_head("Whole journeys, every page, GET and POST", JOURNEYS_A_MINUTE)
    for name, url in urls.items():
        cycle, answers = _cycle_and_answers(url)
        before = counts(url, cycle)
        plan = {"work": "journeys", "root": f"/signup/{cycle}/student", "answers": answers}
        _measure(name, url, cycle, plan, before)


def _cycle_and_answers(url: str) -> tuple[str, Answers]:
    cycle = new_cycle(url)
    with TemporaryDirectory() as folder:
        app = create_app(settings_of(url, folder, log_level="WARNING"))
        return cycle, steps_sent(walk(app, cycle, TYPICAL))


def _print_head(what: str, target: int) -> None:
    print(f"{what}; target {target:,} a minute. `exchange serve --workers 2`, 8 browsers in a")
    print("process of their own on the same machine, each person behind an address of their own")
    print(
        f"{'':11} {'a minute':>8} {'requests/s':>10} {'CPU-ms each':>11} {'done':>6} {'failed':>6}"
        f" {'kept':>6} {'lost':>5} {'doubled':>7} {'control/s':>9} {'ratio':>6}"
    )


def _measure(
    name: str, url: str, cycle: str, plan: dict[str, object], before: tuple[int, int]
) -> None:
    with TemporaryDirectory() as folder, serving(url, folder, control=True) as (port, _):
        bare = _load({"work": "control"}, port, seconds=CONTROL_S)
    with TemporaryDirectory() as folder, serving(url, folder) as (port, leader):
        began = cpu_seconds(leader)
        load = _load(plan, port, seconds=LOAD_S)
        spent = cpu_seconds(leader) - began
    applications, sent = (a - b for a, b in zip(counts(url, cycle), before, strict=True))
    speed, bare_speed = load.requests / load.seconds, bare.requests / bare.seconds
    print(
        f"{name:11} {load.done / load.seconds * 60:8.0f} {speed:10.0f}"
        f" {spent / max(load.requests, 1) * 1000:11.1f} {load.done:6} {load.refused:6}"
        f" {applications:6} {load.done - sent:5} {applications - sent:7}"
        f" {bare_speed:9.0f} {speed / bare_speed:6.3f}",
        flush=True,
    )
    for fault in sorted(set(load.faults + bare.faults)):
        print(f"  {fault}")


def _load(plan: dict[str, object], port: int, *, seconds: float) -> Tally:
    order = {"port": port, "browsers": BROWSERS, "seconds": seconds, "first": 1, **plan}
    found = apart(run, json.dumps(order))
    assert found is not None
    return found
