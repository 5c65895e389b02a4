# SPDX-License-Identifier: GPL-2.0-or-later
"""Probes of giving up and saving the floating-point unit: arch/powerpc/kernel/fpu.S and process.c."""

from collections.abc import Iterator

from bisectd.probes.checks import Check, Finding
from bisectd.probes.facilities import Facility, area_of, kept_checks, live, pattern, saved_checks, set_live
from bisectd.probes.kernel import Kernel, Task
from bisectd.probes.probe import Case, Probe

SOURCES = ("arch/powerpc/kernel/process.c", "arch/powerpc/kernel/fpu.S", "arch/powerpc/kernel/vector.S")
TARGETS = ("pmac32", "g5", "power8le")


_OWNERS = {
    Facility.FP: "last_task_used_math",
    Facility.VEC: "last_task_used_altivec",
    Facility.VSX: "last_task_used_vsx",
    Facility.SPE: "last_task_used_spe",
}


def owner(kernel: Kernel, facilities: tuple[Facility, ...], fe: str = "FE0 FE1") -> Task:
    """A current user task that owns facilities, with a value of its own in every register of them."""
    bits = [facility.value for facility in facilities]
    if Facility.FP in facilities:
        bits.append(fe)
    task = kernel.current_task(kernel.user_msr | kernel.msr(" ".join(bits)))
    for facility in facilities:
        set_live(kernel, pattern(facility))
        kernel.set_variable(
            _OWNERS[facility], task.address
        )  # uniprocessor kernels up to v4.4 keep owners here
    return task


def msr_check(kernel: Kernel, task: Task, before: int, gone: str, name: str = "MSR") -> Check:
    """The saved MSR of a task must have lost these bits and no other."""
    bits = kernel.msr_names
    expected = before & ~kernel.msr(gone)
    after = kernel.load(task.regs, "pt_regs.msr")
    place = kernel.place(task.regs, "pt_regs.msr")
    return Check(name, before, after, expected, bits, place=place)


def giveup_fe(kernel: Kernel) -> Iterator[Finding]:
    """giveup_fpu on the current task, which owns the FPU with FE0 and FE1 set."""
    task = owner(kernel, (Facility.FP,))
    before, registers = kernel.load(task.regs, "pt_regs.msr"), live(kernel, Facility.FP)
    kernel.call("giveup_fpu", task.address)
    yield msr_check(kernel, task, before, "FP FE0 FE1")
    yield from saved_checks(kernel, Facility.FP, area_of(Facility.FP, task.address), registers)


FPU_GIVEUP_FE = Probe(
    name="fpu-giveup-fe",
    version=2,
    description="give up the FPU of a task that owns it with FE0 and FE1 set",
    must_hold="f0-f31 and FPSCR are saved; none of FP, FE0, FE1 is left in the saved MSR",
    sources=SOURCES[:2],
    roots=("giveup_fpu",),
    targets=TARGETS,
    cases=(Case("", giveup_fe),),
)


def _keeps(kernel: Kernel, save: str) -> Iterator[Finding]:
    task = owner(kernel, (Facility.FP,))
    if kernel.target_has("VSX"):
        set_live(kernel, pattern(Facility.VSX))
    registers = live(kernel, Facility.FP)
    wide = {"vs0": live(kernel, Facility.VSX)["vs0"]} if kernel.target_has("VSX") else {}
    kernel.enable("FP VSX")
    area = area_of(Facility.FP, task.address)
    if save == "store_fp_state":
        kernel.call(save, kernel.place(task.address, "task_struct.thread.fp_state").address)
    else:
        kernel.call(save, task.address)
    yield from saved_checks(kernel, Facility.FP, area, registers)
    if kernel.load(task.regs, "pt_regs.msr") & kernel.msr("FP"):
        yield from kept_checks(kernel, Facility.FP, registers)
        yield from kept_checks(kernel, Facility.VSX, wide)


def store_fp_state(kernel: Kernel) -> Iterator[Finding]:
    """The routine that KVM and signals save with."""
    return _keeps(kernel, "store_fp_state")


def save_fpu(kernel: Kernel) -> Iterator[Finding]:
    """The routine that giving up and flushing save with."""
    return _keeps(kernel, "save_fpu")


def flush_all_to_thread(kernel: Kernel) -> Iterator[Finding]:
    """What fork and core dumps call."""
    return _keeps(kernel, "flush_all_to_thread")


FP_SAVE_KEEPS_F0 = Probe(
    name="fp-save-keeps-f0",
    version=1,
    description="save the FPU's registers of a task that keeps the FPU",
    must_hold="f0-f31 and FPSCR are saved; while the task owns the FPU they stay as they were, vs0 too",
    sources=SOURCES,
    roots=("store_fp_state", "save_fpu", "flush_all_to_thread"),
    targets=TARGETS,
    cases=(
        Case("store_fp_state", store_fp_state),
        Case("save_fpu", save_fpu),
        Case("flush_all_to_thread", flush_all_to_thread),
    ),
)
