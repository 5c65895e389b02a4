# SPDX-License-Identifier: GPL-2.0-or-later
"""Interrupts of Book E: vectors in IVPR and IVORs, causes in ESR, addresses in DEAR (Power ISA 2.03 III-E).

Semantics raise the same `Interrupt`s on all models; here their vectors are names of IVORs.
"""

from emulator.decode import index_of
from emulator.errors import Interrupt
from emulator.semantics.common import ALIGNMENT, ILLEGAL, PRIVILEGED, PROGRAM, TRAP
from emulator.sprs_e500 import DEAR, ESR, IVOR, IVPR, OFFSETS
from emulator.state import State

DSI = 0x300
ISI = 0x400
STORE = 0x0200_0000
PIL, PPR, PTR, ST, DLK, ILK, SPV = (
    0x0800_0000, 0x0400_0000, 0x0200_0000, 0x0080_0000, 0x0020_0000, 0x0010_0000, 0x80,
)  # fmt: skip

_PROGRAM = {ILLEGAL: PIL, PRIVILEGED: PPR, TRAP: PTR}
_NUMBER = {vector: number for number, vector in OFFSETS.items()}
_SPE = frozenset({"spe", "brinc", "efs", "efv"})
_SPE_NUMBERS = range(32, 35)
_WITH_ADDRESS = frozenset({DSI, ALIGNMENT})
_WITH_ESR = frozenset({DSI, ISI, ALIGNMENT, PROGRAM}) | {OFFSETS[n] for n in _SPE_NUMBERS}


def syndrome(state: State, interrupt: Interrupt, pc: int) -> int:
    """Return ESR for an interrupt that the instruction at `pc` caused."""
    if interrupt.vector == PROGRAM:
        return _PROGRAM.get(interrupt.cause, 0)
    if _NUMBER[interrupt.vector] in _SPE_NUMBERS:
        return SPV
    if interrupt.vector not in _WITH_ADDRESS:
        return 0
    line = index_of(state.cpu.facilities).find(state.memory.load(pc, 4))
    if line is None:
        return 0
    store = interrupt.dsisr & STORE or (interrupt.vector == ALIGNMENT and "memory" in line.writes)
    return interrupt.cause | (ST if store else 0) | (SPV if line.facility in _SPE else 0)


def offset(state: State, vector: int) -> int:
    """Return the IVOR of an interrupt, an offset from IVPR."""
    return state.special[IVOR[_NUMBER[vector]]]


def registers(state: State, interrupt: Interrupt, pc: int) -> tuple[tuple[int, int], ...]:
    """Return what an interrupt writes besides SRR0 and SRR1: pairs of ESR or DEAR and its value."""
    written = []
    if interrupt.vector in _WITH_ESR:
        written.append((ESR, syndrome(state, interrupt, pc)))
    if interrupt.vector in _WITH_ADDRESS:
        written.append((DEAR, interrupt.address or 0))
    return tuple(written)


def enter(state: State, vector: int) -> None:
    """Go to the handler at an offset from IVPR."""
    state.msr &= state.cpu.kept_msr
    state.pc = state.special[IVPR] | vector
