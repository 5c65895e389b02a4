# SPDX-License-Identifier: GPL-2.0-or-later
"""`bisectd suggest` for the fix as first posted, on the bundled history: cold, and from the store."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.posted_fix import POSTED

RUNS = 5  # from the store


def main() -> None:
    """Print both times, of whole processes."""
    with tempfile.TemporaryDirectory() as home:
        history, fix = Path(home, "history"), Path(home, "posted.mbox")
        fix.write_bytes(POSTED)
        _run(home, "demo", "--write-repo", str(history))
        print(f"cold: {_seconds(home, history, fix):.2f} s")
        warm = sorted(_seconds(home, history, fix) for _ in range(RUNS))
        print(f"from the store: {warm[0]:.2f} s at best, {warm[RUNS // 2]:.2f} s median of {RUNS}")


def _seconds(home: str, history: Path, fix: Path) -> float:
    started = time.perf_counter()
    _run(home, "suggest", str(fix), "--repo", str(history))
    return time.perf_counter() - started


def _run(home: str, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "bisectd", *arguments],
        env={**os.environ, "XDG_DATA_HOME": home},
        check=True,
        capture_output=True,
    )
