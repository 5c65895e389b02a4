# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector shifts and rotates (AltiVec PEM, chapter 6; Power ISA Book I, 6.9.3 and 6.8.5)."""

from collections.abc import Callable

from emulator.semantics.vector_lanes import Two, join, signed, unsigned
from emulator.state import M128


def _lanewise(width: int, split: Callable[[int], tuple[int, ...]], f: Two) -> Two:
    """f(element of A, shift count from the same element of B)."""
    counts, make, mask = unsigned(width), join(width), width - 1
    return lambda a, b: make([f(x, n & mask) for x, n in zip(split(a), counts(b), strict=True)])


def left(width: int) -> Two:
    """Shift left each element."""
    return _lanewise(width, unsigned(width), lambda x, n: x << n)


def right(width: int) -> Two:
    """Shift right each element."""
    return _lanewise(width, unsigned(width), lambda x, n: x >> n)


def right_algebraic(width: int) -> Two:
    """Shift right each signed element."""
    return _lanewise(width, signed(width), lambda x, n: x >> n)


def rotate(width: int) -> Two:
    """Rotate left each element."""
    return _lanewise(width, unsigned(width), lambda x, n: x << n | x >> width - n)


def whole_left(a: int, b: int) -> int:
    """Shift A left by bits: 0 to 7, from the last byte of B (all bytes of B have to say the same)."""
    return a << (b & 7) & M128


def whole_right(a: int, b: int) -> int:
    """Shift A right by bits."""
    return a >> (b & 7)


def octets_left(a: int, b: int) -> int:
    """Shift A left by bytes: 0 to 15, from bits 121 to 124 of B."""
    return a << (b & 0x78) & M128


def octets_right(a: int, b: int) -> int:
    """Shift A right by bytes."""
    return a >> (b & 0x78)
