# SPDX-License-Identifier: GPL-2.0-or-later
"""The compilers: where they are, which version, and how their command lines differ.

Each source takes two runs. The first makes assembly text of it; the second assembles that text and can open
no other file, so that what was read is exactly what the first run reports.
"""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bisectd.domain.errors import MachineError, UserError
from bisectd.domain.names import nearest
from bisectd.domain.target import Target

_VERSION_TIMEOUT = 30  # seconds; a first start reads the compiler from a cold disk

# Kernel code of two decades: gnu89, no strict aliasing. A section for each function, so that one can be
# linked alone. No time of the build.
_COMPILE = (
    "-nostdinc", "-std=gnu89", "-fgnu89-inline", "-fno-strict-aliasing", "-fno-common", "-O2", "-fno-pic",
    "-fno-stack-protector", "-fno-asynchronous-unwind-tables", "-ffunction-sections", "-fdata-sections", "-w",
    "-D__KERNEL__", '-D__DATE__=""', '-D__TIME__=""', '-D__TIMESTAMP__=""',
)  # fmt: skip
_DEBUG = ("-g", "-gdwarf-4")
_ZIG_MAJOR = 4  # what clang claims to be
_GCC_VERSION = re.compile(r"gcc \([^)]*\) (\d+)")


@dataclass(frozen=True)
class Toolchain:
    """One compiler. `version` goes into every key. `folders` hold all that it reads of its own.

    `gcc_major` is the version of gcc that it claims to be: kernels before v4.2 name a header by it.
    `prelude` is put before assembly text that the assembler would not take otherwise.
    """

    name: str
    version: str
    command: tuple[str, ...]
    folders: tuple[Path, ...]
    gcc_major: int
    compile_flags: tuple[str, ...]
    debug_folder_flag: str
    prelude: str

    def compile(self, target: Target, debug: bool) -> tuple[str, ...]:
        """Command line for C → assembly text, without names of files."""
        return (
            self.command
            + target.arch_flags[self.name]
            + _COMPILE
            + self.compile_flags
            + ("-S",)
            + _DEBUG * debug
        )

    def preprocess(self, target: Target) -> tuple[str, ...]:
        """Command line for assembly with directives → plain assembly text."""
        return (*self.command, *target.arch_flags[self.name], *_COMPILE, "-D__ASSEMBLY__", "-E")

    def assemble(self, target: Target, debug: bool) -> tuple[str, ...]:
        """Command line for assembly text → object file. `debug`: the text itself is the source."""
        return self.command + target.arch_flags[f"{self.name}:assemble"] + ("-c",) + _DEBUG * debug

    def relocate(self, folder: Path) -> str:
        """The flag that keeps the name of the working folder out of debug information."""
        return self.debug_folder_flag.format(folder=folder)


def find(name: str) -> Toolchain:
    """The toolchain of that name: UserError if unknown, MachineError if it is not installed."""
    if name not in _FINDERS:
        raise UserError(f"unknown toolchain {name}: " + nearest(name, _FINDERS))
    return _FINDERS[name]()


def remembered(version: str) -> Toolchain:
    """A compiler by the version that stands in keys, to find what it has made: this one compiles nothing."""
    if version.startswith("zig "):
        return Toolchain("zig", version, (), (), _ZIG_MAJOR, (), "", "")
    match = _GCC_VERSION.search(version)
    return Toolchain("gcc", version, (), (), int(match[1]) if match else 0, (), "", "")


def names() -> tuple[str, ...]:
    """All toolchains, installed or not; the default comes first."""
    return tuple(_FINDERS)


def _zig() -> Toolchain:
    package = importlib.util.find_spec("ziglang")
    if package is None or not package.submodule_search_locations:
        raise MachineError("the zig toolchain is not installed: run `make setup`, or `pip install ziglang`")
    folder = Path(package.submodule_search_locations[0])
    command = (str(folder / "zig"), "clang")
    return Toolchain(
        name="zig",
        version="zig " + _version(command, r"clang version \S+", "`make setup`, or `pip install ziglang`"),
        command=(*command, "-fno-crash-diagnostics"),
        folders=(folder / "zig",),
        gcc_major=_ZIG_MAJOR,
        # Types that are only reached through an extern pointer (struct cpu_spec) are described as well;
        # variables stay apart, so that a fingerprint need not take in its neighbours'. The guard macro
        # leaves out the byte swaps of asm/swab.h, which clang refuses before v4.0, for the generic ones.
        compile_flags=(
            "-fno-integrated-as",
            "-fno-verbose-asm",
            "-gno-key-instructions",
            "-fno-eliminate-unused-debug-types",
            "-mllvm",
            "-ppc-global-merge=false",
            "-D_ASM_POWERPC_SWAB_H",
        ),
        debug_folder_flag="-fdebug-compilation-dir=.",
        prelude=_STABS + _CMPI,
    )


# What clang's assembler refuses: .stabs, with which 32-bit _GLOBAL() marked functions until v5.13, and cmpi
# without the operand that tells words from doublewords (head_fsl_booke.S).
_STABS = ".macro .stabs fields:vararg\n.endm\n"
_CMPI = """.macro cmpi field, long, register, value
.ifb \\value
cmpwi \\field, \\long, \\register
.elseif \\long
cmpdi \\field, \\register, \\value
.else
cmpwi \\field, \\register, \\value
.endif
.endm
"""

# Each of them compiles for every target, told by flags: the first that is installed does.
_GCC = tuple(f"{machine}-linux-gnu-gcc" for machine in ("powerpc", "powerpc64", "powerpc64le"))


def _gcc() -> Toolchain:
    program = next(filter(None, map(shutil.which, _GCC)), None)
    if program is None:
        raise MachineError(
            f"gcc for PowerPC is not installed: install {' or '.join(_GCC)} "
            "(Debian: gcc-powerpc-linux-gnu), or use --toolchain zig"
        )
    version = _version((program,), r"\S*gcc \(.*", f"gcc-powerpc-linux-gnu ({program})")
    assembler = _version(
        (_output((program, "-print-prog-name=as")).strip(),), r"GNU assembler \(.*", "binutils"
    )
    return Toolchain(
        name="gcc",
        version=f"{version}, {assembler}",
        command=(program,),
        folders=(Path(program).resolve(), *_gcc_folders(program)),
        gcc_major=int(_output((program, "-dumpversion")).split(".")[0]),
        compile_flags=("-gno-record-gcc-switches", "-fno-eliminate-unused-debug-types"),
        debug_folder_flag="-fdebug-prefix-map={folder}=.",
        prelude="",
    )


def _gcc_folders(program: str) -> tuple[Path, ...]:
    """Folders of the programs that the driver starts."""
    found = (_output((program, f"-print-prog-name={name}")).strip() for name in ("cc1", "as"))
    places = (Path(path) for path in found if path.startswith("/"))
    return tuple({folder for path in places for folder in (path.parent, path.resolve().parent)})


_FINDERS: Mapping[str, Callable[[], Toolchain]] = {"zig": _zig, "gcc": _gcc}


def _version(command: tuple[str, ...], pattern: str, remedy: str) -> str:
    match = re.search(pattern, _output((*command, "--version")))
    if match is None:
        raise MachineError(f"{' '.join(command)} does not say its version: reinstall it with {remedy}")
    return match[0]


def _output(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_VERSION_TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise MachineError(f"{' '.join(command)} does not run: {error}") from error
    return done.stdout
