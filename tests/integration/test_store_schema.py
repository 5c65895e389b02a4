# SPDX-License-Identifier: GPL-2.0-or-later
"""From nothing to the newest schema, by any number of processes at once, on both databases."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from bisectd.domain.errors import UserError
from bisectd.store import migrate, schema
from bisectd.store.dialect import engine_for
from bisectd.store.schema import HEAD
from bisectd.store.store import Store
from bisectd.store.tables import Base
from tests.support.store_data import GOOD, key, unit

OPENS_AT_ONCE = 4


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = engine_for(url, wait=5)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def tables(url: str) -> list[str]:
    with connected(url) as connection:
        return inspect(connection).get_table_names()


def test_migrations_from_empty_give_the_tables_of_the_models(database: str) -> None:
    Store.open(database).close()
    with connected(database) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True, "compare_type": True}
        )
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


def test_opening_an_up_to_date_database_loads_no_alembic(database: str) -> None:
    Store.open(database).close()
    program = (
        "import sys; from bisectd.store.store import Store; Store.open(sys.argv[1]).close();"
        "print([name for name in sys.modules if name.split('.')[0] in ('alembic', 'migrations')])"
    )
    seen = subprocess.run(
        [sys.executable, "-c", program, database], capture_output=True, text=True, check=True
    )
    assert seen.stdout.strip() == "[]"


def open_and_write(url: str, number: int) -> None:
    with Store.open(url) as store, store.begin() as tx:
        tx.units.add(unit(number), ["a.c"])


def test_processes_that_open_an_empty_database_at_once_migrate_it_once(database: str) -> None:
    spawn = get_context("spawn")
    children = [
        spawn.Process(target=open_and_write, args=(database, number)) for number in range(OPENS_AT_ONCE)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * OPENS_AT_ONCE
    with Store.open(database) as store, store.read() as tx:
        assert len(tx.units.of_keys(unit(number).key for number in range(OPENS_AT_ONCE))) == OPENS_AT_ONCE


def test_a_database_that_another_process_makes_between_two_looks_is_ours(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, looks = schema.revision, []

    def revision(connection: Connection) -> str | None:
        found = real(connection)
        looks.append(found)
        if len(looks) == 1:
            Store.open(postgresql_url).close()
        return found

    monkeypatch.setattr(schema, "revision", revision)
    with Store.open(postgresql_url) as store:
        assert looks[0] is None
        assert looks[-1] == HEAD
        with store.read() as tx:
            assert not tx.units.of_keys(["none"])


def test_a_migration_that_fails_leaves_an_empty_database(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(connection: object, real: object = migrate.upgrade) -> None:
        assert callable(real)
        real(connection)
        raise KeyboardInterrupt

    monkeypatch.setattr(migrate, "upgrade", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Store.open(database)
    assert tables(database) == []
    monkeypatch.undo()
    with Store.open(database) as store, store.begin() as tx:
        tx.units.add(unit("u"), [])
        tx.observations.add(key("code of u"), unit("u").key, GOOD, 0.1)


def test_a_database_of_a_newer_schema_is_refused_and_left_alone(database: str) -> None:
    Store.open(database).close()
    with connected(database) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        UserError, match=r"written by a newer bisectd \(schema 9999\): upgrade bisectd or name"
    ):
        Store.open(database)


def test_a_database_of_another_program_is_refused_and_left_alone(database: str) -> None:
    with connected(database) as connection:
        connection.execute(text("CREATE TABLE bookmarks (id INTEGER)"))
    with pytest.raises(UserError, match="belongs to another program"):
        Store.open(database)
    assert tables(database) == ["bookmarks"]


def test_a_file_of_another_program_keeps_every_byte(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    before = (tmp_path / "x.db").read_bytes()
    with pytest.raises(UserError, match="belongs to another program"):
        Store.open(str(tmp_path / "x.db"))
    assert (tmp_path / "x.db").read_bytes() == before
