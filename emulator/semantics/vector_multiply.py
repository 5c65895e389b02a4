# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector products and sums of products (AltiVec PEM, chapter 6; Power ISA Book I, 6.9.1)."""

from emulator.semantics.vector_lanes import (
    ThreeSaturating,
    Two,
    clamp_signed,
    clamp_unsigned,
    join,
    signed,
    unsigned,
)  # fmt: skip

_BYTES, _HALVES, _WORDS = unsigned(8), unsigned(16), unsigned(32)
_SIGNED_BYTES, _SIGNED_HALVES, _SIGNED_WORDS = signed(8), signed(16), signed(32)
_join_halves, _join_words = join(16), join(32)


def _multiply(width: int, first: int, *, is_signed: bool) -> Two:
    split = signed(width) if is_signed else unsigned(width)
    make = join(2 * width)
    return lambda a, b: make([x * y for x, y in zip(split(a)[first::2], split(b)[first::2], strict=True)])


def even(width: int) -> Two:
    """Products of the unsigned elements 0, 2, 4 …, of twice the width."""
    return _multiply(width, 0, is_signed=False)


def odd(width: int) -> Two:
    """Products of the unsigned elements 1, 3, 5 …."""
    return _multiply(width, 1, is_signed=False)


def even_signed(width: int) -> Two:
    """Products of the signed elements 0, 2, 4 …."""
    return _multiply(width, 0, is_signed=True)


def odd_signed(width: int) -> Two:
    """Products of the signed elements 1, 3, 5 …."""
    return _multiply(width, 1, is_signed=True)


def low_word(a: int, b: int) -> int:
    """Products of words, modulo 2**32."""
    return _join_words([x * y for x, y in zip(_WORDS(a), _WORDS(b), strict=True)])


def low_half_add(a: int, b: int, c: int) -> int:
    """A * B + C in halfwords, modulo 2**16."""
    halves = zip(_HALVES(a), _HALVES(b), _HALVES(c), strict=True)
    return _join_halves([x * y + z for x, y, z in halves])


def high_half_add(rounding: int) -> ThreeSaturating:
    """Return (A * B + rounding) / 2**15 + C in signed halfwords, saturating."""

    def run(a: int, b: int, c: int) -> tuple[int, bool]:
        halves = zip(_SIGNED_HALVES(a), _SIGNED_HALVES(b), _SIGNED_HALVES(c), strict=True)
        elements, saturated = clamp_signed(16, [(x * y + rounding >> 15) + z for x, y, z in halves])
        return _join_halves(elements), saturated

    return run


def _grouped(elements: list[int], size: int) -> list[int]:
    return [sum(elements[i : i + size]) for i in range(0, len(elements), size)]


def _with(sums: list[int], addends: tuple[int, ...]) -> list[int]:
    return [x + y for x, y in zip(sums, addends, strict=True)]


def _products(xs: tuple[int, ...], ys: tuple[int, ...]) -> list[int]:
    return [x * y for x, y in zip(xs, ys, strict=True)]


def sum_bytes(a: int, b: int, c: int) -> int:
    """Four products of unsigned bytes and a word of C, modulo."""
    return _join_words(_with(_grouped(_products(_BYTES(a), _BYTES(b)), 4), _WORDS(c)))


def sum_mixed_bytes(a: int, b: int, c: int) -> int:
    """Four products of a signed byte of A and an unsigned one of B, and a word of C, modulo."""
    return _join_words(_with(_grouped(_products(_SIGNED_BYTES(a), _BYTES(b)), 4), _WORDS(c)))


def _unsigned_halves(a: int, b: int, c: int) -> list[int]:
    return _with(_grouped(_products(_HALVES(a), _HALVES(b)), 2), _WORDS(c))


def _signed_halves(a: int, b: int, c: int) -> list[int]:
    return _with(_grouped(_products(_SIGNED_HALVES(a), _SIGNED_HALVES(b)), 2), _SIGNED_WORDS(c))


def sum_halves(a: int, b: int, c: int) -> int:
    """Two products of unsigned halfwords and a word of C, modulo."""
    return _join_words(_unsigned_halves(a, b, c))


def sum_halves_saturating(a: int, b: int, c: int) -> tuple[int, bool]:
    """Two products of unsigned halfwords and a word of C, saturating."""
    elements, saturated = clamp_unsigned(32, _unsigned_halves(a, b, c))
    return _join_words(elements), saturated


def sum_signed_halves(a: int, b: int, c: int) -> int:
    """Two products of signed halfwords and a word of C, modulo."""
    return _join_words(_signed_halves(a, b, c))


def sum_signed_halves_saturating(a: int, b: int, c: int) -> tuple[int, bool]:
    """Two products of signed halfwords and a word of C, saturating."""
    elements, saturated = clamp_signed(32, _signed_halves(a, b, c))
    return _join_words(elements), saturated


def across_unsigned_bytes(a: int, b: int) -> tuple[int, bool]:
    """Four bytes of A and a word of B, unsigned, saturating."""
    elements, saturated = clamp_unsigned(32, _with(_grouped(list(_BYTES(a)), 4), _WORDS(b)))
    return _join_words(elements), saturated


def across_signed_bytes(a: int, b: int) -> tuple[int, bool]:
    """Four bytes of A and a word of B, signed, saturating."""
    elements, saturated = clamp_signed(32, _with(_grouped(list(_SIGNED_BYTES(a)), 4), _SIGNED_WORDS(b)))
    return _join_words(elements), saturated


def across_signed_halves(a: int, b: int) -> tuple[int, bool]:
    """Two halfwords of A and a word of B, signed, saturating."""
    elements, saturated = clamp_signed(32, _with(_grouped(list(_SIGNED_HALVES(a)), 2), _SIGNED_WORDS(b)))
    return _join_words(elements), saturated


def across_two_words(a: int, b: int) -> tuple[int, bool]:
    """Words 0 and 1 of A and word 1 of B to word 1, words 2 and 3 and word 3 to word 3; zeros elsewhere."""
    w, z = _SIGNED_WORDS(a), _SIGNED_WORDS(b)
    (first, second), saturated = clamp_signed(32, [w[0] + w[1] + z[1], w[2] + w[3] + z[3]])
    return _join_words([0, first, 0, second]), saturated


def across_four_words(a: int, b: int) -> tuple[int, bool]:
    """All words of A and word 3 of B to word 3; zeros elsewhere."""
    (total,), saturated = clamp_signed(32, [sum(_SIGNED_WORDS(a)) + _SIGNED_WORDS(b)[3]])
    return _join_words([0, 0, 0, total]), saturated
