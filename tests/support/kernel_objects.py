# SPDX-License-Identifier: GPL-2.0-or-later
"""Object files from small sources, by the compilers that bisectd uses."""

import shutil
import subprocess
from pathlib import Path
from typing import Any, Literal

import pytest
import unicorn.ppc_const as ppc
import unicorn.unicorn_const as modes
import ziglang
from unicorn.unicorn_py3.unicorn import Uc

from bisectd.domain.program import Program
from bisectd.domain.target import Target

ZIG = str(Path(ziglang.__file__).parent / "zig")
GCC = {"powerpc": "powerpc-linux-gnu-gcc", "powerpc64": "powerpc64-linux-gnu-gcc"}
TOOLCHAINS = ("zig", "gcc")
_ZIG_FLAGS = ("-mllvm", "-ppc-global-merge=false")
_FLAGS = ("-O2", "-ffreestanding", "-fno-pic", "-ffunction-sections", "-fdata-sections", "-w", "-c")


def target(bits: int = 32, endian: Literal["big", "little"] = "big") -> Target:
    return Target("test", "", {}, {}, "7447a", endian, bits, "", "")


def compile_object(
    folder: Path,
    source: str,
    *flags: str,
    toolchain: str = "zig",
    arch: str = "powerpc",
    name: str = "unit.c",
) -> bytes:
    """Compile C, or assembly where `name` ends in .S, with debug information of DWARF 4."""
    if toolchain == "gcc" and shutil.which(GCC[arch]) is None:
        pytest.skip(f"{GCC[arch]} is not installed")
    driver = (
        [GCC[arch]] if toolchain == "gcc" else [ZIG, "clang", "-target", f"{arch}-unknown-none", *_ZIG_FLAGS]
    )
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(source)
    command = [*driver, *_FLAGS, "-g", "-gdwarf-4", *flags, name, "-o", "unit.o"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return (folder / "unit.o").read_bytes()


def lld(folder: Path, elf: bytes, text: int = 0x20000000) -> bytes:
    """Link one object with LLVM's linker, its code at `text`; what it does not define is left at 0."""
    (folder / "linked.o").write_bytes(elf)
    command = [ZIG, "ld.lld", "--unresolved-symbols=ignore-all", "-e", "0", f"-Ttext={text:#x}"]
    subprocess.run([*command, "linked.o", "-o", "linked"], cwd=folder, check=True)
    return (folder / "linked").read_bytes()


def execute(program: Program, function: str, *arguments: int) -> int:
    """Call a function of a 32-bit program on unicorn; return r3. It may not leave the program."""
    mode = modes.UC_MODE_PPC32 | modes.UC_MODE_BIG_ENDIAN
    uc: Any = Uc(modes.UC_ARCH_PPC, mode)
    for segment in program.segments:
        uc.mem_map(segment.address & ~0xFFF, (len(segment.data) + 0xFFF) & ~0xFFF)
        uc.mem_write(segment.address, segment.data)
    stack, stop = 0x10000000, 0x20000000
    uc.mem_map(stack, 0x10000)
    uc.mem_map(stop, 0x1000)
    uc.reg_write(ppc.UC_PPC_REG_1, stack + 0x8000)
    uc.reg_write(ppc.UC_PPC_REG_LR, stop)
    for number, value in enumerate(arguments):
        uc.reg_write(ppc.UC_PPC_REG_3 + number, value)
    uc.emu_start(program.symbols[function], stop, count=100_000)
    result: int = uc.reg_read(ppc.UC_PPC_REG_3)
    return result


# Feature fixups as assembly writes them: \table, mask, value, and the labels around code and alternative.
FIXUP_MACROS = """
.macro fixup table, mask, value, start, end, alt_start, alt_end
.pushsection \\table, "a"
.balign 8
.Lentry\\@:
.long \\mask, \\value
.long \\start - .Lentry\\@, \\end - .Lentry\\@, \\alt_start - .Lentry\\@, \\alt_end - .Lentry\\@
.popsection
.endm
"""


def code_words(program: Program, function: str, count: int) -> list[int]:
    """The first instruction words of a function of a big-endian program."""
    address = program.symbols[function]
    segment = program.segments[0]
    at = address - segment.address
    return [int.from_bytes(segment.data[at + 4 * i : at + 4 * i + 4], "big") for i in range(count)]
