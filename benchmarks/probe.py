# SPDX-License-Identifier: GPL-2.0-or-later
"""fpu-giveup-fe on a compiled unit: from stored images to a verdict, and the run alone."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bisectd.demo import write_history
from bisectd.domain.program import Program
from bisectd.domain.target import Target
from bisectd.history import Repository
from bisectd.kernel import targets, toolchain
from bisectd.kernel.builder import Builder, Unit, UnitFailure
from bisectd.kernel.image import Image
from bisectd.kernel.link import link
from bisectd.kernel.manifest import MemoryObjectCache
from bisectd.kernel.object import read_object
from bisectd.probes.probe import Probe
from bisectd.probes.registry import find

RUNS = 200


def main() -> None:
    """Print milliseconds, the best and the median, for a GOOD and a BAD version."""
    target, probe = targets.find("pmac32"), find("fpu-giveup-fe")
    with tempfile.TemporaryDirectory() as folder:
        write_history(Path(folder) / "history", work_tree=False)
        repository = Repository.open(Path(folder) / "history")
        builder = Builder(target, toolchain.find("zig"), Path(folder) / "scratch", MemoryObjectCache())
        for revision in ("v4.4", "v5.0"):
            unit = builder.build(repository.tree(repository.resolve(revision)), probe.sources_for(target))
            if isinstance(unit, UnitFailure):
                raise SystemExit(unit.reason)
            _measure(revision, unit, probe, target)
        builder.close()


def _measure(revision: str, unit: Unit, probe: Probe, target: Target) -> None:
    stored = [read_object(made.data, probe.structures).to_bytes() for made in unit.objects]

    def load() -> Program:
        return link([Image.from_bytes(image) for image in stored], unit.features, target)

    program = load()
    print(f"{revision}: run {_milliseconds(lambda: probe.run(program, target))}")
    print(f"{revision}: load, link and run {_milliseconds(lambda: probe.run(load(), target))}")


def _milliseconds(work: Callable[[], object]) -> str:
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1e3)
    times.sort()
    return f"{times[0]:.2f} ms at best, {times[RUNS // 2]:.2f} ms median of {RUNS}"
