# SPDX-License-Identifier: GPL-2.0-or-later
"""VSX moves, logic, permutation and signs: nothing here looks at FPSCR (Power ISA 2.07 Book I, 7.6)."""

from emulator.semantics.vector_lanes import HIGH, LOW
from emulator.semantics.vsx_registers import read, read_high, write, write_high
from emulator.state import M32, M64, M128, SIGN64, State

_SINGLES, _DOUBLES = HIGH[32], HIGH[64]  # their signs


def mfvsrd(s: State, ra: int, xs: int) -> None:
    """Move doubleword 0 to a GPR."""
    s.gpr[ra] = read_high(s, xs)


def mfvsrwz(s: State, ra: int, xs: int) -> None:
    """Move word 1 to a GPR, with zeros above."""
    s.gpr[ra] = read_high(s, xs) & M32


def mtvsrd(s: State, xt: int, ra: int) -> None:
    """Move a GPR to doubleword 0."""
    write_high(s, xt, s.gpr[ra])


def mtvsrwa(s: State, xt: int, ra: int) -> None:
    """Move a word to doubleword 0 and extend its sign."""
    write_high(s, xt, (s.gpr[ra] & M32 ^ 0x8000_0000) - 0x8000_0000 & M64)


def mtvsrwz(s: State, xt: int, ra: int) -> None:
    """Move a word to doubleword 0, with zeros above."""
    write_high(s, xt, s.gpr[ra] & M32)


def fmrgew(s: State, frt: int, fra: int, frb: int) -> None:
    """Merge the even words of two FPRs."""
    write_high(s, frt, s.fpr[fra] & ~M32 | s.fpr[frb] >> 32)


def fmrgow(s: State, frt: int, fra: int, frb: int) -> None:
    """Merge the odd words of two FPRs."""
    write_high(s, frt, (s.fpr[fra] & M32) << 32 | s.fpr[frb] & M32)


def xxland(s: State, xt: int, xa: int, xb: int) -> None:
    """AND."""
    write(s, xt, read(s, xa) & read(s, xb))


def xxlandc(s: State, xt: int, xa: int, xb: int) -> None:
    """AND with complement."""
    write(s, xt, read(s, xa) & ~read(s, xb))


def xxlor(s: State, xt: int, xa: int, xb: int) -> None:
    """OR."""
    write(s, xt, read(s, xa) | read(s, xb))


def xxlxor(s: State, xt: int, xa: int, xb: int) -> None:
    """XOR."""
    write(s, xt, read(s, xa) ^ read(s, xb))


def xxlnor(s: State, xt: int, xa: int, xb: int) -> None:
    """NOR."""
    write(s, xt, ~(read(s, xa) | read(s, xb)) & M128)


def xxlorc(s: State, xt: int, xa: int, xb: int) -> None:
    """OR with complement."""
    write(s, xt, read(s, xa) | ~read(s, xb) & M128)


def xxlnand(s: State, xt: int, xa: int, xb: int) -> None:
    """NAND."""
    write(s, xt, ~(read(s, xa) & read(s, xb)) & M128)


def xxleqv(s: State, xt: int, xa: int, xb: int) -> None:
    """Equivalence: ones where the bits are equal."""
    write(s, xt, ~(read(s, xa) ^ read(s, xb)) & M128)


def xxsel(s: State, xt: int, xa: int, xb: int, xc: int) -> None:
    """Select bits: B where C has ones."""
    c = read(s, xc)
    write(s, xt, read(s, xa) & ~c | read(s, xb) & c)


def _words(s: State, n: int, first: int) -> tuple[int, int]:
    v = read(s, n)
    return v >> 96 - 32 * first & M32, v >> 64 - 32 * first & M32


def _merge(s: State, xt: int, xa: int, xb: int, first: int) -> None:
    (a0, a1), (b0, b1) = _words(s, xa, first), _words(s, xb, first)
    write(s, xt, a0 << 96 | b0 << 64 | a1 << 32 | b1)


def xxmrghw(s: State, xt: int, xa: int, xb: int) -> None:
    """Merge words 0 and 1."""
    _merge(s, xt, xa, xb, 0)


def xxmrglw(s: State, xt: int, xa: int, xb: int) -> None:
    """Merge words 2 and 3."""
    _merge(s, xt, xa, xb, 2)


def xxspltw(s: State, xt: int, xb: int, uim: int) -> None:
    """Splat a word."""
    write(s, xt, (read(s, xb) >> 96 - 32 * uim & M32) * LOW[32])


def xxpermdi(s: State, xt: int, xa: int, xb: int, dm: int) -> None:
    """Take a doubleword of A and one of B: the bits of DM say which."""
    a, b = read(s, xa), read(s, xb)
    write(s, xt, (a << 64 & M128 if dm & 2 else a & M64 << 64) | (b & M64 if dm & 1 else b >> 64))


def xxsldwi(s: State, xt: int, xa: int, xb: int, shw: int) -> None:
    """Shift the pair A, B left by words."""
    write(s, xt, (read(s, xa) << 128 | read(s, xb)) >> 128 - 32 * shw & M128)


def xsabsdp(s: State, xt: int, xb: int) -> None:
    """Absolute value."""
    write_high(s, xt, read_high(s, xb) & ~SIGN64)


def xsnabsdp(s: State, xt: int, xb: int) -> None:
    """Negative absolute value."""
    write_high(s, xt, read_high(s, xb) | SIGN64)


def xsnegdp(s: State, xt: int, xb: int) -> None:
    """Negate."""
    write_high(s, xt, read_high(s, xb) ^ SIGN64)


def xscpsgndp(s: State, xt: int, xa: int, xb: int) -> None:
    """Give B the sign of A."""
    write_high(s, xt, read_high(s, xa) & SIGN64 | read_high(s, xb) & ~SIGN64)


def xvabsdp(s: State, xt: int, xb: int) -> None:
    """Absolute values."""
    write(s, xt, read(s, xb) & ~_DOUBLES)


def xvabssp(s: State, xt: int, xb: int) -> None:
    """Absolute values."""
    write(s, xt, read(s, xb) & ~_SINGLES)


def xvnabsdp(s: State, xt: int, xb: int) -> None:
    """Negative absolute values."""
    write(s, xt, read(s, xb) | _DOUBLES)


def xvnabssp(s: State, xt: int, xb: int) -> None:
    """Negative absolute values."""
    write(s, xt, read(s, xb) | _SINGLES)


def xvnegdp(s: State, xt: int, xb: int) -> None:
    """Negate."""
    write(s, xt, read(s, xb) ^ _DOUBLES)


def xvnegsp(s: State, xt: int, xb: int) -> None:
    """Negate."""
    write(s, xt, read(s, xb) ^ _SINGLES)


def xvcpsgndp(s: State, xt: int, xa: int, xb: int) -> None:
    """Give the elements of B the signs of those of A."""
    write(s, xt, read(s, xa) & _DOUBLES | read(s, xb) & ~_DOUBLES)


def xvcpsgnsp(s: State, xt: int, xa: int, xb: int) -> None:
    """Give the elements of B the signs of those of A."""
    write(s, xt, read(s, xa) & _SINGLES | read(s, xb) & ~_SINGLES)
