# SPDX-License-Identifier: GPL-2.0-or-later
"""The vocabulary of probes: a machine with a kernel program in it, a task, calls, and what came of them.

A run that cannot say anything about the kernel (an extern nobody defines, a touch of unmapped memory, no
return within the limit) raises `Inconclusive`; `guarded` turns it into UNTESTABLE with that reason.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bisectd.domain.observation import Observation
from bisectd.domain.program import Program
from bisectd.domain.target import Target
from bisectd.domain.verdict import Verdict
from bisectd.probes.bits import names
from emulator import Machine, Stop, TraceEvent

MAX_INSTRUCTIONS = 20_000  # giveup_fpu takes about 120; a context switch under 2,000
PAGE = 0x1000
THREAD_SIZE = 0x2000  # 32-bit kernels: 8 KiB stacks with thread_info at the bottom (asm/thread_info.h)
STACK = 0x0400_0000  # aligned to THREAD_SIZE: current_thread_info() masks r1
HEAP = 0x0500_0000
LARGEST_HEAP = 0x0100_0000  # the size of a structure is no part of a fingerprint; only absurd ones matter
RETURN = 0x07FF_F000  # where the called function returns to; mapped nowhere
KERNEL_MSR = 0x1032  # ME IR DR RI: what kernel code runs with


class Inconclusive(Exception):
    """The run says nothing about what the probe asks; the message is the reason, one line."""


class Interrupted(Exception):
    """The code under test took an interrupt that a correct kernel does not take here."""


@dataclass
class Watch:
    """A range of memory whose last writer is remembered (`pc` is None while nothing wrote it)."""

    address: int
    size: int
    pc: int | None = None


@dataclass
class Scenario:
    """One machine with one program in it."""

    program: Program
    target: Target
    machine: Machine = field(init=False)
    _heap: int = field(init=False, default=HEAP)

    def __post_init__(self) -> None:
        self.machine = Machine(cpu=self.target.cpu)
        for segment in self.program.segments:
            start = segment.address & -PAGE
            end = segment.address + len(segment.data)
            self.machine.memory.map(start, -(-(end - start) // PAGE) * PAGE)
            self.machine.memory.write(segment.address, segment.data)
        self.machine.memory.map(STACK, THREAD_SIZE)
        self.machine.state.msr = KERNEL_MSR

    # -- memory ---------------------------------------------------------------------------------------------

    def new(self, structure: str) -> int:
        """Address of a zeroed structure. Inconclusive where the unit does not define it."""
        size = self.program.sizes.get(structure)
        if size is None:
            raise Inconclusive(f"the unit has no struct {structure}")
        address = self._heap
        self._heap += (size + 63) & -64
        if self._heap > HEAP + LARGEST_HEAP:
            raise Inconclusive(f"struct {structure} of {size} bytes is larger than the scenario's memory")
        self.machine.memory.map(address & -PAGE, self._heap - (address & -PAGE))
        return address

    def find(self, *paths: str) -> tuple[int, int]:
        """Offset and size of the first of the member paths that the unit has (layouts differ by version)."""
        for path in paths:
            member = self.program.members.get(path)
            if member is not None:
                return member.offset, member.size
        raise Inconclusive(f"the unit has no member {' or '.join(paths)}")

    def store(self, base: int, path: str, value: int) -> None:
        """Set the member at `path` of the structure at `base`."""
        offset, size = self.find(path)
        self.machine.memory.write(base + offset, value.to_bytes(size, self.target.endian))

    def load(self, base: int, path: str) -> int:
        """Read the member at `path` of the structure at `base`."""
        offset, size = self.find(path)
        return int.from_bytes(self.machine.memory.read(base + offset, size), self.target.endian)

    # -- the kernel around the code under test --------------------------------------------------------------

    def current_task(self, msr: int) -> tuple[int, int]:
        """A user task that is current, with its saved registers holding `msr`; addresses of both."""
        task = self.new("task_struct")
        regs = self.new("pt_regs")
        self.store(task, "task_struct.thread.regs", regs)
        self.store(regs, "pt_regs.msr", msr)
        state = self.machine.state
        state.gpr[1] = STACK + THREAD_SIZE - 256
        state.gpr[2] = task
        if "thread_info.task" in self.program.members:
            self.store(STACK, "thread_info.task", task)
        return task, regs

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
        address = self.program.externs["cur_cpu_spec"]
        self.machine.memory.map(address, PAGE)
        self.machine.memory.write(address, spec.to_bytes(self.target.bits // 8, self.target.endian))

    def set_variable(self, name: str, value: int) -> None:
        """Set a global variable of pointer size, where this version has it."""
        address = self.program.symbols.get(name)
        if address is not None:
            self.machine.memory.write(address, value.to_bytes(self.target.bits // 8, self.target.endian))

    # -- running --------------------------------------------------------------------------------------------

    def call(self, function: str, *arguments: int) -> Stop:
        """Call a function as C does and run until it returns."""
        address = self.program.symbols.get(function)
        if address is None:
            raise Inconclusive(f"the unit has no function {function}")
        state = self.machine.state
        state.gpr[3 : 3 + len(arguments)] = arguments
        state.lr = RETURN
        state.pc = address
        stop = self.machine.run(until=RETURN, max_instructions=MAX_INSTRUCTIONS)
        if stop.reason != "until":
            raise self._failure(function, stop)
        return stop

    def _failure(self, function: str, stop: Stop) -> Inconclusive | Interrupted:
        where = self.place(stop.pc)
        if stop.reason == "limit":
            return Inconclusive(f"{function} ran {MAX_INSTRUCTIONS} instructions without return (at {where})")
        extern = self._extern(stop)
        if extern is not None:
            return Inconclusive(f"{function} needs {extern}, which nothing in the unit defines (at {where})")
        if stop.address is not None:
            return Inconclusive(f"{function} touched unmapped memory at {stop.address:#x} (at {where})")
        return Interrupted(f"{function} took interrupt {stop.vector:#x} (at {where})")

    def _extern(self, stop: Stop) -> str | None:
        touched = {stop.pc & -PAGE, (stop.address or 0) & -PAGE, (stop.srr0 or 0) & -PAGE}
        return next((name for name, address in self.program.externs.items() if address in touched), None)

    # -- where things are -----------------------------------------------------------------------------------

    def watch(self, address: int, size: int) -> Watch:
        """Remember which instruction writes a range of memory last."""
        watch = Watch(address, size)

        def remember(event: TraceEvent) -> None:
            if event.kind == "memory":
                watch.pc = event.pc

        self.machine.trace(remember, memory=[(address, size)])
        return watch

    def last_write(self, watch: Watch) -> dict[str, Any] | None:
        """The instruction that wrote the watched range last, by a place that a whole class shares."""
        if watch.pc is None:
            return None
        symbol, offset = self.symbol_at(watch.pc)
        word = int.from_bytes(self.machine.memory.read(watch.pc, 4), self.target.endian)
        text = disassemble(word, watch.pc, self.target)
        return {"symbol": symbol, "offset": offset, "word": f"{word:#010x}", "text": text}

    def place(self, address: int) -> str:
        """An address as symbol+offset."""
        symbol, offset = self.symbol_at(address)
        return f"{symbol}+{offset:#x}"

    def symbol_at(self, address: int) -> tuple[str, int]:
        """The closest symbol at or below an address, and the distance; ("?", address) where none is."""
        below = [(start, name) for name, start in self.program.symbols.items() if start <= address]
        if not below:
            return "?", address
        start, name = max(below)
        return name, address - start


def guarded(scenario: Callable[[Program, Target], Observation]) -> Callable[[Program, Target], Observation]:
    """Turn a run that says nothing into UNTESTABLE, and an interrupt in the code under test into BAD."""

    def run(program: Program, target: Target) -> Observation:
        try:
            return scenario(program, target)
        except Inconclusive as reason:
            return Observation(Verdict.UNTESTABLE, str(reason))
        except Interrupted as reason:
            return Observation(Verdict.BAD, str(reason))

    return run


@cache
def _disassembler(endian: str, bits: int) -> Any:
    import capstone  # noqa: PLC0415 - 0.2 s that only a BAD observation costs, and no answer from the store

    order = capstone.CS_MODE_BIG_ENDIAN if endian == "big" else capstone.CS_MODE_LITTLE_ENDIAN
    width = capstone.CS_MODE_64 if bits == 64 else capstone.CS_MODE_32  # noqa: PLR2004
    return capstone.Cs(capstone.CS_ARCH_PPC, width | order)


def disassemble(word: int, address: int, target: Target) -> str:
    """One instruction in the assembler's words, or the word itself where capstone knows none."""
    engine = _disassembler(target.endian, target.bits)
    found = list(engine.disasm_lite(word.to_bytes(4, target.endian), address))
    return f"{found[0][2]} {found[0][3]}".strip() if found else f".long {word:#010x}"


def register_evidence(
    name: str, before: int, after: int, expected: int, table: dict[str, int]
) -> dict[str, str]:
    """One register or member in the words of evidence: values as hex strings, bits by name."""
    values = {"before": before, "after": after, "expected": expected}
    return {
        "name": name,
        **{key: hexadecimal(value) for key, value in values.items()},
        **{f"{key}_bits": names(table, value) for key, value in values.items()},
    }


def hexadecimal(value: int) -> str:
    """A register's value as evidence shows it: 8 digits, or 16 where it needs more."""
    return f"{value:#010x}" if value < 1 << 32 else f"{value:#018x}"
