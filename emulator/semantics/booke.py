# SPDX-License-Identifier: GPL-2.0-or-later
"""Supervisor instructions of Book E and the e500 (Power ISA 2.03 Book III-E; e500 manual)."""

from emulator.cpus import EE, PR, UBLE, UCLE
from emulator.errors import Interrupt
from emulator.semantics.common import ILLEGAL, PRIVILEGED, PROGRAM, load1
from emulator.semantics.load_store import eax
from emulator.sprs_e500 import CSRR0, CSRR1, MAS1, MCSRR0, MCSRR1, PMRS, USER_PMRS
from emulator.state import State
from emulator.state_e500 import StateE500

DSI = 0x300
DLK, ILK = 0x0020_0000, 0x0010_0000
VALID = 0x8000_0000  # MAS1


def rfci(s: State) -> None:
    """Return from critical interrupt."""
    s.msr = s.special[CSRR1]
    s.npc = s.special[CSRR0]


def rfmci(s: State) -> None:
    """Return from machine check interrupt."""
    s.msr = s.special[MCSRR1]
    s.npc = s.special[MCSRR0]


def wrtee(s: State, rs: int) -> None:
    """Write MSR[EE]."""
    s.msr = s.msr & ~EE | s.gpr[rs] & EE


def wrteei(s: State, e: int) -> None:
    """Write MSR[EE] immediate."""
    s.msr = s.msr & ~EE | (EE if e else 0)


def tlb_search(s: State) -> None:
    """Read or search a TLB that has no entry: flat memory is not translated."""
    s.special[MAS1] &= ~VALID


def lock_data(s: State, ra: int, rb: int) -> None:
    """Lock or unlock a block in a data cache: the check of privilege and address remains."""
    if s.msr & PR and not s.msr & UCLE:
        raise Interrupt(DSI, DLK, address=eax(s, ra, rb))
    load1(s, eax(s, ra, rb))


def lock_code(s: State, ra: int, rb: int) -> None:
    """Lock or unlock a block in an instruction cache."""
    if s.msr & PR and not s.msr & UCLE:
        raise Interrupt(DSI, ILK, address=eax(s, ra, rb))
    load1(s, eax(s, ra, rb))


def lock_branch(s: State) -> None:
    """Lock an entry of the branch buffer, or reset the locks: there is none."""
    if s.msr & PR and not s.msr & UBLE:
        raise Interrupt(PROGRAM, PRIVILEGED)


def _unknown_pmr(s: State, n: int) -> None:
    """Interrupt where a register cannot be reached: bit 5 of the number says whose it is."""
    raise Interrupt(PROGRAM, PRIVILEGED if s.msr & PR and n & 16 else ILLEGAL)


def mfpmr(s: StateE500, rt: int, n: int) -> None:
    """Move from performance monitor register."""
    if n in PMRS and not s.msr & PR:
        s.gpr[rt] = s.pmr[n]
    elif n in USER_PMRS:
        s.gpr[rt] = s.pmr[USER_PMRS[n]]
    else:
        _unknown_pmr(s, n)


def mtpmr(s: StateE500, n: int, rs: int) -> None:
    """Move to performance monitor register."""
    if n in PMRS and not s.msr & PR:
        s.pmr[n] = s.gpr[rs]
    else:
        _unknown_pmr(s, n)
