"""Doing the same thing several times at once, each in a transaction of its own."""

import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from exchange.errors import ExchangeError
from exchange.records.session import open_session
from tests.patience import PATIENCE_S


def at_once(engine: sa.Engine, work: Callable[[Session], Any], times: int = 8) -> list[Any]:
    """Return what each try gave: its value once committed, or the refusal it met.

    Any other error fails the test that asked.
    """
    ready = threading.Barrier(times)
    results: list[Any] = []
    broken: list[BaseException] = []

    def one() -> None:
        try:
            ready.wait(PATIENCE_S)
            with open_session(engine) as session:
                value = work(session)
                session.commit()
            results.append(value)
        except ExchangeError as refusal:
            results.append(refusal)
        except BaseException as error:
            broken.append(error)

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    if broken:
        raise broken[0]
    return results
