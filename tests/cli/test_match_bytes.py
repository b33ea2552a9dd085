"""`exchange match` on some of the demonstration's people: the same bytes, however it is run."""

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

from exchange.config import seeds_dir

NAMES = ("students.csv", "hosts.csv")
FAULTY = {"students.csv": "S998,", "hosts.csv": "H998,"}
"""A line cut short: it is rejected, and named by its line, which the order of rows changes."""


def _match(
    folder: Path, texts: dict[str, str], *, threads: int, hash_seed: int
) -> dict[str, bytes]:
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    variables = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = os.environ | dict.fromkeys(variables, str(threads))
    command = [sys.executable, "-m", "exchange", "match", *(str(folder / name) for name in NAMES)]
    subprocess.run(
        [*command, "-o", str(folder / "out"), "--seed", "5"],
        check=True,
        stdout=subprocess.DEVNULL,
        env=environment | {"PYTHONHASHSEED": str(hash_seed)},
    )
    written = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    report = json.loads(written["report.json"])
    del report["seconds"]
    return written | {"report.json": json.dumps(report).encode()}


def test_match_threads_hashing_and_order_of_rows_change_no_byte(tmp_path: Path) -> None:
    plain, mixed = {}, {}
    for name in NAMES:
        text = (seeds_dir() / "demo" / name).read_text(encoding="utf-8")
        header, *rows = [*text.splitlines()[:80], FAULTY[name]]
        plain[name] = "\n".join([header, *rows])
        Random(6).shuffle(rows)
        mixed[name] = "\n".join([header, *rows])
    first = _match(tmp_path / "plain", plain, threads=1, hash_seed=0)
    second = _match(tmp_path / "mixed", mixed, threads=2, hash_seed=1)
    assert first.pop("rejected.csv") != second.pop("rejected.csv")
    assert first == second
    assert json.loads(first["report.json"])["M"] > 50
