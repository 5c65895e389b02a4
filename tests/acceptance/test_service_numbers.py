# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers that no row has and times that are none, given to the commands of the service."""

from pathlib import Path

import pytest

from tests.support.cli import bisectd

HUGE = "9" * 30


@pytest.mark.parametrize(
    "command",
    [
        ("hook", "remove", HUGE),
        ("hook", "remove", "0"),
        ("jobs", "--limit", HUGE),
        ("show", HUGE),
        ("token", "revoke", HUGE),
        ("regressions", HUGE),
    ],
)
def test_a_number_that_no_row_has_is_the_users_mistake(tmp_path: Path, command: tuple[str, ...]) -> None:
    ran = bisectd(*command, "--db", tmp_path / "x.db")
    assert (ran.code, ran.out, ran.err.count("\n")) == (128, "", 1), ran.err


def test_the_largest_number_finds_nothing(tmp_path: Path) -> None:
    largest = (1 << 63) - 1
    assert bisectd("jobs", "--limit", largest, "--json", "--db", tmp_path / "x.db").json == []
    ran = bisectd("hook", "remove", largest, "--db", tmp_path / "x.db")
    assert (ran.code, "there is no hook" in ran.err) == (128, True)


@pytest.mark.parametrize("days", ["nan", "inf", "1e400", "4e6", "36501", "0", "-1"])
def test_a_token_ends_after_a_sensible_time(tmp_path: Path, days: str) -> None:
    ran = bisectd("token", "create", "noor", f"--days={days}", "--db", tmp_path / "x.db")
    assert (ran.code, ran.out) == (128, "")
    assert "up to 36500 days" in ran.err
    assert bisectd("token", "list", "--json", "--db", tmp_path / "x.db").json == []


def test_a_token_of_a_hundred_years_is_listed(tmp_path: Path) -> None:
    assert bisectd("token", "create", "noor", "--days", 36500, "--db", tmp_path / "x.db").code == 0
    assert "valid until 21" in bisectd("token", "list", "--db", tmp_path / "x.db").out
