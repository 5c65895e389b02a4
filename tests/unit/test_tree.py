# SPDX-License-Identifier: GPL-2.0-or-later
"""What holds for every file of the checkout."""

import re
import subprocess
from pathlib import Path

import pytest

SPDX = "SPDX-License-Identifier: GPL-2.0-or-later"
# A machine's own places and package registries have no business in a public repository.
FOREIGN = re.compile(
    r"/(?:work|home|root)/[a-z]|pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org"
)


def _tracked(checkout: Path) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=checkout, capture_output=True, check=True)  # noqa: S607
    names = [name for name in listed.stdout.decode().split("\0") if name and not name.endswith(".png")]
    return [checkout / name for name in names if (checkout / name).is_file()]


def test_every_source_states_its_license(checkout: Path) -> None:
    suffixes = {".py", ".sh", ".toml", ".S", ".c", ".h", ".step"}
    without = [
        path.relative_to(checkout)
        for path in _tracked(checkout)
        if path.suffix in suffixes and SPDX not in path.read_text(encoding="utf-8")[:400]
    ]
    assert without == []


def test_no_file_names_a_place_of_somebodys_machine(checkout: Path) -> None:
    found = [
        f"{path.relative_to(checkout)}:{number}: {line.strip()[:80]}"
        for path in _tracked(checkout)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if path.name != Path(__file__).name and FOREIGN.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("target", ["demo", "test", "check", "setup", "bench"])
def test_make_help_explains(checkout: Path, target: str) -> None:
    told = subprocess.run(["make", "-s", "help"], cwd=checkout, capture_output=True, text=True, check=True)  # noqa: S607
    assert re.search(rf"^{target}\s+\S", told.stdout, re.MULTILINE)


def test_the_lock_pins_every_dependency_with_hashes(checkout: Path) -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (checkout / name).read_text()
        pins = re.findall(r"^(\S+)==(\S+) ", text, re.MULTILINE)
        assert len(pins) > 10
        assert text.count("--hash=sha256:") >= len(pins)
