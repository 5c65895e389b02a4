# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds for every test."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

OURS = ("BISECTD_DB", "BISECTD_BROKER", "BISECTD_SETTINGS")  # not BISECTD_FORBID_SKIPS
pytest_plugins = ["tests.support.servers"]


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's data, and none is led astray by an environment variable."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith(("GIT_", "PG", *OURS))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI (BISECTD_FORBID_SKIPS) a skipped test is a failed one: everything it wants must be installed."""
    report = yield
    if report.skipped and os.environ.get("BISECTD_FORBID_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"skips are forbidden here: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The root of this checkout."""
    return Path(__file__).resolve().parent.parent
