# SPDX-License-Identifier: GPL-2.0-or-later
"""What only PostgreSQL does: a server that goes away, users and rights, writers that wait for each other."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Thread

import psycopg
import pytest
from sqlalchemy import text

from bisectd.domain.compiled import Output
from bisectd.domain.errors import BisectdError, MachineError, UserError
from bisectd.store.dialect import engine_for
from bisectd.store.store import Store, Transaction
from tests.support.servers import PostgreSQL
from tests.support.store_data import digest, unit

SECRET = "correct-horse"  # noqa: S105


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    with Store.open(postgresql_url) as opened:
        yield opened


@pytest.fixture
def limited(postgresql: PostgreSQL, postgresql_url: str) -> Iterator[str]:
    """The URL of a user with a password and no rights on a database that is up to date."""
    Store.open(postgresql_url).close()
    postgresql.execute(f"CREATE USER limited PASSWORD '{SECRET}'")
    yield postgresql.url(postgresql_url.rpartition("/")[2], f"limited:{SECRET}")
    postgresql.start()
    postgresql.execute("DROP OWNED BY limited", postgresql_url.rpartition("/")[2])
    postgresql.execute("DROP USER limited")


def write(store: Store, name: object = "u") -> None:
    with store.begin() as tx:
        tx.units.add(unit(name), ["a.c"])


def write_around(store: Store, name: str, happens: Callable[[], object]) -> None:
    """Something happens in the middle of a transaction."""
    with store.begin() as tx:
        tx.units.add(unit(name), [])
        happens()
        tx.units.get(unit(name).key)


def one_line(error: pytest.ExceptionInfo[BisectdError]) -> bool:
    said = str(error.value)
    return "\n" not in said and SECRET not in said and said.startswith("database postgresql")


def test_a_url_without_a_driver_chooses_psycopg_3() -> None:
    engine = engine_for("postgresql://host/name", wait=1)
    assert engine.dialect.driver == "psycopg"


def test_what_the_url_says_of_the_connection_goes_before_what_we_say(postgresql_url: str) -> None:
    url = f"{postgresql_url}?application_name=ours&options=-c%20lock_timeout%3D7s&connect_timeout=3"
    engine = engine_for(url, wait=60)
    with engine.connect() as connection:
        shown = [connection.scalar(text(f"SHOW {name}")) for name in ("application_name", "lock_timeout")]
        idle = connection.scalar(text("SHOW idle_in_transaction_session_timeout"))
    engine.dispose()
    assert (shown, idle) == (["ours", "7s"], "2min")


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(UserError, match="is read-only"), store.read() as tx:
        tx.units.add(unit("u"), [])
    write(store)  # on the same connection, which can again


def test_path_sets_appear_in_the_order_of_their_numbers(store: Store) -> None:
    """Readers ask for those after the ones they know: a lower number that came late would be missed."""
    with Store.open(store.url, wait=0.05) as other:
        with store.begin() as tx:
            tx.objects.put(digest("scope"), digest("first"), ("first",), Output(b""))
            put(other, "other scope", "second")
            with pytest.raises(MachineError, match="stayed locked"):
                put(other, "scope", "second")
        put(other, "scope", "second")
    with store.read() as tx:
        assert tx.objects.path_sets(digest("scope"), 0) == [("first",), ("second",)]


def put(store: Store, scope: str, name: str) -> None:
    with store.begin() as tx:
        tx.objects.put(digest(scope), digest(name), (name,), Output(b""))


# -- servers that cannot be reached, or go away --------------------------------------------------------------


def test_a_server_that_does_not_run(postgresql: PostgreSQL, limited: str) -> None:
    postgresql.stop()
    with pytest.raises(MachineError, match=r"cannot be reached: see that its server runs .*refused") as error:
        Store.open(limited)
    assert one_line(error)


def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(MachineError, match=r"//me:\*\*\*@nowhere.invalid/x cannot be reached") as error:
        Store.open(f"postgresql://me:{SECRET}@nowhere.invalid/x")
    assert one_line(error)


def test_a_socket_that_does_not_exist() -> None:
    with pytest.raises(MachineError, match="cannot be reached") as error:
        Store.open(f"postgresql:///x?host=/nowhere&password={SECRET}")
    assert one_line(error)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_server_that_ends_during_a_transaction(
    postgresql: PostgreSQL, postgresql_url: str, end: str
) -> None:
    url = postgresql_url.replace("@", f":{SECRET}@")
    with Store.open(url) as store:
        write(store, "before")
        with pytest.raises(MachineError, match="closed the connection: see that its server runs") as error:
            write_around(store, "lost", getattr(postgresql, end))
        assert one_line(error)
        with pytest.raises(MachineError, match="cannot be reached"):
            write(store)
        postgresql.start()
        write(store, "after")
        with store.read() as tx:
            known = tx.units.of_keys(unit(name).key for name in ("before", "lost", "after"))
    assert set(known) == {unit("before").key, unit("after").key}


def test_a_server_that_ends_before_the_commit(postgresql: PostgreSQL, store: Store) -> None:
    def write_and_stop() -> None:
        with store.begin() as tx:
            tx.units.add(unit("u"), [])
            postgresql.stop()

    with pytest.raises(MachineError, match="closed the connection") as error:
        write_and_stop()
    assert one_line(error)


def test_a_server_that_was_restarted_is_not_noticed(postgresql: PostgreSQL, store: Store) -> None:
    write(store, "before")
    postgresql.restart()
    write(store, "after")


def test_a_connection_that_an_administrator_ends(postgresql: PostgreSQL, store: Store) -> None:
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with pytest.raises(MachineError, match="closed the connection"):
        write_around(store, "u", lambda: postgresql.execute(end))
    write(store)


# -- rights --------------------------------------------------------------------------------------------------


def test_a_database_that_does_not_exist(postgresql: PostgreSQL) -> None:
    with pytest.raises(UserError, match=r"does not exist on that server: create it \(createdb\)") as error:
        Store.open(postgresql.url("nowhere", f"bisectd:{SECRET}"))
    assert one_line(error)


@pytest.mark.parametrize("password", ["", ":wrong"])
def test_a_password_that_is_wrong(limited: str, password: str) -> None:
    with pytest.raises(UserError, match="refuses this user or password") as error:
        Store.open(limited.replace(f":{SECRET}", password))
    assert one_line(error)


def test_a_user_who_may_not_write(limited: str) -> None:
    with (
        pytest.raises(UserError, match="does not let this user create or change tables") as error,
        Store.open(limited) as store,
    ):
        write(store)
    assert one_line(error)


def test_an_option_that_does_not_exist(postgresql_url: str) -> None:
    with pytest.raises(UserError, match="option in its URL that does not exist") as error:
        Store.open(f"{postgresql_url}?nonsense={SECRET}")
    assert one_line(error)


def test_a_server_with_all_connections_taken(limited: str) -> None:
    taken: list[psycopg.Connection] = []
    with suppress(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(limited))
    with pytest.raises(MachineError, match="takes no more connections: raise max_connections") as error:
        Store.open(limited)
    for connection in taken:
        connection.close()
    assert one_line(error)


# -- locks and disks -----------------------------------------------------------------------------------------


def test_a_lock_that_is_not_given_up(postgresql_url: str) -> None:
    Store.open(postgresql_url).close()
    with psycopg.connect(postgresql_url) as other:
        other.execute("LOCK TABLE units")
        with (
            pytest.raises(MachineError, match="stayed locked by another process") as error,
            Store.open(postgresql_url, wait=0.05) as store,
        ):
            write(store)
    assert one_line(error)


def test_a_deadlock_is_broken(store: Store) -> None:
    """Two of our own transactions cannot make one; somebody else's may."""
    write(store)
    with psycopg.connect(store.url.replace("+psycopg", "")) as other:
        other.execute("SET deadlock_timeout = '1h'")  # not theirs, ours is broken off
        _insert(other, "theirs")
        waiting = Thread(target=lambda: _insert(other, "ours"))
        with pytest.raises(MachineError, match="stayed locked") as error, store.begin() as tx:
            _cross(tx, waiting)
        waiting.join()
    assert one_line(error)


def _cross(tx: Transaction, waiting: Thread) -> None:
    tx.units.add(unit("ours"), [])
    waiting.start()
    tx.units.add(unit("theirs"), [])


def _insert(connection: psycopg.Connection, name: str) -> None:
    connection.execute(
        "INSERT INTO units SELECT %s, target, toolchain, reason, features, paths, created FROM units LIMIT 1",
        [unit(name).key],
    )


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ("disk_full", "the disk is full: make room and run the same command again"),
        ("io_error", "see whether its server's disk is failing"),
        ("data_corrupted", "is damaged: restore it from a backup"),
        ("index_corrupted", "has a damaged index: reindex it"),
        ("raise_exception", "failed: what the server said"),
    ],
)
def test_a_failure_that_the_server_reports(
    postgresql: PostgreSQL, store: Store, state: str, line: str
) -> None:
    body = f"BEGIN RAISE 'what the server said' USING ERRCODE = '{state}'; END"
    name = store.url.rpartition("/")[2]
    postgresql.execute(f"CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$", name)
    postgresql.execute("CREATE TRIGGER t BEFORE INSERT ON units EXECUTE FUNCTION fail()", name)
    with pytest.raises(MachineError, match=line) as error:
        write(store)
    assert one_line(error)
