# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixed-point instructions of 64 bits, and those that ISA 2.02 to 2.07 added (Book I, chapter 3)."""

from collections.abc import Callable

from emulator.semantics.branch import bit
from emulator.semantics.common import signed32
from emulator.semantics.declets import declet, digits
from emulator.semantics.integer import compare, divide_signed, quotient, result
from emulator.semantics.trap import trap
from emulator.state import M32, M64, SIGN64, State

BYTES = 0x0101_0101_0101_0101  # one bit in each byte
LOW7 = 0x7F7F_7F7F_7F7F_7F7F


def signed64(v: int) -> int:
    """Read 64 bits as two's complement."""
    return (v ^ SIGN64) - SIGN64


def mulld(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Multiply low doubleword."""
    r = signed64(s.gpr[ra]) * signed64(s.gpr[rb])
    quotient(s, rt, r & M64, not -SIGN64 <= r < SIGN64, oe, rc)


def mulhd(s: State, rt: int, ra: int, rb: int, rc: int) -> None:
    """Multiply high doubleword signed."""
    result(s, rt, signed64(s.gpr[ra]) * signed64(s.gpr[rb]) >> 64 & M64, rc)


def mulhdu(s: State, rt: int, ra: int, rb: int, rc: int) -> None:
    """Multiply high doubleword unsigned."""
    result(s, rt, s.gpr[ra] * s.gpr[rb] >> 64, rc)


def _divide(s: State, rt: int, dividend: int, divisor: int, most: int, oe: int, rc: int) -> None:
    """Write a signed quotient of as many bits as `most` has; where undefined, the dividend's low bits."""
    r = divide_signed(dividend, divisor) if divisor else most
    bad = not -(most >> 1) - 1 <= r <= most >> 1
    quotient(s, rt, dividend & most if bad else r & M64, bad, oe, rc)


def _divide_unsigned(s: State, rt: int, dividend: int, divisor: int, most: int, oe: int, rc: int) -> None:
    r = dividend // divisor if divisor else most + 1
    quotient(s, rt, (dividend if r > most else r) & most, r > most, oe, rc)


def divd(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Divide doubleword."""
    _divide(s, rt, signed64(s.gpr[ra]), signed64(s.gpr[rb]), M64, oe, rc)


def divdu(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Divide doubleword unsigned."""
    _divide_unsigned(s, rt, s.gpr[ra], s.gpr[rb], M64, oe, rc)


def divde(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Divide doubleword extended: the dividend is followed by 64 zeros."""
    _divide(s, rt, signed64(s.gpr[ra]) << 64, signed64(s.gpr[rb]), M64, oe, rc)


def divdeu(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Divide doubleword extended unsigned."""
    _divide_unsigned(s, rt, s.gpr[ra] << 64, s.gpr[rb], M64, oe, rc)


def divwe(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Divide word extended: the dividend is followed by 32 zeros (the undefined high word gets the sign)."""
    _divide(s, rt, signed32(s.gpr[ra]) << 32, signed32(s.gpr[rb]), M32, oe, rc)


def divweu(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Divide word extended unsigned."""
    _divide_unsigned(s, rt, (s.gpr[ra] & M32) << 32, s.gpr[rb] & M32, M32, oe, rc)


def cmpd(s: State, bf: int, ra: int, rb: int) -> None:
    """Compare doublewords, signed."""
    compare(s, bf, signed64(s.gpr[ra]), signed64(s.gpr[rb]))


def cmpdi(s: State, bf: int, ra: int, si: int) -> None:
    """Compare doubleword with immediate, signed."""
    compare(s, bf, signed64(s.gpr[ra]), si)


def cmpld(s: State, bf: int, ra: int, rb: int) -> None:
    """Compare doublewords, unsigned."""
    compare(s, bf, s.gpr[ra], s.gpr[rb])


def cmpldi(s: State, bf: int, ra: int, ui: int) -> None:
    """Compare doubleword with immediate, unsigned."""
    compare(s, bf, s.gpr[ra], ui)


def td(s: State, to: int, ra: int, rb: int) -> None:
    """Trap doubleword."""
    trap(s, to, signed64(s.gpr[ra]), signed64(s.gpr[rb]))


def tdi(s: State, to: int, ra: int, si: int) -> None:
    """Trap doubleword immediate."""
    trap(s, to, signed64(s.gpr[ra]), si)


def extsw(s: State, ra: int, rs: int, rc: int) -> None:
    """Extend sign of word."""
    result(s, ra, signed32(s.gpr[rs]) & M64, rc)


def cntlzd(s: State, ra: int, rs: int, rc: int) -> None:
    """Count leading zeros of doubleword."""
    result(s, ra, 64 - s.gpr[rs].bit_length(), rc)


def rotate(v: int, n: int) -> int:
    """Rotate a doubleword left."""
    return (v << n | v >> 64 - n) & M64


def rldicl(s: State, ra: int, rs: int, sh: int, mb: int, rc: int) -> None:
    """Rotate left doubleword immediate, then clear left."""
    result(s, ra, rotate(s.gpr[rs], sh) & M64 >> mb, rc)


def rldicr(s: State, ra: int, rs: int, sh: int, me: int, rc: int) -> None:
    """Rotate left doubleword immediate, then clear right."""
    result(s, ra, rotate(s.gpr[rs], sh) & ~(M64 >> 1 >> me), rc)


def insert_mask(sh: int, mb: int) -> int:
    """Ones from IBM bit mb to 63 - sh of a doubleword, around the end where they cross."""
    ones = M64 >> mb ^ (1 << sh) - 1
    return ones if mb <= 63 - sh else ones ^ M64


def rldic(s: State, ra: int, rs: int, sh: int, mb: int, rc: int) -> None:
    """Rotate left doubleword immediate, then clear."""
    result(s, ra, rotate(s.gpr[rs], sh) & insert_mask(sh, mb), rc)


def rldimi(s: State, ra: int, rs: int, sh: int, mb: int, rc: int) -> None:
    """Rotate left doubleword immediate, then insert under mask."""
    m = insert_mask(sh, mb)
    result(s, ra, rotate(s.gpr[rs], sh) & m | s.gpr[ra] & ~m, rc)


def rldcl(s: State, ra: int, rs: int, rb: int, mb: int, rc: int) -> None:
    """Rotate left doubleword, then clear left."""
    result(s, ra, rotate(s.gpr[rs], s.gpr[rb] & 63) & M64 >> mb, rc)


def rldcr(s: State, ra: int, rs: int, rb: int, me: int, rc: int) -> None:
    """Rotate left doubleword, then clear right."""
    result(s, ra, rotate(s.gpr[rs], s.gpr[rb] & 63) & ~(M64 >> 1 >> me), rc)


def sld(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """Shift left doubleword; 64 and more gives zero."""
    result(s, ra, s.gpr[rs] << (s.gpr[rb] & 127) & M64, rc)


def srd(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """Shift right doubleword; 64 and more gives zero."""
    result(s, ra, s.gpr[rs] >> (s.gpr[rb] & 127), rc)


def _shift_right_algebraic(s: State, ra: int, v: int, n: int, rc: int) -> None:
    s.ca = 1 if v < 0 and v & (1 << n) - 1 else 0
    result(s, ra, v >> n & M64, rc)


def srad(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """Shift right algebraic doubleword."""
    _shift_right_algebraic(s, ra, signed64(s.gpr[rs]), s.gpr[rb] & 127, rc)


def sradi(s: State, ra: int, rs: int, sh: int, rc: int) -> None:
    """Shift right algebraic doubleword immediate."""
    _shift_right_algebraic(s, ra, signed64(s.gpr[rs]), sh, rc)


def isel(s: State, rt: int, ra: int, rb: int, bc: int) -> None:
    """Select (RA|0) where the CR bit is set, else RB."""
    if bit(s, bc):
        s.gpr[rt] = s.gpr[ra] if ra else 0
    else:
        s.gpr[rt] = s.gpr[rb]


def popcntb(s: State, ra: int, rs: int) -> None:
    """Count the ones of each byte."""
    v = s.gpr[rs]
    v = v - (v >> 1 & 0x5555_5555_5555_5555)
    v = (v & 0x3333_3333_3333_3333) + (v >> 2 & 0x3333_3333_3333_3333)
    s.gpr[ra] = v + (v >> 4) & 0x0F0F_0F0F_0F0F_0F0F


def popcntw(s: State, ra: int, rs: int) -> None:
    """Count the ones of each word."""
    v = s.gpr[rs]
    s.gpr[ra] = (v >> 32).bit_count() << 32 | (v & M32).bit_count()


def popcntd(s: State, ra: int, rs: int) -> None:
    """Count the ones."""
    s.gpr[ra] = s.gpr[rs].bit_count()


def cmpb(s: State, ra: int, rs: int, rb: int) -> None:
    """Compare bytes: ones where they are equal."""
    v = s.gpr[rs] ^ s.gpr[rb]
    differ = ((v & LOW7) + LOW7 | v) >> 7 & BYTES
    s.gpr[ra] = (BYTES ^ differ) * 0xFF


def prtyw(s: State, ra: int, rs: int) -> None:
    """Parity of the low bits of the bytes, for each word."""
    v = s.gpr[rs] & BYTES
    s.gpr[ra] = ((v >> 32).bit_count() & 1) << 32 | (v & M32).bit_count() & 1


def prtyd(s: State, ra: int, rs: int) -> None:
    """Parity of the low bits of the bytes."""
    s.gpr[ra] = (s.gpr[rs] & BYTES).bit_count() & 1


def bpermd(s: State, ra: int, rs: int, rb: int) -> None:
    """Pick eight bits of RB by the bytes of RS."""
    v = s.gpr[rb]
    r = 0
    for index in s.gpr[rs].to_bytes(8):
        r = r << 1 | (v >> 63 - index & 1 if index < 64 else 0)
    s.gpr[ra] = r


def addg6s(s: State, rt: int, ra: int, rb: int) -> None:
    """A six for each decimal digit whose sum carries nothing."""
    a, b = s.gpr[ra], s.gpr[rb]
    carries = (a + b ^ a ^ b) >> 4 & 0x1111_1111_1111_1111
    s.gpr[rt] = (carries ^ 0x1111_1111_1111_1111) * 6


def _each_word(v: int, convert: Callable[[int], int]) -> int:
    return convert(v >> 32) << 32 | convert(v & M32)


def cdtbcd(s: State, ra: int, rs: int) -> None:
    """Convert declets to binary coded decimal: two of each word to three digits each."""
    s.gpr[ra] = _each_word(s.gpr[rs], lambda w: digits(w >> 10 & 1023) << 12 | digits(w & 1023))


def cbcdtd(s: State, ra: int, rs: int) -> None:
    """Convert binary coded decimal to declets: six digits of each word."""
    s.gpr[ra] = _each_word(s.gpr[rs], lambda w: declet(w >> 12 & 0xFFF) << 10 | declet(w & 0xFFF))
