"""`python -m tests.kills.entry ARGUMENTS…`: the command line, with places where it can be stopped.

The production code knows nothing of this. Each place below wraps one of its functions; when the
file named by `KILLS_ARMED` holds the name of the place, the process that comes there first renames
that file to `fired`, adds its process id, and waits to be killed.
"""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from exchange import pipeline
from exchange.cli.root import root
from exchange.jobs import mail_sender, tasks
from exchange.services import enrolment, runs

ARMED = Path(os.environ["KILLS_ARMED"])
FIRED = ARMED.with_name("fired")
DELIVERED = ARMED.with_name("delivered")


def place(name: str) -> None:
    """Stop here for good if this place is armed."""
    try:
        if ARMED.read_text(encoding="ascii") != name:
            return
        ARMED.rename(FIRED)
    except FileNotFoundError:
        return
    FIRED.write_text(f"{os.getpid()}\n", encoding="ascii")
    time.sleep(600)


def before(module: Any, function: str, name: str) -> None:
    """Put a place in front of a function."""
    original: Callable[..., Any] = getattr(module, function)

    def stopped(*arguments: Any, **options: Any) -> Any:
        place(name)
        return original(*arguments, **options)

    setattr(module, function, stopped)


def after(module: Any, function: str, name: str) -> None:
    """Put a place behind a function."""
    original: Callable[..., Any] = getattr(module, function)

    def stopped(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options)
        place(name)
        return result

    setattr(module, function, stopped)


def set_places() -> None:
    """Put every place where it belongs."""
    before(runs, "claim_run", "before_claim")
    before(tasks._Attempt, "run", "claimed")
    after(pipeline, "encode", "encoding")
    before(pipeline, "solve", "solving")
    after(pipeline, "audit", "audited")
    before(runs, "finish_run", "solved")
    after(runs, "_add_rows", "writing")
    after(tasks._Attempt, "_finish", "written")
    before(runs, "_tell_applicants", "publishing")
    after(runs, "_tell_applicants", "telling")
    before(mail_sender.FileCarrier, "carry", "mail_taken")
    after(mail_sender.FileCarrier, "carry", "mail_carried")
    after(enrolment, "_add", "sign_up_added")
    after(enrolment, "submit_profile", "sign_up_flushed")


def note_deliveries() -> None:
    """Write down each time that a mail is handed over, so that a second time would show."""
    carry = mail_sender.FileCarrier.carry

    def noted(carrier: mail_sender.FileCarrier, message: Any) -> None:
        carry(carrier, message)
        with DELIVERED.open("a", encoding="ascii") as file:
            file.write(f"{message['Message-ID']}\n")

    mail_sender.FileCarrier.carry = noted  # type: ignore[method-assign]


if __name__ == "__main__":
    mail_sender.IN_FLIGHT = timedelta(seconds=2)
    note_deliveries()
    set_places()
    root(prog_name="exchange")
