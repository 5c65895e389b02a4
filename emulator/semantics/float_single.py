# SPDX-License-Identifier: GPL-2.0-or-later
"""Single-precision arithmetic (Power ISA Book I, chapter 4.6.6).

As in `float_arithmetic`, host doubles give the ordinary results. Where both operands are singles, a product
is exact in a double, and a quotient is so far from every single and every midpoint between two that its
rounding to double does not matter: the only error is that of the second rounding.
"""

from emulator.semantics import float_exact as exact
from emulator.semantics.float_arithmetic import (
    SLOW_MODES,
    fused,
    ordinary,
    product_error,
    round_single,
    status,
    sum_error,
)  # fmt: skip
from emulator.semantics.float_exact import BELOW_SINGLE, SINGLE, settle
from emulator.state import State


def fadds(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Add single."""
    x, y = s.fd[fra], s.fd[frb]
    r = x + y
    e = sum_error(x, y, r)
    q = 0.0 if s.fpscr & SLOW_MODES else round_single(r, e)
    if q:
        s.fd[frt] = q
        status(s, q, r - q or e, rc)
    else:
        settle(s, frt, exact.add(s.fpr[fra], s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def fsubs(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Subtract single."""
    x, y = s.fd[fra], -s.fd[frb]
    r = x + y
    e = sum_error(x, y, r)
    q = 0.0 if s.fpscr & SLOW_MODES else round_single(r, e)
    if q:
        s.fd[frt] = q
        status(s, q, r - q or e, rc)
    else:
        settle(s, frt, exact.subtract(s.fpr[fra], s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def fmuls(s: State, frt: int, fra: int, frc: int, rc: int) -> None:
    """Multiply single."""
    x, y = s.fd[fra], s.fd[frc]
    r = x * y
    e = product_error(x, y, r) if (s.fpr[fra] | s.fpr[frc]) & BELOW_SINGLE else 0.0
    q = 0.0 if s.fpscr & SLOW_MODES else round_single(r, e)
    if q:
        s.fd[frt] = q
        status(s, q, r - q or e, rc)
    else:
        settle(s, frt, exact.multiply(s.fpr[fra], s.fpr[frc], SINGLE, s.fpscr), SINGLE, rc)


def fdivs(s: State, frt: int, fra: int, frb: int, rc: int) -> None:
    """Divide single; fast only where both operands are singles."""
    y = 0.0 if (s.fpr[fra] | s.fpr[frb]) & BELOW_SINGLE else s.fd[frb]
    r = s.fd[fra] / y if y else 0.0
    q = 0.0 if s.fpscr & SLOW_MODES else round_single(r, 0.0)
    if q:
        s.fd[frt] = q
        status(s, q, r - q, rc)
    else:
        settle(s, frt, exact.divide(s.fpr[fra], s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def fsqrts(s: State, frt: int, frb: int, rc: int) -> None:
    """Square root single."""
    settle(s, frt, exact.square_root(s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def _sum_of_product(s: State, fra: int, frc: int, y: float) -> tuple[float, float] | None:
    """Return the single nearest to a * c + y, and a number with its error's sign; None where floats fail."""
    if s.fpscr & SLOW_MODES:
        return None
    x, z = s.fd[fra], s.fd[frc]
    p = x * z
    if (s.fpr[fra] | s.fpr[frc]) & BELOW_SINGLE or not ordinary(p):
        fast = fused(x, z, y)
        if not fast:
            return None
        r, e = fast
    else:
        r = p + y
        e = sum_error(p, y, r)
    q = round_single(r, e)
    return (q, r - q or e) if q else None


def fmadds(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Multiply-add single."""
    fast = _sum_of_product(s, fra, frc, s.fd[frb])
    if fast:
        s.fd[frt] = fast[0]
        status(s, fast[0], fast[1], rc)
    else:
        settle(s, frt, exact.multiply_add(s.fpr[fra], s.fpr[frc], s.fpr[frb], SINGLE, s.fpscr), SINGLE, rc)


def fmsubs(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Multiply-subtract single."""
    fast = _sum_of_product(s, fra, frc, -s.fd[frb])
    if fast:
        s.fd[frt] = fast[0]
        status(s, fast[0], fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], exact.turned(s.fpr[frb]), SINGLE, s.fpscr)
        settle(s, frt, result, SINGLE, rc)


def fnmadds(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Negative multiply-add single."""
    fast = _sum_of_product(s, fra, frc, s.fd[frb])
    if fast:
        s.fd[frt] = -fast[0]
        status(s, -fast[0], -fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], s.fpr[frb], SINGLE, s.fpscr)
        settle(s, frt, exact.turned_result(result), SINGLE, rc)


def fnmsubs(s: State, frt: int, fra: int, frb: int, frc: int, rc: int) -> None:
    """Negative multiply-subtract single."""
    fast = _sum_of_product(s, fra, frc, -s.fd[frb])
    if fast:
        s.fd[frt] = -fast[0]
        status(s, -fast[0], -fast[1], rc)
    else:
        result = exact.multiply_add(s.fpr[fra], s.fpr[frc], exact.turned(s.fpr[frb]), SINGLE, s.fpscr)
        settle(s, frt, exact.turned_result(result), SINGLE, rc)
