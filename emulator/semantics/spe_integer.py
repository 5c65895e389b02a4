# SPDX-License-Identifier: GPL-2.0-or-later
"""SPE arithmetic, logic, comparison, shifts, merges and division on words (Power ISA 2.03 Book I, chapter 6).

Most are pure functions of words; the tables wrap them for both words of a register.
"""

from emulator.semantics.common import signed32
from emulator.semantics.integer import divide_signed
from emulator.semantics.spe_lanes import set_overflow, write_words
from emulator.state import M32, SIGN32, State

MOST = 0x7FFF_FFFF


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


def subtract_from(a: int, b: int) -> int:
    """Subtract the first from the second."""
    return b - a


def subtract(a: int, b: int) -> int:
    """Subtract the second from the first."""
    return a - b


def absolute(a: int) -> int:
    """Absolute value; the most negative number stays."""
    return -a if a & SIGN32 else a


def negate(a: int) -> int:
    """Negate; the most negative number stays."""
    return -a


def extend_byte(a: int) -> int:
    """Extend the sign of the lowest byte."""
    return (a & 0xFF ^ 0x80) - 0x80


def extend_half(a: int) -> int:
    """Extend the sign of the lower halfword."""
    return (a & 0xFFFF ^ 0x8000) - 0x8000


def round_half(a: int) -> int:
    """Round to the upper halfword, without saturation."""
    return a + 0x8000 & 0xFFFF_0000


def leading_zeros(a: int) -> int:
    """Count leading zeros."""
    return 32 - a.bit_length()


def leading_signs(a: int) -> int:
    """Count leading bits that equal the sign bit, itself included."""
    return 32 - (a ^ M32 if a & SIGN32 else a).bit_length()


def and_(a: int, b: int) -> int:
    """AND."""
    return a & b


def andc(a: int, b: int) -> int:
    """AND with complement."""
    return a & ~b


def or_(a: int, b: int) -> int:
    """OR."""
    return a | b


def orc(a: int, b: int) -> int:
    """OR with complement."""
    return a | ~b


def xor(a: int, b: int) -> int:
    """XOR."""
    return a ^ b


def nand(a: int, b: int) -> int:
    """NAND."""
    return ~(a & b)


def nor(a: int, b: int) -> int:
    """NOR."""
    return ~(a | b)


def eqv(a: int, b: int) -> int:
    """Equivalence: ones where the bits are equal."""
    return ~(a ^ b)


def shift_left(a: int, b: int) -> int:
    """Shift left; 32 and more gives zero."""
    return a << (b & 63)


def shift_right(a: int, b: int) -> int:
    """Shift right; 32 and more gives zero."""
    return a >> (b & 63)


def shift_right_signed(a: int, b: int) -> int:
    """Shift right, filling with the sign."""
    return signed32(a) >> (b & 63)


def rotate(a: int, b: int) -> int:
    """Rotate left."""
    return a << (b & 31) | a >> 32 - (b & 31)


def greater(a: int, b: int) -> bool:
    """Compare unsigned."""
    return a > b


def less(a: int, b: int) -> bool:
    """Compare unsigned."""
    return a < b


def greater_signed(a: int, b: int) -> bool:
    """Compare signed."""
    return a ^ SIGN32 > b ^ SIGN32


def less_signed(a: int, b: int) -> bool:
    """Compare signed."""
    return a ^ SIGN32 < b ^ SIGN32


def equal(a: int, b: int) -> bool:
    """Compare for equality."""
    return a == b


def evsplati(s: State, rt: int, sim: int) -> None:
    """Splat a signed immediate."""
    write_words(s, rt, sim, sim)


def evsplatfi(s: State, rt: int, sim: int) -> None:
    """Splat a signed immediate as a fraction: in the five highest bits."""
    write_words(s, rt, sim << 27, sim << 27)


def evmergehi(s: State, rt: int, ra: int, rb: int) -> None:
    """Merge upper words."""
    write_words(s, rt, s.gprh[ra], s.gprh[rb])


def evmergelo(s: State, rt: int, ra: int, rb: int) -> None:
    """Merge lower words."""
    write_words(s, rt, s.gpr[ra], s.gpr[rb])


def evmergehilo(s: State, rt: int, ra: int, rb: int) -> None:
    """Merge the upper word of RA with the lower of RB."""
    write_words(s, rt, s.gprh[ra], s.gpr[rb])


def evmergelohi(s: State, rt: int, ra: int, rb: int) -> None:
    """Merge the lower word of RA with the upper of RB."""
    write_words(s, rt, s.gpr[ra], s.gprh[rb])


def evsel(s: State, rt: int, ra: int, rb: int, bfs: int) -> None:
    """Select words: of RA where the field's first (upper) or second (lower) bit is set, else of RB."""
    high = s.gprh[ra if s.crf[bfs] & 8 else rb]
    write_words(s, rt, high, s.gpr[ra if s.crf[bfs] & 4 else rb])


def reverse16(v: int) -> int:
    """Turn a halfword's bits around."""
    return int(f"{v:016b}"[::-1], 2)


def brinc(s: State, rt: int, ra: int, rb: int) -> None:
    """Increment the bits of an index that a mask names, in reversed order; the e500's masks have 16 bits."""
    mask = s.gpr[rb] & 0xFFFF
    index = reverse16(reverse16(s.gpr[ra] & 0xFFFF | mask ^ 0xFFFF) + 1 & 0xFFFF)
    s.gpr[rt] = s.gpr[ra] & 0xFFFF_0000 | index & mask


def quotient_signed(a: int, b: int) -> tuple[int, bool]:
    """Divide, with saturation: the quotient, and whether it overflowed."""
    x, y = signed32(a), signed32(b)
    if y == 0:
        return (SIGN32 if x < 0 else MOST), True
    if y == -1 and a == SIGN32:
        return MOST, True
    return divide_signed(x, y), False


def quotient_unsigned(a: int, b: int) -> tuple[int, bool]:
    """Divide, with saturation: the quotient, and whether it overflowed."""
    return (a // b, False) if b else (M32, True)


def evdivws(s: State, rt: int, ra: int, rb: int) -> None:
    """Divide words, signed."""
    high, high_over = quotient_signed(s.gprh[ra], s.gprh[rb])
    low, low_over = quotient_signed(s.gpr[ra], s.gpr[rb])
    write_words(s, rt, high, low)
    set_overflow(s, high_over, low_over)


def evdivwu(s: State, rt: int, ra: int, rb: int) -> None:
    """Divide words, unsigned."""
    high, high_over = quotient_unsigned(s.gprh[ra], s.gprh[rb])
    low, low_over = quotient_unsigned(s.gpr[ra], s.gpr[rb])
    write_words(s, rt, high, low)
    set_overflow(s, high_over, low_over)
