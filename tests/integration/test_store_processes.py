# SPDX-License-Identifier: GPL-2.0-or-later
"""Many processes write to one database, and any of them may die at any moment."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import pytest

from bisectd.domain.errors import MachineError
from bisectd.store.store import Store
from tests.support.store_data import BAD, RECIPE, commit, digest, key, unit

WRITERS = 4
EACH = 50
ROUNDS = 10
KILLED_AFTER = 40  # acknowledged units

# Stores units and their observations for ever, and says the number of each one once it is committed.
ENDLESS = """
import itertools, sys
from bisectd.store.store import Store
from tests.support.store_data import BAD, key, unit
store = Store.open(sys.argv[1])
for number in itertools.count():
    with store.begin() as tx:
        tx.units.add(unit(number), ["a.c"])
    with store.begin() as tx:
        tx.observations.add(key(f"code of {number}"), unit(number).key, BAD, 0.1)
    print(number, flush=True)
"""


def test_what_a_killed_process_acknowledged_is_there(database: str, checkout: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", ENDLESS, database], stdout=subprocess.PIPE, text=True, cwd=checkout
    )
    assert child.stdout is not None
    with child, child.stdout as lines:
        acknowledged = [int(next(lines)) for _ in range(KILLED_AFTER)]
        child.send_signal(signal.SIGKILL)
        acknowledged += map(int, lines)
    assert child.returncode == -signal.SIGKILL
    with Store.open(database) as store, store.read() as tx:
        assert tx.units.of_keys(unit(n).key for n in acknowledged) == {
            unit(n).key: unit(n) for n in acknowledged
        }
        known = tx.observations.of([key(f"code of {n}").fingerprint for n in acknowledged], key("any"))
        assert len(known) == len(acknowledged) >= KILLED_AFTER


def write_all(url: str, first: int) -> int:
    """The writers' ranges overlap: everything is stored by two of them."""
    with Store.open(url) as store:
        for number in range(first, first + 2 * EACH):
            with store.begin() as tx:
                tx.units.add(unit(number), ["a.c"])
                tx.units.assign(RECIPE, {commit(number): unit(number).key})
                tx.observations.add(key(number), unit(number).key, BAD, 0.1)
    return os.getpid()


def test_processes_that_store_the_same_facts_do_not_disturb_each_other(database: str) -> None:
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as pool:
        list(pool.map(write_all, [database] * WRITERS, range(0, WRITERS * EACH, EACH)))
    numbers = range((WRITERS + 1) * EACH)
    with Store.open(database) as store, store.read() as tx:
        units = tx.units.of_commits(RECIPE, map(commit, numbers))
        assert units == {commit(number): unit(number) for number in numbers}
        found = tx.observations.of((key(number).fingerprint for number in numbers), key("any"))
        assert found == {key(number).fingerprint: BAD for number in numbers}


def test_writers_that_store_the_same_facts_in_another_order_do_not_block_each_other(database: str) -> None:
    commits = [commit(number) for number in range(1000)]
    together = Barrier(2, timeout=60)

    def assign(order: list[str]) -> None:
        with Store.open(database) as own:
            for number in range(ROUNDS):
                together.wait()
                with own.begin() as tx:
                    tx.units.assign(digest(number), dict.fromkeys(order, unit("u").key))

    with Store.open(database) as store, ThreadPoolExecutor(2) as pool:
        with store.begin() as tx:
            tx.units.add(unit("u"), [])
        list(pool.map(assign, [commits, commits[::-1]]))
        with store.read() as tx:
            assert len(tx.units.of_commits(digest(ROUNDS - 1), commits)) == len(commits)


def use(store: Store) -> str:
    try:
        with store.begin() as tx:
            tx.units.add(unit("from a fork"), [])
    except MachineError as error:
        return str(error)
    return "no error"


def test_a_store_does_not_survive_a_fork_and_says_so(database: str) -> None:
    with Store.open(database) as store:
        receiver, sender = get_context("fork").Pipe(duplex=False)
        child = get_context("fork").Process(target=lambda: sender.send(use(store)))
        child.start()
        said = receiver.recv()
        child.join()
    assert "was opened by another process: open it anew in each one" in said


def test_a_worker_opens_the_same_database_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with Store.open("x.db") as store, store.begin() as tx:
        tx.units.add(unit("u"), [])
    monkeypatch.chdir(tmp_path / "elsewhere")
    with Store.open(store.url) as same, same.read() as tx:
        assert tx.units.get(unit("u").key) == unit("u")
