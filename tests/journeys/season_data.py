"""What a season begins with: staff, a cycle that is not open yet, and files of who signs up.

The people are a few of the demonstration's, or all of them; everybody in it is invented.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from exchange.clock import now
from exchange.config import Settings, seeds_dir
from exchange.domain.cycle import ApplicationKind
from exchange.domain.roles import Role
from exchange.services import accounts, cycles, programmes
from exchange.services.actor import COMMAND
from exchange.services.time_zones import day_in
from tests.journeys.serving import writing

CYCLE = "Neighbours, summer 2027"
ZONE = "Europe/Vienna"
MINORS = ("S001", "S061")
STUDENTS = (
    *("S004", "S007", "S016", "S025", "S031", "S043", "S052", "S058", "S067", "S079", "S085"),
    *("S088", "S091", "S103", "S106", "S109", "S112", "S127", "S130", "S133", "S142", "S145"),
    *MINORS,
)
ONE_ADULT = "H060"
INSTITUTION = "H047"
HOSTS = (
    *("H002", "H005", "H010", "H017", "H022", "H026", "H030", "H036", "H042", "H050", "H054"),
    *("H063", "H069", "H073", "H085", "H087", "H099", "H104", ONE_ADULT, INSTITUTION),
)


@dataclass(frozen=True)
class Colleague:
    """Somebody of the staff, with what only they know."""

    name: str
    email: str
    password: str
    role: Role


MIRJAM = Colleague(
    "Mirjam Koch", "mirjam@neighbours.example.org", "seven quiet lanterns", Role.COORDINATOR
)
TOMAS = Colleague("Tomas Lind", "tomas@neighbours.example.org", "nine brown kettles", Role.REVIEWER)


@dataclass(frozen=True)
class Files:
    """Files as another system would give them, and their rows."""

    students: Path
    hosts: Path
    rows: dict[str, dict[str, str]]

    def of_kind(self, kind: ApplicationKind) -> list[dict[str, str]]:
        """The rows of students, or those of hosts."""
        column = f"{kind.value}_id"
        return [row for row in self.rows.values() if column in row]


def write_files(
    folder: Path, students: Iterable[str] = STUDENTS, hosts: Iterable[str] = HOSTS
) -> Files:
    """Write the chosen rows of the demonstration's files into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    kept: dict[str, dict[str, str]] = {}
    for name, column, wanted in (
        ("students.csv", "student_id", set(students)),
        ("hosts.csv", "host_id", set(hosts)),
    ):
        with (seeds_dir() / "demo" / name).open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = [row for row in reader if row[column] in wanted]
            header = list(reader.fieldnames or ())
        assert len(rows) == len(wanted), f"{name} lacks somebody"
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header)
            writer.writeheader()
            writer.writerows(rows)
        kept |= {row[column]: row for row in rows}
    return Files(folder / "students.csv", folder / "hosts.csv", kept)


def prepare(settings: Settings) -> None:
    """Make a programme with two people of the staff, and a cycle that opens in a month.

    This much is an administrator's, who hands the cycle to the coordinator.
    """
    at = now()
    with writing(settings) as session:
        programme = programmes.create_programme(
            session,
            COMMAND,
            name="Neighbours Youth Exchange",
            contact_email="office@neighbours.example.org",
            time_zone=ZONE,
            at=at,
        )
        stay = day_in(ZONE, at).replace(year=2027, month=6, day=28)
        cycles.create_cycle(
            session,
            COMMAND,
            programme_id=programme.id or 0,
            name=CYCLE,
            time_zone=ZONE,
            opens_at=at + timedelta(days=30),
            closes_at=at + timedelta(days=90),
            stay_from_on=stay,
            stay_to_on=stay + timedelta(days=27),
            at=at,
        )
        for colleague in (MIRJAM, TOMAS):
            accounts.create_account(
                session,
                COMMAND,
                email=colleague.email,
                display_name=colleague.name,
                password=colleague.password,
                role=colleague.role,
                programme_id=programme.id,
                at=at,
            )
