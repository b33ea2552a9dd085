"""Processor time of the desk's pages at 10,000 applications, over a bare page of the same moment.

Requests go straight into the WSGI application, as in the bench of sign-up: no web server and no
client is counted, nor what PostgreSQL does in its own processes.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, col, select, update
from werkzeug.test import EnvironBuilder

from exchange.app import create_app
from exchange.clock import now
from exchange.domain.cycle import ApplicationKind, ApplicationState, RunState
from exchange.domain.nation import NATIONS
from exchange.domain.placement import Contact, Placement, Unplaced
from exchange.domain.roles import Role
from exchange.domain.screening import CheckKind, CheckOutcome, SectionState, sections_of
from exchange.domain.snapshot import Snapshot
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.pipeline import run_match
from exchange.records import Application, Cycle, MatchRun, ScreeningCheck, SectionReview
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import accounts, attempts, imports, runs, web_sessions
from exchange.services.actor import SYSTEM
from exchange.services.import_plan import ImportRow
from tests.bench.apart import apart
from tests.bench.signup.control import create_control
from tests.bench.signup.site import SECRET, databases, new_cycle, settings_of
from tests.web.statements import statements

ROWS = ("pages",)
STUDENTS, HOSTS = 5_500, 4_500
ROUNDS = 30
MOST_LIST_MS, MOST_DESK_MS = 12.0, 20.0


class Cost(NamedTuple):
    """Milliseconds of each request over the control of the same moment, and statements sent."""

    ms: list[float]
    statements: int


def measure(_rows: Iterable[str]) -> None:
    """Print a table for each database."""
    with TemporaryDirectory() as folder, databases(folder) as urls:
        for name, url in urls.items():
            found = apart(_measure, url)
            assert found is not None
            print(f"{STUDENTS + HOSTS:,} applications on {name}: CPU-ms over a bare Flask page")
            print(f"{'page':34} {'median (least-most)':>22} {'SQL':>4}  target")
            for page, (cost, most) in found.items():
                spread = f"{statistics.median(cost.ms):.1f} ({min(cost.ms):.1f}-{max(cost.ms):.1f})"
                print(f"{page:34} {spread:>22} {cost.statements:4}  <= {most:.0f}")
            print(flush=True)


def _measure(url: str) -> dict[str, tuple[Cost, float]]:
    # Its log lines are made as in service; only nobody reads them.
    sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    with TemporaryDirectory() as folder:
        app, control = create_app(settings_of(url, folder)), create_control(url, SECRET)
        cycle = new_cycle(url)
        engine = make_engine(url)
        with open_session(engine) as session:
            run, cookie = _fill(session, cycle)
            session.commit()
        engine.dispose()
        applications = f"/cycles/{cycle}/applications"
        pages = {
            "list": (applications, MOST_LIST_MS),
            "list, last page": (f"{applications}?page=200", MOST_LIST_MS),
            "list, by state": (f"{applications}?kind=host&state=submitted", MOST_LIST_MS),
            "list, search": (f"{applications}?search=4%25", MOST_LIST_MS),
            "list, by nation": (f"{applications}?nation=IL", MOST_LIST_MS),
            "list, a check lapses": (f"{applications}?attention=check_ends", MOST_LIST_MS),
            "list, second approval": (f"{applications}?attention=second_approval", MOST_LIST_MS),
            "students": (f"/cycles/{cycle}/students", MOST_LIST_MS),
            "students, nobody looks after": (
                f"/cycles/{cycle}/students?looked_after=nobody",
                MOST_LIST_MS,
            ),
            "desk": (f"/cycles/{cycle}", MOST_DESK_MS),
            "run": (f"/runs/{run}", MOST_DESK_MS),
            "placements": (f"/runs/{run}/placements", MOST_LIST_MS),
        }
        return {
            name: (_cost(app, control, cookie, path), most) for name, (path, most) in pages.items()
        }


def _cost(app: Flask, control: Flask, cookie: str, path: str) -> Cost:
    _answer(app, cookie, path)
    with statements(app) as sent:
        _answer(app, cookie, path)
    over = []
    for _ in range(ROUNDS):
        bare = _answer(control, "", "/")
        over.append(_answer(app, cookie, path) - bare)
    return Cost(over, len(sent))


def _answer(app: Flask, cookie: str, path: str) -> float:
    environ = EnvironBuilder(
        path=path, base_url="http://127.0.0.1:8000", headers={"Cookie": f"session={cookie}"}
    ).get_environ()
    status: list[str] = []
    began = time.process_time()
    answer = app(environ, lambda line, headers, exc=None: status.append(line))
    b"".join(answer)
    close = getattr(answer, "close", None)
    if close is not None:
        close()
    assert status[0].startswith("200"), (path, status)
    return (time.process_time() - began) * 1000


def _fill(session: Session, cycle_id: str) -> tuple[str, str]:
    """Sign everybody up, decide about half, run a match; (run, cookie of a coordinator)."""
    at = now()
    cycle = session.exec(select(Cycle).where(Cycle.public_id == cycle_id)).one()
    nations = sorted(NATIONS)[:60]
    profiles: dict[ApplicationKind, list[StudentProfile | HostProfile]] = {
        ApplicationKind.STUDENT: [
            StudentProfile(
                given_name=f"Given {number}",
                family_name=f"Family {number}",
                email=f"s{number}@example.org",
                nationalities=(nations[number % 60],),
            )
            for number in range(STUDENTS)
        ],
        ApplicationKind.HOST: [
            HostProfile(
                name=f"Home {number}",
                email=f"h{number}@example.org",
                nation=nations[(7 * number + 3) % 60],
                capacity=1 + number % 3,
                adults=1 if number % 10 == 0 else 2,
            )
            for number in range(HOSTS)
        ],
    }
    for kind, several in profiles.items():
        rows = [ImportRow(f"{kind}-{n}", one, n) for n, one in enumerate(several, start=2)]
        outcome = imports.import_profiles(
            session, SYSTEM, cycle_id=cycle.id, kind=kind, rows=rows, at=at
        )
        assert not outcome.faults
    session.connection().execute(
        update(Application)
        .where(col(Application.cycle_id) == cycle.id, col(Application.id) % 2 == 0)
        .values(state=ApplicationState.APPROVED, submitted_at=at - timedelta(days=9))
    )
    everybody = session.exec(
        select(Application.id, Application.public_id, Application.kind)
        .where(Application.cycle_id == cycle.id)
        .order_by(col(Application.id))
    ).all()
    students = [one for _row, one, kind in everybody if kind == ApplicationKind.STUDENT]
    hosts = [(row, one) for row, one, kind in everybody if kind == ApplicationKind.HOST]
    session.connection().execute(
        sa.insert(ScreeningCheck),
        [
            {
                "created_at": at,
                "application_id": row,
                "kind": CheckKind.INTERVIEW,
                "outcome": CheckOutcome.PASS,
                "issuer": "Office",
                "done_on": at.date() - timedelta(days=300),
                "expires_on": at.date() + timedelta(days=n % 400),
            }
            for n, (row, _id) in enumerate(hosts)
        ],
    )
    session.connection().execute(
        sa.insert(SectionReview),
        [
            {
                "created_at": at,
                "application_id": row,
                "section": section,
                "state": SectionState.APPROVED,
                "decided_at": at,
                "version": 1,
            }
            for row, _id, kind in everybody
            if row % 2 == 0
            for section in sections_of(ApplicationKind(kind))
        ],
    )
    run = _run(session, cycle, students, [one for _row, one in hosts], nations)
    account = accounts.create_account(
        session,
        SYSTEM,
        email=f"coordinator-{cycle_id}@example.org",
        display_name="Coordinator",
        password=None,
        role=Role.COORDINATOR,
        programme_id=cycle.programme_id,
        at=at,
    )
    _row, cookie = web_sessions.start(session, at=at, account_id=account.id)
    return run, cookie


def _run(
    session: Session, cycle: Cycle, students: list[str], hosts: list[str], nations: list[str]
) -> str:
    at = now()
    run: MatchRun = runs.start_run(session, SYSTEM, cycle_id=cycle.id, epsilon=0.02, seed=1, at=at)
    claimed = attempts.claim_run(session, run.public_id, at=at, lease_s=60)
    assert claimed is not None
    placements = [
        Placement(
            student_id=student,
            host_id=host,
            student_nation=nations[n % 60],
            host_nation=nations[(7 * n + 3) % 60],
            quality=0.5,
            review=n % 3 == 0,
            only_contact_of_pair=False,
            terms={"languages": 0.5},
        )
        for n, (student, host) in enumerate(zip(students, hosts, strict=False))
        if nations[n % 60] != nations[(7 * n + 3) % 60]
    ]
    met = {tuple(sorted((one.student_nation, one.host_nation))) for one in placements}
    # The report is that of a real match among some of them; its size does not grow with theirs.
    whole = Snapshot.from_json(claimed.snapshot_body)
    few = replace(whole, students=whole.students[:300], hosts=whole.hosts[:300])
    report = run_match(few, claimed.rules, claimed.options).report
    outcome = attempts.RunOutcome(
        state=RunState.READY,
        report=report,
        placements=placements,
        unplaced=[
            Unplaced(one, "more_students_than_places", "Every host that fits is taken.")
            for one in students[HOSTS:]
        ],
        contacts=[Contact(a, b, 40, 0.5, tension_tier=0) for a, b in sorted(met)],
    )
    attempts.finish_run(session, run.public_id, claimed.attempt, outcome=outcome, at=at)
    return run.public_id
