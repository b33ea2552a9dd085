"""`python -m tests.bench BENCH [--runs N] [ROW …]`: gaps and times, measured here and now."""

import argparse
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from tests.bench import (
    desk,
    engine,
    exports,
    frontier,
    growth,
    joined,
    limits,
    peers,
    scoring,
    signup,
)

BENCHES: dict[str, tuple[Collection[str], Callable[[argparse.Namespace], None]]] = {
    "engine": (engine.ROWS, lambda given: engine.measure(given.rows, given.runs)),
    "growth": (growth.ROWS, lambda given: growth.measure(given.rows, given.svg)),
    "limits": (limits.ROWS, lambda given: limits.measure(given.rows)),
    "joined": (joined.ROWS, lambda given: joined.measure(given.rows)),
    "scoring": (scoring.ROWS, lambda given: scoring.measure(given.rows)),
    "frontier": (frontier.ROWS, lambda given: frontier.measure(given.rows)),
    "peers": (peers.ROWS, lambda given: peers.measure(given.rows)),
    "desk": (desk.ROWS, lambda given: desk.measure(given.rows)),
    "exports": (exports.ROWS, lambda given: exports.measure(given.rows)),
    "signup": (signup.ROWS, lambda given: signup.measure(given.rows)),
}


def main(arguments: list[str]) -> int:
    """Run a benchmark; without rows, all of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    benches = parser.add_subparsers(dest="bench", required=True)
    for name, (rows, _) in BENCHES.items():
        one = benches.add_parser(name)
        one.add_argument("rows", nargs="*", metavar="ROW", help=" | ".join(rows))
        if name == "engine":
            one.add_argument("--runs", type=int, default=1, help="print medians of so many runs")
        if name == "growth":
            one.add_argument("--svg", type=Path, help="draw the curve into this file")
    given = parser.parse_args(arguments)
    rows, measure = BENCHES[given.bench]
    unknown = set(given.rows) - set(rows)
    if unknown or getattr(given, "runs", 1) < 1:
        parser.error(f"there is no {', '.join(sorted(unknown)) or 'such number of runs'}")
    given.rows = given.rows or list(rows)
    measure(given)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
