# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixed-point loads and stores (Power ISA Book I, chapter 3.3) and the reservation (Book II)."""

from emulator.cpus import LE
from emulator.errors import Interrupt
from emulator.semantics.common import (
    ALIGNMENT,
    ILLEGAL,
    PROGRAM,
    check_alignment,
    load1,
    load2,
    load4,
    store1,
    store2,
    store4,
)  # fmt: skip
from emulator.state import M32, State


def ea(s: State, ra: int, d: int) -> int:
    """Return the effective address (RA|0) + displacement."""
    return ((s.gpr[ra] if ra else 0) + d) & s.amask


def eax(s: State, ra: int, rb: int) -> int:
    """Return the effective address (RA|0) + (RB)."""
    return ((s.gpr[ra] if ra else 0) + s.gpr[rb]) & s.amask


def lbz(s: State, rt: int, ra: int, d: int) -> None:
    """Load byte."""
    s.gpr[rt] = load1(s, ea(s, ra, d))


def lbzx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load byte, indexed."""
    s.gpr[rt] = load1(s, eax(s, ra, rb))


def lbzu(s: State, rt: int, ra: int, d: int) -> None:
    """Load byte with update."""
    e = ea(s, ra, d)
    s.gpr[rt] = load1(s, e)
    s.gpr[ra] = e


def lbzux(s: State, rt: int, ra: int, rb: int) -> None:
    """Load byte with update, indexed."""
    e = eax(s, ra, rb)
    s.gpr[rt] = load1(s, e)
    s.gpr[ra] = e


def lhz(s: State, rt: int, ra: int, d: int) -> None:
    """Load halfword."""
    s.gpr[rt] = load2(s, ea(s, ra, d))


def lhzx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load halfword, indexed."""
    s.gpr[rt] = load2(s, eax(s, ra, rb))


def lhzu(s: State, rt: int, ra: int, d: int) -> None:
    """Load halfword with update."""
    e = ea(s, ra, d)
    s.gpr[rt] = load2(s, e)
    s.gpr[ra] = e


def lhzux(s: State, rt: int, ra: int, rb: int) -> None:
    """Load halfword with update, indexed."""
    e = eax(s, ra, rb)
    s.gpr[rt] = load2(s, e)
    s.gpr[ra] = e


def extend2(s: State, v: int) -> int:
    """Extend the sign of a halfword over a register."""
    return (v ^ 0x8000) - 0x8000 & s.mask


def lha(s: State, rt: int, ra: int, d: int) -> None:
    """Load halfword algebraic."""
    s.gpr[rt] = extend2(s, load2(s, ea(s, ra, d)))


def lhax(s: State, rt: int, ra: int, rb: int) -> None:
    """Load halfword algebraic, indexed."""
    s.gpr[rt] = extend2(s, load2(s, eax(s, ra, rb)))


def lhau(s: State, rt: int, ra: int, d: int) -> None:
    """Load halfword algebraic with update."""
    e = ea(s, ra, d)
    s.gpr[rt] = extend2(s, load2(s, e))
    s.gpr[ra] = e


def lhaux(s: State, rt: int, ra: int, rb: int) -> None:
    """Load halfword algebraic with update, indexed."""
    e = eax(s, ra, rb)
    s.gpr[rt] = extend2(s, load2(s, e))
    s.gpr[ra] = e


def lwz(s: State, rt: int, ra: int, d: int) -> None:
    """Load word."""
    s.gpr[rt] = load4(s, ea(s, ra, d))


def lwzx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load word, indexed."""
    s.gpr[rt] = load4(s, eax(s, ra, rb))


def lwzu(s: State, rt: int, ra: int, d: int) -> None:
    """Load word with update."""
    e = ea(s, ra, d)
    s.gpr[rt] = load4(s, e)
    s.gpr[ra] = e


def lwzux(s: State, rt: int, ra: int, rb: int) -> None:
    """Load word with update, indexed."""
    e = eax(s, ra, rb)
    s.gpr[rt] = load4(s, e)
    s.gpr[ra] = e


def stb(s: State, rs: int, ra: int, d: int) -> None:
    """Store byte."""
    store1(s, ea(s, ra, d), s.gpr[rs])


def stbx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store byte, indexed."""
    store1(s, eax(s, ra, rb), s.gpr[rs])


def stbu(s: State, rs: int, ra: int, d: int) -> None:
    """Store byte with update."""
    e = ea(s, ra, d)
    store1(s, e, s.gpr[rs])
    s.gpr[ra] = e


def stbux(s: State, rs: int, ra: int, rb: int) -> None:
    """Store byte with update, indexed."""
    e = eax(s, ra, rb)
    store1(s, e, s.gpr[rs])
    s.gpr[ra] = e


def sth(s: State, rs: int, ra: int, d: int) -> None:
    """Store halfword."""
    store2(s, ea(s, ra, d), s.gpr[rs])


def sthx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store halfword, indexed."""
    store2(s, eax(s, ra, rb), s.gpr[rs])


def sthu(s: State, rs: int, ra: int, d: int) -> None:
    """Store halfword with update."""
    e = ea(s, ra, d)
    store2(s, e, s.gpr[rs])
    s.gpr[ra] = e


def sthux(s: State, rs: int, ra: int, rb: int) -> None:
    """Store halfword with update, indexed."""
    e = eax(s, ra, rb)
    store2(s, e, s.gpr[rs])
    s.gpr[ra] = e


def stw(s: State, rs: int, ra: int, d: int) -> None:
    """Store word."""
    store4(s, ea(s, ra, d), s.gpr[rs] & M32)


def stwx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store word, indexed."""
    store4(s, eax(s, ra, rb), s.gpr[rs] & M32)


def stwu(s: State, rs: int, ra: int, d: int) -> None:
    """Store word with update."""
    e = ea(s, ra, d)
    store4(s, e, s.gpr[rs] & M32)
    s.gpr[ra] = e


def stwux(s: State, rs: int, ra: int, rb: int) -> None:
    """Store word with update, indexed."""
    e = eax(s, ra, rb)
    store4(s, e, s.gpr[rs] & M32)
    s.gpr[ra] = e


def reverse2(v: int) -> int:
    """Swap the bytes of a halfword."""
    return v >> 8 & 0xFF | (v & 0xFF) << 8


def reverse4(v: int) -> int:
    """Swap the bytes of a word."""
    return v >> 24 & 0xFF | v >> 8 & 0xFF00 | (v & 0xFF00) << 8 | (v & 0xFF) << 24


def lhbrx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load halfword byte-reversed."""
    s.gpr[rt] = reverse2(load2(s, eax(s, ra, rb)))


def lwbrx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load word byte-reversed."""
    s.gpr[rt] = reverse4(load4(s, eax(s, ra, rb)))


def sthbrx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store halfword byte-reversed."""
    store2(s, eax(s, ra, rb), reverse2(s.gpr[rs]))


def stwbrx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store word byte-reversed."""
    store4(s, eax(s, ra, rb), reverse4(s.gpr[rs]))


def refuse_little_endian(s: State, e: int) -> None:
    """Loads and stores of several registers are alignment interrupts in little-endian mode."""
    if s.mode & LE:
        raise Interrupt(ALIGNMENT, address=e)


def lmw(s: State, rt: int, ra: int, d: int) -> None:
    """Load multiple words: all or none, so that it can be run again after a fault."""
    e = ea(s, ra, d)
    refuse_little_endian(s, e)
    check_alignment(s, e, "multiple")
    s.gpr[rt:32] = [load4(s, e + 4 * i & s.amask) for i in range(32 - rt)]


def stmw(s: State, rs: int, ra: int, d: int) -> None:
    """Store multiple words."""
    e = ea(s, ra, d)
    refuse_little_endian(s, e)
    check_alignment(s, e, "multiple")
    for i in range(32 - rs):
        store4(s, e + 4 * i & s.amask, s.gpr[rs + i] & M32)


def _load_string(s: State, rt: int, e: int, count: int) -> None:
    refuse_little_endian(s, e)
    data = bytes([load1(s, e + i & s.amask) for i in range(count)]) + bytes(-count % 4)
    for i in range(0, len(data), 4):
        s.gpr[(rt + i // 4) % 32] = int.from_bytes(data[i : i + 4])


def _store_string(s: State, rs: int, e: int, count: int) -> None:
    refuse_little_endian(s, e)
    for i in range(count):
        store1(s, e + i & s.amask, s.gpr[(rs + i // 4) % 32] >> 24 - 8 * (i % 4))


def _refuse_overlap(rt: int, count: int, sources: tuple[int, ...]) -> None:
    """Loads over their own address registers are invalid forms: the 74xx call them illegal."""
    if any((source - rt) % 32 < (count + 3) // 4 for source in sources):
        raise Interrupt(PROGRAM, ILLEGAL)


def lswi(s: State, rt: int, ra: int, nb: int) -> None:
    """Load string immediate."""
    _refuse_overlap(rt, nb, (ra,) if ra else ())
    _load_string(s, rt, ea(s, ra, 0), nb)


def lswx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load string, count from XER."""
    _refuse_overlap(rt, s.xer_count, (ra, rb) if ra else (rb,))
    _load_string(s, rt, eax(s, ra, rb), s.xer_count)


def stswi(s: State, rs: int, ra: int, nb: int) -> None:
    """Store string immediate."""
    _store_string(s, rs, ea(s, ra, 0), nb)


def stswx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store string, count from XER."""
    _store_string(s, rs, eax(s, ra, rb), s.xer_count)


def lwarx(s: State, rt: int, ra: int, rb: int) -> None:
    """Load word and reserve."""
    e = eax(s, ra, rb)
    check_alignment(s, e, "reserve")
    s.gpr[rt] = load4(s, e)
    s.reservation = e


def stwcx(s: State, rs: int, ra: int, rb: int) -> None:
    """Store word conditional: only under a reservation of that very address."""
    e = eax(s, ra, rb)
    check_alignment(s, e, "reserve")
    if s.reservation == e:
        store4(s, e, s.gpr[rs] & M32)
        s.crf[0] = 2 | s.so
    else:
        s.crf[0] = s.so
    s.reservation = None
