"""`python -m exchange.matching PROBLEM.npz -o SOLUTION.npz`: the file contract of the solver."""

import argparse
import sys
from collections.abc import Sequence

from exchange.errors import ExchangeError, ProblemError
from exchange.matching.files import load_problem, save_solution
from exchange.matching.options import Options
from exchange.matching.solution import Solution, Status
from exchange.matching.solve import solve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code.

    Returns
    -------
    int
        0 feasible (and within the gap asked), 1 outside it or no answer in the time,
        2 malformed, 7 infeasible.
    """
    asked = _parser().parse_args(arguments)
    try:
        options = Options(
            epsilon=asked.epsilon,
            seed=asked.seed,
            time_limit_s=asked.time_limit,
            gap=asked.gap,
        )
        solution = solve(load_problem(asked.problem), options)
        save_solution(asked.output, solution)
    except ProblemError as error:
        print(f"exchange.matching: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"exchange.matching: {asked.output}: {error.strerror}", file=sys.stderr)
        return 5
    except ExchangeError as error:
        print(f"exchange.matching: {error}", file=sys.stderr)
        return error.exit_code
    for conflict in solution.conflicts:
        print(conflict.message, file=sys.stderr)
    return _exit_code(solution, asked.gap)


def _exit_code(solution: Solution, gap: float | None) -> int:
    if solution.status is Status.INFEASIBLE:
        return 7
    if solution.status is Status.NO_ANSWER:
        return 1
    return 1 if gap is not None and solution.gap > gap else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m exchange.matching", description="Solve one matching problem."
    )
    parser.add_argument("problem", help="the problem, an .npz archive")
    parser.add_argument("-o", "--output", required=True, help="where the solution is written")
    parser.add_argument("--epsilon", type=float, default=0.02, help="S that may go for fit")
    parser.add_argument("--seed", type=int, default=0, help="breaks ties")
    parser.add_argument("--time-limit", type=float, default=None, help="seconds")
    parser.add_argument("--gap", type=float, default=None, help="exit 1 outside this gap")
    return parser


if __name__ == "__main__":
    sys.exit(main())
