# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd demo` as a whole process: cold (no history, no database), and from the store."""

import os
import subprocess
import sys
import tempfile
import time

RUNS = 5  # of the warm demo


def main() -> None:
    """Print both times."""
    with tempfile.TemporaryDirectory() as home:
        print(f"cold: {_seconds(home):.2f} s")
        warm = sorted(_seconds(home) for _ in range(RUNS))
        print(f"from the store: {warm[0]:.2f} s at best, {warm[RUNS // 2]:.2f} s median of {RUNS}")


def _seconds(home: str) -> float:
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bisectd", "demo"],
        env={**os.environ, "XDG_DATA_HOME": home},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - started
