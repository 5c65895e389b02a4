# SPDX-License-Identifier: GPL-2.0-or-later
"""Every target builds and links all of its sources, with every compiler, throughout the bundled history."""

from pathlib import Path

import pytest

from bisectd.history import Repository
from bisectd.kernel import targets, toolchain
from bisectd.kernel.builder import Builder, Unit, image_form
from bisectd.kernel.image import Image
from bisectd.kernel.link import link
from bisectd.kernel.manifest import MemoryObjectCache
from bisectd.services.demo import write_demo_repository
from tests.support.kernel_build import installed
from tests.support.target_matrix import SOURCES, STRUCTURES, outcomes

TAGS = ("v4.4", "v4.6", "v5.0", "v5.1", "master")
KERNEL = "arch/powerpc/kernel"
# What each processor has, by the bits of the commit's own headers.
FEATURES = {
    "pmac32": {"CPU_FTR_ALTIVEC": True, "CPU_FTR_VSX": False},
    "g5": {"CPU_FTR_ALTIVEC": True, "CPU_FTR_VSX": False},
    "power8le": {"CPU_FTR_ALTIVEC": True, "CPU_FTR_VSX": True},
    "e500": {"CPU_FTR_ALTIVEC": False, "CPU_FTR_VSX": False},
}
ENTRIES = {
    "pmac32": ("load_up_fpu", "load_up_altivec", "_switch", "giveup_fpu"),
    "g5": ("load_up_fpu", "load_up_altivec", "_switch", "giveup_fpu"),
    "power8le": ("load_up_fpu", "load_up_altivec", "load_up_vsx", "_switch", "giveup_fpu"),
    "e500": ("_switch", "giveup_spe"),
}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    path = tmp_path_factory.mktemp("demo") / "history"
    write_demo_repository(path)
    return Repository.open(str(path))


@pytest.mark.parametrize("compiler", toolchain.names())
@pytest.mark.parametrize("target", [target.name for target in targets.all_targets()])
def test_releases_build_and_link(history: Repository, tmp_path: Path, target: str, compiler: str) -> None:
    what = targets.find(target)
    made = Builder(what, installed(compiler), tmp_path, MemoryObjectCache(), form=image_form(STRUCTURES))
    try:
        for tag in TAGS:
            tree = history.tree(history.resolve(tag))
            # What the miniature has no counterpart of is not asked for.
            sources = [path for path in SOURCES[target] if tree.blob_id(path)]
            assert {f"{KERNEL}/process.c", "init/init_task.c"} <= set(sources)
            assert {
                source: reason for source, reason in outcomes(tree, made, what, sources) if reason
            } == {}, tag
            unit = made.build(tree, tuple(sources))
            assert isinstance(unit, Unit)
            program = link([Image.from_bytes(one.data) for one in unit.objects], unit.features, what)
            assert [name for name in ENTRIES[target] if name not in program.symbols] == [], tag
            has = {bit: bool(unit.features["cpu"] & unit.features.get(bit, 0)) for bit in FEATURES[target]}
            assert has == FEATURES[target]
    finally:
        made.close()
