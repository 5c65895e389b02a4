# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector floating-point arithmetic, rounding, conversion and comparison (AltiVec PEM 3.2 and chapter 6).

No status is kept, no exception is taken, and rounding is to nearest.
"""

from collections.abc import Callable, Iterator
from math import ceil, copysign, floor, isfinite, isinf, isnan, ldexp, nan, trunc

from emulator.semantics.vector_lanes import SAT, join, record, signed, unsigned
from emulator.semantics.vector_lanes import Semantics2 as Convert
from emulator.semantics.vector_lanes import Semantics3 as Compare
from emulator.semantics.vector_single import (
    float_one,
    float_three,
    float_two,
    floats,
    odd,
    operand,
    result,
)
from emulator.state import State

_join = join(32)
_WHOLE = 2.0**23  # numbers from here on have no fraction


def _multiply_add(a: float, b: float, c: float) -> float:
    """A * C + B: the product is exact in double, and `odd` keeps the sum's rounding from being done twice."""
    product = a * c
    r = product + b
    if not isfinite(r):
        return r
    t = r - product
    return odd(r, (product - (r - t)) + (b - t))


def _negative_multiply_subtract(a: float, b: float, c: float) -> float:
    return -_multiply_add(a, -b, c)


def _maximum(x: float, y: float) -> float:
    if x == y:
        return x or x + y  # of zeros, +0 is the larger: -0 + 0 is 0
    return x if x > y else y if y > x else nan


def _minimum(x: float, y: float) -> float:
    return -_maximum(-x, -y)


def _round(f: Callable[[float], int]) -> Callable[[float], float]:
    return lambda x: copysign(f(x), x) if -_WHOLE < x < _WHOLE else x


vaddfp = float_two(lambda x, y: x + y)
vsubfp = float_two(lambda x, y: x - y)
vmaddfp = float_three(_multiply_add)
vnmsubfp = float_three(_negative_multiply_subtract)
vmaxfp = float_two(_maximum)
vminfp = float_two(_minimum)
vrfin = float_one(_round(round))
vrfiz = float_one(_round(trunc))
vrfip = float_one(_round(ceil))
vrfim = float_one(_round(floor))


def from_fixed(split: Callable[[int], tuple[int, ...]]) -> Convert:
    """Return the conversion of words to numbers, divided by 2**uim."""

    def run(s: State, vrt: int, vrb: int, uim: int) -> None:
        b = s.vr[vrb]
        s.vr[vrt] = result(s, [ldexp(e, -uim) for e in split(b)], ())

    return run


def to_fixed(low: int, high: int) -> Convert:
    """Return the conversion of numbers times 2**uim to words: toward zero, saturating, 0 for a NaN."""

    def convert(s: State, x: float, uim: int) -> int:
        if isnan(x):
            return 0
        n = (low - 1 if x < 0 else high + 1) if isinf(x) else trunc(ldexp(x, uim))
        if low <= n <= high:
            return n
        s.vscr |= SAT
        return low if n < low else high

    def run(s: State, vrt: int, vrb: int, uim: int) -> None:
        s.vr[vrt] = _join([convert(s, x, uim) for x in floats(s.vr[vrb])])

    return run


vcfux = from_fixed(unsigned(32))
vcfsx = from_fixed(signed(32))
vctuxs = to_fixed(0, 0xFFFF_FFFF)
vctsxs = to_fixed(-0x8000_0000, 0x7FFF_FFFF)


def _operands(s: State, vra: int, vrb: int) -> Iterator[tuple[float, float]]:
    return zip(floats(operand(s, s.vr[vra])), floats(operand(s, s.vr[vrb])), strict=True)


def comparison(f: Callable[[float, float], bool]) -> Compare:
    """Return the comparison: ones where it holds, and CR6 where Rc is set. A NaN compares false."""

    def run(s: State, vrt: int, vra: int, vrb: int, rc: int) -> None:
        r = s.vr[vrt] = _join([-f(x, y) for x, y in _operands(s, vra, vrb)])
        if rc:
            record(s, r)

    return run


vcmpeqfp = comparison(lambda x, y: x == y)
vcmpgefp = comparison(lambda x, y: x >= y)
vcmpgtfp = comparison(lambda x, y: x > y)


def _outside(x: float, y: float) -> int:
    return (not x <= y) << 31 | (not x >= -y) << 30


def vcmpbfp(s: State, vrt: int, vra: int, vrb: int, rc: int) -> None:
    """Bounds: bit 0 where A is above B, bit 1 where below -B, both for a NaN; CR6: all are within."""
    r = s.vr[vrt] = _join([_outside(x, y) for x, y in _operands(s, vra, vrb)])
    if rc:
        s.crf[6] = 0 if r else 2
