# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel around the code under test: what boot would have set up, tasks, interrupts, switches.

Everything that the unit has is the unit's own code: the switch (`__switch_to`, `_switch`), the handlers that
load registers (`load_up_fpu` …), prctl's half (`set_fpexc_mode`). What is done here is what the first
instructions of an interrupt vector and the last ones before `rfi` do: save and restore SRR0, SRR1 and GPRs.
"""

from dataclasses import dataclass, field
from typing import Any

from bisectd.probes.bits import FPSCR, PROGRAM, Bits, has, interrupt_name, mask, msr_bits, names
from bisectd.probes.checks import hexadecimal
from bisectd.probes.scenario import (
    EXIT,
    PAGE,
    RETURN,
    STACK_FRAME_OVERHEAD,
    THREAD_SIZE,
    Inconclusive,
    Missing,
    Scenario,
)
from emulator import Stop

STRUCTURES = (
    "task_struct",
    "pt_regs",
    "thread_info",
    "cpu_spec",
    "paca_struct",
    "thread_fp_state",
    "thread_vr_state",
)
MEMBERS = (
    "task_struct.thread",
    "task_struct.thread.regs",
    "task_struct.thread.fpexc_mode",
    "task_struct.thread.fp_state",
    "task_struct.thread.load_fp",
    "task_struct.thread.load_vec",
    "task_struct.thread.fp_save_area",
    "task_struct.thread.vr_save_area",
    "task_struct.stack",
    "thread_info.task",
    "pt_regs.msr",
    "pt_regs.nip",
    "cpu_spec.cpu_features",
    "cpu_spec.mmu_features",
    "paca_struct.__current",
    "paca_struct.irq_soft_mask",
)

# Run at boot, before there is any task.
INITCALLS = ("init_msr_all_available",)

# Names that these functions reach for and that are defined elsewhere in the kernel. Variables that are zero
# in a kernel that has booted and has nothing of the kind to do:
ZERO = (
    "ppc64_tlb_batch",  # no pending invalidations
    "powerpc_firmware_features",  # no hypervisor's firmware
    "ppc64_firmware_features",
    "cpu_usage_array",
)
# Functions with no effect on registers and tasks; they return 0:
NOTHING = ("printk", "_printk")

_SPRG3 = 275  # SPRN_SPRG_THREAD of 32-bit kernels (asm/reg.h)
_SRR0, _SRR1 = 26, 27
_RFI, _RFID = 0x4C00_0064, 0x4C00_0024
_BLR, _LI_R3 = 0x4E80_0020, 0x3860_0000
_USER_CODE = 0x1000_0000
_CAUSES = 0x783F_0000  # bits of SRR1 that are not the MSR's (Power ISA 2.07 Book III-S 6.4.3)
_UNAVAILABLE = {0x800: "load_up_fpu", 0xF20: "load_up_altivec", 0xF40: "load_up_vsx"}
_LOAD_UP_SPE = "load_up_spe"
LOADERS = (*_UNAVAILABLE.values(), _LOAD_UP_SPE)
_MOST_LOADS = 16  # of facilities, in one stay in user mode: each of the four once is all that is needed

NOP = 0x6000_0000
FMR = 0xFC00_0090 | 31 << 21 | 31 << 11  # fmr f31,f31: uses the FPU and changes nothing
FDIV = 0xFC00_0024 | 3 << 21 | 1 << 16 | 2 << 11  # fdiv f3,f1,f2


@dataclass(frozen=True)
class Task:
    """A user task: its name in messages, the addresses of its task_struct, kernel stack and pt_regs."""

    name: str
    address: int
    stack: int
    regs: int


@dataclass
class Kernel(Scenario):
    """A machine on which a kernel has booted: calls, tasks, and user programs."""

    interrupts: list[dict[str, Any]] = field(init=False, default_factory=list)
    paca: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ZERO:
            self._provide(name, 0)
        for name in NOTHING:
            self.provide_function(name)
        self.cpu_spec()
        if self.target.bits == 64 and "paca_struct" in self.program.sizes:  # noqa: PLR2004
            self._new_paca()
        self.machine.memory.map(self.base + EXIT, PAGE)
        self.write(self.base + EXIT, _RFI if self.target.bits == 32 else _RFID, 4)  # noqa: PLR2004
        self.machine.state.gpr[1] = self._stack_top(self.new_stack())
        for name in INITCALLS:
            if self.defines(name):
                self.call(name)

    # -- what boot sets up ----------------------------------------------------------------------------------

    def cpu_spec(self) -> None:
        """Let cur_cpu_spec say what the target's CPU can do, where the unit uses it and describes its type.

        clang describes no type that is only reached through an extern pointer: then a run that reads
        cur_cpu_spec stops and names it, as for every extern.
        """
        if "cur_cpu_spec" not in self.program.externs or "cpu_spec" not in self.program.sizes:
            return
        spec = self.new("cpu_spec")
        for kind in ("cpu", "mmu"):
            if f"cpu_spec.{kind}_features" in self.program.members:
                if kind not in self.program.features:
                    raise Inconclusive(f"the commit's headers give no {kind} features for {self.target.name}")
                self.store(spec, f"cpu_spec.{kind}_features", self.program.features[kind])
        self._provide("cur_cpu_spec", spec)

    def _provide(self, name: str, value: int) -> None:
        """A variable of pointer size in a page of zeros, where the unit needs one that it does not define."""
        address = self.program.externs.get(name)
        if address is not None:
            self.machine.memory.map(address, PAGE)
            self.write(address, value, self.width)

    def provide_function(self, name: str, result: int = 0) -> None:
        """A function that returns 16 bits, signed, where the unit calls one that it does not define."""
        address = self.program.externs.get(name)
        if address is not None:
            self.machine.memory.map(address, PAGE)
            for number, word in enumerate((_LI_R3 | result & 0xFFFF, _BLR)):
                self.write(address + 4 * number, word, 4)

    def _new_paca(self) -> None:
        """What a 64-bit processor keeps at hand in r13, interrupts disabled."""
        self.paca = self.new("paca_struct")
        self.machine.state.gpr[13] = self.paca
        if self.has("paca_struct.irq_soft_mask"):  # since v4.17; before it, 0 in soft_enabled says the same
            self.store(self.paca, "paca_struct.irq_soft_mask", 1)

    # -- tasks ----------------------------------------------------------------------------------------------

    @property
    def user_msr(self) -> int:
        """What a user task runs with that owns no facility."""
        bits = "CE EE PR ME" if self.booke else "EE PR ME IR DR RI"
        return mask(msr_bits(self.target), bits) | self.kernel_msr

    @property
    def msr_names(self) -> Bits:
        """The MSR's bits as this processor names them."""
        return msr_bits(self.target)

    def msr(self, bits: str) -> int:
        """The OR of MSR bits, by name; those that this processor does not have are left out."""
        return mask(self.msr_names, " ".join(name for name in bits.split() if name in self.msr_names))

    def target_has(self, facility: str) -> bool:
        """Whether the processor has a facility, by the name of its MSR bit."""
        return has(self.target, facility)

    def enable(self, facilities: str) -> None:
        """Let kernel code use facilities: those of the names that the processor has."""
        self.machine.state.msr |= self.msr(facilities) & self.facilities

    def new_task(self, msr: int | None = None, name: str = "task") -> Task:
        """A user task that has entered the kernel with `msr` (default: owns nothing), not current yet."""
        address, stack = self.new("task_struct"), self.new_stack()
        size = self.program.sizes.get("pt_regs")
        if size is None:
            raise Inconclusive("the unit has no struct pt_regs")
        regs = stack + THREAD_SIZE[self.target.bits] - (size + 31 & -16)
        self.store(address, "task_struct.thread.regs", regs)
        self.store(regs, "pt_regs.msr", self.user_msr if msr is None else msr)
        if self.has("task_struct.stack"):
            self.store(address, "task_struct.stack", stack)
        if self.has("thread_info.task"):
            self.store(stack, "thread_info.task", address)
        return Task(name, address, stack, regs)

    def run_as(self, task: Task) -> None:
        """Make a task current, in the kernel, with its stack empty but for pt_regs."""
        state = self.machine.state
        state.gpr[1] = task.regs - STACK_FRAME_OVERHEAD[self.target.bits]
        state.msr = self.kernel_msr | state.msr & self.facilities
        if self.target.bits == 32:  # noqa: PLR2004
            state.gpr[2] = task.address
            thread = self.thread(task)
            state.spr[_SPRG3] = thread if self.booke else thread - self.base
        else:
            self.store(self.paca, "paca_struct.__current", task.address)

    def current_task(self, msr: int | None = None, name: str = "task") -> Task:
        """A new task that is current."""
        task = self.new_task(msr, name)
        self.run_as(task)
        return task

    def run_without_task(self) -> None:
        """Kernel code on an empty stack, for functions that ask for no task."""
        self.machine.state.gpr[1] = self._stack_top(self.new_stack())

    def thread(self, task: Task) -> int:
        """Address of a task's thread_struct."""
        return task.address + self.find("task_struct.thread")[0]

    @property
    def facilities(self) -> int:
        """The MSR bits of the facilities that the processor has."""
        return self.msr("FP VEC VSX SPE") & self.machine.cpu.msr_mask

    def _stack_top(self, stack: int) -> int:
        return stack + THREAD_SIZE[self.target.bits] - PAGE // 8

    # -- switches -------------------------------------------------------------------------------------------

    def prepare_switch(self, task: Task) -> None:
        """Let a task look as if it had given up the processor: it switches to itself."""
        self.run_as(task)
        self.call("_switch", self.thread(task), self.thread(task))

    def switch(self, before: Task, after: Task) -> None:
        """The kernel's own switch from the current task to another one that was switched away from."""
        self.call("__switch_to", before.address, after.address)

    # -- user programs --------------------------------------------------------------------------------------

    def user(self, task: Task, *words: int) -> Stop:
        """Return to the current task's user program, let it run these instructions, and enter the kernel.

        Unavailable facilities are loaded by the kernel's own handlers. Any other interrupt ends it and is
        remembered in `interrupts`; the stop says which.
        """
        end = _USER_CODE + 4 * len(words)
        self.machine.memory.map(_USER_CODE, PAGE)
        for number, word in enumerate(words):
            self.write(_USER_CODE + 4 * number, word, 4)
        self._alias_physical()
        stop = self._exit(_USER_CODE, self.load(task.regs, "pt_regs.msr"), end)
        for _ in range(_MOST_LOADS):
            if stop.reason == "until":
                break
            loader = self._loader(stop)
            if loader is None:
                self._remember(task, stop)
                break
            stop = self._exit(stop.srr0 or 0, self._load_up(task, loader, stop), end)
        else:
            raise Inconclusive(f"{task.name} asked for a facility {_MOST_LOADS} times and did not get it")
        self._enter(task, stop)
        return stop

    def _exit(self, address: int, msr: int, end: int) -> Stop:
        """The last instruction of the kernel's way to user mode."""
        state = self.machine.state
        state.spr[_SRR0], state.spr[_SRR1] = address, msr
        state.msr = self.kernel_msr
        state.pc = self.base + EXIT
        return self.user_run(end)

    def _enter(self, task: Task, stop: Stop) -> None:
        """The first instructions of a vector: the program's MSR and place go to pt_regs."""
        state = self.machine.state
        msr = state.msr if stop.srr1 is None else stop.srr1 & ~(0 if self.booke else _CAUSES)
        self.store(task.regs, "pt_regs.msr", msr)
        self.store(task.regs, "pt_regs.nip", stop.pc)
        self.run_as(task)
        state.msr = self.kernel_msr

    def _loader(self, stop: Stop) -> str | None:
        if self.booke and stop.vector == 0xF20:  # noqa: PLR2004
            return _LOAD_UP_SPE
        return _UNAVAILABLE.get(stop.vector or 0)

    def _load_up(self, task: Task, loader: str, stop: Stop) -> int:
        """Run one of the handlers on the interrupt's registers; the MSR that the program goes on with."""
        state = self.machine.state
        if self.roots is not None and loader not in self.roots:
            raise ValueError(f"the probe does not declare {loader} among its roots")
        if not self.defines(loader):
            raise Missing(f"the unit has no function {loader}")
        kept = list(state.gpr), state.cr, state.lr, state.ctr, state.xer
        self._enter(task, stop)
        msr = self.load(task.regs, "pt_regs.msr")
        register = 9 if self.target.bits == 32 else 12  # noqa: PLR2004
        state.gpr[register] = msr
        state.lr, state.pc = self.base + RETURN, self.program.symbols[loader]
        self.run(loader, (self.base + RETURN, self._named("fast_exception_return")))
        msr = state.gpr[register]
        state.gpr[:], state.cr, state.lr, state.ctr, state.xer = kept
        return msr

    def _named(self, name: str) -> int:
        """Address of a name, defined in the unit or not; of RETURN where the unit does not know it."""
        program = self.program
        return program.symbols.get(name) or program.externs.get(name) or self.base + RETURN

    def _remember(self, task: Task, stop: Stop) -> None:
        vector, srr1 = stop.vector or 0, stop.srr1 or 0
        self.interrupts.append(
            {
                "task": task.name,
                "vector": hex(vector),
                "name": interrupt_name(self.target, vector),
                "srr0": hexadecimal(stop.srr0 or 0),
                "srr1": hexadecimal(srr1),
                "srr1_bits": names({**msr_bits(self.target), **PROGRAM}, srr1),
                "fpscr_bits": names(FPSCR, self.machine.state.fpscr),
                "deferred": bool(srr1 & PROGRAM["SRR0-is-subsequent"]) and vector == 0x700,  # noqa: PLR2004
            }
        )

    def _alias_physical(self) -> None:
        """32-bit handlers use physical addresses, PAGE_OFFSET lower than the kernel's own."""
        if not self._aliased:
            self.machine.memory.alias(0, RETURN, self.base)
            self._aliased = True

    _aliased: bool = field(init=False, default=False)
