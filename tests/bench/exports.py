"""How long files of 20,000 students take, and how much memory: rows read, and bytes written."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import select

from exchange.clock import now
from exchange.domain.cycle import ApplicationKind
from exchange.exports.files import FORMS, file_bytes
from exchange.intake.profiles import StudentProfile
from exchange.records import Cycle
from exchange.records.base import make_engine
from exchange.records.session import open_session
from exchange.services import exports, imports
from exchange.services.actor import SYSTEM
from exchange.services.import_plan import ImportRow
from tests.bench.apart import apart
from tests.bench.signup.site import databases, new_cycle

ROWS = ("participants",)
STUDENTS = 20_000
MOST_S, MOST_MB = 3.0, 100.0


def measure(_rows: Iterable[str]) -> None:
    """Print a line for each database and form; each in a process of its own."""
    with TemporaryDirectory() as folder, databases(folder) as urls:
        for name, url in urls.items():
            cycle = new_cycle(url)
            _fill(url, cycle)
            print(f"{STUDENTS:,} students on {name}; target {MOST_S:.0f} s and {MOST_MB:.0f} MB")
            for form in FORMS:
                found = apart(_measure, f"{url} {cycle} {form}")
                assert found is not None
                seconds, cpu, megabytes, size = found
                print(
                    f"{form:14} {seconds:5.2f} s ({cpu:.2f} CPU s), {megabytes:4.0f} MB more than"
                    f" before, a file of {size / 1e6:.1f} MB",
                    flush=True,
                )


def _measure(order: str) -> tuple[float, float, float, int]:
    url, cycle_id, form = order.split()
    engine = make_engine(url)
    with open_session(engine) as session:
        cycle = session.exec(select(Cycle).where(Cycle.public_id == cycle_id)).one()
        file_bytes(exports.Table("participants", ("a",), [("b",)]), form)
        before = _most_kb()
        began, cpu = time.monotonic(), time.process_time()
        table = exports.export_table(session, SYSTEM, "participants", cycle_id=cycle.id, at=now())
        data = file_bytes(table, form)
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
        most = _most_kb()
    engine.dispose()
    return seconds, cpu, (most - before) / 1024, len(data)


def _most_kb() -> int:
    """The most memory that this process has had at once; not what its parent had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def _fill(url: str, cycle_id: str) -> None:
    engine = make_engine(url)
    rows = [
        ImportRow(
            f"S{number}",
            StudentProfile(
                given_name=f"Given {number}",
                family_name=f"Family {number}",
                email=f"student{number}@example.org",
                birth_on=datetime(2000, 1 + number % 12, 1 + number % 28, tzinfo=UTC).date(),
                nationalities=("IL" if number % 2 else "TN",),
                interests=("chess", "football"),
                home_city="Haifa",
                letter="I would like to live with people who cook. " * 20,
            ),
            number,
        )
        for number in range(STUDENTS)
    ]
    with open_session(engine) as session:
        cycle = session.exec(select(Cycle).where(Cycle.public_id == cycle_id)).one()
        imports.import_profiles(
            session,
            SYSTEM,
            cycle_id=cycle.id,
            kind=ApplicationKind.STUDENT,
            rows=rows,
            at=now(),
        )
        session.commit()
    engine.dispose()
