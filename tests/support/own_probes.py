# SPDX-License-Identifier: GPL-2.0-or-later
"""Probe files of the user's, on C programs of a few lines, compiled for real."""

import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import ziglang

from bisectd.domain.evaluation import OwnFile
from bisectd.domain.observation import Observation
from bisectd.kernel.link import link
from bisectd.kernel.object import read_object
from bisectd.kernel.targets import find as find_target
from bisectd.probes.probe import Probe
from bisectd.probes.registry import find

ZIG = Path(ziglang.__file__).parent / "zig"
TRIPLES = {
    "pmac32": "powerpc-freestanding-eabi",
    "g5": "powerpc64-freestanding-none",
    "power8le": "powerpc64le-freestanding-none",
}
HEAD = """\
name = "mine"
description = "a probe of a test"
must_hold = "what the test says"
sources = ["lib/mine.c"]
"""


def load(body: str, head: str = HEAD, path: str = "mine.toml") -> Probe:
    """The probe of a file's text."""
    return find("", OwnFile(path, head + body))


def observe(source: str, body: str, target: str = "pmac32", head: str = HEAD) -> Observation:
    """What a probe sees on a C program."""
    probe, machine = load(body, head), find_target(target)
    image = read_object(_compiled(source, TRIPLES[target]), probe.structures)
    return probe.run(link([image], {"cpu": 0, "mmu": 0}, machine), machine)


@cache
def _compiled(source: str, triple: str) -> bytes:
    flags = ["-target", triple, "-O1", "-g", "-gdwarf-4", "-ffreestanding", "-fno-pic", "-c", "-w"]
    with TemporaryDirectory() as folder:
        (Path(folder) / "mine.c").write_text(source)
        subprocess.run([ZIG, "clang", *flags, "mine.c", "-o", "mine.o"], cwd=folder, check=True)
        return (Path(folder) / "mine.o").read_bytes()
