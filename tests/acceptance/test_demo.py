# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo end to end, as `make demo` runs it, and what becomes of it when it is killed."""

import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from bisectd.demo import HEAD_ID
from tests.support.cli import BISECTD, bisectd, environment
from tests.support.git_repos import git

FIXES = 'Fixes: 8792468da5e1 ("powerpc: Add the ability to save FPU without giving it up")'
DEADLINE = 120  # seconds; a machine that does not get there is not working


def test_the_demo_rediscovers_the_commit(tmp_path: Path) -> None:
    ran = bisectd("demo", "--db", tmp_path / "facts.db")
    assert ran.code == 0
    assert ran.out.endswith(f"\n{FIXES}\n")
    for part in (
        "culprit: ",
        "[8792468da5e1 upstream] powerpc: Add the ability to save FPU without giving it up",
        "introduced",
        "UNTESTABLE",
        "MSR: EE PR FP ME FE0 FE1 IR DR RI → EE PR ME FE0 FE1 IR DR RI, expected EE PR ME IR DR RI",
        ": EE PR ME IR DR RI; FE0 FE1 more here",
        "written by  stw ",
        "arch/powerpc/kernel/process.c:",
        "tsk->thread.regs->msr &= ~MSR_FP;",
    ):
        assert part in ran.out
    warm = bisectd("demo", "--db", tmp_path / "facts.db", "--json").json
    assert warm["fixes"] == FIXES
    assert warm["culprit"]["upstream"] == "8792468da5e1"
    assert warm["cached"] == warm["evaluations"]


def test_both_toolchains_agree(tmp_path: Path) -> None:
    if not any((Path(folder) / "powerpc-linux-gnu-gcc").exists() for folder in os.get_exec_path()):
        pytest.skip("powerpc-linux-gnu-gcc is not installed (Debian package gcc-powerpc-linux-gnu)")
    found = [
        bisectd("demo", "--db", tmp_path / "facts.db", "--toolchain", name, "--json").json
        for name in ("zig", "gcc")
    ]
    assert [report["fixes"] for report in found] == [FIXES, FIXES]
    assert found[0]["transitions"] == found[1]["transitions"]


def test_write_repo_makes_an_ordinary_repository(tmp_path: Path) -> None:
    place = tmp_path / "history"
    ran = bisectd("demo", "--write-repo", place)
    assert ran.code == 0
    assert git(place, "rev-parse", "HEAD") == HEAD_ID
    assert git(place, "status", "--porcelain") == ""
    again = bisectd("demo", "--write-repo", place)
    assert (again.code, again.err.count("\n")) == (128, 1)


def test_killed_at_any_point_it_goes_on_and_repeats_nothing(tmp_path: Path) -> None:
    database = tmp_path / "facts.db"
    command = [*BISECTD, "demo", "--db", str(database), "--json"]
    finished = 0
    for wanted in (1, 6, 14):
        _kill_when(command, database, wanted)
        assert _judged(database) >= max(wanted, finished)
        finished = _judged(database)
        before = _facts(database)
    ran = bisectd("demo", "--db", database, "--json")
    assert ran.json["fixes"] == FIXES
    assert ran.json["cached"] >= finished
    assert before <= _facts(database)


def _kill_when(command: list[str], database: Path, judged: int) -> None:
    """Run until so many commits are judged, then kill -9; none of its processes is left."""
    process = subprocess.Popen(
        command,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + DEADLINE
    while _judged(database) < judged and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while _alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(process.pid)


def _alive(session: int) -> list[int]:
    """Processes of a session, zombies aside (field 6 of /proc/PID/stat is the session, field 3 the state)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def _judged(database: Path) -> int:
    return len(_rows(database, "SELECT commit_id FROM commit_units"))


def _facts(database: Path) -> set[tuple[object, ...]]:
    """Every observation with the time when it was made: one that was made again would differ."""
    return set(_rows(database, "SELECT fingerprint, verdict, created FROM observations"))


def _rows(database: Path, query: str) -> list[tuple[object, ...]]:
    if not database.exists():
        return []
    with sqlite3.connect(database, timeout=30) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:  # the tables are not there yet
            return []
