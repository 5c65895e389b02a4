# SPDX-License-Identifier: GPL-2.0-or-later
"""asm-offsets.h, and the values of feature bits: both are read off one compile of asm-offsets.c to assembly.

The kernel's own way (scripts/Makefile.lib, filechk_offsets): inline assembly prints lines `->NAME value`,
which never get assembled.
"""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bisectd.domain.compiled import Failure
from bisectd.domain.target import Target
from bisectd.kernel.config import ARCH, SEARCH
from bisectd.kernel.files import GENERATED, CommitFiles

SOURCE = f"{ARCH}/kernel/asm-offsets.c"
PROGRAM = f"{GENERATED}/offsets.c"
_FEATURE = "bisectd_feature_"
_FEATURE_HEADERS = ("asm/cputable.h", "asm/mmu.h")
FEATURE_PATHS = tuple(f"{folder}/{name}" for name in _FEATURE_HEADERS for folder in SEARCH)
_BIT = re.compile(rb"^[ \t]*#[ \t]*define[ \t]+((?:CPU|MMU)_FTR_\w+)[ \t]+(.*)$", re.MULTILINE)
_NUMBER = re.compile(rb"(?:(?:LONG_)?ASM_CONST)?[(]?[0-9]")
_NAME = re.compile(r"[A-Za-z_]\w*")
_LINE = re.compile(r"^[ \t]*(?:\.ascii[ \t]+\")?->(\w+) [$#]?(-?\w+)", re.MULTILINE)


class Offsets(NamedTuple):
    """`macros`: what asm-offsets.h defines, in order. `features`: name → value, without sign.

    `failure`: why asm-offsets.c does not compile; who includes asm-offsets.h does not compile either then.
    """

    macros: Mapping[str, str]
    features: Mapping[str, int]
    failure: Failure | None = None

    @property
    def header(self) -> str:
        """The text of asm-offsets.h."""
        if self.failure:
            return "#error asm-offsets.c does not compile\n"
        return "".join(f"#define {name} {value}\n" for name, value in self.macros.items())


def program(files: CommitFiles, target: Target, source: str | None) -> str:
    """C text that includes `source` (asm-offsets.c, where the commit has one) and prints features.

    A feature is printed only where the commit's headers define everything that its expression names.
    """
    headers: list[tuple[str, str]] = [
        (name, path) for name in _FEATURE_HEADERS if (path := _find(files, name))
    ]
    bits = {name.decode() for _, path in headers for name in _bits(files.read(path))}
    wanted = {name: name for name in sorted(bits)} | {"cpu": target.cpu_features, "mmu": target.mmu_features}
    includes = [f"#include <{name}>\n" for name, _ in headers]
    first = [f'#include "../{source}"\n'] if source else []
    return "".join([*first, *includes, "void bisectd_features(void)\n{\n", *_prints(wanted), "}\n"])


def _bits(text: bytes) -> set[bytes]:
    """Names of bits: defined as a number, everywhere.

    What is composed of bits (CPU_FTR_COMMON) may name some that the configuration does not define.
    """
    defined = _BIT.findall(text)
    return {name for name, _ in defined} - {name for name, value in defined if not _NUMBER.match(value)}


def _find(files: CommitFiles, name: str) -> str | None:
    return next((f"{folder}/{name}" for folder in SEARCH if files.file_id(f"{folder}/{name}")), None)


def _prints(wanted: Mapping[str, str]) -> Iterable[str]:
    for name, expression in wanted.items():
        defined = " && ".join(f"defined({word})" for word in _NAME.findall(expression))
        yield (
            f"#if {defined}\n"
            f'\tasm volatile("\\n->{_FEATURE}{name} %0 " : : "i" ((unsigned long)({expression})));\n'
            f"#endif\n"
        )


def extract(assembly: bytes) -> bytes:
    """The `->` lines of assembly text, one `NAME value` a line."""
    return "".join(
        f"{name} {value}\n" for name, value in _LINE.findall(assembly.decode("ascii", "replace"))
    ).encode()


def parse(lines: bytes, bits: int) -> Offsets:
    """What `extract` kept. A 32-bit value above 2^31 is printed negative by some compilers."""
    pairs = [line.split(" ", 1) for line in lines.decode("ascii").splitlines()]
    macros = {name: value for name, value in pairs if not name.startswith(_FEATURE)}
    features = {
        name.removeprefix(_FEATURE): int(value, 0) % (1 << bits)
        for name, value in pairs
        if name.startswith(_FEATURE) and re.fullmatch(r"-?(?:0x[0-9a-fA-F]+|[0-9]+)", value)
    }
    return Offsets(macros, features)
