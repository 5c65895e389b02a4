# SPDX-License-Identifier: GPL-2.0-or-later
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import make_url

from bisectd.domain.errors import UserError
from bisectd.store.location import database_url


def path_of(url: str) -> Path:
    return Path(make_url(url).database or "")


def test_the_default_is_a_private_folder_of_the_users_data(tmp_path: Path) -> None:
    url = database_url(None, {"XDG_DATA_HOME": str(tmp_path / "data")})
    assert path_of(url) == tmp_path / "data" / "bisectd" / "bisectd.db"
    assert stat.S_IMODE((tmp_path / "data" / "bisectd").stat().st_mode) == 0o700


@pytest.mark.parametrize("environ", [{}, {"XDG_DATA_HOME": ""}, {"XDG_DATA_HOME": "relative/is/ignored"}])
def test_without_xdg_data_home_it_is_under_dot_local(environ: dict[str, str]) -> None:
    assert path_of(database_url(None, environ)) == Path(os.environ["HOME"], ".local/share/bisectd/bisectd.db")


def test_the_option_wins_over_the_environment_and_that_over_the_default() -> None:
    environ = {"BISECTD_DB": "postgresql://host/one"}
    assert database_url(None, environ) == "postgresql://host/one"
    assert database_url("postgresql://host/two", environ) == "postgresql://host/two"


@pytest.mark.parametrize("name", ["plain.db", "a b%20c?d#e.db", "ünï.db"])
def test_a_path_is_an_sqlite_file_wherever_it_is_opened_from(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert path_of(database_url(name, {})) == tmp_path / name


def test_a_data_home_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot make .*file/bisectd .*--db or BISECTD_DB$"):
        database_url(None, {"XDG_DATA_HOME": str(tmp_path / "file")})
