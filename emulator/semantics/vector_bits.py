# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector bit counts, gathers and permutations of ISA 2.07 (Power ISA Book I, 6.10 to 6.14)."""

from emulator.semantics.vector_lanes import One, join, unsigned

_DOUBLEWORDS = unsigned(64)
_join_doublewords = join(64)


def leading_zeros(width: int) -> One:
    """Count the leading zeros of each element."""
    split, make = unsigned(width), join(width)
    return lambda b: make([width - e.bit_length() for e in split(b)])


def population(width: int) -> One:
    """Count the ones of each element."""
    split, make = unsigned(width), join(width)
    return lambda b: make([e.bit_count() for e in split(b)])


def _transposed(d: int) -> int:
    """Exchange rows and columns of the 8 by 8 bits of a doubleword, by exchanging ever larger squares."""
    for shift, mask in ((7, 0x00AA_00AA_00AA_00AA), (14, 0x0000_CCCC_0000_CCCC), (28, 0x0000_0000_F0F0_F0F0)):
        t = (d ^ d >> shift) & mask
        d ^= t ^ t << shift
    return d


def gather_bits(b: int) -> int:
    """Bit k of byte j of each doubleword becomes bit j of byte k."""
    return _join_doublewords([_transposed(d) for d in _DOUBLEWORDS(b)])


def permute_bits(a: int, b: int) -> int:
    """Bits of A that the bytes of B number (0 for 128 and more), in the last 16 bits of doubleword 0."""
    bits = 0
    for index in b.to_bytes(16):
        bits = bits << 1 | (a >> 127 - index & 1 if index < 128 else 0)
    return bits << 64


def permute_xor(a: int, b: int, c: int) -> int:
    """Bytes of A and B that the halves of C's bytes number, exclusive-ored."""
    x, y = a.to_bytes(16), b.to_bytes(16)
    return int.from_bytes([x[i >> 4] ^ y[i & 15] for i in c.to_bytes(16)])
