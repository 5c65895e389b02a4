# SPDX-License-Identifier: GPL-2.0-or-later
"""Embedded floating-point conversions of one element (Power ISA 2.03 Book I, chapter 7)."""

from emulator.semantics.common import signed32
from emulator.semantics.spe_exact import (
    DOUBLE,
    SINGLE,
    Format,
    Mode,
    Result,
    convert,
    from_integer,
    to_integer,
)  # fmt: skip
from emulator.semantics.spe_float import Unary

SIGNED_FRACTION, UNSIGNED_FRACTION = 31, 32  # bits after the binary point


def from_unsigned(to: Format) -> Unary:
    """Convert an unsigned integer."""
    return lambda v, mode: from_integer(v, 0, to, mode)


def from_signed(to: Format) -> Unary:
    """Convert a signed integer."""
    return lambda v, mode: from_integer(signed32(v), 0, to, mode)


def from_unsigned_fraction(to: Format) -> Unary:
    """Convert an unsigned fraction."""
    return lambda v, mode: from_integer(v, UNSIGNED_FRACTION, to, mode)


def from_signed_fraction(to: Format) -> Unary:
    """Convert a signed fraction."""
    return lambda v, mode: from_integer(signed32(v), SIGNED_FRACTION, to, mode)


def to_unsigned(source: Format) -> Unary:
    """Convert to an unsigned integer."""
    return lambda v, mode: to_integer(v, 0, source, signed=False, truncates=mode.truncates)


def to_signed(source: Format) -> Unary:
    """Convert to a signed integer."""
    return lambda v, mode: to_integer(v, 0, source, signed=True, truncates=mode.truncates)


def to_unsigned_fraction(source: Format) -> Unary:
    """Convert to an unsigned fraction."""
    return lambda v, mode: to_integer(v, UNSIGNED_FRACTION, source, signed=False, truncates=mode.truncates)


def to_signed_fraction(source: Format) -> Unary:
    """Convert to a signed fraction."""
    return lambda v, mode: to_integer(v, SIGNED_FRACTION, source, signed=True, truncates=mode.truncates)


def truncate_unsigned(source: Format) -> Unary:
    """Convert to an unsigned integer, toward zero."""
    return lambda v, _mode: to_integer(v, 0, source, signed=False, truncates=True)


def truncate_signed(source: Format) -> Unary:
    """Convert to a signed integer, toward zero."""
    return lambda v, _mode: to_integer(v, 0, source, signed=True, truncates=True)


def single_of_double(v: int, mode: Mode) -> Result:
    """Round to single precision."""
    return convert(v, DOUBLE, SINGLE, mode)


def double_of_single(v: int, mode: Mode) -> Result:
    """Widen to double precision."""
    return convert(v, SINGLE, DOUBLE, mode)
