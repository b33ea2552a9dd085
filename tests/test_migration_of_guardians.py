"""What is in a database when guardians get links of their own, afterwards is still there."""

import sqlalchemy as sa

from exchange.records.base import make_engine, migrate

AT = "2027-01-10 12:00:00+00:00"


def test_rows_outlive_the_migration_and_minors_wait(database_url: str) -> None:
    migrate(database_url, "base")
    migrate(database_url, "0001")
    engine = make_engine(database_url)
    with engine.begin() as connection:
        _fill(connection)
    migrate(database_url, "0004")
    with engine.begin() as connection:
        applications = connection.execute(
            sa.text(
                "SELECT reference, state, guardians_needed, guardians_agreed"
                " FROM application ORDER BY reference"
            )
        ).all()
        assert [tuple(one) for one in applications] == [
            ("adult", "submitted", 0, 0),
            ("agreed", "approved", 1, 1),
            ("silent", "waiting", 1, 0),
            ("stopped", "withdrawn", 1, 0),
        ]
        guardians = connection.execute(
            sa.text("SELECT name, state, email, paper_reason IS NULL FROM guardian")
        ).all()
        assert [tuple(one) for one in guardians] == [("Parent of agreed", "agreed", None, False)]
        for table in ("web_session", "access_link", "draft"):
            count = connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar()
            assert count == 4, table
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    migrate(database_url, "-1")
    with engine.begin() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT reference FROM application WHERE needs_guardian AND guardian_agreed"
                " AND state = 'approved'"
            )
        ).all()
        assert [tuple(one) for one in rows] == [("agreed",)]
        assert connection.execute(sa.text("SELECT count(*) FROM access_link")).scalar() == 4
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
        rules={},
        version=1,
    )
    lists = ("nationalities", "languages", "interests", "needs", "wishes", "host_gender")
    lists += ("ranked_hosts", "keep_with", "keep_apart", "never")
    for name, state, is_minor, is_agreed in (
        ("adult", "submitted", False, False),
        ("agreed", "approved", True, True),
        ("silent", "submitted", True, False),
        ("stopped", "withdrawn", True, False),
    ):
        student = insert(
            "student",
            public_id=name,
            guardian_name=f"Parent of {name}",
            **{key: [] for key in lists},
        )
        application = insert(
            "application",
            public_id=name,
            reference=name,
            cycle_id=cycle,
            kind="student",
            student_id=student,
            state=state,
            idempotency_key=name,
            needs_guardian=is_minor,
            guardian_agreed=is_agreed,
            version=1,
        )
        browser = insert("web_session", token_hash=name, application_id=application, data={})
        insert(
            "draft",
            public_id=name,
            cycle_id=cycle,
            kind="student",
            data={},
            web_session_id=browser,
            submitted_application_id=application,
            version=1,
        )
        insert("access_link", token_hash=name, purpose="status", application_id=application)
