# SPDX-License-Identifier: GPL-2.0-or-later
"""Floating-point loads, stores and moves (Power ISA Book I, chapter 4.6.2 to 4.6.5)."""

from emulator.semantics.common import check_alignment, load4, load8, store4, store8
from emulator.semantics.load_store import ea, eax
from emulator.state import M32, State

SIGN = 0x8000_0000_0000_0000
MAGNITUDE = 0x7FFF_FFFF_FFFF_FFFF


def widen(w: int) -> int:
    """Convert a single-precision word to double format, exactly; signalling NaNs stay signalling."""
    sign = (w & 0x8000_0000) << 32
    exponent = w >> 23 & 0xFF
    fraction = w & 0x7F_FFFF
    if exponent == 0xFF:
        return sign | 0x7FF << 52 | fraction << 29
    if exponent:
        return sign | exponent + 896 << 52 | fraction << 29
    if not fraction:
        return sign
    shift = 24 - fraction.bit_length()
    return sign | 897 - shift << 52 | (fraction << shift & 0x7F_FFFF) << 29


def narrow(v: int) -> int:
    """Convert a double to the word that stfs stores: no rounding; too small for a denormal gives zero."""
    exponent = v >> 52 & 0x7FF
    if exponent > 896:
        return v >> 32 & 0xC000_0000 | v >> 29 & 0x3FFF_FFFF
    if exponent < 874:
        return v >> 32 & 0x8000_0000
    return v >> 32 & 0x8000_0000 | (1 << 52 | v & 0xF_FFFF_FFFF_FFFF) >> 926 - exponent


def _load_double(s: State, frt: int, e: int) -> None:
    check_alignment(s, e, "float")
    s.fpr[frt] = load8(s, e)


def _load_single(s: State, frt: int, e: int) -> None:
    check_alignment(s, e, "float")
    s.fpr[frt] = widen(load4(s, e))


def _store_double(s: State, e: int, v: int) -> None:
    check_alignment(s, e, "float")
    store8(s, e, v)


def _store_word(s: State, e: int, v: int) -> None:
    check_alignment(s, e, "float")
    store4(s, e, v)


def lfd(s: State, frt: int, ra: int, d: int) -> None:
    """Load floating-point double."""
    _load_double(s, frt, ea(s, ra, d))


def lfdx(s: State, frt: int, ra: int, rb: int) -> None:
    """Load floating-point double, indexed."""
    _load_double(s, frt, eax(s, ra, rb))


def lfdu(s: State, frt: int, ra: int, d: int) -> None:
    """Load floating-point double with update."""
    e = ea(s, ra, d)
    _load_double(s, frt, e)
    s.gpr[ra] = e


def lfdux(s: State, frt: int, ra: int, rb: int) -> None:
    """Load floating-point double with update, indexed."""
    e = eax(s, ra, rb)
    _load_double(s, frt, e)
    s.gpr[ra] = e


def lfs(s: State, frt: int, ra: int, d: int) -> None:
    """Load floating-point single."""
    _load_single(s, frt, ea(s, ra, d))


def lfsx(s: State, frt: int, ra: int, rb: int) -> None:
    """Load floating-point single, indexed."""
    _load_single(s, frt, eax(s, ra, rb))


def lfsu(s: State, frt: int, ra: int, d: int) -> None:
    """Load floating-point single with update."""
    e = ea(s, ra, d)
    _load_single(s, frt, e)
    s.gpr[ra] = e


def lfsux(s: State, frt: int, ra: int, rb: int) -> None:
    """Load floating-point single with update, indexed."""
    e = eax(s, ra, rb)
    _load_single(s, frt, e)
    s.gpr[ra] = e


def stfd(s: State, frs: int, ra: int, d: int) -> None:
    """Store floating-point double."""
    _store_double(s, ea(s, ra, d), s.fpr[frs])


def stfdx(s: State, frs: int, ra: int, rb: int) -> None:
    """Store floating-point double, indexed."""
    _store_double(s, eax(s, ra, rb), s.fpr[frs])


def stfdu(s: State, frs: int, ra: int, d: int) -> None:
    """Store floating-point double with update."""
    e = ea(s, ra, d)
    _store_double(s, e, s.fpr[frs])
    s.gpr[ra] = e


def stfdux(s: State, frs: int, ra: int, rb: int) -> None:
    """Store floating-point double with update, indexed."""
    e = eax(s, ra, rb)
    _store_double(s, e, s.fpr[frs])
    s.gpr[ra] = e


def stfs(s: State, frs: int, ra: int, d: int) -> None:
    """Store floating-point single."""
    _store_word(s, ea(s, ra, d), narrow(s.fpr[frs]))


def stfsx(s: State, frs: int, ra: int, rb: int) -> None:
    """Store floating-point single, indexed."""
    _store_word(s, eax(s, ra, rb), narrow(s.fpr[frs]))


def stfsu(s: State, frs: int, ra: int, d: int) -> None:
    """Store floating-point single with update."""
    e = ea(s, ra, d)
    _store_word(s, e, narrow(s.fpr[frs]))
    s.gpr[ra] = e


def stfsux(s: State, frs: int, ra: int, rb: int) -> None:
    """Store floating-point single with update, indexed."""
    e = eax(s, ra, rb)
    _store_word(s, e, narrow(s.fpr[frs]))
    s.gpr[ra] = e


def stfiwx(s: State, frs: int, ra: int, rb: int) -> None:
    """Store the low word of a floating-point register."""
    _store_word(s, eax(s, ra, rb), s.fpr[frs] & M32)


def _result(s: State, frt: int, v: int, rc: int) -> None:
    s.fpr[frt] = v
    if rc:
        s.crf[1] = s.fpscr >> 28


def fmr(s: State, frt: int, frb: int, rc: int) -> None:
    """Move register."""
    _result(s, frt, s.fpr[frb], rc)


def fneg(s: State, frt: int, frb: int, rc: int) -> None:
    """Negate."""
    _result(s, frt, s.fpr[frb] ^ SIGN, rc)


def fabs(s: State, frt: int, frb: int, rc: int) -> None:
    """Absolute value."""
    _result(s, frt, s.fpr[frb] & MAGNITUDE, rc)


def fnabs(s: State, frt: int, frb: int, rc: int) -> None:
    """Negative absolute value."""
    _result(s, frt, s.fpr[frb] | SIGN, rc)
