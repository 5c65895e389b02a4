# SPDX-License-Identifier: GPL-2.0-or-later
"""Probes of the siblings of giveup_fpu, and of everybody who calls them."""

from collections.abc import Iterator
from functools import partial

from bisectd.probes.checks import Check, Finding
from bisectd.probes.facilities import (
    Area,
    Facility,
    area_of,
    fill,
    kept_checks,
    live,
    own_area,
    pattern,
    saved_checks,
)
from bisectd.probes.fpu import SOURCES, TARGETS, msr_check, owner
from bisectd.probes.kernel import Kernel, Task
from bisectd.probes.probe import Case, Probe
from bisectd.probes.scenario import Missing

FP, VEC, VSX, SPE = Facility.FP, Facility.VEC, Facility.VSX, Facility.SPE
_SAVE_AREAS = {FP: ("fp_save_area", "thread_fp_state"), VEC: ("vr_save_area", "thread_vr_state")}
_BITS = {FP: "FP FE0 FE1 VSX", VEC: "VEC VSX", VSX: "FP FE0 FE1 VEC VSX", SPE: "SPE"}


def giveup(
    kernel: Kernel, entry: str, owned: tuple[Facility, ...], *, alternate: bool = False
) -> Iterator[Finding]:
    """Call an entry point for a current task that owns facilities: all of them must be saved and gone."""
    there = tuple(facility for facility in owned if kernel.target_has(facility.value))
    if not there or (alternate and not _SAVE_AREAS.keys() & there):
        raise Missing(f"{kernel.target.name} has no {owned[0].value}")
    owned = there
    task = owner(kernel, owned)
    areas = {facility: area_of(facility, task.address) for facility in owned}
    if alternate:
        areas |= {
            facility: _alternate(kernel, task, facility) for facility in owned if facility in _SAVE_AREAS
        }
    if VSX in areas and FP in areas:
        areas[VSX] = areas[FP]
    before = kernel.load(task.regs, "pt_regs.msr")
    registers = {facility: dict(live(kernel, facility)) for facility in owned}
    if SPE in owned and entry != "flush_spe_to_thread":
        del registers[SPE]["SPEFSCR"]  # stays in its register until the switch saves it
    kernel.call(entry, task.address)
    gone = " ".join(_BITS[facility] for facility in owned)
    yield msr_check(kernel, task, before, gone)
    for facility in owned:
        yield from saved_checks(kernel, facility, areas[facility], registers[facility])


def _alternate(kernel: Kernel, task: Task, facility: Facility) -> Area:
    member, structure = _SAVE_AREAS[facility]
    if not kernel.has(f"task_struct.thread.{member}"):
        raise Missing(f"the unit has no alternate save area for {facility.value}")
    area = kernel.new(structure)
    kernel.store(task.address, f"task_struct.thread.{member}", area)
    return own_area(facility, area)


def _case(entry: str, *owned: Facility, alternate: bool = False) -> Case:
    name = f"{entry}, alternate save area" if alternate else entry
    return Case(name, partial(giveup, entry=entry, owned=owned, alternate=alternate))


VMX_GIVEUP = Probe(
    name="vmx-giveup",
    version=1,
    description="give up AltiVec of a task that owns it",
    must_hold="v0-v31 and VSCR are saved; VEC is not left in the saved MSR, nor VSX without it",
    sources=SOURCES,
    roots=("giveup_altivec",),
    targets=TARGETS,
    cases=(_case("giveup_altivec", VEC),),
)

VSX_GIVEUP = Probe(
    name="vsx-giveup",
    version=1,
    description="give up VSX of a task that owns FP, AltiVec and VSX",
    must_hold="vs0-vs31, v0-v31, FPSCR and VSCR are saved; none of FP, FE0, FE1, VEC, VSX is left in the "
    "saved MSR, and giving up the FPU or AltiVec alone leaves no VSX behind",
    sources=SOURCES,
    roots=("flush_vsx_to_thread", "giveup_fpu", "giveup_altivec"),
    targets=("power8le",),
    cases=(
        _case("flush_vsx_to_thread", FP, VEC, VSX),
        Case("giveup_fpu", lambda kernel: _one_of_vsx(kernel, "giveup_fpu", FP)),
        Case("giveup_altivec", lambda kernel: _one_of_vsx(kernel, "giveup_altivec", VEC)),
    ),
)


def _one_of_vsx(kernel: Kernel, entry: str, facility: Facility) -> Iterator[Finding]:
    """VSX needs FP and AltiVec: it must go with either, and the halves must be saved with it."""
    task = owner(kernel, (FP, VEC, VSX))
    before = kernel.load(task.regs, "pt_regs.msr")
    wide = VSX if facility is FP else VEC
    registers = live(kernel, wide)
    kernel.call(entry, task.address)
    yield msr_check(kernel, task, before, _BITS[facility])
    yield from saved_checks(kernel, wide, area_of(wide, task.address), registers)


EVERYWHERE = (
    "arch/powerpc/kernel/process.c",
    "arch/powerpc/kernel/fpu.S if FP",
    "arch/powerpc/kernel/vector.S if VEC",
    "arch/powerpc/kernel/head_fsl_booke.S if SPE",
)

SPE_GIVEUP = Probe(
    name="spe-giveup",
    version=1,
    description="give up SPE of a task that owns it",
    must_hold="the upper halves of r0-r31, ACC and SPEFSCR are saved; SPE is not left in the saved MSR",
    sources=EVERYWHERE,
    roots=("flush_spe_to_thread",),
    targets=("e500",),
    cases=(_case("flush_spe_to_thread", SPE),),
)

GIVEUP_ALL = Probe(
    name="giveup-all",
    version=1,
    description="give up everything that a task owns, through every entry point",
    must_hold="what the task owned is saved, in the alternate save area where there is one, and gone from "
    "its MSR: FE0 and FE1 with FP, VSX with FP or VEC",
    sources=EVERYWHERE,
    roots=(
        "giveup_all",
        "flush_fp_to_thread",
        "flush_altivec_to_thread",
        "flush_vsx_to_thread",
        "flush_spe_to_thread",
    ),
    targets=(*TARGETS, "e500"),
    cases=(
        _case("giveup_all", FP, VEC, VSX, SPE),
        _case("giveup_all", FP, VEC, VSX, alternate=True),
        _case("flush_fp_to_thread", FP),
        _case("flush_fp_to_thread", FP, alternate=True),
        _case("flush_altivec_to_thread", VEC),
        _case("flush_altivec_to_thread", VEC, alternate=True),
        _case("flush_vsx_to_thread", FP, VEC, VSX),
        _case("flush_spe_to_thread", SPE),
    ),
)


def enable(
    kernel: Kernel, entry: str, owned: tuple[Facility, ...], *, alternate: bool = False
) -> Iterator[Finding]:
    """The kernel wants a facility for itself while the current task owns it."""
    if not kernel.target_has(owned[-1].value):
        raise Missing(f"{kernel.target.name} has no {owned[-1].value}")
    yield from giveup(kernel, entry, owned, alternate=alternate)
    msr = kernel.machine.state.msr
    wanted = kernel.msr(" ".join(facility.value for facility in owned))
    yield Check("MSR of the kernel", kernel.kernel_msr, msr & wanted, wanted, kernel.msr_names)


def _enable_case(entry: str, *owned: Facility, alternate: bool = False) -> Case:
    name = f"{entry}, alternate save area" if alternate else entry
    return Case(name, partial(enable, entry=entry, owned=owned, alternate=alternate))


ENABLE_KERNEL_FP = Probe(
    name="enable-kernel-fp",
    version=1,
    description="the kernel wants the FPU, AltiVec, VSX or SPE for itself while the current task owns it",
    must_hold="the task's registers are saved and its MSR loses the facility, FE0 and FE1 with FP; the "
    "kernel's MSR has it",
    sources=EVERYWHERE,
    roots=("enable_kernel_fp", "enable_kernel_altivec", "enable_kernel_vsx", "enable_kernel_spe"),
    targets=(*TARGETS, "e500"),
    cases=(
        _enable_case("enable_kernel_fp", FP),
        _enable_case("enable_kernel_fp", FP, alternate=True),
        _enable_case("enable_kernel_altivec", VEC),
        _enable_case("enable_kernel_altivec", VEC, alternate=True),
        _enable_case("enable_kernel_vsx", FP, VEC, VSX),
        _enable_case("enable_kernel_spe", SPE),
    ),
)


def restore_math(kernel: Kernel, *, wish: str) -> Iterator[Finding]:
    """On the way back to a program that uses floating point often, the kernel loads its registers ahead."""
    task = kernel.current_task()
    facilities = tuple(facility for facility in (FP, VEC) if kernel.target_has(facility.value))
    for facility in facilities:
        fill(kernel, area_of(facility, task.address), facility, pattern(facility))
    kernel.store(task.address, "task_struct.thread.fpexc_mode", kernel.msr(wish))
    for member in ("load_fp", "load_vec"):
        if kernel.has(f"task_struct.thread.{member}"):
            kernel.store(task.address, f"task_struct.thread.{member}", 1)
    before = kernel.load(task.regs, "pt_regs.msr")
    kernel.call("restore_math", task.regs)
    gained = " ".join([*(facility.value for facility in facilities), wish])
    after = kernel.load(task.regs, "pt_regs.msr")
    yield Check(
        "MSR",
        before,
        after,
        before | kernel.msr(gained),
        kernel.msr_names,
        place=kernel.place(task.regs, "pt_regs.msr"),
        mask=~kernel.msr("VSX"),  # may follow FP and VEC at once, or when the task asks for it
    )
    for facility in facilities:
        yield from kept_checks(kernel, facility, pattern(facility))


RESTORE_MATH = Probe(
    name="restore-math",
    version=1,
    description="load the registers of a task that uses floating point often, before it asks for them",
    must_hold="the live registers are the task's, and its MSR has the facilities, with FE0 and FE1 as it "
    "asked for them",
    sources=SOURCES,
    roots=("restore_math",),
    targets=TARGETS,
    cases=(
        Case("PR_FP_EXC_PRECISE", partial(restore_math, wish="FE0 FE1")),
        Case("PR_FP_EXC_DISABLED", partial(restore_math, wish="")),
    ),
)
