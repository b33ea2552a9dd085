"""Runs migrations online, on the connection that `exchange.records.base.migrate` hands over."""

import sqlalchemy as sa
from alembic import context
from sqlmodel import SQLModel

import exchange.records  # noqa: F401  # Makes every table known to the metadata.
from exchange.config import Settings
from exchange.records.base import make_engine


def run(connection: sa.Connection) -> None:
    """Run the migrations that were asked for in one transaction where the database can."""
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with make_engine(Settings().resolved_database_url).connect() as connection:
        run(connection)
