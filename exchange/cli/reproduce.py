"""`exchange run reproduce`: solve a finished run again, and say whether the answer is the same."""

import sys

import click

from exchange import __version__
from exchange.cli.acting import acting, as_option
from exchange.cli.output import json_option, show
from exchange.domain.cycle import RunKind
from exchange.domain.snapshot import Snapshot
from exchange.errors import Conflict
from exchange.services import attempts, runs
from exchange.services.rule_versions import rules_of


@click.command()
@click.argument("run_id", metavar="RUN")
@as_option
@json_option
def reproduce(run_id: str, email: str | None, as_json: bool) -> None:
    """Solve a finished run again from its snapshot; exit 0 when the answer is the same, else 1.

    Nothing is written. It takes about as long as the run did, in this process.
    """
    with acting(email) as desk:
        run = runs.get_run(desk.session, desk.actor, run_id)
        if run.result_digest is None:
            raise Conflict("This run has no answer that could be compared.")
        if run.kind is RunKind.HAND:
            raise Conflict("This run was made by hand; do its parent again instead.")
        body = runs.run_snapshot(desk.session, desk.actor, run).body
        limit_s = min(run.time_limit_s, desk.settings.solve_time_limit_s)
        rules, expected = rules_of(run.rules), run.result_digest
        epsilon, seed, version = run.epsilon, run.seed, run.code_version
        gentle = run.kind is RunKind.REMATCH
    from exchange.matching import Options  # Slow to load; a refusal answers sooner.
    from exchange.pipeline import run_match

    # No transaction is open while this solves.
    options = Options(epsilon=epsilon, seed=seed, time_limit_s=limit_s)
    result = run_match(Snapshot.from_json(body), rules, options, gentle=gentle)
    found = attempts.digest_of(result.placements)
    show(
        {
            "run": run_id,
            "same_answer": found == expected,
            "answer": expected,
            "answer_again": found,
            "input": result.report["digest"],
            "rules": result.report["rules_digest"],
            "seed": seed,
            "epsilon": epsilon,
            "version": version,
            "version_now": __version__,
        },
        as_json=as_json,
    )
    sys.exit(0 if found == expected else 1)
