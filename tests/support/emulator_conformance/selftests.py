# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own tests of its PowerPC routines (tools/testing/selftests/powerpc), as user programs.

Those that test a routine run; most test the kernel. The harness of the suite forks, so HARNESS stands for it.
The loops are shortened (`EDITS`): hardware runs thousands of times as many rounds in the time.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.emulator_conformance import linux
from tests.support.emulator_conformance.result import Result, compared, not_applicable

FOLDER = Path("tools/testing/selftests/powerpc")
HARNESS = """
int test_harness(int (*test)(void), char *name) { return test(); }
void test_harness_set_timeout(unsigned long long seconds) { }
"""
FLAGS = ("-std=gnu99", "-O2", "-w", "-static", "-Iinclude", "-DSELFTEST")

# What is written in the place of what: fewer rounds, and lengths that grow by half instead of by one.
EDITS = {
    "validate.c": ((r"\blen\+\+", "len += 1 + len / 2"), (r"(MAX_OFFSET) 16\b", r"\1 8")),
    "memcmp.c": ((r"(ITERATIONS) 10000\b", r"\1 4"), (r"(LARGE_ITERATIONS) 1000\b", r"\1 1")),
    "strlen.c": ((r"(ITERATIONS) 1000\b", r"\1 8"), (r"(ITERATIONS_BENCH) 100000\b", r"\1 10")),
}


@dataclass(frozen=True)
class Platform:
    """One way to build and run."""

    cpu: str
    name: str
    compiler: str
    flags: tuple[str, ...] = ()


P32 = (
    Platform("750", "750", "powerpc-linux-gnu-gcc", ("-mcpu=750",)),
    Platform("7447a", "7447a", "powerpc-linux-gnu-gcc", ("-mcpu=7450",)),
)
P64 = (
    Platform("970", "970", "powerpc64-linux-gnu-gcc", ("-mcpu=970", "-maltivec")),
    Platform("power8", "power8", "powerpc64-linux-gnu-gcc", ("-mcpu=power8",)),
    Platform("power8", "power8 little", "powerpc64le-linux-gnu-gcc", ("-mcpu=power8",)),
)


@dataclass(frozen=True)
class Program:
    """A test that runs: what it is made of besides the harness, relative to its folder."""

    sources: tuple[str, ...]
    flags: tuple[str, ...]
    platforms: tuple[Platform, ...] = P64


def _copy(source: str, loop: str, cases: int) -> dict[str, Program]:
    """The programs of a copy loop: `cases` ways to assemble it."""
    name = source.removesuffix(".S").replace("power7", "p7")
    sources = (source, "validate.c", "stubs.S")
    return {
        f"copyloops/{name}_t{case}": Program(sources, (f"-DCOPY_LOOP={loop}", f"-DSELFTEST_CASE={case}"))
        for case in range(cases)
    }


PROGRAMS = {
    **_copy("copyuser_64.S", "test___copy_tofrom_user_base", 3),
    **_copy("copyuser_power7.S", "test___copy_tofrom_user_power7", 2),
    **_copy("memcpy_64.S", "test_memcpy", 3),
    **_copy("memcpy_power7.S", "test_memcpy_power7", 2),
    "stringloops/memcmp_64": Program(("memcmp.c", "memcmp_64.S"), ()),
    "stringloops/memcmp_32": Program(("memcmp.c", "memcmp_32.S"), (), P32),
    "stringloops/strlen": Program(("strlen.c", "string.c"), (), (*P32, *P64)),
    "stringloops/strlen_32": Program(("strlen.c", "strlen_32.S"), (), P32),
    "vphn/test-vphn": Program(("test-vphn.c",), ()),
}  # fmt: skip

# Why the others are not run: the first of these that their name begins with.
OTHERS = (
    ("alignment/copy_first", "Power ISA 3.0"),
    ("alignment/", "needs a frame buffer, and the kernel to carry out unaligned accesses to it"),
    ("benchmarks/", "measures time, and tests nothing"),
    ("cache_shape/", "reads what the kernel says of caches in /proc"),
    ("copyloops/copyuser_64_exc", "needs the kernel to deliver SIGSEGV"),
    ("dscr/", "threads, sysfs, and the kernel's handling of DSCR"),
    ("math/", "needs fork, threads or signals: tests that the kernel keeps registers"),
    ("mm/", "tests the kernel's memory management"),
    ("pmu/", "tests the kernel's performance counters"),
    ("primitives/", "needs the kernel to deliver SIGSEGV"),
    ("ptrace/", "needs ptrace"),
    ("security/", "needs perf and debugfs"),
    ("signal/", "needs the kernel to deliver signals"),
    ("switch_endian/", "tests a system call"),
    ("syscalls/", "tests system calls"),
    ("tm/", "needs transactions that succeed, signals and threads"),
)


def run(path: Path, only: str) -> Iterator[Result]:
    """Run the programs that the Makefiles of a kernel tree name."""
    folder = path / FOLDER
    names = {name for makefile in sorted(folder.glob("**/Makefile")) for name in _programs(folder, makefile)}
    for name in sorted(names | set(PROGRAMS)):
        family = name.partition("/")[0]
        if only in name and name in PROGRAMS:
            yield from _program(folder, family, name, PROGRAMS[name])
        elif only in name:
            reason = next(
                (reason for prefix, reason in OTHERS if name.startswith(prefix)), "unknown: look at it"
            )
            yield not_applicable(family, name, reason)


def _programs(folder: Path, makefile: Path) -> Iterator[str]:
    text = makefile.read_text().replace("\\\n", " ")
    for line in re.findall(r"^TEST_(?:GEN_)?PROGS\s*[:+]?=(.*)", text, re.MULTILINE):
        for name in re.sub(r"\$\S*", "", line).split():
            yield f"{makefile.parent.relative_to(folder)}/{name}"


def _program(folder: Path, family: str, name: str, program: Program) -> Iterator[Result]:
    for platform in program.platforms:
        title = f"{name} ({platform.name})"
        with tempfile.TemporaryDirectory() as scratch:
            error = _build(folder, family, program, platform, Path(scratch))
            if error:
                yield compared(family, title, f"does not compile: {error}")
                continue
            process, stopped = linux.execute(Path(scratch) / "test", platform.cpu, [])
            said = (process.printed + process.complaints).decode(errors="replace")
            yield compared(
                family, title, stopped or (f"exit {process.status}: {said}" if process.status else "")
            )


def _build(folder: Path, family: str, program: Program, platform: Platform, scratch: Path) -> str:
    """Compile to scratch/test; return the first error, or ""."""
    (scratch / "harness.c").write_text(HARNESS)
    sources = [str(_edited(folder / family / source, scratch)) for source in program.sources]
    flags = (*FLAGS, f"-I{family}", *platform.flags, *program.flags)
    command = [platform.compiler, *flags, "-o", str(scratch / "test"), *sources, str(scratch / "harness.c")]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    errors = [line for line in answer.stderr.splitlines() if "rror" in line]
    return (errors or [answer.stderr])[0][:200] if answer.returncode else ""


def _edited(source: Path, scratch: Path) -> Path:
    """Return the source, or its shortened copy; an edit that finds nothing is an error of this runner."""
    if source.name not in EDITS:
        return source
    text = source.read_text()
    for pattern, replacement in EDITS[source.name]:
        text, count = re.subn(pattern, replacement, text)
        if not count:
            raise ValueError(f"{source.name}: nothing like {pattern}")
    (scratch / source.name).write_text(text)
    return scratch / source.name
