# SPDX-License-Identifier: GPL-2.0-or-later
"""What a server is told by its environment."""

from pathlib import Path

import pytest

from bisectd.domain.errors import UserError
from bisectd.settings import settings

LEASE = 30.0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BROKER", "amqp://u:secret@host/", "must begin with redis:// or rediss://"),
        ("BROKER", "secret-host", "must begin with redis:// or rediss://"),
        ("URL", "secret.example", "must begin with http:// or https://"),
        ("SMTP", "secret:25", "must begin with smtp:// or smtps://"),
        ("LEASE", "0", "greater than 0"),
        ("GRACE", "-1", "greater than or equal to 0"),
        ("ATTEMPTS", "many", "valid integer"),
    ],
)
def test_a_wrong_one_is_named_and_not_repeated(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"BISECTD_{name}", value)
    with pytest.raises(UserError) as error:
        settings()
    assert str(error.value).startswith(f"setting BISECTD_{name}: ")
    assert said in str(error.value)
    assert "secret" not in str(error.value)


def test_an_empty_one_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BISECTD_BROKER", "")
    monkeypatch.setenv("BISECTD_LEASE", "")
    told = settings()
    assert (told.broker, told.lease) == (None, LEASE)


def test_the_command_line_goes_before_the_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings"
    file.write_text("BISECTD_LEASE=1\nBISECTD_SWEEP=1\nBISECTD_FETCH=1\n")
    monkeypatch.setenv("BISECTD_SETTINGS", str(file))
    monkeypatch.setenv("BISECTD_SWEEP", "2")
    monkeypatch.setenv("BISECTD_FETCH", "2")
    told = settings(fetch=3.0)
    assert (told.lease, told.sweep, told.fetch) == (1, 2, 3)


def test_no_password_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, scheme in (("DB", "postgresql"), ("BROKER", "redis"), ("SMTP", "smtp")):
        monkeypatch.setenv(f"BISECTD_{name}", f"{scheme}://u:secret@host/0")
    assert "secret" not in f"{settings()!r} {settings()} {settings().model_dump_json()}"
