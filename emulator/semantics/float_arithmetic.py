# SPDX-License-Identifier: GPL-2.0-or-later
"""Floating-point arithmetic (Power ISA Book I, chapter 4.6.6).

Most results are ordinary: rounded to nearest, operands and result well inside the normal range. For those the
host's own IEEE doubles give the result, and an error-free transformation gives the rounding error exactly
(Knuth's two-sum, Dekker's two-product), whose sign is all that FI and FR need. Everything else, and every
operation in another mode, goes through `float_exact`.
"""

from math import sqrt

from emulator.semantics import float_exact as exact
from emulator.semantics.float_exact import BELOW_SINGLE, DOUBLE, finish, settle
from emulator.semantics.float_status import FI, FPRF, FR, NI, XE, XX
from emulator.state import State

# Bounds of the results for which no intermediate value of the error terms can underflow; where one overflows,
# the error comes out as a NaN.
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


def status(s: State, r: float, error: float, rc: int) -> None:
    """FPSCR of a normal result rounded to nearest; `error` has the sign of exact value minus result."""
    f = s.fpscr & _KEPT | (0x4000 if r > 0 else 0x8000)
    if error == 0:
        s.fpscr = f
        if rc:
            s.crf[1] = f >> 28
    else:
        f |= FI | FR if (error < 0) == (r > 0) else FI
        if f & (XX | XE) == XX:
            s.fpscr = f
            if rc:
                s.crf[1] = f >> 28
        else:
            finish(s, f, XX, rc)


def sum_error(x: float, y: float, r: float) -> float:
    """Return the exact value of x + y - r (two-sum)."""
    t = r - x
    return (x - (r - t)) + (y - t)


def product_error(x: float, y: float, r: float) -> float:
    """Return the exact value of x * y - r (two-product)."""
    t = SPLIT * x
    xh = t - (t - x)
    xl = x - xh
    t = SPLIT * y
    yh = t - (t - y)
    yl = y - yh
    return ((xh * yh - r) + xh * yl + xl * yh) + xl * yl


def fused(x: float, z: float, y: float) -> tuple[float, float] | None:
    """Return x * z + y rounded once, and a number with its error's sign; None where floats cannot tell."""
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
    return (r, error or lost) if error == error else None  # noqa: PLR0124 (a NaN is not itself)


def round_single(r: float, error: float) -> float:
    """Round a double, itself rounded with that error, to single; 0.0 where floats cannot tell."""
    if not (LOW_SINGLE <= r <= HIGH_SINGLE or -HIGH_SINGLE <= r <= -LOW_SINGLE):
        return 0.0
    _single[0] = r
    q = _single[0]
    if error and r != q:
        _double[0] = r
        if _raw[0] & BELOW_SINGLE == 0x1000_0000 or error != error:  # noqa: PLR0124 (a NaN is not itself)
            return 0.0  # halfway: the first rounding decides
    return q


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
    e = product_error(x, y, r)
    if ordinary(r) and e == e and not s.fpscr & SLOW_MODES:  # noqa: PLR0124 (a NaN is not itself)
        s.fd[frt] = r
        status(s, r, e, rc)
    else:
        settle(s, frt, exact.multiply(s.fpr[fra], s.fpr[frc], DOUBLE, s.fpscr), DOUBLE, rc)


def fdiv(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Divide. The sign of the error is that of the remainder over the divisor."""
    x, y = s.fd[fra], s.fd[frb]
    r = x / y if y else 0.0
    p = r * y
    e = (x - p) - product_error(r, y, p)
    if ordinary(r) and ordinary(x) and e == e and not s.fpscr & SLOW_MODES:  # noqa: PLR0124 (a NaN is not itself)
        s.fd[frt] = r
        status(s, r, e if y > 0 else -e, rc)
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


def fmadd(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Multiply-add."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], s.fd[frb])
    if fast:
        s.fd[frt] = fast[0]
        status(s, fast[0], fast[1], rc)
    else:
        settle(s, frt, exact.multiply_add(s.fpr[fra], s.fpr[frc], s.fpr[frb], DOUBLE, s.fpscr), DOUBLE, rc)


def fmsub(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Multiply-subtract."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], -s.fd[frb])
    if fast:
        s.fd[frt] = fast[0]
        status(s, fast[0], fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], exact.turned(s.fpr[frb]), DOUBLE, s.fpscr)
        settle(s, frt, result, DOUBLE, rc)


def fnmadd(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Negative multiply-add: the sign turns after rounding, but not that of a NaN."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], s.fd[frb])
    if fast:
        s.fd[frt] = -fast[0]
        status(s, -fast[0], -fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], s.fpr[frb], DOUBLE, s.fpscr)
        settle(s, frt, exact.turned_result(result), DOUBLE, rc)


def fnmsub(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Negative multiply-subtract."""
    fast = None if s.fpscr & SLOW_MODES else fused(s.fd[fra], s.fd[frc], -s.fd[frb])
    if fast:
        s.fd[frt] = -fast[0]
        status(s, -fast[0], -fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], exact.turned(s.fpr[frb]), DOUBLE, s.fpscr)
        settle(s, frt, exact.turned_result(result), DOUBLE, rc)
