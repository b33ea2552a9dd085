"""Cycles and runs of before versions were kept: each cycle begins with the rules that it has."""

import json

import sqlalchemy as sa

from exchange.records.base import make_engine, migrate

AT = "2027-01-10 12:00:00+00:00"
RULES = {"epsilon": 0.25, "pair_weights": {"DE-FR": 0.5}}


def test_cycles_get_a_first_version_and_runs_outlive_the_migration(database_url: str) -> None:
    migrate(database_url, "base")
    migrate(database_url, "0008")
    engine = make_engine(database_url)
    with engine.begin() as connection:
        _fill(connection)
    migrate(database_url, "0013")
    with engine.begin() as connection:
        versions = connection.execute(
            sa.text("SELECT number, rule_pack, reason, actor_id, rules FROM rule_version")
        ).all()
        assert [tuple(one)[:4] for one in versions] == [(1, "us_j1", "", None)]
        rules = versions[0][4]
        assert (json.loads(rules) if isinstance(rules, str) else rules) == RULES
        run = connection.execute(
            sa.text("SELECT public_id, rule_version_id, curve FROM match_run")
        ).all()
        assert [tuple(one) for one in run] == [("r", None, None)]
        assert connection.execute(sa.text("SELECT count(*) FROM contact_row")).scalar() == 1
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    migrate(database_url, "-1")
    with engine.begin() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM match_run")).scalar() == 1
        assert connection.execute(sa.text("SELECT count(*) FROM contact_row")).scalar() == 1
    engine.dispose()


def _fill(connection: sa.Connection) -> None:
    tables = sa.MetaData()
    tables.reflect(connection)

    def insert(table: str, **values: object) -> int:
        made = tables.tables[table]
        moments = {
            column.name: sa.literal_column(f"'{AT}'")
            for column in made.columns
            if isinstance(column.type, sa.DateTime) and not column.nullable
        }
        row = connection.execute(made.insert().values(**moments | values))
        found = row.inserted_primary_key
        assert found is not None
        return int(found[0])

    programme = insert("programme", public_id="p", name="P", contact_email="p", time_zone="UTC")
    cycle = insert(
        "cycle",
        public_id="c",
        programme_id=programme,
        name="C",
        time_zone="UTC",
        opens_at=sa.literal_column("'2026-01-10 12:00:00+00:00'"),
        stay_from_on=sa.literal_column("'2027-07-01'"),
        stay_to_on=sa.literal_column("'2027-07-20'"),
        rules=RULES,
        rule_pack="us_j1",
        guardians_needed=1,
        adult_age=18,
        version=1,
    )
    snapshot = insert("snapshot", public_id="s", cycle_id=cycle, digest="d", body="{}")
    run = insert(
        "match_run",
        public_id="r",
        cycle_id=cycle,
        snapshot_id=snapshot,
        rules=RULES,
        epsilon=0.25,
        seed=1,
        time_limit_s=9.0,
        state="ready",
        progress=1.0,
        attempt=1,
        code_version="0",
        version=1,
    )
    insert(
        "contact_row",
        run_id=run,
        nation_a="DE",
        nation_b="FR",
        placements=1,
        weight=0.5,
        tension_tier=0,
        has_data=True,
    )
