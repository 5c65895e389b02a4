# SPDX-License-Identifier: GPL-2.0-or-later
"""What `make setup` installs is enough to run all of bisectd."""

import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

from packaging.markers import Marker

LOCKED = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==\S+(?: ; (.*?))? \\$", re.MULTILINE)
IMPORT_ALL = """
import importlib, pkgutil
for name in ("bisectd", "emulator", "workers"):
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
"""


def test_every_module_is_imported_with_nothing_but_the_runtime_lock_file(
    checkout: Path, tmp_path: Path
) -> None:
    """What a library imports without asking for it may be here by the tests' own needs alone."""
    for name, marker in LOCKED.findall((checkout / "requirements.lock").read_text()):
        if marker and not Marker(marker).evaluate():
            continue
        for file in distribution(name).files or ():
            top = tmp_path / file.parts[0]
            if file.parts[0] != ".." and not top.is_symlink():
                top.symlink_to(Path(str(distribution(name).locate_file(file.parts[0]))))
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-c", IMPORT_ALL],
        env={"PYTHONPATH": f"{tmp_path}:{checkout}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr
