# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine: one processor, its memory, and the loop that runs them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator import interrupts
from emulator.blocks import HOT, Block, fetch, heat
from emulator.cpus import CPUS, EE, FE
from emulator.errors import EmulatorError, Interrupt, MemoryFault
from emulator.interrupts import Taken
from emulator.memory import Memory
from emulator.semantics.common import FEX, FP_ENABLED, PROGRAM, SUBSEQUENT
from emulator.semantics.float_status import summarize
from emulator.state import State
from emulator.state_e500 import StateE500
from emulator.trace import TraceCallback, Tracer
from emulator.translate import Region

if TYPE_CHECKING:
    from collections.abc import Iterable

InterruptHandler = Callable[["Machine", Taken], str | None]


@dataclass(frozen=True)
class Stop:
    """Why a run ended.

    `reason`: "until", "limit", "interrupt", "trap" (the interrupt of a trap instruction), or what an
    interrupt handler returned. `pc` is where the next run goes on; `instructions` were completed in this run.
    `vector`, `srr0`, `srr1` and `address` (of a memory or alignment fault) are those of the interrupt. On
    Book E `vector` is what the IVOR says, and the cause is in `esr`.
    """

    reason: str
    pc: int
    instructions: int
    vector: int | None = None
    srr0: int | None = None
    srr1: int | None = None
    address: int | None = None
    esr: int | None = None


class Machine:
    """A PowerPC of the model `cpu` (a key of `CPUS`) with flat memory, in the byte order `endian`."""

    def __init__(self, cpu: str = "7447a", endian: str = "big") -> None:
        model = CPUS.get(cpu)
        if model is None:
            raise EmulatorError(f"no such processor: {cpu!r} (there are {', '.join(sorted(CPUS))})")
        if endian not in model.endians:
            raise EmulatorError(f"the {cpu} has no {endian!r} byte order (it has {', '.join(model.endians)})")
        self.cpu = model
        self.memory = Memory(endian)
        self.state = (StateE500 if model.booke else State)(model, self.memory)
        self._handler: InterruptHandler | None = None
        self._tracer: Tracer | None = None
        self._stops: set[int] = set()

    def on_interrupt(self, handler: InterruptHandler | None) -> None:
        """Call handler(machine, taken) when the processor has taken an interrupt and is at its vector.

        It may change the state (return as rfi would, or let guest code at the vector run). The run goes on
        unless it returns a string, which becomes the reason to stop. Without a handler the run stops with
        "interrupt" or "trap", and the state is as it was before delivery, with pc at SRR0.
        """
        self._handler = handler

    def trace(self, callback: TraceCallback | None, memory: "Iterable[tuple[int, int]]" = ()) -> None:
        """Call callback(event) for each write to MSR, FPSCR or an SPR, and to the (address, size) ranges.

        None ends tracing. Runs that are not traced pay nothing for it.
        """
        self.memory.unwatch()
        self._tracer = None if callback is None else Tracer(self.state, callback)
        if self._tracer is not None:
            for address, size in memory:
                self.memory.watch(address, size, self._tracer.stored)

    def run(self, until: int | Sequence[int] = (), max_instructions: int = 1 << 62) -> Stop:
        """Run from `state.pc` to an address in `until` (checked before each instruction), or to the limit.

        An interrupt that comes before the handler of the last one has completed an instruction counts as an
        instruction for the limit, so that a processor without handlers to run does not run for ever.
        """
        state = self.state
        self._stop_at({until} if isinstance(until, int) else set(until))
        state.fpscr = summarize(state.fpscr)
        start = state.instructions
        limit = start + max_instructions
        interrupted_at = -1
        while True:
            taken = self._run_to_interrupt(limit)
            if taken is None:
                reason = "until" if state.pc in self._stops else "limit"
                return Stop(reason, state.pc, state.instructions - start)
            stop = self._interrupted(taken, start)
            if stop is not None:
                return stop
            if state.instructions == interrupted_at:
                limit -= 1
                if state.instructions >= limit:
                    return Stop("limit", state.pc, state.instructions - start)
            interrupted_at = state.instructions

    def _stop_at(self, stops: set[int]) -> None:
        if stops != self._stops:
            self._stops = stops
            self.state.forget_blocks()

    def _interrupted(self, taken: Taken, start: int) -> Stop | None:
        state = self.state
        reason = "trap" if taken.trap else "interrupt"
        if self._handler is None:
            state.pc = taken.srr0
        else:
            if self._tracer is not None:
                self._tracer.watch(interrupts.deliver, state, taken)
            else:
                interrupts.deliver(state, taken)
            answer = self._handler(self, taken)
            if answer is None:
                return None
            reason = answer
        count = state.instructions - start
        return Stop(reason, state.pc, count, taken.vector, taken.srr0, taken.srr1, taken.address, taken.esr)

    def _pending(self) -> Interrupt | None:
        """An interrupt that is due before the next instruction, by priority."""
        state = self.state
        if state.fpscr & FEX and state.msr & FE:
            return Interrupt(PROGRAM, FP_ENABLED | SUBSEQUENT)
        if state.msr & EE and state.instructions >= state.dec_due:
            return Interrupt(interrupts.DECREMENTER)
        return None

    def _run_to_interrupt(self, limit: int) -> Taken | None:
        """Run until an interrupt is taken; None where the run is over."""
        state = self.state
        run = self._run_blocks if self._tracer is None else self._run_traced
        while True:
            pending = self._pending()
            if pending is not None:
                return interrupts.take(state, pending, state.pc)
            state.deadline = min(limit, state.dec_due) if state.msr & EE else limit
            try:
                run()
            except Interrupt as interrupt:
                return interrupts.take(state, interrupt, state.pc)
            if state.pc in self._stops or state.instructions >= limit:
                return None

    def _run_blocks(self) -> None:
        """Run to a stop, the deadline, or a change of mode. On an interrupt, pc is at its instruction."""
        state = self.state
        stops = self._stops
        blocks = state.blocks
        pc = state.pc
        while pc not in stops:
            block = blocks.get(pc)
            if block is None:
                if state.instructions >= state.deadline:
                    return
                block = self._fetch(pc)
            budget = state.deadline - state.instructions
            region = block.region
            if region is not None and budget >= region.longest and region.addresses.isdisjoint(stops):
                self._run_region(state, region, budget, block.at)
            elif budget >= block.length:
                block.heat += 1
                if block.heat == HOT:
                    heat(state, block)
                self._run_block(state, block)
            elif budget > 0:
                self._run_block(state, Block(pc, block.calls[:budget]))
            else:
                return
            pc = state.pc = state.npc
            if state.blocks is not blocks:
                return

    def _fetch(self, pc: int) -> Block:
        try:
            return fetch(self.state, pc, self._stops)
        except MemoryFault as fault:
            raise interrupts.of_fetch(fault) from None

    @staticmethod
    def _run_block(state: State, block: Block) -> None:
        state.pc = block.last
        state.npc = block.end & state.amask
        state.instructions += block.length
        calls = iter(block.calls)
        try:
            for function, arguments in calls:
                function(state, *arguments)
        except (Interrupt, MemoryFault) as event:
            left = calls.__length_hint__()  # type: ignore[attr-defined]
            state.pc = block.last - 4 * left
            interrupt = event if isinstance(event, Interrupt) else interrupts.of_fault(event)
            state.instructions -= left if interrupt.completed else left + 1
            if interrupt is event:
                raise
            raise interrupt from None

    @staticmethod
    def _run_region(state: State, region: Region, budget: int, at: int) -> None:
        try:
            region.function(state, budget, at)
        except MemoryFault as fault:
            raise interrupts.of_fault(fault) from None

    def _run_traced(self) -> None:
        """Run one instruction at a time, under the tracer's eyes."""
        state = self.state
        tracer = self._tracer
        mode = state.blocks
        while (
            tracer
            and state.pc not in self._stops
            and state.instructions < state.deadline
            and state.blocks is mode
        ):
            pc = state.pc
            block = state.blocks.get(pc) or self._fetch(pc)
            tracer.watch(self._run_block, state, Block(pc, block.calls[:1]))
            state.pc = state.npc
