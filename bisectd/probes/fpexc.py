# SPDX-License-Identifier: GPL-2.0-or-later
"""Probes of what user programs see of floating-point exceptions: prctl(PR_SET_FPEXC), switches."""

from collections.abc import Iterator, Mapping

from bisectd.probes.bits import FPSCR, mask
from bisectd.probes.checks import Check, Finding, Kind, Unexpected
from bisectd.probes.facilities import Facility, area_of, fill, live, pattern, set_live
from bisectd.probes.fpu import SOURCES, TARGETS
from bisectd.probes.kernel import FDIV, FMR, LOADERS, Kernel, Task
from bisectd.probes.probe import Case, Probe

SWITCH = (*SOURCES, "arch/powerpc/kernel/entry_{bits}.S")
SWITCH_ROOTS = (*LOADERS, "__switch_to", "_switch", "set_fpexc_mode")

# include/uapi/linux/prctl.h
DISABLED, PRECISE = 0, 3
ONE, ZERO = 0x3FF0_0000_0000_0000, 0
DIVIDE_BY_ZERO_ENABLED = mask(FPSCR, "ZE")


def no_interrupts(kernel: Kernel, what: str) -> Iterator[Finding]:
    """The user programs took no interrupt that the kernel answers with a signal."""
    for taken in kernel.interrupts:
        kind = "a deferred " if taken["deferred"] else "a "
        yield Unexpected(
            f"{taken['task']} took {kind}{taken['name']} interrupt {taken['vector']} "
            f"(SRR1 {taken['srr1_bits']}; FPSCR {taken['fpscr_bits']}): {what}"
        )


def user_msr_check(kernel: Kernel, task: Task, fe: str, name: str) -> Check:
    """A user program must have run with these of FE0 and FE1 set."""
    after = kernel.load(task.regs, "pt_regs.msr")
    both = kernel.msr("FE0 FE1")
    expected = after & ~both | kernel.msr(fe)
    return Check(name, after, after, expected, kernel.msr_names)


def fpexc_disable(kernel: Kernel) -> Iterator[Finding]:
    """A task asks for exceptions, uses the FPU, loses it, takes the wish back, and divides by zero."""
    task = kernel.current_task()
    values = pattern(Facility.FP) | {"f1": ONE, "f2": ZERO, "FPSCR": DIVIDE_BY_ZERO_ENABLED}
    fill(kernel, area_of(Facility.FP, task.address), Facility.FP, values)
    kernel.call("set_fpexc_mode", task.address, PRECISE)
    kernel.user(task, FMR)
    yield user_msr_check(kernel, task, "FE0 FE1", "MSR of the program with PR_FP_EXC_PRECISE")
    kernel.call("giveup_fpu", task.address)
    kernel.call("set_fpexc_mode", task.address, DISABLED)
    kernel.user(task, FDIV)
    yield user_msr_check(kernel, task, "", "MSR of the program with PR_FP_EXC_DISABLED")
    yield from no_interrupts(kernel, "SIGFPE")


FPEXC_DISABLE = Probe(
    name="fpexc-disable",
    version=1,
    description="prctl(PR_SET_FPEXC) to precise, use the FPU, be given up, set it to disabled, "
    "use the FPU again with an enabled exception",
    must_hold="no SIGFPE: the program runs with FE0 and FE1 as it asked for them",
    sources=SOURCES,
    roots=(*LOADERS, "set_fpexc_mode", "giveup_fpu"),
    targets=TARGETS,
    cases=(Case("", fpexc_disable),),
)

ROUNDS = 6
SWAP = 3  # from this round on, each task asks for what the other one had
_WISHES = (("FE0 FE1", ""), ("", "FE0 FE1"))  # of tasks A and B, before and after


def _turn(kernel: Kernel, task: Task, fe: str, registers: Mapping[str, int], where: str) -> Iterator[Finding]:
    """The program runs on: with its own registers, and with FE0 and FE1 as it asked for them."""
    kernel.user(task, FMR)
    now = live(kernel, Facility.FP)
    for name, value in registers.items():
        yield Check(f"{name} of {where}", value, now[name], value, kind=Kind.KEPT)
    yield user_msr_check(kernel, task, fe, f"MSR of {where}")
    yield from no_interrupts(kernel, "SIGFPE")


def fpu_preempt(kernel: Kernel) -> Iterator[Finding]:
    """Two tasks take turns; each computes with every register in every turn."""
    tasks = (kernel.new_task(name="task A"), kernel.new_task(name="task B"))
    registers = [pattern(Facility.FP, seed) for seed in (2, 4)]
    for task, values in zip(tasks, registers, strict=True):
        fill(kernel, area_of(Facility.FP, task.address), Facility.FP, values)
        kernel.prepare_switch(task)
    kernel.run_as(tasks[0])
    for turn in range(2 * ROUNDS):
        rounds, this = divmod(turn, 2)
        task, wish = tasks[this], _WISHES[rounds >= SWAP][this]
        if rounds in {0, SWAP}:
            kernel.call("set_fpexc_mode", task.address, PRECISE if wish else DISABLED)
        found = tuple(_turn(kernel, task, wish, registers[this], f"{task.name} in turn {rounds + 1}"))
        yield from found
        if not all(isinstance(finding, Check) and finding.holds for finding in found):
            return  # what follows is lost too
        registers[this] = pattern(Facility.FP, turn + 6)
        set_live(kernel, registers[this])
        kernel.switch(task, tasks[1 - this])


FPU_PREEMPT = Probe(
    name="fpu-preempt",
    version=1,
    description="two tasks with their own registers, FPSCR and FE modes, switched many times",
    must_hold="f0-f31, FPSCR and MSR[FE0,FE1] of each task are its own in every turn",
    sources=SWITCH,
    roots=SWITCH_ROOTS,
    targets=TARGETS,
    cases=(Case("", fpu_preempt),),
)
