# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector merge, pack and unpack (AltiVec PEM, chapter 6; Power ISA Book I, 6.8.1 and 6.8.2)."""

from collections.abc import Callable

from emulator.semantics.vector_lanes import (
    UNSIGNED,
    One,
    Two,
    TwoSaturating,
    clamp_signed,
    clamp_unsigned,
    join,
    signed,
    unsigned,
)  # fmt: skip

Clamp = Callable[[int, list[int]], tuple[list[int], bool]]
_WORD = unsigned(32)
_join_halves, _join_words = join(16), join(32)


def _interleave(width: int, part: slice) -> Two:
    split, pack = unsigned(width), UNSIGNED[width].pack

    def run(a: int, b: int) -> int:
        elements = [e for pair in zip(split(a)[part], split(b)[part], strict=True) for e in pair]
        return int.from_bytes(pack(*elements))

    return run


def merge_high(width: int) -> Two:
    """Elements of the high halves of A and B in turn."""
    return _interleave(width, slice(64 // width))


def merge_low(width: int) -> Two:
    """Elements of the low halves of A and B in turn."""
    return _interleave(width, slice(64 // width, None))


merge_even_words = _interleave(32, slice(0, None, 2))
merge_odd_words = _interleave(32, slice(1, None, 2))


def pack(width: int) -> Two:
    """The low halves of the elements of A, then of B (`width` is the elements' own)."""
    split, make = unsigned(width), join(width // 2)
    return lambda a, b: make([*split(a), *split(b)])


def _pack_saturating(width: int, split: Callable[[int], tuple[int, ...]], clamp: Clamp) -> TwoSaturating:
    make, half = join(width // 2), width // 2

    def run(a: int, b: int) -> tuple[int, bool]:
        elements, saturated = clamp(half, [*split(a), *split(b)])
        return make(elements), saturated

    return run


def pack_unsigned(width: int) -> TwoSaturating:
    """Unsigned elements, saturating to unsigned halves."""
    return _pack_saturating(width, unsigned(width), clamp_unsigned)


def pack_signed(width: int) -> TwoSaturating:
    """Signed elements, saturating to signed halves."""
    return _pack_saturating(width, signed(width), clamp_signed)


def pack_signed_to_unsigned(width: int) -> TwoSaturating:
    """Signed elements, saturating to unsigned halves."""
    return _pack_saturating(width, signed(width), clamp_unsigned)


def _pixel(w: int) -> int:
    """Make 1+5+5+5 bits of 8+8+8+8: the last bit of the first byte, the first five of the others."""
    return w >> 9 & 0x8000 | w >> 9 & 0x7C00 | w >> 6 & 0x3E0 | w >> 3 & 0x1F


def pack_pixels(a: int, b: int) -> int:
    """Pixels of 32 bits to 16."""
    return _join_halves([_pixel(w) for w in (*_WORD(a), *_WORD(b))])


def _unpixel(h: int) -> int:
    """Make 8+8+8+8 bits of 1+5+5+5: the first extended as a sign, the others with zeros."""
    return (0xFF00_0000 if h & 0x8000 else 0) | (h & 0x7C00) << 6 | (h & 0x3E0) << 3 | h & 0x1F


_HALF = unsigned(16)


def unpack_high_pixels(b: int) -> int:
    """Pixels of 16 bits in the high half to 32."""
    return _join_words([_unpixel(h) for h in _HALF(b)[:4]])


def unpack_low_pixels(b: int) -> int:
    """Pixels of 16 bits in the low half to 32."""
    return _join_words([_unpixel(h) for h in _HALF(b)[4:]])


def unpack_high(width: int) -> One:
    """Signed elements of the high half, extended to twice the width."""
    split, make, count = signed(width), join(2 * width), 64 // width
    return lambda b: make(list(split(b)[:count]))


def unpack_low(width: int) -> One:
    """Signed elements of the low half, extended to twice the width."""
    split, make, count = signed(width), join(2 * width), 64 // width
    return lambda b: make(list(split(b)[count:]))
