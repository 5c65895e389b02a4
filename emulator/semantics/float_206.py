# SPDX-License-Identifier: GPL-2.0-or-later
"""Floating point that ISA 2.02 to 2.06 added (Power ISA 2.07 Book I, chapter 4)."""

from collections.abc import Callable

from emulator.semantics import float_exact as exact
from emulator.semantics import float_operations as op
from emulator.semantics.common import load4, load8, signed32, store8
from emulator.semantics.float_exact import DOUBLE, SIGN, SINGLE, Format, finish, settle
from emulator.semantics.float_status import FI, FR, VE, VXCVI, mtfsf, mtfsfi
from emulator.semantics.load_store import ea, eax
from emulator.state import M32, M64, State

Semantics = Callable[[State, int, int, int], None]
_MAGNITUDE = SIGN - 1


def fcpsgn(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Copy sign of A to B."""
    s.fpr[frt] = s.fpr[fra] & SIGN | s.fpr[frb] & _MAGNITUDE
    if rc:
        s.crf[1] = s.fpscr >> 28


def _of_one(f: op.Unary, to: Format) -> Semantics:
    """FRT = f(FRB)."""

    def run(s: State, frt: int, frb: int, rc: int) -> None:
        settle(s, frt, f(s.fpr[frb], to, s.fpscr), to, rc)

    return run


fre = _of_one(op.reciprocal, DOUBLE)
frsqrtes = _of_one(op.reciprocal_root, SINGLE)
frin = _of_one(op.rounding(op.AWAY), DOUBLE)
friz = _of_one(op.rounding(exact.TOWARD_ZERO), DOUBLE)
frip = _of_one(op.rounding(exact.UPWARD), DOUBLE)
frim = _of_one(op.rounding(exact.DOWNWARD), DOUBLE)


def _to_unsigned(highest: int, mode: int) -> Semantics:
    """FRT = the unsigned integer FRB, rounded in the mode. FPRF, undefined, stays."""
    convert = op.to_integer(0, highest, mode)

    def run(s: State, frt: int, frb: int, rc: int) -> None:
        value, flags = convert(s.fpr[frb], DOUBLE, s.fpscr)
        if not (flags & VXCVI and s.fpscr & VE):
            s.fpr[frt] = value
        finish(s, s.fpscr & ~(FR | FI) | flags & (FR | FI), flags, rc)

    return run


fctiwu = _to_unsigned(M32, op.CURRENT)
fctiwuz = _to_unsigned(M32, exact.TOWARD_ZERO)
fctidu = _to_unsigned(M64, op.CURRENT)
fctiduz = _to_unsigned(M64, exact.TOWARD_ZERO)


def fcfids(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert from integer doubleword to single."""
    b = s.fpr[frb]
    settle(s, frt, op.from_integer(b - ((b & SIGN) << 1), SINGLE, s.fpscr), SINGLE, rc)


def fcfidu(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert from unsigned integer doubleword."""
    settle(s, frt, op.from_integer(s.fpr[frb], DOUBLE, s.fpscr), DOUBLE, rc)


def fcfidus(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert from unsigned integer doubleword to single."""
    settle(s, frt, op.from_integer(s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def ftdiv(s: State, bf: int, fra: int, frb: int) -> None:
    """Test for software divide; the first bit says that estimates are good to 14 bits."""
    s.crf[bf] = 8 | op.test_divide(s.fpr[fra], s.fpr[frb], DOUBLE)


def ftsqrt(s: State, bf: int, frb: int) -> None:
    """Test for software square root."""
    s.crf[bf] = 8 | op.test_square_root(s.fpr[frb], DOUBLE)


def lfiwax(s: State, frt: int, ra: int, rb: int) -> None:
    """Load integer word algebraic."""
    s.fpr[frt] = signed32(load4(s, eax(s, ra, rb))) & M64


def lfiwzx(s: State, frt: int, ra: int, rb: int) -> None:
    """Load integer word and zero."""
    s.fpr[frt] = load4(s, eax(s, ra, rb))


def _load_pair(s: State, frt: int, e: int) -> None:
    first, second = load8(s, e), load8(s, e + 8 & s.amask)
    if s.memory.endian == "little":
        first, second = second, first
    s.fpr[frt] = first
    s.fpr[frt ^ 1] = second


def _store_pair(s: State, frs: int, e: int) -> None:
    first, second = s.fpr[frs], s.fpr[frs ^ 1]
    if s.memory.endian == "little":
        first, second = second, first
    store8(s, e, first)
    store8(s, e + 8 & s.amask, second)


def lfdp(s: State, frt: int, ra: int, d: int) -> None:
    """Load a pair of doubles."""
    _load_pair(s, frt, ea(s, ra, d))


def lfdpx(s: State, frt: int, ra: int, rb: int) -> None:
    """Load a pair of doubles, indexed."""
    _load_pair(s, frt, eax(s, ra, rb))


def stfdp(s: State, frs: int, ra: int, d: int) -> None:
    """Store a pair of doubles."""
    _store_pair(s, frs, ea(s, ra, d))


def stfdpx(s: State, frs: int, ra: int, rb: int) -> None:
    """Store a pair of doubles, indexed."""
    _store_pair(s, frs, eax(s, ra, rb))


def mffs(s: State, frt: int, rc: int) -> None:
    """Move from FPSCR: the decimal rounding mode is in the high word."""
    s.fpr[frt] = s.drn << 32 | s.fpscr
    if rc:
        s.crf[1] = s.fpscr >> 28


def mtfsf_wide(s: State, flm: int, frb: int, all_fields: int, high: int, rc: int) -> None:
    """Move to FPSCR fields: all of the 64 bits, or those of one word; field 7 of the high word is DRN."""
    if all_fields or (high and flm & 1):
        s.drn = s.fpr[frb] >> 32 & 7
    mtfsf(s, 255 if all_fields else 0 if high else flm, frb, rc)


def mtfsfi_wide(s: State, bf: int, u: int, high: int, rc: int) -> None:
    """Move to FPSCR field immediate, in either word."""
    if not high:
        mtfsfi(s, bf, u, rc)
        return
    if bf == 7:
        s.drn = u & 7
    mtfsf(s, 0, 0, rc)
