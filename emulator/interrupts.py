# SPDX-License-Identifier: GPL-2.0-or-later
"""What the processor does when it takes an interrupt (PEM chapter 6)."""

from dataclasses import dataclass

from emulator import interrupts_booke
from emulator.cpus import DR, HV, ILE, IP, IR, LE, RI, SF
from emulator.errors import Interrupt, MemoryFault
from emulator.semantics.common import ALIGNMENT, FACILITY_UNAVAILABLE, ILLEGAL, PROGRAM, TRAP
from emulator.sprs_e500 import ESR
from emulator.state import (
    DAR,
    DSISR,
    FSCR,
    HEIR,
    HID0,
    HILE_HID0,
    HIOR,
    HSRR0,
    HSRR1,
    ILE_LPCR,
    LPCR,
    SRR0,
    SRR1,
    State,
)  # fmt: skip

DSI = 0x300
ISI = 0x400
EXTERNAL = 0x500
DECREMENTER = 0x900
NOT_MAPPED = 0x4000_0000  # DSISR and SRR1: no translation was found
STORE = 0x0200_0000  # DSISR


@dataclass(frozen=True)
class Taken:
    """An interrupt as software sees it: vector offset, SRR0, SRR1, and the address that faulted.

    Where the vector is one of the hypervisor's, `srr0` and `srr1` are for HSRR0 and HSRR1. On Book E the
    vector is the offset in the IVOR, and `registers` are the other registers written: (number of ESR or DEAR,
    value). `trap`: a trap instruction caused it.
    """

    vector: int
    srr0: int
    srr1: int
    address: int | None = None
    dsisr: int = 0
    facility: int = 0
    hypervisor: bool = False
    trap: bool = False
    registers: tuple[tuple[int, int], ...] = ()

    @property
    def esr(self) -> int | None:
        """The cause that Book E reports in ESR; None where the interrupt leaves ESR alone."""
        return dict(self.registers).get(ESR)


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
    if state.cpu.booke:
        return _take_booke(state, interrupt, pc, srr0)
    dsisr = interrupt.dsisr
    if interrupt.vector == ALIGNMENT:
        dsisr = alignment_dsisr(state.memory.load(pc, 4))
    srr1 = state.msr & state.cpu.saved_msr
    if (interrupt.vector, interrupt.cause) == (PROGRAM, ILLEGAL) and state.cpu.illegal_vector != PROGRAM:
        return Taken(state.cpu.illegal_vector, srr0, srr1, hypervisor=True)
    return Taken(
        interrupt.vector, srr0, srr1 | interrupt.cause, interrupt.address, dsisr, interrupt.facility,
        interrupt.hypervisor, is_trap(interrupt),
    )  # fmt: skip


def is_trap(interrupt: Interrupt) -> bool:
    """Tell the interrupt of a trap instruction."""
    return interrupt.vector == PROGRAM and bool(interrupt.cause & TRAP)


def _take_booke(state: State, interrupt: Interrupt, pc: int, srr0: int) -> Taken:
    return Taken(
        interrupts_booke.offset(state, interrupt.vector), srr0, state.msr, interrupt.address,
        trap=is_trap(interrupt), registers=interrupts_booke.registers(state, interrupt, pc),
    )  # fmt: skip


def deliver(state: State, taken: Taken) -> None:
    """Enter the handler: SRR0, SRR1, DAR and DSISR where they apply, MSR, and pc at the vector."""
    if state.cpu.booke:
        state.special |= {SRR0: taken.srr0, SRR1: taken.srr1, **dict(taken.registers)}
        interrupts_booke.enter(state, taken.vector)
        return
    to_hypervisor = taken.vector in state.cpu.hypervisor_vectors
    state.special[HSRR0 if to_hypervisor else SRR0] = taken.srr0
    state.special[HSRR1 if to_hypervisor else SRR1] = taken.srr1
    if taken.vector in {DSI, ALIGNMENT}:
        state.special[DAR] = taken.address or 0
        state.special[DSISR] = taken.dsisr
    if taken.vector == DECREMENTER:
        state.dec_due += 1 << 32
    if taken.vector == FACILITY_UNAVAILABLE:
        state.special[FSCR] = state.special[FSCR] & ~(0xFF << 56) | taken.facility << 56
    if taken.vector == state.cpu.illegal_vector and to_hypervisor:
        state.special[HEIR] = state.memory.load(taken.srr0, 4)
    if state.cpu.bits == 32:
        _enter_32(state, taken)
    else:
        _enter_64(state, taken, to_hypervisor=to_hypervisor)


def _enter_32(state: State, taken: Taken) -> None:
    msr = state.msr & state.cpu.kept_msr
    state.msr = msr | (LE if msr & ILE else 0)
    state.pc = taken.vector | (0xFFF0_0000 if msr & IP else 0)


# LPCR[AIL]: where the vectors are, with translation left on (ISA 2.07 Book III-S, 6.5).
_RELOCATED = {2: (0x1_8000, IR | DR), 3: (0xC000_0000_0000_4000, IR | DR)}


def _enter_64(state: State, taken: Taken, *, to_hypervisor: bool) -> None:
    """MSR by ISA 2.07 Book III-S, figure 66: the handler's byte order is HID0's or LPCR's to say."""
    msr = state.msr & state.cpu.kept_msr | SF
    if to_hypervisor:
        msr |= state.msr & RI
    if to_hypervisor or taken.hypervisor:
        msr |= HV
    special = state.special
    if special[HID0] & HILE_HID0 if msr & HV else special.get(LPCR, 0) & ILE_LPCR:
        msr |= LE
    base = special.get(HIOR, 0)
    if state.msr & HV == msr & HV and state.msr & IR and state.msr & DR:
        base, kept = _RELOCATED.get(special.get(LPCR, 0) >> 23 & 3, (base, 0))
        msr |= kept
    state.msr = msr
    state.pc = taken.vector + base
