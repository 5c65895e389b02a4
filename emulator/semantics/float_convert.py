# SPDX-License-Identifier: GPL-2.0-or-later
"""Rounding, conversion, comparison, selection and estimates (Power ISA Book I, chapters 4.6.6 to 4.6.9)."""

from emulator.semantics import float_exact as exact
from emulator.semantics.float_arithmetic import SLOW_MODES, round_single, status
from emulator.semantics.float_exact import (
    DEFAULT_NAN,
    DOUBLE,
    INFINITY,
    MAGNITUDE,
    SIGN,
    SINGLE,
    Result,
    finish,
    is_infinite,
    is_nan,
    is_signalling,
    settle,
)  # fmt: skip
from emulator.semantics.float_status import FI, FR, VE, VXCVI, VXSNAN, VXSQRT, VXVC, XX, ZX
from emulator.state import State


def frsp(s: State, frt: int, frb: int, rc: int) -> None:
    """Round to single precision."""
    q = 0.0 if s.fpscr & SLOW_MODES else round_single(s.fd[frb], 0.0)
    if q:
        e = s.fd[frb] - q
        s.fd[frt] = q
        status(s, q, e, rc)
    else:
        settle(s, frt, exact.convert(s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def to_integer(b: int, bits: int, mode: int) -> Result:
    """Round to a signed integer (two's complement in `bits` bits), saturating; a NaN gives the lowest."""
    lowest, highest = -1 << bits - 1, (1 << bits - 1) - 1
    if is_nan(b):
        return lowest, VXCVI | (VXSNAN if is_signalling(b) else 0)
    sign, m, e = exact.unpack(b)
    if is_infinite(b) or e + m.bit_length() > bits + 1:
        return (lowest if sign else highest), VXCVI
    kept, flags = exact.cut(mode, sign, m, -e)
    value = -kept if sign else kept
    return (value, flags) if lowest <= value <= highest else (lowest if sign else highest, VXCVI)


def _convert_to_integer(s: State, frt: int, frb: int, bits: int, mode: int, rc: int) -> None:
    value, flags = to_integer(s.fpr[frb], bits, mode)
    f = s.fpscr & ~(FR | FI) | flags & (FR | FI)
    if not (flags & VXCVI and f & VE):
        high = 0xFFF8_0000 << 32 if bits == 32 else 0  # the undefined high word is that of the 750
        s.fpr[frt] = value & (1 << bits) - 1 | high
    finish(s, f, flags, rc)


def fctiw(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert to integer word."""
    _convert_to_integer(s, frt, frb, 32, s.fpscr & 3, rc)


def fctiwz(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert to integer word, rounding toward zero."""
    _convert_to_integer(s, frt, frb, 32, exact.TOWARD_ZERO, rc)


def fctid(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert to integer doubleword."""
    _convert_to_integer(s, frt, frb, 64, s.fpscr & 3, rc)


def fctidz(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert to integer doubleword, rounding toward zero."""
    _convert_to_integer(s, frt, frb, 64, exact.TOWARD_ZERO, rc)


def fcfid(s: State, frt: int, frb: int, rc: int) -> None:
    """Convert from integer doubleword."""
    b = s.fpr[frb]
    value = b - ((b & SIGN) << 1)
    result = exact.round_value(int(value < 0), abs(value), 0, DOUBLE, s.fpscr) if value else (0, 0)
    settle(s, frt, result, DOUBLE, rc)


def _compare(s: State, bf: int, fra: int, frb: int, *, ordered: bool) -> None:
    x, y = s.fd[fra], s.fd[frb]
    c = 8 if x < y else 4 if x > y else 2 if x == y else 1
    s.crf[bf] = c
    f = s.fpscr & ~0xF000 | c << 12
    if c != 1:
        s.fpscr = f
        return
    flags = VXSNAN if is_signalling(s.fpr[fra]) or is_signalling(s.fpr[frb]) else 0
    if ordered and not (flags and f & VE):
        flags |= VXVC
    finish(s, f, flags, 0)


def fcmpu(s: State, bf: int, fra: int, frb: int) -> None:
    """Compare unordered: only a signalling NaN is invalid."""
    _compare(s, bf, fra, frb, ordered=False)


def fcmpo(s: State, bf: int, fra: int, frb: int) -> None:
    """Compare ordered: any NaN is invalid."""
    _compare(s, bf, fra, frb, ordered=True)


def fsel(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Select FRC where FRA is not below zero (-0 is not), else FRB; a NaN selects FRB."""
    s.fpr[frt] = s.fpr[frc] if s.fd[fra] >= 0 else s.fpr[frb]
    if rc:
        s.crf[1] = s.fpscr >> 28


def reciprocal(b: int, f: int) -> Result:
    """Estimate 1 / b in single precision: here the rounded value. XX, FR and FI are not reported."""
    if is_nan(b):
        return exact.propagate(b)
    result, flags = exact.divide(0x3FF << 52, b, SINGLE, f)
    return result, flags & ~(XX | FI | FR)


def reciprocal_root(b: int, f: int) -> Result:
    """Estimate 1 / sqrt(b): here from the root rounded to double, within 2 units in the last place."""
    if is_nan(b):
        return exact.propagate(b)
    if not b & MAGNITUDE:
        return b | INFINITY, ZX
    if b & SIGN:
        return DEFAULT_NAN, VXSQRT
    root, _ = exact.square_root(b, DOUBLE, f & 3)
    return exact.divide(0x3FF << 52, root, DOUBLE, f & 3)[0], 0


def fres(s: State, frt: int, frb: int, rc: int) -> None:
    """Reciprocal estimate single."""
    settle(s, frt, reciprocal(s.fpr[frb], s.fpscr), SINGLE, rc)


def frsqrte(s: State, frt: int, frb: int, rc: int) -> None:
    """Reciprocal square root estimate."""
    settle(s, frt, reciprocal_root(s.fpr[frb], s.fpscr), DOUBLE, rc)
