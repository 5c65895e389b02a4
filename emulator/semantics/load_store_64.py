# SPDX-License-Identifier: GPL-2.0-or-later
"""Loads and stores of 64-bit processors, and those of later versions (ISA 2.07 Book I 3.3, Book II 4.4)."""

from emulator.errors import Interrupt
from emulator.semantics.common import (
    ALIGNMENT,
    load1,
    load2,
    load4,
    load8,
    signed32,
    store1,
    store2,
    store8,
)  # fmt: skip
from emulator.semantics.load_store import ea, eax
from emulator.state import M64, State


def ld(s: State, rt: int, ra: int, d: int) -> None:
    """Load doubleword."""
    s.gpr[rt] = load8(s, ea(s, ra, d))


def ldx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load doubleword, indexed."""
    s.gpr[rt] = load8(s, eax(s, ra, rb))


def ldu(s: State, rt: int, ra: int, d: int) -> None:
    """Load doubleword with update."""
    e = ea(s, ra, d)
    s.gpr[rt] = load8(s, e)
    s.gpr[ra] = e


def ldux(s: State, rt: int, ra: int, rb: int) -> None:
    """Load doubleword with update, indexed."""
    e = eax(s, ra, rb)
    s.gpr[rt] = load8(s, e)
    s.gpr[ra] = e


def lwa(s: State, rt: int, ra: int, d: int) -> None:
    """Load word algebraic."""
    s.gpr[rt] = signed32(load4(s, ea(s, ra, d))) & M64


def lwax(s: State, rt: int, ra: int, rb: int) -> None:
    """Load word algebraic, indexed."""
    s.gpr[rt] = signed32(load4(s, eax(s, ra, rb))) & M64


def lwaux(s: State, rt: int, ra: int, rb: int) -> None:
    """Load word algebraic with update, indexed."""
    e = eax(s, ra, rb)
    s.gpr[rt] = signed32(load4(s, e)) & M64
    s.gpr[ra] = e


def std(s: State, rs: int, ra: int, d: int) -> None:
    """Store doubleword."""
    store8(s, ea(s, ra, d), s.gpr[rs])


def stdx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store doubleword, indexed."""
    store8(s, eax(s, ra, rb), s.gpr[rs])


def stdu(s: State, rs: int, ra: int, d: int) -> None:
    """Store doubleword with update."""
    e = ea(s, ra, d)
    store8(s, e, s.gpr[rs])
    s.gpr[ra] = e


def stdux(s: State, rs: int, ra: int, rb: int) -> None:
    """Store doubleword with update, indexed."""
    e = eax(s, ra, rb)
    store8(s, e, s.gpr[rs])
    s.gpr[ra] = e


def reverse8(v: int) -> int:
    """Swap the bytes of a doubleword."""
    return int.from_bytes(v.to_bytes(8), "little")


def ldbrx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load doubleword byte-reversed."""
    s.gpr[rt] = reverse8(load8(s, eax(s, ra, rb)))


def stdbrx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store doubleword byte-reversed."""
    store8(s, eax(s, ra, rb), reverse8(s.gpr[rs]))


def check_aligned(e: int, size: int) -> None:
    """Take the alignment interrupt where an address is not a multiple of the size."""
    if e & size - 1:
        raise Interrupt(ALIGNMENT, address=e)


def lq(s: State, rt: int, ra: int, d: int) -> None:
    """Load quadword: the even register gets the high half, in either byte order."""
    e = ea(s, ra, d)
    check_aligned(e, 16)
    load_pair(s, rt, e)


def load_pair(s: State, rt: int, e: int) -> None:
    """Load a quadword into two registers."""
    first, second = load8(s, e), load8(s, e + 8 & s.amask)
    s.gpr[rt : rt + 2] = [first, second] if s.memory.endian == "big" else [second, first]


def store_pair(s: State, rs: int, e: int) -> None:
    """Store two registers as a quadword."""
    high, low = s.gpr[rs : rs + 2]
    first, second = (high, low) if s.memory.endian == "big" else (low, high)
    store8(s, e, first)
    store8(s, e + 8 & s.amask, second)


def stq(s: State, rs: int, ra: int, d: int) -> None:
    """Store quadword."""
    e = ea(s, ra, d)
    check_aligned(e, 16)
    store_pair(s, rs, e)


def lbarx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load byte and reserve."""
    e = eax(s, ra, rb)
    s.gpr[rt] = load1(s, e)
    s.reservation = e


def lharx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load halfword and reserve."""
    e = eax(s, ra, rb)
    check_aligned(e, 2)
    s.gpr[rt] = load2(s, e)
    s.reservation = e


def ldarx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load doubleword and reserve."""
    e = eax(s, ra, rb)
    check_aligned(e, 8)
    s.gpr[rt] = load8(s, e)
    s.reservation = e


def lqarx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load quadword and reserve."""
    e = eax(s, ra, rb)
    check_aligned(e, 16)
    load_pair(s, rt, e)
    s.reservation = e


def _conditional(s: State, rs: int, e: int, size: int) -> None:
    check_aligned(e, size)
    if s.reservation == e:
        _store(s, rs, e, size)
        s.crf[0] = 2 | s.so
    else:
        s.crf[0] = s.so
    s.reservation = None


def _store(s: State, rs: int, e: int, size: int) -> None:
    if size == 16:
        store_pair(s, rs, e)
    else:
        _STORES[size](s, e, s.gpr[rs])


_STORES = {1: store1, 2: store2, 8: store8}


def stbcx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store byte conditional."""
    _conditional(s, rs, eax(s, ra, rb), 1)


def sthcx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store halfword conditional."""
    _conditional(s, rs, eax(s, ra, rb), 2)


def stdcx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store doubleword conditional."""
    _conditional(s, rs, eax(s, ra, rb), 8)


def stqcx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store quadword conditional."""
    _conditional(s, rs, eax(s, ra, rb), 16)
