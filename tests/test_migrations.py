"""Migrations: every step up and down, and the tables they make are those of the code."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlmodel import SQLModel

import exchange.records  # noqa: F401  # Makes every table known to the metadata.
from exchange.records.base import alembic_config, make_engine, migrate


@pytest.fixture
def inspector(engine: sa.Engine) -> Iterator[sa.Inspector]:
    with engine.connect() as connection:
        yield sa.inspect(connection)


def _tables() -> list[sa.Table]:
    return list(SQLModel.metadata.sorted_tables)


def test_tables_have_the_checks_of_the_code(inspector: sa.Inspector) -> None:
    found = {
        table.name: {check["name"] for check in inspector.get_check_constraints(table.name)}
        for table in _tables()
    }
    assert found == {
        table.name: {
            f"ck_{table.name}_{one.name}" if not str(one.name).startswith("ck_") else one.name
            for one in table.constraints
            if isinstance(one, sa.CheckConstraint)
        }
        for table in _tables()
    }
    assert sum(map(len, found.values())) > 30


def test_foreign_keys_say_what_happens_to_their_rows(inspector: sa.Inspector) -> None:
    for table in _tables():
        found = {
            tuple(key["constrained_columns"]): key["options"].get("ondelete")
            for key in inspector.get_foreign_keys(table.name)
        }
        assert found == {
            tuple(key.column_keys): key.ondelete for key in table.foreign_key_constraints
        }
        assert None not in found.values(), table.name


def test_unique_indexes_are_those_of_the_code(inspector: sa.Inspector) -> None:
    for table in _tables():
        made = {tuple(one["column_names"]) for one in inspector.get_unique_constraints(table.name)}
        assert made == {
            tuple(one.columns.keys())
            for one in table.constraints
            if isinstance(one, sa.UniqueConstraint)
        }
    partial = {one["name"] for one in inspector.get_indexes("match_run") if one["unique"]}
    assert partial >= {"uq_match_run_live", "uq_match_run_published"}


def test_every_migration_goes_up_and_down_by_itself(database_url: str) -> None:
    scripts = list(ScriptDirectory.from_config(alembic_config(database_url)).walk_revisions())
    migrate(database_url, "base")
    for script in reversed(scripts):
        before = _shape(database_url)
        migrate(database_url, script.revision)
        after = _shape(database_url)
        migrate(database_url, "-1")
        assert _shape(database_url) == before
        migrate(database_url, script.revision)
        assert _shape(database_url) == after


def _shape(url: str) -> dict[str, list[str]]:
    engine = make_engine(url)
    inspector = sa.inspect(engine)
    shape = {
        name: sorted(column["name"] for column in inspector.get_columns(name))
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }
    engine.dispose()
    return shape
