# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of an object file: read, stored, loaded, linked, fingerprinted.

Run it alone: `python -m benchmarks.objects [OBJECT.o …]`. Without objects it compiles one of the size of the
kernel's process.o, with 1,500 structures. The yardstick of reading: pyelftools, on the same object linked by
lld, since it does not relocate 32-bit PowerPC objects.
"""

import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import ziglang
from elftools.elf.elffile import ELFFile

from bisectd.domain.target import Target
from bisectd.kernel.fingerprint import fingerprint
from bisectd.kernel.image import Image
from bisectd.kernel.link import link
from bisectd.kernel.object import read_object

ZIG = str(Path(ziglang.__file__).parent / "zig")
FLAGS = ("clang", "-target", "powerpc-unknown-none", "-O2", "-g", "-gdwarf-4", "-c")
ALL_TYPES = "-fno-eliminate-unused-debug-types"
ROOTS = ("task_struct", "pt_regs", "thread_struct", "cpu_spec")
FEATURES = {"cpu": 0, "mmu": 0}


def source() -> str:
    """C with as many structures and functions as the kernel's process.c sees."""
    structures = (
        f"struct s{n} {{ struct s{n // 2} in; struct s{n - 1} *next; int c[{n % 7 + 1}]; long d; }};"
        for n in range(1, 1500)
    )
    variables = (f"struct s{n} v{n};" for n in range(1, 81))
    members = " ".join(f"struct s{n % 20} m{n};" for n in range(150))
    functions = (
        f"int f{n}(int i) {{ return outside(v{n + 1}.c[i & 1]) * {n} + *(int *)&task.m{n}; }}"
        for n in range(80)
    )
    calls = " + ".join(f"f{n}(i)" for n in range(20))
    return "\n".join(
        (
            "struct s0 { int a, b; }; extern int outside(int);",
            *structures,
            *variables,
            f"struct task_struct {{ {members} }} task;",
            *functions,
            f"int giveup_fpu(int i) {{ return {calls}; }}",
        )
    )


def compiled() -> bytes:
    """Compile `source`."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "big.c").write_text(source())
        subprocess.run(
            [ZIG, *FLAGS, ALL_TYPES, "-ffunction-sections", "big.c", "-o", "big.o"], cwd=folder, check=True
        )
        return (Path(folder) / "big.o").read_bytes()


def linked(elf: bytes) -> bytes:
    """Link an object with lld, for pyelftools."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "in.o").write_bytes(elf)
        command = [ZIG, "ld.lld", "--unresolved-symbols=ignore-all", "--noinhibit-exec", "-e", "0", "in.o"]
        subprocess.run([*command, "-o", "out"], cwd=folder, check=True, capture_output=True)
        return (Path(folder) / "out").read_bytes()


def by_pyelftools(elf: bytes) -> int:
    """Read every structure's members and every line; return their number."""
    info, found = ELFFile(io.BytesIO(elf)).get_dwarf_info(), 0
    for unit in info.iter_CUs():
        found += sum(1 for entry in unit.iter_DIEs() if entry.tag == "DW_TAG_member")
        program = info.line_program_for_CU(unit)
        found += len(program.get_entries()) if program else 0
    return found


def milliseconds(work: Callable[[], object], repeat: int) -> float:
    """Time of the quickest of some runs."""
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def measure(name: str, elf: bytes) -> None:
    """Print one object's numbers."""
    image = read_object(elf, ROOTS)
    stored = image.to_bytes()
    target = Target("bench", "", {}, {}, "7447a", image.endian, image.bits, "", "")
    whole = linked(elf)
    print(f"{name}: {len(elf)} bytes of ELF, {len(stored)} bytes stored")
    for what, work, repeat in (
        ("read", lambda: read_object(elf, ROOTS), 10),
        ("read by pyelftools", lambda: by_pyelftools(whole), 2),
        ("load", lambda: Image.from_bytes(stored), 200),
        ("link", lambda: link([image], FEATURES, target), 200),
        ("lines", lambda: len(link([image], FEATURES, target).lines), 50),
        ("fingerprint", lambda: fingerprint([image], ["giveup_fpu"], ["task_struct"], FEATURES), 200),
    ):
        print(f"  {what:20} {milliseconds(work, repeat):8.2f} ms")


def main(paths: Sequence[str]) -> None:
    """Measure the objects that were named, else the one made here."""
    for name, elf in [(path, Path(path).read_bytes()) for path in paths] or [("generated", compiled())]:
        measure(name, elf)


if __name__ == "__main__":
    main(sys.argv[1:])
