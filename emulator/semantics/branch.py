# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches and the condition register (Power ISA Book I, chapter 2)."""

from emulator.errors import Interrupt
from emulator.state import State


def b(s: State, li: int, aa: int, lk: int) -> None:
    """Branch."""
    if lk:
        s.lr = (s.pc + 4) & s.amask
    s.npc = li & s.amask if aa else (s.pc + li) & s.amask


def branch_if(s: State, bo: int, bi: int, target: int) -> None:
    """Count CTR down where BO says so, and branch where CTR and the CR bit are as it says."""
    if bo & 4:
        if bo & 16 or s.crf[bi >> 2] >> 3 - (bi & 3) & 1 == bo >> 3 & 1:
            s.npc = target
    else:
        s.ctr = (s.ctr - 1) & s.mask
        if (s.ctr & s.amask == 0) == (bo & 2 != 0) and (
            bo & 16 or s.crf[bi >> 2] >> 3 - (bi & 3) & 1 == bo >> 3 & 1
        ):
            s.npc = target


def bc(s: State, bo: int, bi: int, bd: int, aa: int, lk: int) -> None:
    """Branch conditional."""
    if lk:
        s.lr = (s.pc + 4) & s.amask
    branch_if(s, bo, bi, bd & s.amask if aa else (s.pc + bd) & s.amask)


def bclr(s: State, bo: int, bi: int, lk: int) -> None:
    """Branch conditional to LR."""
    branch_if(s, bo, bi, s.lr & s.amask & ~3)
    if lk:
        s.lr = (s.pc + 4) & s.amask


def bcctr(s: State, bo: int, bi: int, lk: int) -> None:
    """Branch conditional to CTR (the forms that decrement CTR are invalid; the count is not touched)."""
    branch_if(s, bo | 4, bi, s.ctr & s.amask & ~3)
    if lk:
        s.lr = (s.pc + 4) & s.amask


def sc(_s: State, lev: int) -> None:
    """System call; at level 1 it calls the hypervisor of a 64-bit processor."""
    raise Interrupt(0xC00, completed=True, hypervisor=lev == 1)


def bit(s: State, n: int) -> int:
    """Return bit n of CR."""
    return s.crf[n >> 2] >> 3 - (n & 3) & 1


def _set_bit(s: State, n: int, v: int) -> None:
    s.crf[n >> 2] = s.crf[n >> 2] & ~(8 >> (n & 3)) | v << 3 - (n & 3)


def crand(s: State, bt: int, ba: int, bb: int) -> None:
    """AND of CR bits."""
    _set_bit(s, bt, bit(s, ba) & bit(s, bb))


def cror(s: State, bt: int, ba: int, bb: int) -> None:
    """OR of CR bits."""
    _set_bit(s, bt, bit(s, ba) | bit(s, bb))


def crxor(s: State, bt: int, ba: int, bb: int) -> None:
    """XOR of CR bits."""
    _set_bit(s, bt, bit(s, ba) ^ bit(s, bb))


def crnand(s: State, bt: int, ba: int, bb: int) -> None:
    """NAND of CR bits."""
    _set_bit(s, bt, (bit(s, ba) & bit(s, bb)) ^ 1)


def crnor(s: State, bt: int, ba: int, bb: int) -> None:
    """NOR of CR bits."""
    _set_bit(s, bt, (bit(s, ba) | bit(s, bb)) ^ 1)


def creqv(s: State, bt: int, ba: int, bb: int) -> None:
    """Equivalence of CR bits."""
    _set_bit(s, bt, bit(s, ba) ^ bit(s, bb) ^ 1)


def crandc(s: State, bt: int, ba: int, bb: int) -> None:
    """AND of a CR bit with a complement."""
    _set_bit(s, bt, bit(s, ba) & (bit(s, bb) ^ 1))


def crorc(s: State, bt: int, ba: int, bb: int) -> None:
    """OR of a CR bit with a complement."""
    _set_bit(s, bt, bit(s, ba) | (bit(s, bb) ^ 1))


def mcrf(s: State, bf: int, bfa: int) -> None:
    """Move a CR field."""
    s.crf[bf] = s.crf[bfa]


def mfcr(s: State, rt: int) -> None:
    """Move from CR."""
    s.gpr[rt] = s.cr


def mfocrf(s: State, rt: int, fxm: int) -> None:
    """Move from one CR field; before ISA 2.01, and where several are named, from all."""
    if s.cpu.bits == 64 and fxm and not fxm & fxm - 1:
        shift = 4 * (fxm.bit_length() - 1)
        s.gpr[rt] = s.cr & 15 << shift
    else:
        s.gpr[rt] = s.cr


def mtcrf(s: State, fxm: int, rs: int) -> None:
    """Move to CR fields."""
    for i in range(8):
        if fxm & 128 >> i:
            s.crf[i] = s.gpr[rs] >> 28 - 4 * i & 15


def mcrxr(s: State, bf: int) -> None:
    """Move SO, OV, CA to a CR field and clear them."""
    s.crf[bf] = s.so << 3 | s.ov << 2 | s.ca << 1
    s.so = s.ov = s.ca = 0
