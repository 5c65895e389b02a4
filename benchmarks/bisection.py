# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole bisection, cold, against `git bisect run bisectd eval` on the same range in the same run.

BISECTD_BENCH_REPO names a repository with kernels, BISECTD_BENCH_RANGE the ends as GOOD..BAD.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WHAT = ["--probe", "fpu-giveup-fe", "--target", "pmac32"]
BISECTD = [sys.executable, "-m", "bisectd"]


def main() -> None:
    """Print both times, what was found, and the ratio."""
    place, ends = os.environ.get("BISECTD_BENCH_REPO"), os.environ.get("BISECTD_BENCH_RANGE")
    if not place or not ends:
        print("skipped: set BISECTD_BENCH_REPO and BISECTD_BENCH_RANGE=GOOD..BAD")
        return
    good, bad = ends.split("..")
    with tempfile.TemporaryDirectory() as folder:
        ours, found = _bisectd(place, good, bad, Path(folder))
        print(f"bisectd: {ours:.1f} s, {found}")
        theirs, first = _git_bisect_run(place, good, bad, Path(folder))
        print(f"git bisect run: {theirs:.1f} s, {first}")
        print(f"ratio: {theirs / ours:.1f}; the same commit: {first == found}")


def _bisectd(place: str, good: str, bad: str, folder: Path) -> tuple[float, str]:
    command = [*BISECTD, "bisect", "--repo", place, "--good", good, "--bad", bad, *WHAT, "--json"]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, "--db", str(folder / "ours.db")],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - started, json.loads(done.stdout)["culprit"]["commit"]


def _git_bisect_run(place: str, good: str, bad: str, folder: Path) -> tuple[float, str]:
    """In a clone that borrows the objects; its first checkout is not counted."""
    clone = folder / "clone"
    ends = [_git(Path(place), "rev-parse", f"{rev}^{{commit}}") for rev in (bad, good)]
    _git(folder, "clone", "-q", "--shared", "--no-checkout", place, str(clone))
    _git(clone, "checkout", "-q", "--detach", ends[0])
    command = [*BISECTD, "eval", "--rev", "HEAD", *WHAT, "--db", str(folder / "theirs.db")]
    started = time.perf_counter()
    _git(clone, "bisect", "start", *ends)
    told = _git(clone, "bisect", "run", "env", f"PYTHONPATH={Path.cwd()}", *command)
    seconds = time.perf_counter() - started
    return seconds, next(line.split()[0] for line in told.splitlines() if "is the first bad commit" in line)


def _git(where: Path, *arguments: str) -> str:
    command = ["git", "-C", str(where), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()
