# SPDX-License-Identifier: GPL-2.0-or-later
"""Signed packed decimal sums of ISA 2.07 (Power ISA Book I, 6.15): 31 digits, then four bits of sign."""

from emulator.state import M128, State

_MINUS = frozenset({0xB, 0xD})
_MODULUS = 10**31
_LT, _GT, _EQ, _SO = 8, 4, 2, 1


def read(v: int) -> int | None:
    """The number; None where a digit is above 9 or the sign code below 10."""
    digits, sign = f"{v >> 4:x}", v & 15
    if sign < 10 or not digits.isdecimal():
        return None
    return -int(digits) if sign in _MINUS else int(digits)


def write(n: int, ps: int) -> int:
    """Put down the low 31 digits with the preferred sign code: 0xC (0xF where PS is set), 0xD for minus."""
    sign = 0xD if n < 0 else 0xF if ps else 0xC
    return int(str(abs(n) % _MODULUS), 16) << 4 | sign


def _settle(s: State, vrt: int, n: int | None, ps: int) -> None:
    """CR6 is of the unbounded result. An invalid operand leaves the target undefined: here all ones."""
    if n is None:
        s.vr[vrt], s.crf[6] = M128, _SO
        return
    s.vr[vrt] = write(n, ps)
    s.crf[6] = (_LT if n < 0 else _GT if n else _EQ) | (_SO if abs(n) >= _MODULUS else 0)


def bcdadd(s: State, vrt: int, vra: int, vrb: int, ps: int) -> None:
    """Decimal add."""
    a, b = read(s.vr[vra]), read(s.vr[vrb])
    _settle(s, vrt, None if a is None or b is None else a + b, ps)


def bcdsub(s: State, vrt: int, vra: int, vrb: int, ps: int) -> None:
    """Decimal subtract."""
    a, b = read(s.vr[vra]), read(s.vr[vrb])
    _settle(s, vrt, None if a is None or b is None else a - b, ps)
