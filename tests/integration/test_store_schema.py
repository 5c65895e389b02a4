# SPDX-License-Identifier: GPL-2.0-or-later
"""From nothing to the newest schema, by any number of processes at once."""

import sqlite3
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from bisectd.domain.errors import UserError
from bisectd.store import migrate
from bisectd.store.schema import HEAD
from bisectd.store.store import Store
from bisectd.store.tables import Base
from tests.support.store_data import GOOD, key, unit

OPENS_AT_ONCE = 4


def new(path: Path) -> str:
    with Store.open(str(path)) as store:
        return store.url


def test_migrations_from_empty_give_the_tables_of_the_models(tmp_path: Path) -> None:
    with create_engine(new(tmp_path / "x.db")).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_revision_that_a_warm_start_expects_is_the_newest() -> None:
    assert migrate.head() == HEAD


def test_every_table_and_column_that_is_no_plain_key_is_documented() -> None:
    for mapper in Base.registry.mappers:
        assert mapper.class_.__doc__, mapper
    undocumented = {
        str(column)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if not column.doc and not column.primary_key and not column.foreign_keys
    }
    assert undocumented == set()


def test_a_database_is_written_ahead_and_checks_its_references(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "x.db"))
    with store._engine.connect() as connection:  # noqa: SLF001
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    store.close()


def test_opening_an_up_to_date_database_loads_no_alembic(tmp_path: Path) -> None:
    program = (
        "import sys; from bisectd.store.store import Store; Store.open(sys.argv[1]).close();"
        "print([name for name in sys.modules if name.split('.')[0] in ('alembic', 'migrations')])"
    )
    seen = subprocess.run(
        [sys.executable, "-c", program, new(tmp_path / "x.db")], capture_output=True, text=True, check=True
    )
    assert seen.stdout.strip() == "[]"


def open_and_write(url: str, number: int) -> None:
    with Store.open(url) as store, store.begin() as tx:
        tx.units.add(unit(number), ["a.c"])


def test_processes_that_open_an_empty_database_at_once_migrate_it_once(tmp_path: Path) -> None:
    url = str(tmp_path / "x.db")
    spawn = get_context("spawn")
    children = [spawn.Process(target=open_and_write, args=(url, number)) for number in range(OPENS_AT_ONCE)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * OPENS_AT_ONCE
    with Store.open(url) as store, store.read() as tx:
        assert len(tx.units.of_keys(unit(number).key for number in range(OPENS_AT_ONCE))) == OPENS_AT_ONCE


def test_a_migration_that_fails_leaves_an_empty_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(connection: object, real: object = migrate.upgrade) -> None:
        assert callable(real)
        real(connection)
        raise KeyboardInterrupt

    monkeypatch.setattr(migrate, "upgrade", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Store.open(str(tmp_path / "x.db"))
    assert sqlite3.connect(tmp_path / "x.db").execute("SELECT name FROM sqlite_master").fetchall() == []
    monkeypatch.undo()
    with Store.open(str(tmp_path / "x.db")) as store, store.begin() as tx:
        tx.units.add(unit("u"), [])
        tx.observations.add(key("code of u"), unit("u").key, GOOD, 0.1)


def test_a_database_of_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    new(tmp_path / "x.db")
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(
        UserError, match=r"written by a newer bisectd \(schema 9999\): upgrade bisectd or name"
    ):
        new(tmp_path / "x.db")


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    connection.close()
    before = (tmp_path / "x.db").read_bytes()
    with pytest.raises(UserError, match="belongs to another program"):
        new(tmp_path / "x.db")
    assert (tmp_path / "x.db").read_bytes() == before
