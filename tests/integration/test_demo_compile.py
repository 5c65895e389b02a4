# SPDX-License-Identifier: GPL-2.0-or-later
"""The bundled history compiles, for every target, wherever it is meant to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bisectd.demo import write_history
from bisectd.history import Repository
from bisectd.kernel import targets, toolchain
from bisectd.kernel.builder import Builder, Unit, UnitFailure
from bisectd.kernel.manifest import MemoryObjectCache
from tests.support.demo_history import TARGETS, check_out, commit, compile_tree

SOURCES = ("arch/powerpc/kernel/process.c", "arch/powerpc/kernel/fpu.S", "arch/powerpc/kernel/vector.S")
KEY_COMMITS = (
    "A miniature PowerPC kernel",
    "powerpc: Put FP/VSX and VR state into structures",
    "powerpc: Provide for giveup_fpu/altivec to save state in alternate location",
    "powerpc: Remove UP only lazy floating point and vector optimisations",
    "powerpc: Prepare for splitting giveup_{fpu, altivec, vsx} in two",
    "powerpc: Add the ability to save FPU without giving it up",
    "powerpc: Add the ability to save VSX without giving it up",
    "powerpc: Rename asm/fp_regs.h to asm/fpstate.h",
    "powerpc: Move fpu.S into a directory of its own",
    "compiler.h: Split off what the build includes first",
    'Revert "powerpc: Add the ability to save FPU without giving it up"',
    "powerpc: Put thread_info into task_struct",
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "history.git"
    write_history(path, work_tree=False)
    return path


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    scratch = tmp_path_factory.mktemp("scratch")
    made = Builder(targets.find("pmac32"), toolchain.find("zig"), scratch, MemoryObjectCache())
    yield made
    made.close()


def build(repository: Path, builder: Builder, subject: str) -> Unit | UnitFailure:
    return builder.build(Repository.open(repository).tree(commit(repository, subject)), SOURCES)


@pytest.mark.parametrize("subject", KEY_COMMITS)
def test_key_commits_build_for_pmac32(repository: Path, builder: Builder, subject: str) -> None:
    unit = build(repository, builder, subject)
    assert isinstance(unit, Unit), unit.log
    assert unit.features["cpu"] & unit.features["CPU_FTR_ALTIVEC"]
    assert not unit.features["cpu"] & unit.features["CPU_FTR_VSX"]


def test_one_commit_does_not_compile_and_the_next_repairs_it(repository: Path, builder: Builder) -> None:
    broken = build(repository, builder, "uaccess: Check against TASK_SIZE_MAX")
    assert isinstance(broken, UnitFailure)
    assert "TASK_SIZE_MAX" in broken.log
    assert isinstance(build(repository, builder, "powerpc: Define TASK_SIZE_MAX"), Unit)


def test_the_second_root_has_nothing_to_build(repository: Path, builder: Builder) -> None:
    assert isinstance(build(repository, builder, "facility: Start of the tables"), UnitFailure)


@pytest.mark.parametrize("revision", ["v4.4", "v4.5", "v4.6", "v5.0", "master"])
@pytest.mark.parametrize("target", TARGETS)
def test_releases_compile_for_all_targets_without_a_warning(
    repository: Path, tmp_path: Path, revision: str, target: str
) -> None:
    compile_tree(check_out(repository, revision, tmp_path / "tree"), target, tmp_path / "out")
