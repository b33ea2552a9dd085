"""The database's file: private, never made anew where one was, and open to readers."""

import shutil
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from exchange.errors import MigrationNeeded, StorageError
from exchange.records import Programme
from exchange.records.base import check_revision, make_engine, migrate
from exchange.records.session import open_session
from tests import databases


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_and_folder_are_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "exchange.sqlite"
    migrate(f"sqlite:///{path}")
    assert (_mode(path.parent), _mode(path)) == (0o700, 0o600)
    path.chmod(0o644)
    engine = make_engine(f"sqlite:///{path}")
    with open_session(engine) as session:
        session.add(Programme(name="P", contact_email="p@example.org", time_zone="UTC"))
        session.commit()
        assert {_mode(one) for one in path.parent.iterdir()} == {0o600}
    engine.dispose()


def test_file_that_was_never_migrated_asks_for_it(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'exchange.sqlite'}")
    with pytest.raises(MigrationNeeded, match="exchange migrate"):
        check_revision(engine)
    engine.dispose()


@pytest.mark.parametrize("kept", [0, 50, 4096, 5000])
def test_file_that_was_cut_short_is_refused_and_kept(tmp_path: Path, kept: int) -> None:
    path = Path(databases.new_sqlite(tmp_path).removeprefix("sqlite:///"))
    content = path.read_bytes()[:kept]
    path.write_bytes(content)
    with pytest.raises(StorageError, match="restore it from a backup"):
        _open(path)
    assert path.read_bytes() == content


def _open(path: Path) -> None:
    engine = make_engine(f"sqlite:///{path}")
    try:
        check_revision(engine)
    finally:
        engine.dispose()


def test_reader_reads_while_a_writer_writes(tmp_path: Path) -> None:
    engine = make_engine(databases.new_sqlite(tmp_path))
    with open_session(engine) as writer, open_session(engine, writes=False) as reader:
        writer.add(Programme(name="P", contact_email="p@example.org", time_zone="UTC"))
        writer.flush()
        assert reader.exec(select(Programme)).all() == []
        writer.commit()
        reader.rollback()
        assert len(reader.exec(select(Programme)).all()) == 1
    engine.dispose()


def test_every_connection_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    engine = make_engine(databases.new_sqlite(tmp_path))
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
    engine.dispose()


def test_copied_database_is_whole(tmp_path: Path) -> None:
    url = databases.new_sqlite(tmp_path)
    shutil.copy(url.removeprefix("sqlite:///"), tmp_path / "copy.sqlite")
    engine = make_engine(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    with engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"
        assert connection.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    engine.dispose()
