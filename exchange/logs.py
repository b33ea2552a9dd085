"""How a process logs: one JSON object a line on standard error, with codes and ids only.

A fault is told by its kind and its place in the code. Its message is left out, because the
message of a database error, for one, repeats what somebody typed.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

_HANDLER = "exchange"
_MOST_PLACES = 12


def configure_logging(level: str) -> None:
    """Log one JSON object a line; called again, it changes nothing but the level."""
    threshold = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    both: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        describe_fault,
    ]
    render = structlog.processors.JSONRenderer(ensure_ascii=True)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *both, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # What the libraries have to say goes the same way, from warnings on.
    others = logging.getLogger()
    others.handlers = [one for one in others.handlers if one.name != _HANDLER]
    handler = logging.StreamHandler(sys.stderr)
    handler.set_name(_HANDLER)
    handler.setLevel(max(threshold, logging.WARNING))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=both,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    others.addHandler(handler)
    # One line for each request that had to wait would say nothing that its duration does not.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def describe_fault(
    logger: object, method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace an exception by its kind and the places in the code that it came through."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        places = traceback.extract_tb(error.__traceback__)[-_MOST_PLACES:]
        event["kind"] = type(error).__name__
        event["where"] = [f"{Path(one.filename).name}:{one.lineno}:{one.name}" for one in places]
    return event
