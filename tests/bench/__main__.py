"""`python -m tests.bench BENCH [ROW …]`: gaps and times, measured here and now."""

import sys
from collections.abc import Callable, Collection

from tests.bench import engine, frontier, limits, peers, scoring

BENCHES: dict[str, tuple[Collection[str], Callable[[list[str]], None]]] = {
    "engine": (engine.ROWS, engine.measure),
    "limits": (limits.ROWS, limits.measure),
    "scoring": (scoring.ROWS, scoring.measure),
    "frontier": (frontier.ROWS, frontier.measure),
    "peers": (peers.ROWS, peers.measure),
}


def main(arguments: list[str]) -> int:
    """Run a benchmark; without rows, all of them."""
    rows, measure = BENCHES.get(arguments[0] if arguments else "", ((), engine.measure))
    if not rows or not set(arguments[1:]) <= set(rows):
        for name, (known, _) in BENCHES.items():
            print(f"python -m tests.bench {name} [{' | '.join(known)} …]", file=sys.stderr)
        return 2
    measure(arguments[1:] or list(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
