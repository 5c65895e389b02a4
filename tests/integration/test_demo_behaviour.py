# SPDX-License-Identifier: GPL-2.0-or-later
"""The miniature kernel really does what its functions say, from the assembly era to the last fix."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import TypeAlias

import pytest

from bisectd.demo import write_history
from bisectd.history import Repository
from bisectd.kernel import targets, toolchain
from bisectd.kernel.builder import Builder, Unit
from bisectd.kernel.link import link
from bisectd.kernel.manifest import MemoryObjectCache
from bisectd.kernel.object import read_object
from bisectd.probes.bits import MSR, mask
from bisectd.probes.kernel import Kernel, Task

PARTS = ("process.c", "fpu.S", "vector.S", "entry_32.S")
UNIT = tuple(f"arch/powerpc/kernel/{part}" for part in PARTS)
STRUCTURES = ("task_struct", "pt_regs", "thread_info", "cpu_spec", "thread_struct", "thread_fp_state")
USER = mask(MSR, "EE PR ME IR DR RI")
FP, VEC, FE = mask(MSR, "FP"), mask(MSR, "VEC"), mask(MSR, "FE0 FE1")
RELEASES = ("v4.4", "v4.5", "v4.6", "v5.0", "v5.1", "master")
SINCE_SPLIT = RELEASES[2:]
SPRG3 = 275
THREAD = "task_struct.thread"

Boot: TypeAlias = Callable[..., Kernel]


@pytest.fixture(scope="module")
def boot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boot]:
    """boot(revision, *sources): a machine with that revision's code in it."""
    folder = tmp_path_factory.mktemp("behaviour")
    write_history(folder / "history.git", work_tree=False)
    repository, target = Repository.open(folder / "history.git"), targets.find("pmac32")
    builder = Builder(target, toolchain.find("zig"), folder, MemoryObjectCache())

    @cache
    def unit(revision: str, sources: tuple[str, ...]) -> Unit:
        built = builder.build(repository.tree(repository.resolve(revision)), sources)
        assert isinstance(built, Unit), built.log
        return built

    def start(revision: str, *sources: str) -> Kernel:
        built = unit(revision, sources or UNIT)
        images = [read_object(compiled.data, STRUCTURES) for compiled in built.objects]
        return Kernel(link(images, built.features, target), target)

    yield start
    builder.close()


def load_units(kernel: Kernel) -> None:
    """Give every FPR and vector register a value of its own."""
    state = kernel.machine.state
    for n in range(32):
        state.fpr[n] = 0x4000_0000_0000_0000 + n
        state.vr[n] = (n + 1) << 96 | n
    state.fpscr = 0x8200_4001
    state.vscr = 0x0001_0001


def fprs(kernel: Kernel, address: int) -> list[int]:
    data = kernel.machine.memory.read(address, 256)
    return [int.from_bytes(data[n : n + 8], "big") for n in range(0, 256, 8)]


def fp_area(kernel: Kernel, task: Task) -> int:
    return task.address + kernel.find(f"{THREAD}.fp_state.fpr")[0]


@pytest.mark.parametrize("revision", RELEASES)
def test_the_alternate_save_area_is_honoured(boot: Boot, revision: str) -> None:
    kernel = boot(revision)
    task = kernel.current_task(USER | FP)
    area = kernel.new("thread_fp_state")
    kernel.store(task.address, f"{THREAD}.fp_save_area", area)
    load_units(kernel)
    kernel.call("giveup_fpu", task.address)
    assert fprs(kernel, area) == [0x4000_0000_0000_0000 + n for n in range(32)]
    assert set(fprs(kernel, fp_area(kernel, task))) == {0}


@pytest.mark.parametrize("revision", RELEASES)
def test_giving_up_altivec_saves_it_and_clears_its_bit(boot: Boot, revision: str) -> None:
    kernel = boot(revision)
    task = kernel.current_task(USER | VEC | FP)
    load_units(kernel)
    kernel.call("giveup_altivec", task.address)
    assert kernel.load(task.regs, "pt_regs.msr") == USER | FP
    offset, size = kernel.find(f"{THREAD}.vr_state.vr")
    data = kernel.machine.memory.read(task.address + offset, size)
    saved = [int.from_bytes(data[n : n + 16], "big") for n in range(0, 512, 16)]
    assert saved == [(n + 1) << 96 | n for n in range(32)]
    assert kernel.load(task.address, f"{THREAD}.vr_state.vscr") & 0xFFFF_FFFF == 0x0001_0001


@pytest.mark.parametrize("revision", RELEASES[1:])
def test_giving_up_all_leaves_no_unit(boot: Boot, revision: str) -> None:
    kernel = boot(revision)
    task = kernel.current_task(USER | VEC | FP)
    load_units(kernel)
    kernel.call("giveup_all", task.address)
    assert kernel.load(task.regs, "pt_regs.msr") == USER
    assert fprs(kernel, fp_area(kernel, task))[31] == 0x4000_0000_0000_001F
    assert not kernel.machine.state.msr & (FP | VEC)


@pytest.mark.parametrize("revision", SINCE_SPLIT)
def test_flushing_leaves_the_units_to_the_task(boot: Boot, revision: str) -> None:
    kernel = boot(revision)
    task = kernel.current_task(USER | VEC | FP | FE)
    load_units(kernel)
    kernel.call("flush_all_to_thread", task.address)
    assert kernel.load(task.regs, "pt_regs.msr") == USER | VEC | FP | FE
    state = kernel.machine.state
    kept = (state.fpr[0], state.vr[0]) == (0x4000_0000_0000_0000, 1 << 96)
    assert kept == (revision == "master")  # 5e1d824f9a28: f0 and v0 held FPSCR and VSCR before
    assert state.fpr[1] == 0x4000_0000_0000_0001


@pytest.mark.parametrize("revision", RELEASES)
def test_loading_the_fpu_sets_the_exception_mode_of_the_task(boot: Boot, revision: str) -> None:
    kernel = boot(revision)
    task = kernel.current_task(USER)
    kernel.store(task.address, f"{THREAD}.fpexc_mode", FE)
    area = fp_area(kernel, task)
    kernel.machine.memory.write(area + 8 * 5, (0x4014 << 48).to_bytes(8, "big"))
    state = kernel.machine.state
    state.special[SPRG3] = task.address + kernel.find(THREAD)[0]
    state.gpr[9] = USER
    kernel.call("load_up_fpu")
    assert state.gpr[9] == USER | FP | FE
    assert state.fpr[5] == 0x4014 << 48


@pytest.mark.parametrize("revision", SINCE_SPLIT)
def test_math_is_restored_for_a_task_that_uses_it(boot: Boot, revision: str) -> None:
    kernel = boot(revision)
    task = kernel.current_task(USER)
    kernel.store(task.address, f"{THREAD}.fpexc_mode", FE)
    kernel.call("restore_math", task.regs)
    assert kernel.load(task.regs, "pt_regs.msr") == USER
    kernel.store(task.address, f"{THREAD}.load_fp", 1)
    kernel.machine.memory.write(fp_area(kernel, task) + 8 * 7, (0x401C << 48).to_bytes(8, "big"))
    kernel.call("restore_math", task.regs)
    assert kernel.load(task.regs, "pt_regs.msr") == USER | FP | FE
    assert kernel.machine.state.fpr[7] == 0x401C << 48
    assert kernel.load(task.address, f"{THREAD}.load_fp") == 2


@pytest.mark.parametrize("revision", RELEASES)
@pytest.mark.parametrize(("mode", "bits"), [(0, ""), (1, "FE1"), (2, "FE0"), (3, "FE0 FE1")])
def test_prctl_sets_the_exception_mode(boot: Boot, revision: str, mode: int, bits: str) -> None:
    kernel = boot(revision)
    task = kernel.current_task(USER | FP | FE)
    kernel.call("set_fpexc_mode", task.address, mode)
    assert kernel.machine.state.gpr[3] == 0
    assert kernel.load(task.address, f"{THREAD}.fpexc_mode") == mask(MSR, bits)
    assert kernel.load(task.regs, "pt_regs.msr") == USER | FP | mask(MSR, bits)
    kernel.call("set_fpexc_mode", task.address, 4)
    assert kernel.machine.state.gpr[3] == 2**32 - 22  # -EINVAL


@pytest.mark.parametrize("revision", RELEASES)
def test_a_task_that_is_switched_out_loses_its_units(boot: Boot, revision: str) -> None:
    kernel = boot(revision)
    task = kernel.current_task(USER | FP | VEC)
    load_units(kernel)
    state = kernel.machine.state
    state.gpr[14:] = range(14, 32)
    stack = state.gpr[1]
    kernel.call("__switch_to", task.address, task.address)
    assert (state.gpr[3], state.gpr[1], state.gpr[2]) == (task.address, stack, task.address)
    assert state.gpr[14:] == list(range(14, 32))
    lazy = revision == "v4.4"  # one processor: until v4.5 nobody saved what nobody else wanted
    assert kernel.load(task.regs, "pt_regs.msr") == (USER | FP | VEC if lazy else USER)


@pytest.mark.parametrize("revision", RELEASES)
def test_switching_makes_the_other_task_current(boot: Boot, revision: str) -> None:
    kernel = boot(revision)
    one = kernel.current_task(USER).address
    other = kernel.new("task_struct")
    thread = kernel.find(THREAD)[0]
    state = kernel.machine.state
    kernel.call("_switch", one + thread, one + thread)
    # Both tasks stopped at the same place, so that the frame of one serves the other as well.
    kernel.store(other, f"{THREAD}.ksp", kernel.load(one, f"{THREAD}.ksp"))
    kernel.call("_switch", one + thread, other + thread)
    assert (state.gpr[3], state.gpr[2], state.special[SPRG3]) == (one, other, other + thread)


@pytest.mark.parametrize(
    ("revision", "wrong"), [("v4.17", False), ("v4.18", True), ("v4.19", True), ("v4.20", False)]
)
def test_the_square_root_has_a_fault_for_two_releases(boot: Boot, revision: str, wrong: bool) -> None:
    kernel = boot(revision, "lib/int_sqrt.c")
    found = {}
    for number, root in ((0, 0), (1, 1), (3, 1), (4, 2), (99, 9), (2**32 - 1, 65_535)):
        kernel.call("int_sqrt", number)
        found[number] = kernel.machine.state.gpr[3] == root
    assert found[4] == (not wrong)
    assert all(found.values()) == (not wrong)
