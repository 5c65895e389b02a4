# SPDX-License-Identifier: GPL-2.0-or-later
"""The vocabulary of probes: a machine with a kernel program in it, a task, calls, and what came of them.

A run that cannot say anything about the kernel (an extern nobody defines, a touch of unmapped memory, no
return within the limit) raises `Inconclusive`; `guarded` turns it into UNTESTABLE with that reason.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from bisectd.domain.program import Member, Program
from bisectd.domain.target import Target
from bisectd.probes.bits import FPSCR, msr_bits, names
from bisectd.probes.checks import Place, hexadecimal
from emulator import Machine, Stop, TraceEvent
from emulator.cpus import CPUS, DR, IR, LE, ME, RI, SF

# Of one call, unless the probe says otherwise: giveup_fpu takes about 120; a context switch under 2,000.
MAX_INSTRUCTIONS = 20_000
PAGE = 0x1000

# Where things are, from the start of the kernel's addresses on. The program is at 0x10000 (kernel.layout).
KERNEL = {32: 0xC000_0000, 64: 0xC000_0000_0000_0000}
THREAD_SIZE = {32: 0x2000, 64: 0x4000}  # stacks with thread_info at the bottom (asm/thread_info.h)
STACK = 0x0400_0000  # aligned to THREAD_SIZE: current_thread_info() masks r1
STACKS = 16
HEAP = 0x0500_0000
LARGEST_HEAP = 0x0100_0000  # the size of a structure is no part of a fingerprint; only absurd ones matter
EXIT = 0x0600_0000  # one rfi
RETURN = 0x07FF_F000  # where the called function returns to; mapped nowhere
LOWEST_FRAME = 256  # bytes above the stack pointer that a called function may write to
TOLD = frozenset({"msr", "fpscr", "memory"})  # of a run under watch, the trace tells of writes to these
TRACED = 32  # the last of them
STACK_FRAME_OVERHEAD = {32: 16, 64: 112}  # below pt_regs (asm/ptrace.h)


class Inconclusive(Exception):
    """The run says nothing about what the probe asks; the message is the reason, one line."""


class Missing(Inconclusive):
    """This version has not got the function that a case is about."""


class Interrupted(Exception):
    """The code under test took an interrupt that a correct kernel does not take here."""


@dataclass
class Scenario:
    """One machine with one program in it.

    `roots` and `members`, where given, are all that may be called and reached into: what a probe does not
    declare is not in a version's fingerprint. `watching`: places whose last writer is looked for.
    """

    program: Program
    target: Target
    roots: Collection[str] | None = None
    members: Collection[str] | None = None
    watching: Sequence[Place] = ()
    limit: int = MAX_INSTRUCTIONS  # instructions that one call may take
    machine: Machine = field(init=False)
    instructions: int = field(init=False, default=0)
    writers: dict[Place, int] = field(init=False, default_factory=dict)  # place → address of the instruction
    events: deque[TraceEvent] = field(init=False, default_factory=lambda: deque(maxlen=TRACED))
    _heap: int = field(init=False)
    _stacks: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.machine = Machine(cpu=self.target.cpu, endian=self.target.endian)
        for segment in self.program.segments:
            start = segment.address & -PAGE
            end = segment.address + len(segment.data)
            self.machine.memory.map(start, -(-(end - start) // PAGE) * PAGE)
            self.machine.memory.write(segment.address, segment.data)
        self._heap = self.base + HEAP
        self.machine.state.msr = self.kernel_msr
        self._watch()

    # -- the processor --------------------------------------------------------------------------------------

    @property
    def base(self) -> int:
        """The first of the kernel's addresses (PAGE_OFFSET)."""
        return KERNEL[self.target.bits]

    @property
    def width(self) -> int:
        """Bytes of a pointer and of a long."""
        return self.target.bits // 8

    @property
    def booke(self) -> bool:
        """Whether the processor is a Book E one."""
        return CPUS[self.target.cpu].booke

    @property
    def kernel_msr(self) -> int:
        """What kernel code runs with, interrupts disabled."""
        mode = ME if self.booke else ME | IR | DR | RI
        wide = SF if self.target.bits == 64 else 0  # noqa: PLR2004
        return mode | wide | (LE if self.target.endian == "little" else 0)

    # -- memory ---------------------------------------------------------------------------------------------

    def new(self, structure: str) -> int:
        """Address of a zeroed structure. Inconclusive where the unit does not define it."""
        size = self.program.sizes.get(structure)
        if size is None:
            raise Inconclusive(f"the unit has no struct {structure}")
        return self.allocate(size, f"struct {structure}")

    def allocate(self, size: int, what: str) -> int:
        """Address of that many zero bytes. Inconclusive where the scenario has not got them."""
        address = self._heap
        self._heap += (size + 63) & -64
        if self._heap > self.base + HEAP + LARGEST_HEAP:
            raise Inconclusive(f"{what} of {size} bytes is larger than the scenario's memory")
        self.machine.memory.map(address & -PAGE, self._heap - (address & -PAGE))
        return address

    def new_stack(self) -> int:
        """Lowest address of an empty kernel stack."""
        size = THREAD_SIZE[self.target.bits]
        address = self.base + STACK + size * self._stacks
        self._stacks += 1
        if self._stacks > STACKS:
            raise ValueError(f"a scenario has at most {STACKS} stacks")
        self.machine.memory.map(address, size)
        return address

    def find(self, *paths: str) -> tuple[int, int]:
        """Offset and size of the first of the member paths that the unit has (layouts differ by version)."""
        member = self._member(paths)
        if member is None:
            raise Inconclusive(f"the unit has no member {' or '.join(paths)}")
        return member.offset, member.size

    def has(self, *paths: str) -> bool:
        """Whether the unit has one of the member paths."""
        return self._member(paths) is not None

    def _member(self, paths: Sequence[str]) -> Member | None:
        if self.members is not None and not all(path in self.members for path in paths):
            raise ValueError(f"the probe does not declare {' or '.join(paths)} among its members")
        members = self.program.members
        return next((found for path in paths if (found := members.get(path)) is not None), None)

    def store(self, base: int, path: str, value: int) -> None:
        """Set the member at `path` of the structure at `base`."""
        offset, size = self.find(path)
        self.write(base + offset, value, size)

    def load(self, base: int, *paths: str) -> int:
        """Read the member of the structure at `base`: the first of the paths that the unit has."""
        offset, size = self.find(*paths)
        return self.read(base + offset, size)

    def place(self, base: int, *paths: str) -> Place:
        """Where that member is."""
        offset, size = self.find(*paths)
        return Place(base + offset, size)

    def read(self, address: int, size: int) -> int:
        """An unsigned integer in the target's byte order."""
        return int.from_bytes(self.machine.memory.read(address, size), self.target.endian)

    def write(self, address: int, value: int, size: int) -> None:
        """Store the low bits of an integer in the target's byte order."""
        value &= (1 << 8 * size) - 1
        self.machine.memory.write(address, value.to_bytes(size, self.target.endian))

    def set_variable(self, name: str, value: int) -> None:
        """Set a global variable of pointer size, where this version has it."""
        address = self.program.symbols.get(name)
        if address is not None:
            self.write(address, value, self.width)

    # -- running --------------------------------------------------------------------------------------------

    def defines(self, function: str) -> bool:
        """Whether the unit has the function."""
        return function in self.program.symbols

    def call(self, function: str, *arguments: int) -> Stop:
        """Call a function as C does and run until it returns; the result is in r3.

        Missing where the unit has no such function; Inconclusive where the run says nothing; Interrupted
        where an interrupt came that a correct kernel does not take here.
        """
        if self.roots is not None and function not in self.roots:
            raise ValueError(f"the probe does not declare {function} among its roots")
        address = self.program.symbols.get(function)
        if address is None:
            raise Missing(f"the unit has no function {function}")
        state = self.machine.state
        state.gpr[3 : 3 + len(arguments)] = [value & state.mask for value in arguments]
        if self.target.bits == 64:  # noqa: PLR2004
            state.gpr[2] = self.program.toc
            state.gpr[12] = (
                address  # from which the global entry point derives r2 (ELFv2 ABI, section 2.3.2.1)
            )
        state.lr = self.base + RETURN
        state.pc = address
        return self.run(function, self.base + RETURN)

    def run(self, function: str, until: int | Sequence[int]) -> Stop:
        """Run on to one of these addresses: all of it belongs to `function`, in messages."""
        stop = self._run(until)
        self.instructions += stop.instructions
        if stop.reason != "until":
            raise self._failure(function, stop)
        return stop

    def user_run(self, until: int) -> Stop:
        """Run a user program to an address, or to what stops it."""
        stop = self._run(until)
        self.instructions += stop.instructions
        return stop

    def _run(self, until: int | Sequence[int]) -> Stop:
        live = [place for place in self.watching if place.register]
        if not live:
            return self.machine.run(until=until, max_instructions=self.limit)
        state = self.machine.state
        ends = {until} if isinstance(until, int) else set(until)
        for count in range(self.limit):
            pc, before = state.pc, [self.register(place.register) for place in live]
            stop = self.machine.run(until=until, max_instructions=1)
            for place, old in zip(live, before, strict=True):
                if self.register(place.register) != old:
                    self.writers[place] = pc
            if stop.reason != "limit" or state.pc in ends:
                reason = "until" if stop.reason == "limit" else stop.reason
                return Stop(
                    reason, stop.pc, count + 1, stop.vector, stop.srr0, stop.srr1, stop.address, stop.esr
                )
        return stop

    def register(self, name: str) -> int:
        """The value of a live register: "f3", "v3", "vs3", "r3", "FPSCR", "VSCR", "SPEFSCR", "MSR"."""
        state = self.machine.state
        files: Mapping[str, Any] = {"f": state.fpr, "v": state.vr, "vs": state.vsr, "r": state.gpr}
        kind = name.rstrip("0123456789")
        if kind != name:
            return int(files[kind][int(name[len(kind) :])])
        special = {"FPSCR": state.fpscr, "VSCR": state.vscr, "MSR": state.msr, "ACC": state.acc}
        return special[name] if name in special else state.spr[SPEFSCR]

    def _failure(self, function: str, stop: Stop) -> Inconclusive | Interrupted:
        where = self.where(stop.pc)
        if stop.reason == "limit":
            return Inconclusive(f"{function} ran {self.limit} instructions without return (at {where})")
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

    def _watch(self) -> None:
        """Remember which instruction writes the watched memory last."""
        ranges = {place: (place.address, place.size) for place in self.watching if place.size}
        if not ranges:
            return

        def remember(event: TraceEvent) -> None:
            if event.kind in TOLD:
                self.events.append(event)
            if event.kind != "memory" or event.address is None or event.size is None:
                return
            for place, (address, size) in ranges.items():
                if event.address < address + size and event.address + event.size > address:
                    self.writers[place] = event.pc

        self.machine.trace(remember, memory=ranges.values())

    def trace(self) -> list[dict[str, Any]]:
        """What was written to MSR, FPSCR and the watched memory, in order: the last of it."""
        return [{**self._instruction(event.pc), **self._written(event)} for event in self.events]

    def _written(self, event: TraceEvent) -> dict[str, str]:
        if event.kind == "memory":
            return {"name": "memory", "before": "", "after": hexadecimal(event.new)}
        table = msr_bits(self.target) if event.kind == "msr" else FPSCR
        before, after = names(table, event.old or 0), names(table, event.new)
        return {"name": event.kind.upper(), "before": before, "after": after}

    def writer(self, place: Place) -> dict[str, Any] | None:
        """The instruction that wrote a watched place last, by a position that a whole class shares."""
        pc = self.writers.get(place)
        return None if pc is None else self._instruction(pc)

    def _instruction(self, pc: int) -> dict[str, Any]:
        symbol, offset = self.symbol_at(pc)
        word = self.read(pc, 4)
        text = disassemble(word, pc, self.target)
        return {"symbol": symbol, "offset": offset, "word": f"{word:#010x}", "text": text}

    def where(self, address: int) -> str:
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


SPEFSCR = 512  # number of the special-purpose register (EREF 2.9.1)


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
