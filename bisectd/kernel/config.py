# SPDX-License-Identifier: GPL-2.0-or-later
"""The files that the kernel's own build would generate before it compiles, made from git objects."""

import re
from collections.abc import Iterator, Mapping

from bisectd.domain.commit import SourceTree
from bisectd.domain.target import Target
from bisectd.kernel.files import GENERATED, Generated
from bisectd.kernel.manifest import digest

ARCH = "arch/powerpc"
_KCONFIG = f"{ARCH}/Kconfig"
# Where generic-y and mandatory-y name asm headers that are only a wrapper around asm-generic.
_KBUILDS = (
    f"{ARCH}/include/asm/Kbuild",
    f"{ARCH}/include/uapi/asm/Kbuild",
    "include/asm-generic/Kbuild",
    "include/uapi/asm-generic/Kbuild",
    "include/uapi/asm-generic/Kbuild.asm",
)
_OLD_ASM = "include/asm-powerpc"  # where asm/ was before v2.6.28

_ARCH_FOLDER, _INCLUDE, _FALLBACK = (f"{GENERATED}/{name}" for name in ("arch", "include", "fallback"))
AUTOCONF = f"{_INCLUDE}/generated/autoconf.h"
OFFSETS = f"{_INCLUDE}/generated/asm-offsets.h"

# The kernel's order; arch/powerpc/include/uapi comes before the wrappers, which stand in for what it lacks.
SEARCH = (
    f"{ARCH}/include",
    f"{ARCH}/include/uapi",
    _ARCH_FOLDER,
    _INCLUDE,
    "include",
    "include/uapi",
    _FALLBACK,
    ARCH,
)

_CONSTANT = {
    f"{_INCLUDE}/generated/bounds.h": {
        "NR_PAGEFLAGS": "22",
        "MAX_NR_ZONES": "3",
        "NR_CPUS_BITS": "0",
        "SPINLOCK_SIZE": "0",
    },
    f"{_INCLUDE}/generated/timeconst.h": {"HZ_TO_MSEC_MUL32": "0x80000000", "HZ_TO_MSEC_SHR32": "29"},
    f"{_INCLUDE}/generated/utsrelease.h": {"UTS_RELEASE": '"0"'},
    f"{_INCLUDE}/generated/compile.h": {
        "UTS_MACHINE": '"ppc"',
        "UTS_VERSION": '"0"',
        "LINUX_COMPILER": '"0"',
    },
    f"{_INCLUDE}/generated/autoksyms.h": {},
    f"{_INCLUDE}/generated/randomize_layout_hash.h": {},
    f"{_INCLUDE}/linux/version.h": {"LINUX_VERSION_CODE": "0", "KERNEL_VERSION(a, b, c)": "0"},
    f"{_ARCH_FOLDER}/asm/unistd_32.h": {"__NR_syscalls": "436", "NR_syscalls": "436"},
    f"{_ARCH_FOLDER}/asm/unistd_64.h": {"__NR_syscalls": "436", "NR_syscalls": "436"},
    f"{_FALLBACK}/stdarg.h": {
        "va_start(list, last)": "__builtin_va_start(list, last)",
        "va_end(list)": "__builtin_va_end(list)",
        "va_arg(list, type)": "__builtin_va_arg(list, type)",
        "va_copy(to, from)": "__builtin_va_copy(to, from)",
    },
}

# Old places of files, and headers that are named after a compiler that is newer than the kernel.
_FORWARDS = {
    "asm/asm-offsets.h": "generated/asm-offsets.h",
    "linux/autoconf.h": "generated/autoconf.h",
    "linux/bounds.h": "generated/bounds.h",
    "linux/utsrelease.h": "generated/utsrelease.h",
    "linux/compile.h": "generated/compile.h",
}

_SET = ("y", "select", "with", "without")  # words of targets.toml that give a symbol the value 1

_GENERIC = re.compile(r"^[ \t]*(?:generic|mandatory)-y[ \t]*\+?=[ \t]*((?:[^\n\\]|\\\n)*)", re.MULTILINE)
_HEADER = re.compile(r"^[\w-]+\.h$")
_SELECT = re.compile(r"^[ \t]*select[ \t]+(\w+)[ \t]*(?:#.*)?$", re.MULTILINE)


class Generator:
    """Makes the generated files of commits; equal inputs share one `Generated`."""

    def __init__(self, target: Target, gcc_major: int) -> None:
        self._target = target
        self._gcc_major = gcc_major
        conditions = (value.partition(" ") for value in target.config.values())
        # What decides over generated files: a change of one of these may change any compile.
        self._inputs = (
            _KCONFIG,
            *_KBUILDS,
            *sorted({path for word, _, path in conditions if word in {"with", "without"}}),
        )
        self._known: dict[tuple[str | None, ...], Generated] = {}

    @property
    def paths(self) -> frozenset[str]:
        """Files and folders that decide over the generated files."""
        return frozenset((*self._inputs, _OLD_ASM))

    def generate(self, tree: SourceTree) -> Generated:
        """All files but asm-offsets.h, which takes a compile."""
        inputs = (*(tree.blob_id(path) for path in self._inputs), tree.tree_id(_OLD_ASM))
        known = self._known.get(inputs)
        if known is None:
            known = self._known[inputs] = Generated(dict(self._texts(tree)))
        return known

    def _texts(self, tree: SourceTree) -> Iterator[tuple[str, str]]:
        for path, macros in _CONSTANT.items():
            yield path, _header(path, macros)
        yield AUTOCONF, _header(AUTOCONF, self._config(tree))
        for name, place in self._forwards().items():
            yield f"{_FALLBACK}/{name}", f"#include <{place}>\n"
        for name in sorted(_wrapped(tree)):
            yield f"{_ARCH_FOLDER}/asm/{name}", f"#include <asm-generic/{name}>\n"
        for name, entry in tree.entries(_OLD_ASM).items():
            if entry.kind == "file" and _HEADER.match(name):
                yield f"{_ARCH_FOLDER}/asm/{name}", f"#include <asm-powerpc/{name}>\n"

    def _config(self, tree: SourceTree) -> Mapping[str, str]:
        selected = set(_SELECT.findall(_text(tree, _KCONFIG)))
        macros = {}
        for name, value in self._target.config.items():
            word, _, path = value.partition(" ")
            match word:
                case "select":
                    holds = name in selected
                case "with" | "without":
                    holds = (tree.blob_id(path) is not None) == (word == "with")
                case _:
                    holds = True
            if holds:
                macros[f"CONFIG_{name}"] = "1" if word in _SET else value
        return macros

    def _forwards(self) -> Mapping[str, str]:
        newest_known = 4
        if self._gcc_major <= newest_known:
            return _FORWARDS
        return _FORWARDS | {f"linux/compiler-gcc{self._gcc_major}.h": "linux/compiler-gcc4.h"}


def _wrapped(tree: SourceTree) -> set[str]:
    lists = "\n".join(_text(tree, path) for path in _KBUILDS)
    names = " ".join(_GENERIC.findall(lists)).replace("\\\n", " ").split()
    return {name for name in names if _HEADER.match(name)}


def _text(tree: SourceTree, path: str) -> str:
    return tree.read(path).decode("utf-8", "replace") if tree.blob_id(path) else ""


def _header(path: str, macros: Mapping[str, str]) -> str:
    guard = "BISECTD_" + digest(path)[:16].upper()
    lines = [f"#define {name} {value}\n" for name, value in macros.items()]
    if path.endswith("/stdarg.h"):
        lines.append("typedef __builtin_va_list va_list;\n")
    return f"#ifndef {guard}\n#define {guard}\n{''.join(lines)}#endif\n"
