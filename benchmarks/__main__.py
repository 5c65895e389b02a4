# SPDX-License-Identifier: GPL-2.0-or-later
"""`make bench`, or `python -m benchmarks [NAME …]`: run the benchmarks, all or the ones named.

Those that want a real kernel take it from BISECTD_BENCH_REPO and say so where it is not set.
"""

import importlib
import os
import platform
import sys
from pathlib import Path

NAMES = (
    "demo",
    "suggest",
    "follow",
    "bisection",
    "probe",
    "history",
    "compile",
    "objects",
    "search",
    "store",
    "jobs",
    "web",
    "emulator",
)


def machine() -> str:
    """One line about the machine, for the record."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    model = models[0] if models else platform.processor()
    return f"{model}, {os.cpu_count()} cores, CPython {platform.python_version()}, load {load}"


def main(names: list[str]) -> None:
    """Run benchmarks by name."""
    unknown = set(names) - set(NAMES)
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    print(machine())
    for name in names or NAMES:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
