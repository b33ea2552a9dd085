"""Two files on a desk, and `exchange match` on them."""

import csv
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from exchange.cli.root import root

STUDENTS = "student_id,nationality\nS1,NA\nS2,FR\nS3,DE\n"
HOSTS = "host_id,nation,capacity\nH1,FR,1\nH2,NA,2\n"


class Desk:
    """Two files in a folder of their own, and the command on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"

    def match(
        self, students: str | bytes = STUDENTS, hosts: str | bytes = HOSTS, *options: str
    ) -> Result:
        for name, data in (("students.csv", students), ("hosts.csv", hosts)):
            path = self.folder / name
            path.write_bytes(data.encode() if isinstance(data, str) else data)
        files = [str(self.folder / name) for name in ("students.csv", "hosts.csv")]
        return CliRunner().invoke(root, ["match", *files, "-o", str(self.out), *options])

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.out / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads((self.out / "report.json").read_text())
        return report

    def write(self, name: str, text: str) -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def contents(self) -> dict[str, bytes]:
        """What was written, without what a clock says."""
        found = {path.name: path.read_bytes() for path in self.out.iterdir()}
        report = json.loads(found["report.json"])
        del report["seconds"]
        return found | {"report.json": json.dumps(report).encode()}
