# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be held of docker-compose.yml and the Dockerfile without an engine to run them."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bisectd.settings import PREFIX, Settings

COMPOSE = (["docker", "compose"], ["docker-compose"])  # the second is Debian's
ONE_SHOT = {"migrate"}
PINNED = re.compile(r"[a-z]+:\d+\.\d+[\w.-]*")
Config = Callable[..., subprocess.CompletedProcess[str]]
MINIMAL = {"PATH": os.environ["PATH"], "HOME": "/"}


@pytest.fixture(scope="module")
def written(checkout: Path) -> dict[str, Any]:
    """The file as it stands."""
    found: dict[str, Any] = yaml.safe_load((checkout / "docker-compose.yml").read_text())
    return found


@pytest.fixture(scope="module")
def compose() -> list[str]:
    """The command."""
    for command in COMPOSE:
        if (
            shutil.which(command[0])
            and not subprocess.run([*command, "version"], capture_output=True, check=False).returncode
        ):
            return command
    pytest.skip("needs docker compose: install the package docker-compose")


def test_every_setting_is_documented(checkout: Path) -> None:
    said = (checkout / "docs" / "service.md").read_text()
    assert [name for name in Settings.model_fields if f"`{PREFIX}{name.upper()}`" not in said] == []


@pytest.fixture
def config(compose: list[str], checkout: Path, tmp_path: Path) -> Config:
    """Have the file read with these variables, and with no .env beside it."""
    shutil.copy(checkout / "docker-compose.yml", tmp_path)
    command = [*compose, "--file", str(tmp_path / "docker-compose.yml"), "config"]

    def read(**env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=tmp_path, env=MINIMAL | env
        )

    return read


def test_compose_understands_it(config: Config) -> None:
    ran = config(POSTGRES_PASSWORD="a$b: 'c'")  # noqa: S106
    assert ran.returncode == 0, ran.stderr
    services = yaml.safe_load(ran.stdout)["services"]
    assert set(services) == {"postgres", "redis", "migrate", "web", "worker", "beat"}
    assert services["web"]["environment"]["PGPASSWORD"] == "a$$b: 'c'"  # $$ is how compose writes a $


@pytest.mark.parametrize("given", [{}, {"POSTGRES_PASSWORD": ""}])
def test_without_a_password_nothing_starts(config: Config, given: dict[str, str]) -> None:
    ran = config(**given)
    assert ran.returncode != 0
    assert "write POSTGRES_PASSWORD=... to the file .env" in ran.stderr


def test_every_service_is_confined_and_looked_after(written: dict[str, Any]) -> None:
    for name, service in written["services"].items():
        assert PINNED.fullmatch(service["image"]), name
        assert service["user"] not in {"", "root", "0", "0:0"}, name
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert {"mem_limit", "cpus", "pids_limit", "restart", "networks"} <= service.keys(), name
        assert name in ONE_SHOT or {"test", "interval", "timeout", "retries"} <= service["healthcheck"].keys()
        assert "privileged" not in service
        assert not any(str(volume).startswith(("/", ".")) for volume in service.get("volumes", ())), name


def test_only_the_web_server_is_published_and_to_this_machine_alone(written: dict[str, Any]) -> None:
    published = {
        name: service["ports"] for name, service in written["services"].items() if "ports" in service
    }
    assert published == {"web": ["${BISECTD_LISTEN:-127.0.0.1:8377}:8377"]}
    assert written["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert written["services"][name]["networks"] == ["inside"]


def test_everything_waits_for_the_migration(written: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        waits = written["services"][name]["depends_on"]
        assert waits["migrate"] == {"condition": "service_completed_successfully"}
    assert written["services"]["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_web_and_workers_share_the_mirrors(written: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        service = written["services"][name]
        assert service["volumes"] == [f"repositories:{service['environment']['BISECTD_DATA']}"]


def test_no_secret_has_a_value_in_the_file(written: dict[str, Any]) -> None:
    for service in written["services"].values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name:
                assert value.startswith("${POSTGRES_PASSWORD:?")
            elif name == "BISECTD_SMTP":
                assert value is None


def test_settings_that_are_passed_on_exist(written: dict[str, Any]) -> None:
    names = {name for name in written["services"]["web"]["environment"] if name.startswith(PREFIX)}
    assert {name.removeprefix(PREFIX).lower() for name in names} <= Settings.model_fields.keys()


def test_the_image_is_of_this_version(written: dict[str, Any], checkout: Path) -> None:
    version = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]["version"]
    assert written["services"]["web"]["image"] == f"bisectd:{version}"


def test_the_image_runs_as_somebody_without_rights_and_holds_what_it_needs(checkout: Path) -> None:
    lines = (checkout / "Dockerfile").read_text().splitlines()
    words = {line.split(" ")[0]: line for line in lines if line and not line.startswith((" ", "#"))}
    assert PINNED.fullmatch(words["FROM"].removeprefix("FROM "))
    assert words["USER"] == "USER 10001:10001"
    command = json.loads(words["CMD"].removeprefix("CMD "))
    assert command == ["bisectd", "serve", "--host", "0.0.0.0"]  # noqa: S104
    kept = [
        line[1:] for line in (checkout / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    assert all((checkout / name).exists() for name in kept)
    packages = {path.parent.name for path in checkout.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert packages <= set(kept)
