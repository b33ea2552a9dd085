"""`python -m tests.bench signup`: an applicant's time, and what sign-up costs the server.

`applicant` is the time of somebody who fills in the real forms; `cpu` the processor time of pages
over a bare control; `sending` and `journeys` what `exchange serve` answers a minute, with the
control under the same load right before and after. Both databases, PostgreSQL where there is one.
"""

from collections.abc import Callable
from tempfile import TemporaryDirectory

from tests.bench.signup import applicant, cpu, throughput
from tests.bench.signup.site import databases

ROWS: dict[str, Callable[[dict[str, str]], None]] = {
    "applicant": applicant.measure,
    "cpu": cpu.measure,
    "sending": throughput.measure_sending,
    "journeys": throughput.measure_journeys,
}


def measure(names: list[str]) -> None:
    """Print a table for each row."""
    with TemporaryDirectory(prefix="exchange-bench-") as folder, databases(folder) as urls:
        for name in names:
            ROWS[name](urls)
            print(flush=True)
