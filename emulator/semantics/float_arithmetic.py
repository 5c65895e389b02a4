# SPDX-License-Identifier: GPL-2.0-or-later
"""Floating-point arithmetic (Power ISA Book I, chapter 4.6.6).

Most results are ordinary: rounded to nearest, operands and result well inside the normal range. For those the
host's own IEEE doubles give the result, and an error-free transformation gives the rounding error exactly
(Knuth's two-sum, Dekker's two-product), whose sign is all that FI and FR need. Everything else, and every
operation in another mode, goes through `float_exact`.
"""

from math import sqrt

from emulator.semantics import float_exact as exact
from emulator.semantics.common import fp_enabled_interrupt
from emulator.semantics.float_exact import DOUBLE, SIGN, SINGLE, Result, is_nan, raise_flags, settle
from emulator.semantics.float_status import FI, FPRF, FR, NI, XE, XX
from emulator.state import State

# Bounds of the results for which no intermediate value of the error terms can overflow or underflow.
LOW, HIGH = 2.0**-900, 2.0**900
LOW_SINGLE, HIGH_SINGLE = 2.0**-125, 2.0**127
SPLIT = 2.0**27 + 1
SLOW_MODES = NI | 3  # any rounding but to nearest, and non-IEEE mode
_KEPT = 0xFFFF_FFFF & ~(FPRF | FR | FI)
_scratch = memoryview(bytearray(8))
_raw, _double, _single = _scratch.cast("Q"), _scratch.cast("d"), _scratch[:4].cast("f")


def ordinary(r: float) -> bool:
    """Tell whether the error terms of a result are exact."""
    return LOW <= r <= HIGH or -HIGH <= r <= -LOW


def ordinary_single(r: float) -> bool:
    """Tell whether a double lies well inside the normal range of single precision."""
    return LOW_SINGLE <= r <= HIGH_SINGLE or -HIGH_SINGLE <= r <= -LOW_SINGLE


def status(s: State, r: float, error: float, rc: int) -> None:
    """FPSCR of a normal result that was rounded to nearest; `error` has the sign of exact value minus result."""
    f = s.fpscr & _KEPT | (0x4000 if r > 0 else 0x8000)
    if error == 0:
        s.fpscr = f
    else:
        f |= FI | FR if (error < 0) == (r > 0) else FI
        if f & (XX | XE) == XX:
            s.fpscr = f
        else:
            raise_flags(s, f, XX)
    if rc:
        s.crf[1] = s.fpscr >> 28
    if s.fpscr & XE:
        fp_enabled_interrupt(s)


def sum_error(x: float, y: float, r: float) -> float:
    """The exact value of x + y - r (two-sum)."""
    t = r - x
    return (x - (r - t)) + (y - t)


def product_error(x: float, y: float, r: float) -> float:
    """The exact value of x * y - r (two-product)."""
    t = SPLIT * x
    xh = t - (t - x)
    xl = x - xh
    t = SPLIT * y
    yh = t - (t - y)
    yl = y - yh
    return ((xh * yh - r) + xh * yl + xl * yh) + xl * yl


def quotient_error(x: float, y: float, r: float) -> float:
    """A number with the sign of x / y - r: the exact remainder over the divisor's sign."""
    p = r * y
    rest = (x - p) - product_error(r, y, p)
    return rest if y > 0 else -rest


def fused(x: float, z: float, y: float) -> tuple[float, float] | None:
    """Return x * z + y rounded once, and a number with the sign of the rounding error; None where floats cannot tell."""
    p = x * z
    if not ordinary(p):
        return None
    low = product_error(x, z, p)
    high = p + y
    rest = sum_error(p, y, high)
    t = rest + low
    lost = sum_error(rest, low, t)
    r = high + t
    error = t - (r - high)
    tie = 2 * error
    if not ordinary(r) or abs(high) < abs(t) or (lost and error and (r + tie) - r == tie):
        return None
    return r, error or lost


def to_single(s: State, frt: int, r: float, error: float, rc: int) -> bool:
    """Round a double (itself rounded, with that error) to single and finish; False where that is not one rounding."""
    if not ordinary_single(r):
        return False
    _single[0] = r
    q = _single[0]
    more = r - q
    if more and error:
        _double[0] = r
        if _raw[0] & 0x1FFF_FFFF == 0x1000_0000:  # halfway: the first rounding decides
            return False
    s.fd[frt] = q
    status(s, q, more or error, rc)
    return True


def fadd(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Add."""
    x, y = s.fd[fra], s.fd[frb]
    r = x + y
    if ordinary(r) and not s.fpscr & SLOW_MODES:
        s.fd[frt] = r
        status(s, r, sum_error(x, y, r), rc)
    else:
        settle(s, frt, exact.add(s.fpr[fra], s.fpr[frb], DOUBLE, s.fpscr), DOUBLE, rc)


def fsub(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Subtract."""
    x, y = s.fd[fra], -s.fd[frb]
    r = x + y
    if ordinary(r) and not s.fpscr & SLOW_MODES:
        s.fd[frt] = r
        status(s, r, sum_error(x, y, r), rc)
    else:
        settle(s, frt, exact.subtract(s.fpr[fra], s.fpr[frb], DOUBLE, s.fpscr), DOUBLE, rc)


def fmul(s: State, frt: int, fra: int, frc: int, rc: int) -> None:
    """Multiply."""
    x, y = s.fd[fra], s.fd[frc]
    r = x * y
    if ordinary(r) and ordinary(x) and ordinary(y) and not s.fpscr & SLOW_MODES:
        s.fd[frt] = r
        status(s, r, product_error(x, y, r), rc)
    else:
        settle(s, frt, exact.multiply(s.fpr[fra], s.fpr[frc], DOUBLE, s.fpscr), DOUBLE, rc)


def fdiv(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Divide."""
    x, y = s.fd[fra], s.fd[frb]
    r = x / y if y else 0.0
    if ordinary(r) and ordinary(x) and ordinary(y) and not s.fpscr & SLOW_MODES:
        s.fd[frt] = r
        status(s, r, quotient_error(x, y, r), rc)
    else:
        settle(s, frt, exact.divide(s.fpr[fra], s.fpr[frb], DOUBLE, s.fpscr), DOUBLE, rc)


def fsqrt(s: State, frt: int, frb: int, rc: int) -> None:
    """Square root."""
    x = s.fd[frb]
    if LOW <= x <= HIGH and not s.fpscr & SLOW_MODES:
        r = sqrt(x)
        s.fd[frt] = r
        p = r * r
        status(s, r, (x - p) - product_error(r, r, p), rc)
    else:
        settle(s, frt, exact.square_root(s.fpr[frb], DOUBLE, s.fpscr), DOUBLE, rc)


def fadds(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Add single."""
    x, y = s.fd[fra], s.fd[frb]
    r = x + y
    if s.fpscr & SLOW_MODES or not to_single(s, frt, r, sum_error(x, y, r), rc):
        settle(s, frt, exact.add(s.fpr[fra], s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def fsubs(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Subtract single."""
    x, y = s.fd[fra], -s.fd[frb]
    r = x + y
    if s.fpscr & SLOW_MODES or not to_single(s, frt, r, sum_error(x, y, r), rc):
        settle(s, frt, exact.subtract(s.fpr[fra], s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def fmuls(s: State, frt: int, fra: int, frc: int, rc: int) -> None:
    """Multiply single."""
    x, y = s.fd[fra], s.fd[frc]
    r = x * y
    fast = ordinary(x) and ordinary(y) and not s.fpscr & SLOW_MODES
    if not fast or not to_single(s, frt, r, product_error(x, y, r), rc):
        settle(s, frt, exact.multiply(s.fpr[fra], s.fpr[frc], SINGLE, s.fpscr), SINGLE, rc)


def fdivs(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Divide single."""
    x, y = s.fd[fra], s.fd[frb]
    fast = ordinary(x) and ordinary(y) and not s.fpscr & SLOW_MODES
    r = x / y if fast else 0.0
    if not fast or not to_single(s, frt, r, quotient_error(x, y, r), rc):
        settle(s, frt, exact.divide(s.fpr[fra], s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def fsqrts(s: State, frt: int, frb: int, rc: int) -> None:
    """Square root single."""
    settle(s, frt, exact.square_root(s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def _turned(v: int) -> int:
    return v if is_nan(v) else v ^ SIGN


def _turned_result(result: Result) -> Result:
    return _turned(result[0]), result[1]


def fmadd(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Multiply-add."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], s.fd[frb])
    if fast:
        s.fd[frt] = fast[0]
        status(s, fast[0], fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], s.fpr[frb], DOUBLE, s.fpscr)
        settle(s, frt, result, DOUBLE, rc)


def fmsub(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Multiply-subtract."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], -s.fd[frb])
    if fast:
        s.fd[frt] = fast[0]
        status(s, fast[0], fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], _turned(s.fpr[frb]), DOUBLE, s.fpscr)
        settle(s, frt, result, DOUBLE, rc)


def fnmadd(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Negative multiply-add: the sign turns after rounding, but not that of a NaN."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], s.fd[frb])
    if fast:
        s.fd[frt] = -fast[0]
        status(s, -fast[0], -fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], s.fpr[frb], DOUBLE, s.fpscr)
        settle(s, frt, _turned_result(result), DOUBLE, rc)


def fnmsub(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Negative multiply-subtract."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], -s.fd[frb])
    if fast:
        s.fd[frt] = -fast[0]
        status(s, -fast[0], -fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], _turned(s.fpr[frb]), DOUBLE, s.fpscr)
        settle(s, frt, _turned_result(result), DOUBLE, rc)


def fmadds(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Multiply-add single."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], s.fd[frb])
    if not fast or not to_single(s, frt, *fast, rc):
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], s.fpr[frb], SINGLE, s.fpscr)
        settle(s, frt, result, SINGLE, rc)


def fmsubs(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Multiply-subtract single."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], -s.fd[frb])
    if not fast or not to_single(s, frt, *fast, rc):
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], _turned(s.fpr[frb]), SINGLE, s.fpscr)
        settle(s, frt, result, SINGLE, rc)


def fnmadds(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Negative multiply-add single."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], s.fd[frb])
    if not fast or not to_single(s, frt, -fast[0], -fast[1], rc):
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], s.fpr[frb], SINGLE, s.fpscr)
        settle(s, frt, _turned_result(result), SINGLE, rc)


def fnmsubs(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Negative multiply-subtract single."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], -s.fd[frb])
    if not fast or not to_single(s, frt, -fast[0], -fast[1], rc):
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], _turned(s.fpr[frb]), SINGLE, s.fpscr)
        settle(s, frt, _turned_result(result), SINGLE, rc)
