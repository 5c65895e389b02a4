# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd migrate`, the first command of a deployment."""

from bisectd.store.schema import HEAD
from tests.support.cli import bisectd
from tests.support.servers import PostgreSQL


def test_it_makes_the_schema_and_says_which(database: str) -> None:
    for _ in range(2):
        ran = bisectd("migrate", env={"BISECTD_DB": database})
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.endswith(f" has schema {HEAD}\n")


def test_a_server_that_does_not_run_is_one_line_without_the_password(postgresql: PostgreSQL) -> None:
    postgresql.stop()
    ran = bisectd("migrate", "--db", postgresql.url("x", "me:secret"))
    assert (ran.code, ran.out, ran.err.count("\n")) == (129, "", 1)
    assert ran.err.startswith("bisectd: database postgresql://me:***@127.0.0.1:")
    assert "cannot be reached: see that its server runs" in ran.err
