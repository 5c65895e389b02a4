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
from bisectd.probes.scenario import Scenario

PARTS = ("process.c", "fpu.S", "vector.S", "entry_32.S")
UNIT = tuple(f"arch/powerpc/kernel/{part}" for part in PARTS)
STRUCTURES = ("task_struct", "pt_regs", "thread_info", "cpu_spec", "thread_struct", "thread_fp_state")
USER = mask(MSR, "EE PR ME IR DR RI")
FP, VEC, FE = mask(MSR, "FP"), mask(MSR, "VEC"), mask(MSR, "FE0 FE1")
RELEASES = ("v4.4", "v4.5", "v4.6", "v5.0", "v5.1", "master")
SINCE_SPLIT = RELEASES[2:]
SPRG3 = 275
THREAD = "task_struct.thread"

Boot: TypeAlias = Callable[..., Scenario]


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

    def start(revision: str, *sources: str) -> Scenario:
        built = unit(revision, sources or UNIT)
        images = [read_object(compiled.data, STRUCTURES) for compiled in built.objects]
        scenario = Scenario(link(images, built.features, target), target)
        scenario.cpu_spec()
        return scenario

    yield start
    builder.close()


def load_units(scenario: Scenario) -> None:
    """Give every FPR and vector register a value of its own."""
    state = scenario.machine.state
    for n in range(32):
        state.fpr[n] = 0x4000_0000_0000_0000 + n
        state.vr[n] = (n + 1) << 96 | n
    state.fpscr = 0x8200_4001
    state.vscr = 0x0001_0001


def fprs(scenario: Scenario, address: int) -> list[int]:
    data = scenario.machine.memory.read(address, 256)
    return [int.from_bytes(data[n : n + 8], "big") for n in range(0, 256, 8)]


def fp_area(scenario: Scenario, task: int) -> int:
    return task + scenario.find(f"{THREAD}.fp_state.fpr")[0]


@pytest.mark.parametrize("revision", RELEASES)
def test_the_alternate_save_area_is_honoured(boot: Boot, revision: str) -> None:
    scenario = boot(revision)
    task, _ = scenario.current_task(USER | FP)
    area = scenario.new("thread_fp_state")
    scenario.store(task, f"{THREAD}.fp_save_area", area)
    load_units(scenario)
    scenario.call("giveup_fpu", task)
    assert fprs(scenario, area) == [0x4000_0000_0000_0000 + n for n in range(32)]
    assert set(fprs(scenario, fp_area(scenario, task))) == {0}


@pytest.mark.parametrize("revision", RELEASES)
def test_giving_up_altivec_saves_it_and_clears_its_bit(boot: Boot, revision: str) -> None:
    scenario = boot(revision)
    task, regs = scenario.current_task(USER | VEC | FP)
    load_units(scenario)
    scenario.call("giveup_altivec", task)
    assert scenario.load(regs, "pt_regs.msr") == USER | FP
    offset, size = scenario.find(f"{THREAD}.vr_state.vr")
    data = scenario.machine.memory.read(task + offset, size)
    saved = [int.from_bytes(data[n : n + 16], "big") for n in range(0, 512, 16)]
    assert saved == [(n + 1) << 96 | n for n in range(32)]
    assert scenario.load(task, f"{THREAD}.vr_state.vscr") & 0xFFFF_FFFF == 0x0001_0001


@pytest.mark.parametrize("revision", RELEASES[1:])
def test_giving_up_all_leaves_no_unit(boot: Boot, revision: str) -> None:
    scenario = boot(revision)
    task, regs = scenario.current_task(USER | VEC | FP)
    load_units(scenario)
    scenario.call("giveup_all", task)
    assert scenario.load(regs, "pt_regs.msr") == USER
    assert fprs(scenario, fp_area(scenario, task))[31] == 0x4000_0000_0000_001F
    assert not scenario.machine.state.msr & (FP | VEC)


@pytest.mark.parametrize("revision", SINCE_SPLIT)
def test_flushing_leaves_the_units_to_the_task(boot: Boot, revision: str) -> None:
    scenario = boot(revision)
    task, regs = scenario.current_task(USER | VEC | FP | FE)
    load_units(scenario)
    scenario.call("flush_all_to_thread", task)
    assert scenario.load(regs, "pt_regs.msr") == USER | VEC | FP | FE
    state = scenario.machine.state
    kept = (state.fpr[0], state.vr[0]) == (0x4000_0000_0000_0000, 1 << 96)
    assert kept == (revision == "master")  # 5e1d824f9a28: f0 and v0 held FPSCR and VSCR before
    assert state.fpr[1] == 0x4000_0000_0000_0001


@pytest.mark.parametrize("revision", RELEASES)
def test_loading_the_fpu_sets_the_exception_mode_of_the_task(boot: Boot, revision: str) -> None:
    scenario = boot(revision)
    task, _ = scenario.current_task(USER)
    scenario.store(task, f"{THREAD}.fpexc_mode", FE)
    area = fp_area(scenario, task)
    scenario.machine.memory.write(area + 8 * 5, (0x4014 << 48).to_bytes(8, "big"))
    state = scenario.machine.state
    state.special[SPRG3] = task + scenario.find(THREAD)[0]
    state.gpr[9] = USER
    scenario.call("load_up_fpu")
    assert state.gpr[9] == USER | FP | FE
    assert state.fpr[5] == 0x4014 << 48


@pytest.mark.parametrize("revision", SINCE_SPLIT)
def test_math_is_restored_for_a_task_that_uses_it(boot: Boot, revision: str) -> None:
    scenario = boot(revision)
    task, regs = scenario.current_task(USER)
    scenario.store(task, f"{THREAD}.fpexc_mode", FE)
    scenario.call("restore_math", regs)
    assert scenario.load(regs, "pt_regs.msr") == USER
    scenario.store(task, f"{THREAD}.load_fp", 1)
    scenario.machine.memory.write(fp_area(scenario, task) + 8 * 7, (0x401C << 48).to_bytes(8, "big"))
    scenario.call("restore_math", regs)
    assert scenario.load(regs, "pt_regs.msr") == USER | FP | FE
    assert scenario.machine.state.fpr[7] == 0x401C << 48
    assert scenario.load(task, f"{THREAD}.load_fp") == 2


@pytest.mark.parametrize("revision", RELEASES)
@pytest.mark.parametrize(("mode", "bits"), [(0, ""), (1, "FE1"), (2, "FE0"), (3, "FE0 FE1")])
def test_prctl_sets_the_exception_mode(boot: Boot, revision: str, mode: int, bits: str) -> None:
    scenario = boot(revision)
    task, regs = scenario.current_task(USER | FP | FE)
    scenario.call("set_fpexc_mode", task, mode)
    assert scenario.machine.state.gpr[3] == 0
    assert scenario.load(task, f"{THREAD}.fpexc_mode") == mask(MSR, bits)
    assert scenario.load(regs, "pt_regs.msr") == USER | FP | mask(MSR, bits)
    scenario.call("set_fpexc_mode", task, 4)
    assert scenario.machine.state.gpr[3] == 2**32 - 22  # -EINVAL


@pytest.mark.parametrize("revision", RELEASES)
def test_a_task_that_is_switched_out_loses_its_units(boot: Boot, revision: str) -> None:
    scenario = boot(revision)
    task, regs = scenario.current_task(USER | FP | VEC)
    load_units(scenario)
    state = scenario.machine.state
    state.gpr[14:] = range(14, 32)
    stack = state.gpr[1]
    scenario.call("__switch_to", task, task)
    assert (state.gpr[3], state.gpr[1], state.gpr[2]) == (task, stack, task)
    assert state.gpr[14:] == list(range(14, 32))
    lazy = revision == "v4.4"  # one processor: until v4.5 nobody saved what nobody else wanted
    assert scenario.load(regs, "pt_regs.msr") == (USER | FP | VEC if lazy else USER)


@pytest.mark.parametrize("revision", RELEASES)
def test_switching_makes_the_other_task_current(boot: Boot, revision: str) -> None:
    scenario = boot(revision)
    one, _ = scenario.current_task(USER)
    other = scenario.new("task_struct")
    thread = scenario.find(THREAD)[0]
    state = scenario.machine.state
    scenario.call("_switch", one + thread, one + thread)
    # Both tasks stopped at the same place, so that the frame of one serves the other as well.
    scenario.store(other, f"{THREAD}.ksp", scenario.load(one, f"{THREAD}.ksp"))
    scenario.call("_switch", one + thread, other + thread)
    assert (state.gpr[3], state.gpr[2], state.special[SPRG3]) == (one, other, other + thread)


@pytest.mark.parametrize(
    ("revision", "wrong"), [("v4.17", False), ("v4.18", True), ("v4.19", True), ("v4.20", False)]
)
def test_the_square_root_has_a_fault_for_two_releases(boot: Boot, revision: str, wrong: bool) -> None:
    scenario = boot(revision, "lib/int_sqrt.c")
    found = {}
    for number, root in ((0, 0), (1, 1), (3, 1), (4, 2), (99, 9), (2**32 - 1, 65_535)):
        scenario.call("int_sqrt", number)
        found[number] = scenario.machine.state.gpr[3] == root
    assert found[4] == (not wrong)
    assert all(found.values()) == (not wrong)
