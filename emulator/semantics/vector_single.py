# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector registers as four single-precision numbers, and the way back with one rounding to nearest.

Sums and products of singles, their quotients and roots are rounded once to double by the host and once more
here. That gives what one rounding would: a double has more than twice the precision of a single and two bits
(Figueroa, When is double rounding innocuous?, 1995), and where a sum of three terms is not exact, `odd` makes
the first rounding one that the second cannot mistake.
"""

import struct
from collections.abc import Callable
from math import isnan

from emulator.semantics.vector_lanes import HIGH, NJ, Semantics1, Semantics2, Semantics3, spread, unsigned
from emulator.state import State

SMALLEST_NORMAL = 2.0**-126
QUIET = 0x0040_0000
DEFAULT_NAN = 0x7FC0_0000
MAGNITUDE = 0x7FFF_FFFF
INFINITY = 0x7F80_0000
_SIGNS = HIGH[32]
_EXPONENTS = INFINITY * (_SIGNS >> 31)
_FLOATS = struct.Struct(">4f")
_four = memoryview(bytearray(16))
_singles, _words = _four.cast("f"), _four.cast("I")
_eight = memoryview(bytearray(8))
_double, _raw = _eight.cast("d"), _eight.cast("q")

Floats = tuple[float, ...]
words = unsigned(32)


def flushed(v: int) -> int:
    """Zeros for denormalized numbers, with their signs."""
    return v & (spread((v & _EXPONENTS) + _EXPONENTS & _SIGNS, 32) | _SIGNS)


def operand(s: State, v: int) -> int:
    """Read an operand as the mode has it: without denormalized numbers where VSCR[NJ] is set."""
    return flushed(v) if s.vscr & NJ else v


def floats(v: int) -> Floats:
    """The elements as the host's floats."""
    return _FLOATS.unpack(v.to_bytes(16))


def odd(r: float, error: float) -> float:
    """Round to odd: of the two doubles around the exact value r + error, the one whose last bit is set."""
    if not error:
        return r
    _double[0] = r
    if not _raw[0] & 1:
        _raw[0] += 1 if (error > 0) == (r > 0) else -1
    return _double[0]


def is_nan(w: int) -> bool:
    """Tell a NaN among raw singles."""
    return w & MAGNITUDE > INFINITY


def first_nan(operands: tuple[int, ...]) -> int:
    """The first NaN among raw operands, made quiet; the default one where the operation itself is invalid."""
    return next((w | QUIET for w in operands if is_nan(w)), DEFAULT_NAN)


def result(s: State, values: list[float], operands: tuple[int, ...]) -> int:
    """Round to singles. NaNs are taken from the `operands`; tiny numbers are zero where VSCR[NJ] is set."""
    _singles[0], _singles[1], _singles[2], _singles[3] = values
    raw = list(_words)
    for i, value in enumerate(values):
        if isnan(value):
            raw[i] = first_nan(tuple(words(v)[i] for v in operands))
        elif s.vscr & NJ and -SMALLEST_NORMAL < value < SMALLEST_NORMAL:
            raw[i] &= 0x8000_0000
    return raw[0] << 96 | raw[1] << 64 | raw[2] << 32 | raw[3]


def float_one(f: Callable[[float], float]) -> Semantics1:
    """VRT = f(VRB)."""

    def run(s: State, vrt: int, vrb: int) -> None:
        b = operand(s, s.vr[vrb])
        s.vr[vrt] = result(s, [f(y) for y in floats(b)], (b,))

    return run


def float_two(f: Callable[[float, float], float]) -> Semantics2:
    """VRT = f(VRA, VRB)."""

    def run(s: State, vrt: int, vra: int, vrb: int) -> None:
        a, b = operand(s, s.vr[vra]), operand(s, s.vr[vrb])
        values = [f(x, y) for x, y in zip(floats(a), floats(b), strict=True)]
        s.vr[vrt] = result(s, values, (a, b))

    return run


def float_three(f: Callable[[float, float, float], float]) -> Semantics3:
    """VRT = f(VRA, VRB, VRC)."""

    def run(s: State, vrt: int, vra: int, vrb: int, vrc: int) -> None:
        a, b, c = operand(s, s.vr[vra]), operand(s, s.vr[vrb]), operand(s, s.vr[vrc])
        values = [f(x, y, z) for x, y, z in zip(floats(a), floats(b), floats(c), strict=True)]
        s.vr[vrt] = result(s, values, (a, b, c))

    return run
