# SPDX-License-Identifier: GPL-2.0-or-later
"""Which sources build and link, at which revisions, for which targets, with which compilers.

python -m tests.support.target_matrix REPOSITORY [--rev v4.4 …] [--target g5 …] [--toolchain zig …]
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bisectd.domain.commit import SourceTree
from bisectd.domain.errors import MissingObject
from bisectd.domain.target import Target
from bisectd.history import Repository
from bisectd.kernel import targets, toolchain
from bisectd.kernel.builder import Builder, UnitFailure, image_form
from bisectd.kernel.image import Image, Unlinkable
from bisectd.kernel.link import link
from bisectd.kernel.manifest import MemoryObjectCache
from bisectd.kernel.toolchain import Toolchain

KERNEL = "arch/powerpc/kernel"
BOOK3S_KVM = "arch/powerpc/kvm/book3s_pr.c"
_EVERYWHERE = (f"{KERNEL}/process.c", "init/init_task.c", f"{KERNEL}/traps.c")
_BOOK3S = (f"{KERNEL}/fpu.S", f"{KERNEL}/vector.S", BOOK3S_KVM)
SOURCES = {
    "pmac32": (*_EVERYWHERE, *_BOOK3S, f"{KERNEL}/entry_32.S"),
    "g5": (*_EVERYWHERE, *_BOOK3S, f"{KERNEL}/entry_64.S"),
    "power8le": (*_EVERYWHERE, *_BOOK3S, f"{KERNEL}/entry_64.S"),
    "e500": (*_EVERYWHERE, f"{KERNEL}/head_fsl_booke.S", f"{KERNEL}/entry_32.S"),
}
STRUCTURES = ("task_struct", "pt_regs")
ALL = "all together"


def outcomes(
    tree: SourceTree, made: Builder, target: Target, sources: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Each source, then all that build together, with "" or why it makes no program."""
    good = []
    for source in sources:
        reason = outcome(tree, made, target, (source,))
        yield source, reason
        if not reason:
            good.append(source)
    yield ALL, outcome(tree, made, target, tuple(good))


def outcome(tree: SourceTree, made: Builder, target: Target, sources: tuple[str, ...]) -> str:
    """Why these sources make no program, "" where they do."""
    try:
        unit = made.build(tree, sources)
        if isinstance(unit, UnitFailure):
            return unit.reason
        link([Image.from_bytes(made.data) for made in unit.objects], unit.features, target)
    except (Unlinkable, MissingObject) as reason:
        return str(reason)
    return ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each source that makes no program, and a summary; 1 if there was any."""
    parser = argparse.ArgumentParser()
    parser.add_argument("repository")
    parser.add_argument("--rev", nargs="+", required=True)
    parser.add_argument("--target", nargs="+", default=list(SOURCES))
    parser.add_argument("--toolchain", nargs="+", default=list(toolchain.names()))
    parser.add_argument("--source", nargs="+")
    asked = parser.parse_args(arguments)
    repository = Repository.open(asked.repository)
    failures = 0
    for name in asked.target:
        for compiler in map(toolchain.find, asked.toolchain):
            for rev in asked.rev:
                tree = repository.tree(repository.resolve(rev))
                failures += _report(tree, rev, targets.find(name), compiler, asked.source)
    return 1 if failures else 0


def _report(
    tree: SourceTree, rev: str, target: Target, compiler: Toolchain, sources: Sequence[str] | None
) -> int:
    failures = 0
    with tempfile.TemporaryDirectory() as scratch:
        made = Builder(target, compiler, Path(scratch), MemoryObjectCache(), form=image_form(STRUCTURES))
        try:
            for source, reason in outcomes(tree, made, target, sources or SOURCES[target.name]):
                failures += bool(reason)
                print(f"{target.name:9} {compiler.name:4} {rev:9} {source:37} {reason or 'ok'}")  # noqa: T201
                sys.stdout.flush()
        finally:
            made.close()
    return failures


if __name__ == "__main__":
    sys.exit(main())
