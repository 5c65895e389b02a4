# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector floating-point estimates (AltiVec PEM, chapter 6: vrefp, vrsqrtefp, vlogefp, vexptefp).

The architecture asks for 12 bits or fewer and leaves the rest to the processor. Here the results are as good
as rounding can make them, and the same on every host: logarithm and power are worked out on integers.
"""

from math import copysign, frexp, inf, isnan, isqrt, ldexp, nan, sqrt
from struct import Struct

from emulator.semantics.vector_single import float_one

_BITS = 64  # of the fraction of the fixed-point numbers below
_PLACES = 56  # of logarithms, and of exponents: they hold 32 significant bits of log2(1 - 2**-24)
_SINGLE = Struct("f")


def _roots() -> list[int]:
    """2**(1/2), 2**(1/4), 2**(1/8) …, fixed point."""
    roots, root = [], 2 << _BITS
    for _ in range(_PLACES):
        root = isqrt(root << _BITS)
        roots.append(root)
    return roots


_ROOTS = _roots()


def _reciprocal(x: float) -> float:
    return 1 / x if x else copysign(inf, x)


def _reciprocal_root(x: float) -> float:
    """One over the root: both rounded to single precision."""
    if x < 0:
        return nan
    root: float = _SINGLE.unpack(_SINGLE.pack(sqrt(x)))[0]
    return _reciprocal(copysign(root, x))


def _power(x: float) -> float:
    """2**x: a product of roots of 2, one for each bit of the fraction of x."""
    if not -150 <= x <= 128:
        return nan if isnan(x) else 0.0 if x < 0 else inf
    whole, rest = divmod(int(ldexp(x, _PLACES)), 1 << _PLACES)
    r = 1 << _BITS
    for i, root in enumerate(reversed(_ROOTS)):
        if rest >> i & 1:
            r = r * root >> _BITS
    return ldexp(r, whole - _BITS)


def _logarithm(x: float) -> float:
    """log2(x): one bit of its fraction for each squaring of the number, which is kept between 1 and 2."""
    if x <= 0 or x == inf or isnan(x):
        return nan if x < 0 else -inf if x == 0 else x
    mantissa, exponent = frexp(x)
    m, bits = int(ldexp(mantissa, _BITS + 1)), exponent - 1
    for _ in range(_PLACES):
        m = m * m >> _BITS
        carry = m >> _BITS + 1
        m >>= carry
        bits = bits << 1 | carry
    return ldexp(bits, -_PLACES)


vrefp = float_one(_reciprocal)
vrsqrtefp = float_one(_reciprocal_root)
vexptefp = float_one(_power)
vlogefp = float_one(_logarithm)
