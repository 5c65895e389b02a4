# SPDX-License-Identifier: GPL-2.0-or-later
"""What a unit costs: from git objects, and from the cache.

    BISECTD_BENCH_KERNEL=PATH [BISECTD_BENCH_REVISIONS="REV REV …"] python -m benchmarks.compile

PATH is a kernel repository; the revisions default to its HEAD. Where a revision has ancestors, the latest
BISECTD_BENCH_COMMITS (default 2000) of them are looked up against what was compiled.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from bisectd.domain.commit import SourceTree
from bisectd.domain.errors import BisectdError
from bisectd.history import Repository
from bisectd.kernel import targets, toolchain
from bisectd.kernel.builder import Builder, Unit
from bisectd.kernel.manifest import MemoryObjectCache
from bisectd.kernel.sandbox import Completed, Sandbox
from bisectd.kernel.workspace import Workspace

SOURCES = tuple(f"arch/powerpc/kernel/{name}" for name in ("process.c", "fpu.S", "vector.S"))


@contextmanager
def timed_runs() -> Iterator[dict[str, float]]:
    """Seconds by what was compiled and how, and for placing files."""
    seconds: dict[str, float] = {}
    run, place = Sandbox.run, Workspace.place

    def timed_run(self: Sandbox, command: Sequence[str], *rest: object) -> Completed:
        begin = time.perf_counter()
        done = run(self, command, *rest)  # type: ignore[arg-type]
        step = next(flag for flag in ("-S", "-E", "-c") if flag in command)
        name = f"{str(rest[-1]).split()[0].rpartition('/')[2]} {step}"
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - begin
        return done

    def timed_place(self: Workspace, *arguments: object) -> None:
        begin = time.perf_counter()
        place(self, *arguments)  # type: ignore[arg-type]
        seconds["placing files"] = seconds.get("placing files", 0.0) + time.perf_counter() - begin

    Sandbox.run, Workspace.place = timed_run, timed_place  # type: ignore[method-assign, assignment]
    try:
        yield seconds
    finally:
        Sandbox.run, Workspace.place = run, place  # type: ignore[method-assign]


def measure(builder: Builder, tree: SourceTree) -> None:
    """One unit: cold, and again."""
    with timed_runs() as parts:
        begin = time.perf_counter()
        unit = builder.build(tree, SOURCES)
        cold = time.perf_counter() - begin
    begin = time.perf_counter()
    builder.build(tree, SOURCES)
    warm = time.perf_counter() - begin
    said = f"{len(unit.objects)} objects" if isinstance(unit, Unit) else unit.reason
    print(f"  {cold:6.3f} s cold  {1000 * warm:6.2f} ms again   {said}")
    inside = sum(parts.values())
    for name, seconds in {**parts, "reading the commit": cold - inside}.items():
        print(f"           {1000 * seconds:6.0f} ms  {name}")


def look_up(builder: Builder, repository: Repository, start: str, count: int) -> None:
    """Neighbouring commits against what is in the cache; the first-time ones are compiled before."""
    commits = list(islice(repository.walk([start]), count))
    trees = [repository.tree(commit) for commit in commits]
    begin = time.perf_counter()
    known = sum(builder.lookup(tree, SOURCES) is not None for tree in trees)
    seconds = time.perf_counter() - begin
    print(f"  {1e6 * seconds / len(commits):6.0f} µs a commit to look up {len(commits)}, {known} known")


def main() -> None:
    """Both toolchains, each revision."""
    path = os.environ.get("BISECTD_BENCH_KERNEL")
    if not path:
        print("compile: set BISECTD_BENCH_KERNEL to a kernel repository", file=sys.stderr)
        return
    repository = Repository.open(path)
    revisions = os.environ.get("BISECTD_BENCH_REVISIONS", "HEAD").split()
    count = int(os.environ.get("BISECTD_BENCH_COMMITS", "2000"))
    for name in toolchain.names():
        try:
            compiler = toolchain.find(name)
        except BisectdError as error:
            print(f"{name}: {error}")
            continue
        print(compiler.version)
        with tempfile.TemporaryDirectory() as scratch:
            builder = Builder(targets.find("pmac32"), compiler, Path(scratch), MemoryObjectCache())
            for revision in revisions:
                commit = repository.resolve(revision)
                print(f" {revision} {repository.commit(commit).subject[:60]}")
                measure(builder, repository.tree(commit))
                look_up(builder, repository, commit, count)
            builder.close()


if __name__ == "__main__":
    main()
