"""`python -m tests.bench engine [ROW …]`: the solver's gaps and times, measured here and now."""

import sys

from tests.bench.engine import ROWS, measure


def main(arguments: list[str]) -> int:
    """Run a benchmark; without rows, all of them."""
    if not arguments or arguments[0] != "engine" or not set(arguments[1:]) <= ROWS.keys():
        print(f"python -m tests.bench engine [{' | '.join(ROWS)} …]", file=sys.stderr)
        return 2
    measure(arguments[1:] or list(ROWS))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
