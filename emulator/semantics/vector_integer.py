# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector integer sums, averages, maxima, minima, comparisons (AltiVec PEM, chapter 6; Power ISA Book I, 6.9).

All lanes are worked on at once: a carry is kept from crossing lanes by treating the highest bits apart.
"""

from emulator.semantics.vector_lanes import HIGH, LOW, Two, TwoSaturating, spread
from emulator.state import M128


def add(width: int) -> Two:
    """Sum modulo."""
    high = HIGH[width]
    rest = M128 ^ high
    return lambda a, b: (a & rest) + (b & rest) ^ (a ^ b) & high


def subtract(width: int) -> Two:
    """Difference modulo."""
    high = HIGH[width]
    rest = M128 ^ high
    return lambda a, b: (a | high) - (b & rest) ^ (a ^ b ^ high) & high


def add_unsigned(width: int) -> TwoSaturating:
    """Sum, saturating unsigned."""
    high, total = HIGH[width], add(width)

    def run(a: int, b: int) -> tuple[int, bool]:
        r = total(a, b)
        carry = (a & b | (a | b) & ~r) & high
        return r | spread(carry, width), carry != 0

    return run


def subtract_unsigned(width: int) -> TwoSaturating:
    """Difference, saturating unsigned: nothing below zero."""
    high, difference = HIGH[width], subtract(width)

    def run(a: int, b: int) -> tuple[int, bool]:
        r = difference(a, b)
        borrow = (~a & b | ~(a ^ b) & r) & high
        return r & ~spread(borrow, width), borrow != 0

    return run


def _saturate(a: int, r: int, overflow: int, width: int) -> int:
    """Put the largest number, or the smallest where `a` is negative, in the lanes that overflowed."""
    limit = (M128 ^ HIGH[width]) + (a >> width - 1 & LOW[width])
    mask = spread(overflow, width)
    return r & ~mask | limit & mask


def add_signed(width: int) -> TwoSaturating:
    """Sum, saturating signed."""
    high, total = HIGH[width], add(width)

    def run(a: int, b: int) -> tuple[int, bool]:
        r = total(a, b)
        overflow = (r ^ a) & (r ^ b) & high
        return (_saturate(a, r, overflow, width), True) if overflow else (r, False)

    return run


def subtract_signed(width: int) -> TwoSaturating:
    """Difference, saturating signed."""
    high, difference = HIGH[width], subtract(width)

    def run(a: int, b: int) -> tuple[int, bool]:
        r = difference(a, b)
        overflow = (a ^ b) & (a ^ r) & high
        return (_saturate(a, r, overflow, width), True) if overflow else (r, False)

    return run


def carry_word(a: int, b: int) -> int:
    """Carry out of the sum of words."""
    return (a & b | (a | b) & ~_add_word(a, b)) >> 31 & LOW[32]


def carry_word_difference(a: int, b: int) -> int:
    """Carry out of A + ~B + 1: no borrow."""
    return (a & ~b | ~(a ^ b) & ~_subtract_word(a, b)) >> 31 & LOW[32]


_add_word, _subtract_word = add(32), subtract(32)


def average(width: int) -> Two:
    """(A + B + 1) / 2, unsigned."""
    rest = M128 ^ HIGH[width]
    return lambda a, b: (a | b) - ((a ^ b) >> 1 & rest)


def average_signed(width: int) -> Two:
    """(A + B + 1) / 2, signed: the unsigned one with all numbers moved up by half the range."""
    high, unsigned = HIGH[width], average(width)
    return lambda a, b: unsigned(a ^ high, b ^ high) ^ high


def equal(width: int) -> Two:
    """Ones where A = B."""
    high = HIGH[width]
    rest = M128 ^ high

    def run(a: int, b: int) -> int:
        x = a ^ b
        return spread(~((x & rest) + rest | x) & high, width)

    return run


def greater(width: int) -> Two:
    """Ones where A > B, unsigned."""
    high = HIGH[width]
    rest = M128 ^ high

    def run(a: int, b: int) -> int:
        not_less = (b | high) - (
            a & rest
        )  # its highest bits: the other bits of b are not less than those of a
        return spread((a & ~b | ~(a ^ b) & ~not_less) & high, width)

    return run


def greater_signed(width: int) -> Two:
    """Ones where A > B, signed."""
    high, unsigned = HIGH[width], greater(width)
    return lambda a, b: unsigned(a ^ high, b ^ high)


def _choose(greater_of: Two, *, larger: bool) -> Two:
    def run(a: int, b: int) -> int:
        mask = greater_of(a, b) if larger else greater_of(b, a)
        return b ^ (a ^ b) & mask

    return run


def maximum(width: int) -> Two:
    """The larger, unsigned."""
    return _choose(greater(width), larger=True)


def maximum_signed(width: int) -> Two:
    """The larger, signed."""
    return _choose(greater_signed(width), larger=True)


def minimum(width: int) -> Two:
    """The smaller, unsigned."""
    return _choose(greater(width), larger=False)


def minimum_signed(width: int) -> Two:
    """The smaller, signed."""
    return _choose(greater_signed(width), larger=False)


def add_quad(a: int, b: int, c: int = 0) -> int:
    """A + B + carry in (the last bit of C), modulo 2**128."""
    return a + b + (c & 1) & M128


def carry_quad(a: int, b: int, c: int = 0) -> int:
    """Carry out of A + B + carry in."""
    return a + b + (c & 1) >> 128


def subtract_quad(a: int, b: int, c: int = 1) -> int:
    """A + ~B + carry in, modulo 2**128."""
    return a + (M128 ^ b) + (c & 1) & M128


def carry_quad_difference(a: int, b: int, c: int = 1) -> int:
    """Carry out of A + ~B + carry in."""
    return a + (M128 ^ b) + (c & 1) >> 128
