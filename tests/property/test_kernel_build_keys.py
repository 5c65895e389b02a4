# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of the cache: a builder that remembers answers as a new one does; paths say what matters."""

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bisectd.kernel.builder import Unit, UnitFailure
from tests.support.kernel_build import builder
from tests.support.mini_kernel import ARCH, FILES, FPU, OFFSETS, PROCESS, REG, SCHED, SOURCES
from tests.support.source_trees import DictTree

PATHS = [
    PROCESS,
    FPU,
    OFFSETS,
    REG,
    SCHED,
    f"{ARCH}/include/linux/sched.h",
    f"{ARCH}/include/uapi/asm/types.h",
    f"{ARCH}/include/asm/Kbuild",
    f"{ARCH}/include/asm/extra.h",
    f"{ARCH}/kernel/extra.h",
    f"{ARCH}/lib/fpu.S",
    "include/asm/extra.h",
    "include/asm-generic/types.h",
    "include/linux/compiler_types.h",
    "README",
]
PIECES = [
    "#include <linux/sched.h>\n",
    "#include <asm/extra.h>\n",
    '#include "extra.h"\n',
    "#define EXTRA <asm/extra.h>\n#include EXTRA\n",
    "#if __has_include(<asm/extra.h>)\n#define HAVE 1\n#endif\n",
    "#include_next <asm/extra.h>\n",
    "#define MSR_FP 0x4000\n",
    "#ifdef HAVE\n#define MSR_FP 0x8000\n#endif\n",
    "typedef unsigned int u32;\n",
    "generic-y += extra.h\n",
]


@st.composite
def edits(draw: st.DrawFn) -> dict[str, str | None]:
    """A few files written, appended to, put back or removed."""
    changes: dict[str, str | None] = {}
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)):
        pieces = draw(st.lists(st.sampled_from(PIECES), max_size=2))
        keep = draw(st.sampled_from([FILES.get(path, ""), FILES.get(path, ""), None]))
        changes[path] = None if keep is None and not pieces else "".join([*pieces, keep or ""])
    return changes


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(edits(), min_size=2, max_size=4))
def test_a_builder_that_remembers_answers_as_one_that_does_not(history: list[dict[str, str | None]]) -> None:
    units: list[tuple[DictTree, Unit | UnitFailure]] = []
    with tempfile.TemporaryDirectory() as folder:
        with builder(Path(folder, "warm")) as warm:
            tree = DictTree(FILES)
            for step in [{}, *history, {path: FILES.get(path) for path in PATHS}]:
                tree = tree.edited(step)
                units.append((tree, warm.build(tree, SOURCES)))
        for number, (tree, unit) in enumerate(units):
            with builder(Path(folder, f"cold{number}")) as cold:
                assert outcome(cold.build(tree, SOURCES)) == outcome(unit)
    for (before, one), (after, two) in pairwise(units):
        if not touched(before, after) & one.paths:
            assert one == two


def outcome(unit: Unit | UnitFailure) -> object:
    """What must be equal. (The paths may be different supersets of what matters, and keys cover them.)"""
    if isinstance(unit, Unit):
        return [(one.source, one.data) for one in unit.objects], dict(unit.features)
    return unit.reason


def touched(before: DictTree, after: DictTree) -> set[str]:
    """Paths that differ, and the folders that they are in."""
    paths = {
        path
        for path in before.files.keys() | after.files.keys()
        if before.blob_id(path) != after.blob_id(path)
    }
    parts = [path.split("/") for path in paths]
    return {"/".join(part[:depth]) for part in parts for depth in range(1, len(part) + 1)}
