"""The command line, with places where it can be stopped; run by `nursery`.

The production code knows nothing of this. Each place below wraps one of its functions; when the
file named by `KILLS_ARMED` holds the name of the place, the process that comes there first renames
that file to `fired`, adds its process id, and waits to be killed.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from exchange.cli.root import root
from exchange.services import publishing

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


def after(
    module: Any, function: str, name: str, also: Callable[..., None] = lambda *_: None
) -> None:
    """Put a place behind a function, and something else that is done there."""
    original: Callable[..., Any] = getattr(module, function)

    def stopped(*arguments: Any, **options: Any) -> Any:
        result = original(*arguments, **options)
        also(*arguments)
        place(name)
        return result

    setattr(module, function, stopped)


def set_worker_places() -> None:
    """Put the places of a worker; only its process loads the solver."""
    from exchange import pipeline
    from exchange.jobs import mail_sender, tasks
    from exchange.services import attempts

    before(attempts, "claim_run", "before_claim")
    before(tasks._Attempt, "run", "claimed")
    after(pipeline, "encode", "encoding")
    before(pipeline, "solve", "solving")
    after(pipeline, "audit", "audited")
    before(attempts, "finish_run", "solved")
    after(attempts, "add_rows", "writing")
    after(tasks._Attempt, "_finish", "written")
    # A dead worker is soon noticed, and yet a slow one has ten beats to keep its lease.
    tasks.HEARTBEAT_S = 0.3
    mail_sender.IN_FLIGHT = timedelta(seconds=5)
    after(mail_sender.FileCarrier, "carry", "", note_delivery)
    before(mail_sender.FileCarrier, "carry", "mail_taken")
    after(mail_sender.FileCarrier, "carry", "mail_carried")


def note_delivery(carrier: object, message: Any) -> None:
    """Write down each time that a mail is handed over, so that a second time would show."""
    with DELIVERED.open("a", encoding="ascii") as file:
        file.write(f"{message['Message-ID']}\n")


def set_publish_places() -> None:
    """Put the places of a command that publishes."""
    before(publishing, "_tell_applicants", "publishing")
    after(publishing, "_tell_applicants", "telling")


def set_web_places() -> None:
    """Put the places of the site; only its process loads it."""
    from exchange.services import enrolment
    from exchange.web.signup import views

    after(enrolment, "_add", "sign_up_added")
    after(enrolment, "submit_profile", "sign_up_flushed")
    after(views, "submit", "sign_up_committed")


def main() -> None:
    """Run the command that the arguments of this process name."""
    {
        "worker": set_worker_places,
        "run": set_publish_places,
        "web-process": set_web_places,
    }[sys.argv[1]]()
    root(prog_name="exchange")
