# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled history on disk, questions to git about it, and its files compiled for any target."""

import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import ziglang

from tests.support.git_repos import git

ZIG = str(Path(ziglang.__file__).parent / "zig")
BOOK3S_64 = "PPC PPC64 PPC_BOOK3S PPC_BOOK3S_64 PPC_FPU ALTIVEC VSX"
# Clang's name of the target, CONFIG_ symbols, and the assembly that belongs to it.
TARGETS = {
    "pmac32": ("powerpc-freestanding-eabihf", "PPC PPC32 PPC_BOOK3S PPC_FPU ALTIVEC", "fpu vector entry_32"),
    "pmac32-smp": ("powerpc-freestanding-eabihf", "PPC PPC32 PPC_BOOK3S PPC_FPU ALTIVEC SMP", "fpu vector"),
    "g5": ("powerpc64-freestanding-none", BOOK3S_64, "fpu vector entry_64"),
    "power8le": ("powerpc64le-freestanding-none", BOOK3S_64, "fpu vector entry_64"),
    "e500": ("powerpc-freestanding-eabi", "PPC PPC32 E500 SPE", "head_fsl_booke entry_32"),
}
KERNEL = "arch/powerpc/kernel"


@cache
def subjects(repository: Path) -> dict[str, list[str]]:
    """Subject → the commits of master that have it, newest first."""
    found: dict[str, list[str]] = {}
    for line in git(repository, "log", "--format=%H %s", "master").splitlines():
        commit, _, subject = line.partition(" ")
        found.setdefault(subject, []).append(commit)
    return found


def commit(repository: Path, subject: str) -> str:
    """The one commit with a subject."""
    (found,) = subjects(repository)[subject]
    return found


def parents(repository: Path, revision: str) -> list[str]:
    return git(repository, "log", "-1", "--format=%P", revision).split()


def check_out(repository: Path, revision: str, folder: Path) -> Path:
    """The files of a revision, in `folder`."""
    folder.mkdir()
    git(repository, f"--work-tree={folder}", "checkout", revision, "--", ".")
    return folder


def compile_tree(tree: Path, target: str, out: Path) -> None:
    """Compile a checked-out tree's unit as the kernel's own build does. Fails with what the compiler says."""
    triple, config, assembly = TARGETS[target]
    generated = out / "generated"
    generated.mkdir(parents=True)
    settings = [f"#define CONFIG_{name} 1\n" for name in config.split()]
    (generated / "autoconf.h").write_text("".join([*settings, "#define CONFIG_TASK_SIZE 0xc0000000\n"]))
    _wrappers(tree, out / "asm")
    folders = ("arch/powerpc/include", str(out), "include", "arch/powerpc/include/uapi", "include/uapi")
    includes = [*(f"-I{folder}" for folder in folders), "-include", "include/linux/kconfig.h"]
    base = [ZIG, "clang", "-target", triple, "-nostdinc", "-D__KERNEL__", *includes, "-Werror"]
    c_flags = [*base, "-std=gnu89", "-fgnu89-inline", "-O2", "-fno-pic", "-Wall", "-fno-integrated-as"]
    lines = _run(tree, [*c_flags, "-S", "-o-", f"{KERNEL}/asm-offsets.c"])
    offsets = re.findall(r"->(\w+) [#$]*(-?\d+)", lines)
    (generated / "asm-offsets.h").write_text("".join(f"#define {name} {n}\n" for name, n in offsets))
    for source in (f"{KERNEL}/process.c", "init/init_task.c", "lib/int_sqrt.c"):
        _run(tree, [*c_flags, "-S", "-o-", source])
    for name in assembly.split():
        _run(tree, [*base, "-D__ASSEMBLY__", "-c", "-o", str(out / f"{name}.o"), f"{KERNEL}/{name}.S"])


def _wrappers(tree: Path, folder: Path) -> None:
    folder.mkdir()
    for kbuild in tree.glob("arch/powerpc/include/**/Kbuild"):
        for name in re.findall(r"^generic-y \+= (\S+)$", kbuild.read_text(), re.MULTILINE):
            (folder / name).write_text(f"#include <asm-generic/{name}>\n")


def _run(tree: Path, command: Iterable[str]) -> str:
    done = subprocess.run(list(command), cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
