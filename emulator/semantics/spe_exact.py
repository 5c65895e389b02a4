# SPDX-License-Identifier: GPL-2.0-or-later
"""Embedded floating-point arithmetic on raw numbers (Power ISA 2.03 Book I, chapter 7; EREF, results).

It is not IEEE 754: infinities and NaNs are invalid, and count as the largest number of their sign;
denormalized numbers are invalid, and count as zero; overflow gives the largest number, underflow zero.
Functions return the raw result and status bits of the lower word of SPEFSCR. They round to nearest or
truncate, as the hardware does: other rounding is left to the round interrupt.
"""

from typing import NamedTuple

FG, FX, FINV, FDBZ, FUNF, FOVF = 0x2000, 0x1000, 0x800, 0x400, 0x200, 0x100
DOWNWARD = 3  # rounding mode FRMC


class Format(NamedTuple):
    """A binary format: bits of the fraction and of the exponent."""

    fraction: int
    exponent: int

    @property
    def sign(self) -> int:
        """The sign bit."""
        return 1 << self.fraction + self.exponent

    @property
    def bias(self) -> int:
        """What is added to exponents."""
        return (1 << self.exponent - 1) - 1

    @property
    def special(self) -> int:
        """The exponent of infinities and NaNs."""
        return (1 << self.exponent) - 1

    @property
    def largest(self) -> int:
        """The largest number."""
        return (self.special << self.fraction) - 1


SINGLE = Format(23, 8)
DOUBLE = Format(52, 11)

Result = tuple[int, int]


class Mode(NamedTuple):
    """How a result is rounded: truncated, or to nearest; and whether an exact zero sum is negative."""

    truncates: bool
    downward: bool


class Number(NamedTuple):
    """An operand taken apart: (-1)**sign * significand * 2**exponent.

    `special`: it is an infinity or a NaN; `invalid`: FINV or 0.
    """

    sign: int
    significand: int
    exponent: int
    special: bool
    invalid: int


def unpack(v: int, to: Format) -> Number:
    """Take a raw number apart; a denormalized number has the significand 0."""
    sign = v >> to.fraction + to.exponent
    exponent = v >> to.fraction & to.special
    fraction = v & (1 << to.fraction) - 1
    if not exponent:
        return Number(sign, 0, 0, special=False, invalid=FINV if fraction else 0)
    significand = fraction | 1 << to.fraction
    special = exponent == to.special
    return Number(sign, significand, exponent - to.bias - to.fraction, special, FINV if special else 0)


def is_invalid(v: int, to: Format) -> int:
    """FINV for an infinity, a NaN or a denormalized number, else 0."""
    return unpack(v, to).invalid


def zero(sign: int, to: Format) -> int:
    """Return a zero."""
    return to.sign if sign else 0


def most(sign: int, to: Format) -> int:
    """Return the largest number of a sign."""
    return zero(sign, to) | to.largest


def cut(significand: int, shift: int, *, truncates: bool) -> Result:
    """Round away low bits: the rounded significand, and FG (the first bit lost) and FX (any other)."""
    if shift <= 0:
        return significand << -shift, 0
    kept = significand >> shift
    guard = significand >> shift - 1 & 1
    rest = bool(significand & (1 << shift - 1) - 1)
    flags = (FG if guard else 0) | (FX if rest else 0)
    return kept + (0 if truncates else guard & (rest | kept)), flags


def round_value(sign: int, significand: int, exponent: int, to: Format, mode: Mode) -> Result:
    """Round an exact value that is not zero."""
    top = exponent + significand.bit_length() - 1
    if top < 1 - to.bias:
        return zero(sign, to), FUNF
    kept, flags = cut(significand, significand.bit_length() - 1 - to.fraction, truncates=mode.truncates)
    raw = kept + (top + to.bias - 1 << to.fraction)
    if raw > to.largest:
        return most(sign, to), FOVF
    return zero(sign, to) | raw, flags


def add(a: int, b: int, to: Format, mode: Mode) -> Result:
    """Return a + b."""
    x, y = unpack(a, to), unpack(b, to)
    invalid = x.invalid | y.invalid
    if x.special or y.special:
        return most(x.sign if x.special else y.sign, to), invalid
    if invalid and x.significand | y.significand:
        return (a if x.significand else b), invalid
    exponent = min(x.exponent, y.exponent)
    total = _signed(x) << x.exponent - exponent
    total += _signed(y) << y.exponent - exponent
    if not total:
        sign = x.sign if x.sign == y.sign and not x.significand else mode.downward
        return zero(sign, to), invalid
    result, flags = round_value(int(total < 0), abs(total), exponent, to, mode)
    return (zero(mode.downward, to) if flags & FUNF else result), flags


def _signed(x: Number) -> int:
    return -x.significand if x.sign else x.significand


def subtract(a: int, b: int, to: Format, mode: Mode) -> Result:
    """Return a - b."""
    return add(a, b ^ to.sign, to, mode)


def multiply(a: int, b: int, to: Format, mode: Mode) -> Result:
    """Return a * b; zero times anything is zero."""
    x, y = unpack(a, to), unpack(b, to)
    sign, invalid = x.sign ^ y.sign, x.invalid | y.invalid
    if not (x.significand and y.significand):
        return zero(sign, to), invalid
    if invalid:
        return most(sign, to), invalid
    return round_value(sign, x.significand * y.significand, x.exponent + y.exponent, to, mode)


def divide(a: int, b: int, to: Format, mode: Mode) -> Result:
    """Return a / b."""
    x, y = unpack(a, to), unpack(b, to)
    sign, invalid = x.sign ^ y.sign, x.invalid | y.invalid
    if y.special:
        return zero(sign, to), invalid
    if not y.significand:
        return most(sign, to), invalid or (FDBZ if x.significand else FINV)
    if x.special:
        return most(sign, to), invalid
    if not x.significand:
        return zero(sign, to), invalid
    extra = to.fraction + 4
    quotient, rest = divmod(x.significand << extra, y.significand)
    return round_value(sign, quotient << 1 | (rest != 0), x.exponent - y.exponent - extra - 1, to, mode)


def convert(v: int, source: Format, to: Format, mode: Mode) -> Result:
    """Convert between formats."""
    x = unpack(v, source)
    if x.special:
        return most(x.sign, to), x.invalid
    if not x.significand:
        return zero(x.sign, to), x.invalid
    return round_value(x.sign, x.significand, x.exponent, to, mode)


def from_integer(value: int, scale: int, to: Format, mode: Mode) -> Result:
    """Convert value * 2**-scale."""
    return round_value(int(value < 0), abs(value), -scale, to, mode) if value else (0, 0)


def to_integer(v: int, scale: int, source: Format, *, signed: bool, truncates: bool) -> Result:
    """Convert v * 2**scale to a 32-bit integer, saturating; a NaN or a denormalized number gives 0."""
    x = unpack(v, source)
    least, greatest = (-0x8000_0000, 0x7FFF_FFFF) if signed else (0, 0xFFFF_FFFF)
    if (x.special and v & (1 << source.fraction) - 1) or not x.significand:
        return 0, x.invalid
    if x.special or x.exponent + scale > 32:
        return (least if x.sign else greatest), FINV
    kept, flags = cut(x.significand, -x.exponent - scale, truncates=truncates)
    value = -kept if x.sign else kept
    return (value, flags) if least <= value <= greatest else (least if x.sign else greatest, FINV)


def order(v: int, to: Format) -> int:
    """Map raw numbers to integers in the order of comparisons: special values by their bits, zeros equal."""
    return -(v & to.sign - 1) if v & to.sign else v
