"""What a command says when it refuses: one line on standard error, and the exit code.

Faults of the surroundings (settings, the database, a disk) become refusals here too, since a
person can act on them; a fault of our own stays a traceback.
"""

import json
import sys

import click

from exchange.errors import ConfigurationError, ExchangeError, InvalidInput, StorageError


def report(error: ExchangeError, *, as_json: bool) -> None:
    """Write a refusal to standard error: a sentence, or one JSON line."""
    faults = dict(error.faults) if isinstance(error, InvalidInput) else {}
    if as_json:
        document: dict[str, object] = {"error": error.code, "message": error.message}
        document["facts"] = dict(error.facts)
        if faults:
            document["faults"] = faults
        click.echo(json.dumps(document, default=str), err=True)
        return
    sentences = [f"{name}: {text}" for name, texts in faults.items() for text in texts]
    click.echo(" ".join([error.message, *sentences]), err=True)


def as_refusal(error: Exception) -> ExchangeError | None:
    """Return the refusal that a fault of the surroundings amounts to; None for any other fault."""
    if isinstance(error, ExchangeError):
        return error
    if isinstance(error, OSError) and error.filename is not None:
        return StorageError(f"{error.filename}: {error.strerror}.", errno=error.errno)
    return _of_settings(error) or _of_database(error)


# The libraries are not imported here: a command that never loaded one never raised its errors.


def _of_settings(error: Exception) -> ExchangeError | None:
    pydantic = sys.modules.get("pydantic")
    if pydantic is None or not isinstance(error, pydantic.ValidationError):
        return None
    if error.title != "Settings":
        return None
    # The values stay out: one of them may be the secret.
    faults = [
        f"EXCHANGE_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}."
        for fault in error.errors(include_input=False, include_url=False)
    ]
    return ConfigurationError(f"The settings are wrong. {' '.join(faults)}")


def _of_database(error: Exception) -> ExchangeError | None:
    sqlalchemy = sys.modules.get("sqlalchemy.exc")
    if sqlalchemy is None:
        return None
    if isinstance(error, sqlalchemy.ArgumentError):
        return ConfigurationError(
            "EXCHANGE_DATABASE_URL is no address of a database; write `sqlite:///FILE` or "
            "`postgresql+psycopg://USER@HOST/NAME`."
        )
    # Not its other children: a broken constraint is a fault of ours.
    if type(error) in (sqlalchemy.OperationalError, sqlalchemy.DatabaseError):
        lines = str(getattr(error, "orig", "")).splitlines() or ["no reason given"]
        return StorageError(f"The database cannot be used: {lines[0]}.")
    return None
