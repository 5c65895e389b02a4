# SPDX-License-Identifier: GPL-2.0-or-later
"""Supervisor state of 64-bit server processors (ISA 2.07 Book III-S), and transactional memory (Book II)."""

from emulator.cpus import DR, EE, FE, HV, IR, LE, ME, PR, RI, TM, TS
from emulator.errors import Interrupt, NotImplementedInstruction
from emulator.semantics.branch import branch_if
from emulator.semantics.common import (
    FACILITY_UNAVAILABLE,
    FEX,
    FP_ENABLED,
    PRIVILEGED,
    PROGRAM,
    SUBSEQUENT,
)  # fmt: skip
from emulator.semantics.system import EBB, TAR_FACILITY, check_facility
from emulator.state import HSRR0, HSRR1, M32, M64, SRR0, SRR1, TAR, State

TM_BAD_THING = 0x0020_0000  # SRR1: a change of MSR[TS] that is not allowed
TM_FACILITY = 5
TFHAR, TFIAR, TEXASR, EBBRR, BESCR = 128, 129, 130, 805, 806
GE = 1 << 63  # BESCR: event-based branches are on

# TEXASR (Book II, 5.4): IBM bits 7, 14, 30, 31, 36, 37.
PERSISTENT, NESTING_OVERFLOW, HYPERVISOR, PROBLEM, SUMMARY, EXACT = (
    1 << 63 - bit for bit in (7, 14, 30, 31, 36, 37)
)


def check_hypervisor(s: State) -> None:
    """Refuse what only the hypervisor may do."""
    if not s.msr & HV:
        raise Interrupt(PROGRAM, PRIVILEGED)


def set_msr(s: State, new: int, resume: int | None) -> None:
    """Set MSR: problem state always has EE, IR and DR. What FE owes for FEX comes at once."""
    if (new ^ s.msr) & TS:
        raise Interrupt(PROGRAM, TM_BAD_THING)
    s.msr = new | (EE | IR | DR if new & PR else 0)
    s.npc = (s.npc if resume is None else resume & ~3) & s.amask
    if s.fpscr & FEX and s.msr & FE:
        raise Interrupt(PROGRAM, FP_ENABLED | SUBSEQUENT, completed=True, resume=s.npc)


def mtmsr(s: State, rs: int, l: int) -> None:  # noqa: E741 — the field's name
    """Move to MSR: the low word without ME and LE, or EE and RI alone."""
    m = EE | RI if l else M32 & ~(ME | LE)
    set_msr(s, s.gpr[rs] & m | s.msr & ~m, None)


def mtmsrd(s: State, rs: int, l: int) -> None:  # noqa: E741
    """Move to MSR doubleword: all but HV, ME and LE, or EE and RI alone."""
    m = EE | RI if l else M64 & ~(HV | ME | LE)
    set_msr(s, s.gpr[rs] & m | s.msr & ~m, None)


def _return(s: State, msr: int, address: int) -> None:
    m = s.cpu.saved_msr
    set_msr(s, msr & m | s.msr & ~m, address)


def rfid(s: State) -> None:
    """Return from interrupt: HV can only be turned off, and ME is the hypervisor's."""
    msr = s.special[SRR1]
    _return(s, msr if s.msr & HV else msr & ~(HV | ME) | s.msr & ME, s.special[SRR0])


def hrfid(s: State) -> None:
    """Return from an interrupt of the hypervisor."""
    check_hypervisor(s)
    _return(s, s.special[HSRR1], s.special[HSRR0])


def rfebb(s: State, on: int) -> None:
    """Return from event-based branch."""
    if s.msr & PR:
        check_facility(s, EBB)
    s.special[BESCR] = s.special[BESCR] & ~GE | on << 63
    s.npc = s.special[EBBRR] & ~3 & s.amask


def bctar(s: State, bo: int, bi: int, lk: int) -> None:
    """Branch conditional to TAR."""
    if s.msr & PR:
        check_facility(s, TAR_FACILITY)
    if lk:
        s.lr = (s.pc + 4) & s.amask
    branch_if(s, bo, bi, s.special[TAR] & s.amask & ~3)


def check_tm(s: State) -> None:
    """Transactional memory wants MSR[TM]."""
    if not s.msr & TM:
        raise Interrupt(FACILITY_UNAVAILABLE, facility=TM_FACILITY)


def tbegin(s: State) -> None:
    """Begin a transaction: it fails at once and for good, as one too deeply nested, and nothing is undone."""
    check_tm(s)
    where = (HYPERVISOR if s.msr & HV else 0) | (PROBLEM if s.msr & PR else 0)
    s.special[TEXASR] = PERSISTENT | NESTING_OVERFLOW | where | SUMMARY | EXACT
    s.special[TFIAR] = s.pc | (2 if s.msr & HV else 0) | (1 if s.msr & PR else 0)
    s.special[TFHAR] = s.pc + 4 & s.amask
    s.crf[0] = 0b1010


def outside_transaction(s: State) -> None:
    """tend., tabort. and their like where no transaction runs: CR0 is 0, MSR[TS], 0; nothing else happens."""
    check_tm(s)
    s.crf[0] = 0


def tcheck(s: State, bf: int) -> None:
    """Check a transaction: none runs."""
    check_tm(s)
    s.crf[bf] = 8


def treclaim(s: State) -> None:
    """Reclaim a transaction: outside of one, a program interrupt."""
    check_tm(s)
    raise Interrupt(PROGRAM, TM_BAD_THING)


def trechkpt(s: State) -> None:
    """Make a suspended transaction of the registers, which this core has none of."""
    check_tm(s)
    if s.special[TEXASR] & SUMMARY:
        raise NotImplementedInstruction(f"trechkpt. at {s.pc:#x}: the emulator has no suspended transactions")
    raise Interrupt(PROGRAM, TM_BAD_THING)
