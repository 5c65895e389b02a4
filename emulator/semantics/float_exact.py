# SPDX-License-Identifier: GPL-2.0-or-later
"""IEEE arithmetic as the Power ISA has it (Book I, chapters 4.3 to 4.6), on raw doubles, with integers only.

Every operation forms its exact result as an integer times a power of two and rounds it once. It takes the
FPSCR for the rounding mode and the enables, and returns the raw result and the bits of FPSCR that it raises
(exceptions, FR, FI): it changes nothing. Whether the target is written is decided in `settle`.
"""

from math import isqrt
from typing import NamedTuple

from emulator.semantics.common import fp_enabled_interrupt, out_of_line
from emulator.semantics.float_status import (
    EXCEPTIONS,
    FI,
    FPRF,
    FR,
    FX,
    NI,
    OE,
    OX,
    UE,
    UX,
    VE,
    VX_CAUSES,
    VXIDI,
    VXIMZ,
    VXISI,
    VXSNAN,
    VXSQRT,
    VXZDZ,
    XX,
    ZE,
    ZX,
    summarize,
)  # fmt: skip
from emulator.state import State

SIGN = 1 << 63
INFINITY = 0x7FF << 52
FRACTION = (1 << 52) - 1
MAGNITUDE = SIGN - 1
QUIET = 1 << 51
DEFAULT_NAN = INFINITY | QUIET
BELOW_SINGLE = 0x1FFF_FFFF  # the bits of a raw double that a single has not
TOWARD_ZERO, UPWARD, DOWNWARD = 1, 2, 3

Result = tuple[int, int]


class Format(NamedTuple):
    """A binary format.

    Bits of precision, exponents of the smallest and largest normal, and the adjustment of the exponent where
    overflow or underflow is enabled.
    """

    precision: int
    smallest: int
    largest: int
    adjustment: int


DOUBLE = Format(53, -1022, 1023, 1536)
SINGLE = Format(24, -126, 127, 192)


def unpack(v: int) -> tuple[int, int, int]:
    """Split a finite number (-1)**sign * significand * 2**exponent; the significand is an integer."""
    exponent = v >> 52 & 0x7FF
    if exponent:
        return v >> 63, v & FRACTION | 1 << 52, exponent - 1075
    return v >> 63, v & FRACTION, -1074


def pack(sign: int, significand: int, exponent: int) -> int:
    """Make a raw double of a value that fits one, or infinity where it is too large."""
    if not significand:
        return sign << 63
    bits = significand.bit_length()
    top = exponent + bits - 1
    if top > DOUBLE.largest:
        return sign << 63 | INFINITY
    if top < DOUBLE.smallest:
        shift = exponent + 1074
        return sign << 63 | (significand << shift if shift >= 0 else significand >> -shift)
    shifted = significand << 53 - bits if bits <= 53 else significand >> bits - 53
    return sign << 63 | top + 1023 << 52 | shifted & FRACTION


def increment(mode: int, sign: int, kept: int, rest: int, half: int) -> int:
    """Whether the rounding mode moves `kept` away from zero, `rest` being what is cut off (1 or 0)."""
    if mode == 0:
        return 1 if rest > half or (rest == half and kept & 1) else 0
    return 1 if rest and mode != TOWARD_ZERO and (mode == DOWNWARD) == bool(sign) else 0


def cut(mode: int, sign: int, significand: int, shift: int) -> tuple[int, int]:
    """Round away `shift` low bits: the rounded significand, and FI, FR and XX."""
    if shift <= 0:
        return significand << -shift, 0
    kept = significand >> shift
    rest = significand & (1 << shift) - 1
    if not rest:
        return kept, 0
    up = increment(mode, sign, kept, rest, 1 << shift - 1)
    return kept + up, XX | FI | (FR if up else 0)


def round_value(sign: int, significand: int, exponent: int, to: Format, f: int) -> Result:
    """Round an exact value, not zero, to a format under the modes in FPSCR `f`."""
    bits = significand.bit_length()
    shift = bits - to.precision
    underflow = 0
    if exponent + bits - 1 < to.smallest:  # tiny: the architecture looks before rounding
        if f & UE:
            exponent += to.adjustment
            underflow = UX
        elif f & NI:
            return sign << 63, UX | XX | FI
        else:
            shift = to.smallest - to.precision + 1 - exponent
    kept, flags = cut(f & 3, sign, significand, shift)
    if shift > bits - to.precision and flags:
        underflow = UX
    exponent += shift
    if exponent + kept.bit_length() - 1 > to.largest:
        return _overflow(sign, kept, exponent, to, f, flags)
    return pack(sign, kept, exponent), flags | underflow


def _overflow(sign: int, kept: int, exponent: int, to: Format, f: int, flags: int) -> Result:
    if f & OE:
        return pack(sign, kept, exponent - to.adjustment), flags | OX
    infinite = increment(f & 3, sign, 1, 1, 0)
    if infinite:
        return sign << 63 | INFINITY, OX | XX | FI | FR
    largest = (1 << to.precision) - 1
    return pack(sign, largest, to.largest - to.precision + 1), OX | XX | FI


def is_nan(v: int) -> bool:
    """Tell a NaN."""
    return v & MAGNITUDE > INFINITY


def is_infinite(v: int) -> bool:
    """Tell an infinity."""
    return v & MAGNITUDE == INFINITY


def is_signalling(v: int) -> bool:
    """Tell a signalling NaN."""
    return v & MAGNITUDE > INFINITY and not v & QUIET


def propagate(*operands: int) -> Result:
    """The result for operands of which one is a NaN: the first of them, made quiet."""
    first = next(v for v in operands if is_nan(v))
    return first | QUIET, VXSNAN if any(map(is_signalling, operands)) else 0


def _cancelled(f: int) -> Result:
    return (SIGN if f & 3 == DOWNWARD else 0), 0


def _sum(x: tuple[int, int, int], y: tuple[int, int, int], to: Format, f: int) -> Result:
    exponent = min(x[2], y[2])
    value = (-x[1] if x[0] else x[1]) << x[2] - exponent
    value += (-y[1] if y[0] else y[1]) << y[2] - exponent
    if value:
        return round_value(int(value < 0), abs(value), exponent, to, f)
    return (x[0] << 63, 0) if not x[1] and x[0] == y[0] else _cancelled(f)


def _infinite_sum(a: int, b: int) -> Result:
    if is_infinite(a) and is_infinite(b) and a != b:
        return DEFAULT_NAN, VXISI
    return (a if is_infinite(a) else b), 0


def add(a: int, b: int, to: Format, f: int) -> Result:
    """Return a + b."""
    if is_nan(a) or is_nan(b):
        return propagate(a, b)
    if is_infinite(a) or is_infinite(b):
        return _infinite_sum(a, b)
    return _sum(unpack(a), unpack(b), to, f)


def subtract(a: int, b: int, to: Format, f: int) -> Result:
    """Return a - b."""
    return propagate(a, b) if is_nan(a) or is_nan(b) else add(a, b ^ SIGN, to, f)


def multiply(a: int, c: int, to: Format, f: int) -> Result:
    """Return a * c."""
    if is_nan(a) or is_nan(c):
        return propagate(a, c)
    sign = (a ^ c) & SIGN
    if is_infinite(a) or is_infinite(c):
        return (sign | INFINITY, 0) if a & MAGNITUDE and c & MAGNITUDE else (DEFAULT_NAN, VXIMZ)
    (_, ma, ea), (_, mc, ec) = unpack(a), unpack(c)
    return round_value(sign >> 63, ma * mc, ea + ec, to, f) if ma and mc else (sign, 0)


def divide(a: int, b: int, to: Format, f: int) -> Result:
    """Return a / b."""
    if is_nan(a) or is_nan(b):
        return propagate(a, b)
    sign = (a ^ b) & SIGN
    if is_infinite(a):
        return (DEFAULT_NAN, VXIDI) if is_infinite(b) else (sign | INFINITY, 0)
    (_, ma, ea), (_, mb, eb) = unpack(a), unpack(b)
    if is_infinite(b) or (not ma and mb):
        return sign, 0
    if not mb:
        return (sign | INFINITY, ZX) if ma else (DEFAULT_NAN, VXZDZ)
    quotient, rest = divmod(ma << 116, mb)  # 63 bits or more: the rest is below all that rounding sees
    return round_value(sign >> 63, quotient << 1 | (rest != 0), ea - eb - 117, to, f)


def multiply_add(a: int, c: int, b: int, to: Format, f: int) -> Result:
    """Return a * c + b with one rounding. For multiply-subtract, `b` comes `turned`."""
    bad = VXIMZ if {a & MAGNITUDE, c & MAGNITUDE} == {0, INFINITY} else 0
    if is_nan(a) or is_nan(b) or is_nan(c):
        result, flags = propagate(a, b, c)
        return result, flags | bad
    if bad:
        return DEFAULT_NAN, bad
    sign = (a ^ c) & SIGN
    if is_infinite(a) or is_infinite(c) or is_infinite(b):
        product = sign | INFINITY if is_infinite(a) or is_infinite(c) else sign
        return _infinite_sum(product, b)
    (_, ma, ea), (_, mc, ec) = unpack(a), unpack(c)
    return _sum((sign >> 63, ma * mc, ea + ec), unpack(b), to, f)


def square_root(b: int, to: Format, f: int) -> Result:
    """Square root; -0 is its own."""
    if is_nan(b):
        return propagate(b)
    if not b & MAGNITUDE or b == INFINITY:
        return b, 0
    if b & SIGN:
        return DEFAULT_NAN, VXSQRT
    _, m, e = unpack(b)
    shift = 128 + (e & 1)
    root = isqrt(m << shift)
    return round_value(0, root << 1 | (root * root != m << shift), (e - shift >> 1) - 1, to, f)


def turned(v: int) -> int:
    """Turn the sign of a number, but not that of a NaN."""
    return v if is_nan(v) else v ^ SIGN


def turned_result(result: Result) -> Result:
    """Turn the sign of a result that has been rounded."""
    return turned(result[0]), result[1]


def convert(b: int, to: Format, f: int) -> Result:
    """Round to a format; a NaN loses the fraction bits that single precision has not."""
    if is_nan(b):
        result, flags = propagate(b)
        return result & ~BELOW_SINGLE, flags
    sign, m, e = unpack(b)
    return round_value(sign, m, e, to, f) if m and not is_infinite(b) else (b, 0)


def classify(v: int, to: Format) -> int:
    """FPRF for a result of a format."""
    negative = v >> 63
    exponent = v >> 52 & 0x7FF
    if exponent == 0x7FF:
        return 0x11000 if v & FRACTION else (0x9000 if negative else 0x5000)
    if not v & MAGNITUDE:
        return 0x12000 if negative else 0x2000
    if exponent < to.smallest + 1023:
        return 0x18000 if negative else 0x14000
    return 0x8000 if negative else 0x4000


@out_of_line
def raise_flags(s: State, f: int, flags: int) -> None:
    """Set sticky exceptions in the FPSCR value `f`, FX where one is new, and the summaries."""
    new = flags & EXCEPTIONS
    s.fpscr = summarize(f | new | FX if new & ~f else f)


@out_of_line
def finish(s: State, f: int, flags: int, rc: int) -> None:
    """Write FPSCR with the exceptions that an instruction raises, CR1, and take the interrupt that is due."""
    raise_flags(s, f, flags)
    if rc:
        s.crf[1] = s.fpscr >> 28
    fp_enabled_interrupt(s)


@out_of_line
def settle(s: State, frt: int, result: Result, to: Format, rc: int) -> None:
    """Write target and FPSCR: an enabled invalid operation or zero divide leaves target and FPRF alone."""
    value, flags = result
    f = s.fpscr
    if to is SINGLE:
        value &= ~BELOW_SINGLE  # a NaN among the operands may have them
    if (flags & VX_CAUSES and f & VE) or (flags & ZX and f & ZE):
        f &= ~(FR | FI)
    else:
        s.fpr[frt] = value
        f = f & ~(FPRF | FR | FI) | classify(value, to) | flags & (FR | FI)
    finish(s, f, flags, rc)
