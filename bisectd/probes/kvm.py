# SPDX-License-Identifier: GPL-2.0-or-later
"""The crash: a KVM-PR guest leaves an enabled exception behind, and the host's init dies of it."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from bisectd.probes.bits import FPSCR, Bits, mask
from bisectd.probes.checks import Check, Finding, Place
from bisectd.probes.facilities import Facility, area_of, fill, own_area, pattern, set_live
from bisectd.probes.fpexc import PRECISE, SWITCH, SWITCH_ROOTS, no_interrupts
from bisectd.probes.fpu import TARGETS
from bisectd.probes.kernel import FMR, NOP, STRUCTURES, Kernel
from bisectd.probes.probe import MEMBERS, Case, Probe

BOOK3S_INTERRUPT_FP_UNAVAIL = 0x800
GUEST_FPSCR = mask(FPSCR, "FX FEX VX VXSNAN VE")
_VCPU = "kvm_vcpu.arch"
# asm/kvm_host.h: since v3.14 the guest's registers are in `fp`
_STATE = (f"{_VCPU}.fp",)


# Values that explain what is seen; nothing must hold for them.
FPEXC_MODE = "fpexc_mode of init"
GIVEN_UP = "MSR of init, given up"
BACK = "MSR of init, at the return"
FPSCR_BACK = "FPSCR at the return"


def host_sigfpe(kernel: Kernel, *, asks: bool = False, seldom: bool = False) -> Iterator[Finding]:
    """Run init, then the process of the guest, then init again, switched by the kernel's own code.

    `asks`: init has asked for precise exceptions before, by prctl. `seldom`: the kernel takes init for a task
    that uses the FPU seldom, and loads nothing ahead.
    """
    init, qemu = kernel.new_task(name="init"), kernel.new_task(name="qemu")
    mode = kernel.load(kernel.program.symbols["init_task"], "task_struct.thread.fpexc_mode")
    for task in (init, qemu):
        kernel.store(task.address, "task_struct.thread.fpexc_mode", mode)  # inherited through every fork
        fill(kernel, area_of(Facility.FP, task.address), Facility.FP, pattern(Facility.FP))
        kernel.prepare_switch(task)
    kernel.run_as(init)
    if asks:
        kernel.call("set_fpexc_mode", init.address, PRECISE)
    now = kernel.load(init.address, "task_struct.thread.fpexc_mode")
    yield _noted(FPEXC_MODE, now, now, kernel.msr_names)
    kernel.user(init, FMR)
    before = kernel.load(init.regs, "pt_regs.msr")
    if seldom and kernel.has("task_struct.thread.load_fp"):
        kernel.store(init.address, "task_struct.thread.load_fp", 0)
    kernel.switch(init, qemu)
    _guest(kernel)
    given_up = kernel.load(init.regs, "pt_regs.msr")
    place = kernel.place(init.regs, "pt_regs.msr")
    yield _noted(GIVEN_UP, before, given_up, kernel.msr_names, place)
    kernel.switch(qemu, init)
    back, fpscr = kernel.load(init.regs, "pt_regs.msr"), kernel.machine.state.fpscr
    yield _noted(BACK, back, back, kernel.msr_names)
    yield _noted(FPSCR_BACK, fpscr, fpscr, FPSCR)
    kernel.user(init, NOP)
    yield from no_interrupts(kernel, "init dies of SIGFPE, the host panics")


def _noted(name: str, before: int, after: int, bits: Bits, place: Place | None = None) -> Check:
    return Check(name, before, after, after, bits, place=place, mask=0)


def _guest(kernel: Kernel) -> None:
    """The guest gets the FPU, and leaves with FEX set: its own MSR has FE0 and FE1 clear."""
    vcpu = kernel.new("kvm_vcpu")
    shared = kernel.new("kvm_vcpu_arch_shared")
    kernel.store(vcpu, f"{_VCPU}.shared", shared)
    if kernel.has(f"{_VCPU}.shared_big_endian"):
        kernel.store(vcpu, f"{_VCPU}.shared_big_endian", int(kernel.target.endian == "big"))
    kernel.store(shared, "kvm_vcpu_arch_shared.msr", kernel.msr("FP PR IR DR"))
    guest = kernel.place(vcpu, *_STATE).address
    fill(kernel, own_area(Facility.FP, guest), Facility.FP, pattern(Facility.FP, 8))
    kernel.call("kvmppc_handle_ext", vcpu, BOOK3S_INTERRUPT_FP_UNAVAIL, kernel.msr("FP"))
    set_live(kernel, {"FPSCR": GUEST_FPSCR})
    kernel.call("kvmppc_giveup_ext", vcpu, kernel.msr("FP VEC VSX"))


KVM_PR_HOST_SIGFPE = Probe(
    name="kvm-pr-host-sigfpe",
    version=2,
    description="a KVM-PR guest leaves FPSCR with FEX set; the kernel returns to init, which gave up the FPU",
    must_hold="init takes no program interrupt, so that no SIGFPE kills it and no host panics",
    sources=(*SWITCH, "init/init_task.c", "arch/powerpc/kvm/book3s_pr.c"),
    roots=(*SWITCH_ROOTS, "init_task", "kvmppc_handle_ext", "kvmppc_giveup_ext"),
    targets=TARGETS,
    cases=(Case("", host_sigfpe),),
    structures=(*STRUCTURES, "kvm_vcpu", "kvm_vcpu_arch_shared"),
    members=frozenset(
        (*MEMBERS, *_STATE, f"{_VCPU}.shared", f"{_VCPU}.shared_big_endian", "kvm_vcpu_arch_shared.msr")
    ),
)

# What would have been: stands in no registry, `bisectd explain` runs it. thread.load_fp is a byte that
# load_up_fpu counts up: it is 0 after every 256th load.
AS_IS, ASKED, ASKED_SELDOM = "", "init has asked", "init has asked, thread.load_fp is 0"
COUNTERFACTUAL = replace(
    KVM_PR_HOST_SIGFPE,
    name="kvm-pr-host-sigfpe-asked",
    version=1,
    description="the same, of an init that has asked for precise exceptions with prctl(PR_SET_FPEXC)",
    cases=(
        Case(ASKED, partial(host_sigfpe, asks=True)),
        Case(ASKED_SELDOM, partial(host_sigfpe, asks=True, seldom=True)),
    ),
)
