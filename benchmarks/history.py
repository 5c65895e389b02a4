# SPDX-License-Identifier: GPL-2.0-or-later
"""Walks over a real kernel history, ours and `git log`'s side by side, with the same answer demanded.

The repository is not part of this project: BISECTD_BENCH_REPO names a clone of the kernel that holds
v2.6.28 (tagged, or a commit with the subject "Linux 2.6.28"). git runs without a commit-graph.
"""

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from bisectd.domain.commit import SourceTree
from bisectd.history import Repository

VARIABLE = "BISECTD_BENCH_REPO"
SOURCE, HOT = "arch/powerpc/kernel/process.c", "kernel/sched.c"
UNIT = 450  # files that a unit reads, about
_REPEATS = 5
_INCLUDE = re.compile(rb'^\s*#\s*include\s*[<"]([^>"\n]+)[>"]', re.MULTILINE)


def run(repo: Path) -> dict[str, float | str]:
    """Seconds (best of five; the long range once) and MiB by name, printed as they come."""
    results: dict[str, float | str] = {}
    for path in (SOURCE, HOT):
        results |= _compare(repo, ["HEAD"], [path], path, _REPEATS)
    good = _release(repo, "2.6.28")
    if good is None:
        print("the unit's headers: skipped, the repository has no v2.6.28")
        return results
    files = unit_files(Repository.open(repo).tree(_git(repo, "rev-parse", "HEAD")[0]))
    return results | _compare(repo, [f"{good}..HEAD"], files, f"{len(files)} files of a unit", 1)


def _compare(
    repo: Path, words: Sequence[str], paths: Sequence[str], name: str, repeats: int
) -> dict[str, float | str]:
    """Both in turn, so that a busy machine is busy for both; AssertionError if the answers differ."""
    runs = [(_measured_walk(repo, words, paths), _timed_git(repo, words, paths)) for _ in range(repeats)]
    (_, _, digest), (_, commits) = runs[0]
    assert digest == _digest(commits), f"{name}: the walk and git log differ"
    ours = min(walk[0] for walk, _ in runs)
    gits = min(log[0] for _, log in runs)
    peak = max(walk[1] for walk, _ in runs)
    print(
        f"{name}: {len(commits)} commits; bisectd {ours:.2f} s, git log {gits:.2f} s, "
        f"ratio {ours / gits:.2f}, peak {peak:.0f} MiB"
    )
    return {
        f"{name}: bisectd, s": ours,
        f"{name}: git log, s": gits,
        f"{name}: peak memory, MiB": peak,
    }


def _measured_walk(repo: Path, words: Sequence[str], paths: Sequence[str]) -> tuple[float, float, str]:
    """Seconds, peak MiB and digest of the answer, from a process of its own."""
    request = json.dumps([str(repo), words, paths])
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.history", "walk"],
        input=request,
        text=True,
        check=True,
        capture_output=True,
    )
    seconds, peak, digest = json.loads(done.stdout)
    return seconds, peak, digest


def _child() -> None:
    repo, words, paths = json.load(sys.stdin)
    start = time.perf_counter()
    commits = Repository.open(repo).walk(words, paths)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([seconds, peak, _digest(commits)]))


def _timed_git(repo: Path, words: Sequence[str], paths: Sequence[str]) -> tuple[float, list[str]]:
    start = time.perf_counter()
    commits = _git(repo, "log", "--format=%H", *words, "--", *paths)
    return time.perf_counter() - start, commits


def _git(repo: Path, *arguments: str) -> list[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(repo), "-c", "core.commitGraph=false", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.split()


def _release(repo: Path, version: str) -> str | None:
    tag = Repository.open(repo).tags().get(f"v{version}")
    subject = f"^Linux {re.escape(version)}$"
    return tag or next(iter(_git(repo, "log", "--format=%H", "--max-count=1", f"--grep={subject}")), None)


def unit_files(tree: SourceTree) -> list[str]:
    """process.c and the headers it includes, directly or not, whatever the configuration says."""
    found: dict[str, None] = {}
    waiting = [SOURCE]
    while waiting and len(found) < UNIT:
        path = waiting.pop(0)
        if path not in found:
            found[path] = None
            waiting += _included(tree, tree.read(path))
    return list(found)


def _included(tree: SourceTree, source: bytes) -> Iterator[str]:
    for name in _INCLUDE.findall(source):
        places = (f"{base}/{name.decode()}" for base in ("arch/powerpc/include", "include"))
        yield from (place for place in places if tree.blob_id(place))


def _digest(commits: Iterable[str]) -> str:
    return sha256("\n".join(commits).encode()).hexdigest()


def main() -> None:
    """Measure, or say why not."""
    repo = os.environ.get(VARIABLE)
    if repo is None:
        print(f"history: skipped, {VARIABLE} names no kernel repository")
    else:
        run(Path(repo))


if __name__ == "__main__":
    _child() if sys.argv[1:] == ["walk"] else main()
