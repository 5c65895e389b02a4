# SPDX-License-Identifier: GPL-2.0-or-later
"""What the processor does when it takes an interrupt (PEM chapter 6)."""

from dataclasses import dataclass

from emulator.cpus import ILE, IP, LE
from emulator.errors import Interrupt, MemoryFault
from emulator.semantics.common import ALIGNMENT
from emulator.state import DAR, DSISR, SRR0, SRR1, State

DSI = 0x300
ISI = 0x400
EXTERNAL = 0x500
DECREMENTER = 0x900
NOT_MAPPED = 0x4000_0000  # DSISR and SRR1: no translation was found
STORE = 0x0200_0000  # DSISR


@dataclass(frozen=True)
class Taken:
    """An interrupt as software sees it: vector offset, SRR0, SRR1, and the address that faulted."""

    vector: int
    srr0: int
    srr1: int
    address: int | None = None
    dsisr: int = 0


def of_fault(fault: MemoryFault) -> Interrupt:
    """A data access to unmapped memory."""
    return Interrupt(DSI, address=fault.address, dsisr=NOT_MAPPED | (STORE if fault.store else 0))


def of_fetch(fault: MemoryFault) -> Interrupt:
    """An instruction fetch from unmapped memory."""
    return Interrupt(ISI, NOT_MAPPED, address=fault.address)


def alignment_dsisr(word: int) -> int:
    """DSISR of an alignment interrupt: what the instruction was, in the bits of PEM section 6.4.6."""
    registers = word >> 16 & 0x3FF
    if word >> 26 == 31:
        return (word & 6) << 14 | (word & 0x40) << 8 | (word & 0x780) << 3 | registers
    return (word >> 26 & 1) << 14 | (word >> 27 & 15) << 10 | registers


def take(state: State, interrupt: Interrupt, pc: int) -> Taken:
    """Work out the registers of an interrupt that the instruction at `pc` caused; nothing changes yet."""
    srr0 = pc + 4 & state.amask if interrupt.completed else pc
    if interrupt.resume is not None:
        srr0 = interrupt.resume
    dsisr = interrupt.dsisr
    if interrupt.vector == ALIGNMENT:
        dsisr = alignment_dsisr(state.memory.load(pc, 4))
    srr1 = state.msr & state.cpu.saved_msr | interrupt.cause
    return Taken(interrupt.vector, srr0, srr1, interrupt.address, dsisr)


def deliver(state: State, taken: Taken) -> None:
    """Enter the handler: SRR0, SRR1, DAR and DSISR where they apply, MSR, and pc at the vector."""
    state.special[SRR0] = taken.srr0
    state.special[SRR1] = taken.srr1
    if taken.vector in {DSI, ALIGNMENT}:
        state.special[DAR] = taken.address or 0
        state.special[DSISR] = taken.dsisr
    if taken.vector == DECREMENTER:
        state.dec_due += 1 << 32
    msr = state.msr & state.cpu.kept_msr
    state.msr = msr | (LE if msr & ILE else 0)
    state.pc = taken.vector | (0xFFF0_0000 if msr & IP else 0)
