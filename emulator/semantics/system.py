# SPDX-License-Identifier: GPL-2.0-or-later
"""Supervisor state, special-purpose registers, caches, TLB and synchronization (PEM chapters 2, 6; Book II, III)."""

from emulator.cpus import FE, PR
from emulator.errors import Interrupt
from emulator.semantics.common import FEX, FP_ENABLED, ILLEGAL, PRIVILEGED, PROGRAM, SUBSEQUENT, load1, store8
from emulator.semantics.load_store import eax
from emulator.state import CTR, LR, SRR0, SRR1, TBL, TBU, State


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


def check_spr(s: State, n: int, access: str) -> None:
    """Refuse an access as the 32-bit processors do: privileged by the number's bit 4, else illegal."""
    spr = s.cpu.sprs.get(n)
    if s.msr & PR:
        if n & 16:
            raise Interrupt(PROGRAM, PRIVILEGED)
        allowed = spr.user if spr else ""
    else:
        allowed = spr.user + spr.supervisor if spr else ""
    if access not in allowed:
        raise Interrupt(PROGRAM, ILLEGAL)


def read_spr(s: State, n: int) -> int:
    """Read a special-purpose register as an instruction does, with checks."""
    check_spr(s, n, "r")
    return s.spr[n]


def write_spr(s: State, n: int, v: int) -> None:
    """Write a special-purpose register as an instruction does, with checks."""
    check_spr(s, n, "w")
    s.spr[n] = v


def mfspr(s: State, rt: int, n: int) -> None:
    """Move from special-purpose register."""
    if n == LR:
        s.gpr[rt] = s.lr
    elif n == CTR:
        s.gpr[rt] = s.ctr
    else:
        s.gpr[rt] = read_spr(s, n)


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
    s.gpr[rt] = s.spr[n] if s.cpu.bits == 32 or n == TBU else s.tb


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
