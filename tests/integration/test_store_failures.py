# SPDX-License-Identifier: GPL-2.0-or-later
"""Each way an SQLite database fails is one line that says what to do."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from bisectd.domain.errors import BisectdError, MachineError, UserError
from bisectd.store.store import Store
from tests.support.store_data import unit

NOBODY = 65534  # user id without rights on anything


@contextmanager
def without_root() -> Iterator[None]:
    """Root may write anywhere: take its rights away for a while."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can reach, unlike tmp_path."""
    path = Path(tempfile.mkdtemp())
    path.chmod(0o755)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


def write(store: Store, name: object = "u", paths: int = 1) -> None:
    with store.begin() as tx:
        tx.units.add(unit(name), [os.urandom(32).hex() for _ in range(paths)])


def write_until_it_fails(store: Store) -> None:
    for number in range(1000):
        write(store, number, paths=100)


def one_line(error: pytest.ExceptionInfo[BisectdError], path: Path) -> bool:
    return "\n" not in str(error.value) and str(path) in str(error.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("Dear diary, " * 100)
    with pytest.raises(UserError, match="is not an SQLite database: name another") as error:
        Store.open(str(tmp_path / "x.db"))
    assert one_line(error, tmp_path)
    assert (tmp_path / "x.db").read_text() == "Dear diary, " * 100


def test_a_damaged_database(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "x.db")) as store:
        for number in range(200):
            write(store, number)
    data = (tmp_path / "x.db").read_bytes()
    (tmp_path / "x.db").write_bytes(data[:100] + b"\xaa" * (len(data) - 100))
    with pytest.raises(MachineError, match="is damaged: move the file away") as error:
        Store.open(str(tmp_path / "x.db"))
    assert one_line(error, tmp_path)


def test_a_truncated_database(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "x.db")) as store:
        for number in range(200):
            write(store, number)
    os.truncate(tmp_path / "x.db", (tmp_path / "x.db").stat().st_size // 2)
    with (
        pytest.raises(MachineError, match="is damaged") as error,
        Store.open(str(tmp_path / "x.db")) as store,
    ):
        write(store)
    assert one_line(error, tmp_path)


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match="cannot be opened: its directory must exist and be writable"
    ) as error:
        Store.open(str(tmp_path / "nowhere" / "x.db"))
    assert one_line(error, tmp_path)


def test_a_path_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be opened"):
        Store.open(str(tmp_path))


def test_a_folder_that_may_not_be_written(folder: Path) -> None:
    folder.chmod(0o555)
    with without_root(), pytest.raises(UserError, match="cannot be opened") as error:
        Store.open(str(folder / "x.db"))
    assert one_line(error, folder)


def test_a_file_that_may_not_be_written_is_refused_at_once(folder: Path) -> None:
    Store.open(str(folder / "x.db")).close()
    (folder / "x.db").chmod(0o444)
    folder.chmod(0o555)
    with without_root(), pytest.raises(UserError, match=r"is read-only|cannot be opened") as error:
        Store.open(str(folder / "x.db"))
    assert one_line(error, folder)


def test_a_database_that_cannot_grow_keeps_what_it_has(tmp_path: Path) -> None:
    store = Store.open(str(tmp_path / "x.db"))
    event.listen(store._engine, "connect", _no_more_pages)  # noqa: SLF001
    store.close()
    write(store, "before")
    with pytest.raises(
        MachineError, match="the disk is full: make room and run the same command again"
    ) as error:
        write_until_it_fails(store)
    assert one_line(error, tmp_path)
    with store.read() as tx:
        assert tx.units.get(unit("before").key) == unit("before")
    store.close()
    with Store.open(str(tmp_path / "x.db")) as reopened:
        write(reopened, "after")


def _no_more_pages(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA max_page_count = 60")


def test_a_lock_that_is_not_given_up(tmp_path: Path) -> None:
    Store.open(str(tmp_path / "x.db")).close()
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(MachineError, match="stayed locked by another process: let that one finish") as error:
        Store.open(str(tmp_path / "x.db"), wait=0.05)
    assert one_line(error, tmp_path)
    other.close()


def test_a_lock_on_a_new_database_that_is_not_given_up(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(MachineError, match="stayed locked"):
        Store.open(str(tmp_path / "x.db"), wait=0.05)
    other.close()


@pytest.mark.parametrize(
    ("url", "line"),
    [
        (
            "mysql://host/name",
            r"\(mysql:...\) is not understood: use sqlite:///FILE or postgresql://HOST/NAME",
        ),
        ("nonsense://", r"\(nonsense:...\) is not understood"),
        ("sqlite+nosuchdriver:///x.db", r"\(sqlite\+nosuchdriver:...\) is not understood"),
        ("://", "is not understood"),
        ("postgresql://me:secret@host:port/name", r"\(postgresql:...\) is not understood"),
        ("sqlite://", "names no plain file: use sqlite:///FILE"),
        ("sqlite:///:memory:", "names no plain file"),
        ("sqlite:///x.db?mode=ro", "names no plain file"),
        ("postgresql+psycopg2://me:secret@host/name", r"\(postgresql\+psycopg2:...\) is not understood"),
    ],
)
def test_a_url_that_cannot_be_used(url: str, line: str) -> None:
    with pytest.raises(UserError, match=line) as error:
        Store.open(url)
    assert "secret" not in str(error.value)
