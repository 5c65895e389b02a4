# SPDX-License-Identifier: GPL-2.0-or-later
"""Supervisor state, special-purpose registers, caches, TLB and synchronization (PEM, Book III)."""

from emulator.cpus import FE, HV, PR, TM
from emulator.errors import Interrupt, NotImplementedInstruction
from emulator.semantics.common import (
    FACILITY_UNAVAILABLE,
    FEX,
    FP_ENABLED,
    ILLEGAL,
    PRIVILEGED,
    PROGRAM,
    SUBSEQUENT,
    load1,
    store8,
)  # fmt: skip
from emulator.semantics.load_store import eax
from emulator.state import CTR, FSCR, LPCR, LR, SRR0, SRR1, TBL, TBU, State

HDICE = 1
_NEVER_IGNORED = frozenset({0, 4, 5, 6})
_TRANSACTIONAL = frozenset({128, 129, 130, 131})
# Facilities that FSCR opens to problem state, by their bit there, which is also their code in FSCR[IC].
DSCR, EBB, TAR_FACILITY = 2, 7, 8
_FACILITY_OF_SPR = {3: DSCR, 815: TAR_FACILITY} | dict.fromkeys(range(800, 807), EBB)


def mfmsr(s: State, rt: int) -> None:
    """Move from MSR."""
    s.gpr[rt] = s.msr


def mtmsr(s: State, rs: int) -> None:
    """Move to MSR; turning FE on with FEX set owes the interrupt, with SRR0 at the next instruction."""
    s.msr = s.gpr[rs]
    if s.fpscr & FEX and s.msr & FE:
        raise Interrupt(PROGRAM, FP_ENABLED | SUBSEQUENT, completed=True)


def rfi(s: State) -> None:
    """Return from interrupt; turning FE on with FEX set owes the interrupt, with SRR0 at the target."""
    s.msr = s.special[SRR1] & s.cpu.saved_msr
    s.npc = s.special[SRR0] & ~3 & s.amask
    if s.fpscr & FEX and s.msr & FE:
        raise Interrupt(PROGRAM, FP_ENABLED | SUBSEQUENT, completed=True, resume=s.npc)


def unknown_spr(s: State, n: int) -> None:
    """Interrupt where a register cannot be reached; 64-bit supervisors get past it (ISA III-S, 4.4.4)."""
    if s.msr & PR and n & 16:
        raise Interrupt(PROGRAM, PRIVILEGED)
    if s.msr & PR or s.cpu.bits == 32 or n in _NEVER_IGNORED:
        raise Interrupt(PROGRAM, ILLEGAL)


def _accessible(s: State, n: int, access: str) -> bool:
    spr = s.cpu.sprs.get(n)
    if spr is None:
        return False
    if s.msr & PR:
        check_facility(s, _FACILITY_OF_SPR.get(n, 0))
        return access in spr.user
    return access in spr.user or access in spr.supervisor or (access in spr.hypervisor and s.msr & HV != 0)


def check_facility(s: State, facility: int) -> None:
    """Take the facility unavailable interrupt for what FSCR keeps from problem state; 0 is always there."""
    if facility and not s.special.get(FSCR, -1) >> facility & 1:
        raise Interrupt(FACILITY_UNAVAILABLE, facility=facility)


def read_spr(s: State, n: int, old: int) -> int:
    """Read a special-purpose register as an instruction does, with checks; `old` where it is ignored."""
    if not _accessible(s, n, "r"):
        unknown_spr(s, n)
        return old
    check_transactional(s, n)
    return s.spr[n]


def write_spr(s: State, n: int, v: int) -> None:
    """Write a special-purpose register as an instruction does, with checks."""
    if not _accessible(s, n, "w"):
        unknown_spr(s, n)
    else:
        check_transactional(s, n)
        if n == LPCR and v & HDICE:
            raise NotImplementedInstruction("LPCR[HDICE]: the hypervisor decrementer never interrupts")
        s.spr[n] = v


def check_transactional(s: State, n: int) -> None:
    """The registers of transactional memory want MSR[TM]."""
    if n in _TRANSACTIONAL and s.cpu.bits == 64 and not s.msr & TM:
        raise Interrupt(FACILITY_UNAVAILABLE, facility=5)


def mfspr(s: State, rt: int, n: int) -> None:
    """Move from special-purpose register."""
    if n == LR:
        s.gpr[rt] = s.lr
    elif n == CTR:
        s.gpr[rt] = s.ctr
    else:
        s.gpr[rt] = read_spr(s, n, s.gpr[rt])


def mtspr(s: State, n: int, rs: int) -> None:
    """Move to special-purpose register."""
    if n == LR:
        s.lr = s.gpr[rs]
    elif n == CTR:
        s.ctr = s.gpr[rs]
    else:
        write_spr(s, n, s.gpr[rs])


def mftb(s: State, rt: int, n: int) -> None:
    """Move from time base."""
    if n not in {TBL, TBU}:
        raise Interrupt(PROGRAM, ILLEGAL)
    s.gpr[rt] = s.spr[n]


def mfsr(s: State, rt: int, sr: int) -> None:
    """Move from segment register."""
    s.gpr[rt] = s.sr[sr]


def mfsrin(s: State, rt: int, rb: int) -> None:
    """Move from segment register, by address."""
    s.gpr[rt] = s.sr[s.gpr[rb] >> 28 & 15]


def mtsr(s: State, sr: int, rs: int) -> None:
    """Move to segment register."""
    s.sr[sr] = s.gpr[rs]


def mtsrin(s: State, rs: int, rb: int) -> None:
    """Move to segment register, by address."""
    s.sr[s.gpr[rb] >> 28 & 15] = s.gpr[rs]


def hint(s: State) -> None:
    """Do what flat, coherent, unbuffered memory has to do for it: nothing."""


def tlb(s: State) -> None:
    """Invalidate translations: there are none. On 64-bit processors only the hypervisor may."""
    if s.cpu.bits == 64 and not s.msr & HV:
        raise Interrupt(PROGRAM, PRIVILEGED)


def touch_block(s: State, ra: int, rb: int) -> None:
    """Clean or flush a cache block: only the check that the address can be read remains."""
    load1(s, eax(s, ra, rb))


def icbi(s: State, ra: int, rb: int) -> None:
    """Invalidate an instruction cache block: what was decoded is forgotten."""
    load1(s, eax(s, ra, rb))
    s.forget_code()


def dcbz(s: State, ra: int, rb: int) -> None:
    """Set a data cache block to zero."""
    e = eax(s, ra, rb) & -s.cpu.cache_block
    for i in range(0, s.cpu.cache_block, 8):
        store8(s, e + i, 0)
