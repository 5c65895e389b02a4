# SPDX-License-Identifier: GPL-2.0-or-later
"""What FPRs and VSX elements need beyond the arithmetic of `float_exact`: pure functions on raw doubles.

Like those they take a format `to` and the FPSCR `f`, return the raw result and the bits of FPSCR raised, and
change nothing. Elements in single precision come and go as the doubles of the same value.
"""

from collections.abc import Callable

from emulator.semantics import float_exact as exact
from emulator.semantics.float_exact import (
    DEFAULT_NAN,
    DOUBLE,
    INFINITY,
    MAGNITUDE,
    SIGN,
    Format,
    Result,
    is_infinite,
    is_nan,
    is_signalling,
)  # fmt: skip
from emulator.semantics.float_status import FI, FR, VE, VXCVI, VXSNAN, VXSQRT, VXVC, XX, ZX
from emulator.state import M64

ONE = 0x3FF << 52
CURRENT, AWAY = -1, 4  # rounding modes beside those of FPSCR[RN]: that one, and to nearest with ties away

Unary = Callable[[int, Format, int], Result]
Binary = Callable[[int, int, Format, int], Result]
Ternary = Callable[[int, int, int, Format, int], Result]


# Fused: a * c + b and its relatives; the sign of a NaN never turns


def multiply_subtract(a: int, c: int, b: int, to: Format, f: int) -> Result:
    """Return a * c - b."""
    return exact.multiply_add(a, c, exact.turned(b), to, f)


def negative_multiply_add(a: int, c: int, b: int, to: Format, f: int) -> Result:
    """Return -(a * c + b): the sign turns after rounding."""
    return exact.turned_result(exact.multiply_add(a, c, b, to, f))


def negative_multiply_subtract(a: int, c: int, b: int, to: Format, f: int) -> Result:
    """Return -(a * c - b)."""
    return exact.turned_result(multiply_subtract(a, c, b, to, f))


# Estimates: as good as rounding makes them; FR, FI and XX, which are undefined, stay as they are or 0


def reciprocal(b: int, to: Format, f: int) -> Result:
    """Estimate 1 / b."""
    if is_nan(b):
        return exact.propagate(b)
    v, flags = exact.divide(ONE, b, to, f)
    return v, flags & ~(XX | FI | FR)


def reciprocal_root(b: int, to: Format, f: int) -> Result:
    """Estimate 1 / sqrt(b)."""
    if is_nan(b):
        return exact.propagate(b)
    if not b & MAGNITUDE:
        return b | INFINITY, ZX
    if b & SIGN:
        return DEFAULT_NAN, VXSQRT
    root, _ = exact.square_root(b, DOUBLE, f & 3)
    v, flags = exact.divide(ONE, root, to, f)
    return v, flags & ~(XX | FI | FR)


# Maximum, minimum and comparison


def order(v: int) -> int:
    """Map a raw double that is no NaN to an integer that compares like it; both zeros to 0."""
    return -(v & MAGNITUDE) if v & SIGN else v


def relation(a: int, b: int) -> int:
    """Compare as CR says it: 8 less, 4 greater, 2 equal, 1 unordered."""
    if is_nan(a) or is_nan(b):
        return 1
    x, y = order(a), order(b)
    return 8 if x < y else 4 if x > y else 2


def _extreme(a: int, b: int, *, take_a: bool) -> Result:
    """Choose: a signalling NaN before all others, and a number before a quiet one; else as told."""
    for v in (a, b):
        if is_signalling(v):
            return v | exact.QUIET, VXSNAN
    if is_nan(a):
        return (a if is_nan(b) else b), 0
    return (a if take_a or is_nan(b) else b), 0


def maximum(a: int, b: int, _to: Format, _f: int) -> Result:
    """Return the larger one; +0 is larger than -0."""
    return _extreme(a, b, take_a=order(a) > order(b) or (order(a) == order(b) and not a & SIGN))


def minimum(a: int, b: int, _to: Format, _f: int) -> Result:
    """Return the smaller one; -0 is smaller than +0."""
    return _extreme(a, b, take_a=order(a) < order(b) or (order(a) == order(b) and bool(a & SIGN)))


def invalid_comparison(a: int, b: int, f: int, *, ordered: bool) -> int:
    """What a comparison of a NaN raises: VXVC where order was asked for, but not beside an enabled VXSNAN."""
    flags = VXSNAN if is_signalling(a) or is_signalling(b) else 0
    return flags | VXVC if ordered and not (flags and f & VE) else flags


# Can software divide, or take a root, without looking at special cases?


def _exponent(v: int, to: Format) -> int:
    """Return the exponent as the format's field has it: a denormal's is one below the normal."""
    return max((v >> 52 & 0x7FF) - 1023, to.smallest - 1)


def test_divide(a: int, b: int, to: Format) -> int:
    """Return CR's fg and fe (4 and 2) for a / b."""
    if is_infinite(a) or is_infinite(b) or not b & MAGNITUDE:
        return 6
    x, y = _exponent(a, to), _exponent(b, to)
    fe = is_nan(a) or is_nan(b) or y <= to.smallest or y >= to.largest - 2
    if a & MAGNITUDE:
        fe |= x - y >= to.largest or x - y <= to.smallest + 1 or x <= to.smallest + to.precision - 1
    return (4 if y < to.smallest else 0) | (2 if fe else 0)


def test_square_root(b: int, to: Format) -> int:
    """Return CR's fg and fe (4 and 2) for a root."""
    if is_infinite(b) or not b & MAGNITUDE:
        return 6
    y = _exponent(b, to)
    fe = is_nan(b) or b & SIGN or y <= to.smallest + to.precision - 1
    return (4 if y < to.smallest else 0) | (2 if fe else 0)


# Rounding to integers, and conversion to and from them


def _cut(mode: int, sign: int, m: int, e: int, f: int) -> Result:
    """Round m * 2**e, with e below 0, to an integer, and say FI, FR and XX."""
    if mode == AWAY:
        return exact.cut(exact.TOWARD_ZERO, sign, m + (1 << -e - 1), -e)
    return exact.cut(f & 3 if mode == CURRENT else mode, sign, m, -e)


def rounding(mode: int) -> Unary:
    """Return the function that rounds to an integral value; only the current mode reports inexact results."""

    def run(b: int, _to: Format, f: int) -> Result:
        if is_nan(b):
            return exact.propagate(b)
        sign, m, e = exact.unpack(b)
        if is_infinite(b) or e >= 0:
            return b, 0
        kept, flags = _cut(mode, sign, m, e, f)
        return exact.pack(sign, kept, 0), flags if mode == CURRENT else 0

    return run


def to_integer(lowest: int, highest: int, mode: int = exact.TOWARD_ZERO) -> Unary:
    """Return the function that rounds to an integer between bounds, saturating; a NaN gives the lowest.

    Results are 64 bits, two's complement.
    """

    def run(b: int, _to: Format, f: int) -> Result:
        if is_nan(b):
            return lowest & M64, VXCVI | (VXSNAN if is_signalling(b) else 0)
        sign, m, e = exact.unpack(b)
        if is_infinite(b) or e > 64:
            return (lowest if sign else highest) & M64, VXCVI
        kept, flags = exact.cut(f & 3 if mode == CURRENT else mode, sign, m, -e)
        value = -kept if sign else kept
        if lowest <= value <= highest:
            return value & M64, flags
        return (lowest if sign else highest) & M64, VXCVI

    return run


def from_integer(v: int, to: Format, f: int) -> Result:
    """Round an integer."""
    return exact.round_value(int(v < 0), abs(v), 0, to, f) if v else (0, 0)


def quieted(b: int, _to: Format, _f: int) -> Result:
    """Take over a value that fits; a signalling NaN becomes quiet."""
    return exact.propagate(b) if is_nan(b) else (b, 0)


def to_single(b: int, to: Format, f: int) -> Result:
    """Round to single precision."""
    return exact.convert(b, to, f)
