# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line as its users run it: a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
BISECTD = (sys.executable, "-m", "bisectd")


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, read as JSON."""
        return json.loads(self.out)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The test's environment, wide enough that no table wraps, with the checkout on the module path."""
    return {**os.environ, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "200", **(extra or {})}


def bisectd(*arguments: object, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Ran:
    """Run the command and wait for it."""
    done = subprocess.run(
        [*BISECTD, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
