# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixed-point arithmetic, comparison, logic and rotation (Power ISA Book I, chapter 3)."""

from emulator.semantics.common import record, signed32
from emulator.state import M32, State

HIGH = 0xFFFF_FFFF_0000_0000


def addi(s: State, rt: int, ra: int, si: int) -> None:
    """Add immediate; RA=0 means zero."""
    s.gpr[rt] = (s.gpr[ra] + si) & s.mask if ra else si & s.mask


def addis(s: State, rt: int, ra: int, si: int) -> None:
    """Add immediate shifted; RA=0 means zero."""
    s.gpr[rt] = (s.gpr[ra] + (si << 16)) & s.mask if ra else (si << 16) & s.mask


def addic(s: State, rt: int, ra: int, si: int) -> None:
    """Add immediate carrying."""
    s.ca = 1 if (s.gpr[ra] & s.amask) + (si & s.amask) > s.amask else 0
    s.gpr[rt] = (s.gpr[ra] + si) & s.mask


def addic_record(s: State, rt: int, ra: int, si: int) -> None:
    """Add immediate carrying and record."""
    s.ca = 1 if (s.gpr[ra] & s.amask) + (si & s.amask) > s.amask else 0
    r = (s.gpr[ra] + si) & s.mask
    s.gpr[rt] = r
    record(s, r)


def subfic(s: State, rt: int, ra: int, si: int) -> None:
    """Subtract from immediate carrying."""
    s.ca = 1 if (si & s.amask) >= (s.gpr[ra] & s.amask) else 0
    s.gpr[rt] = (si - s.gpr[ra]) & s.mask


def mulli(s: State, rt: int, ra: int, si: int) -> None:
    """Multiply low immediate."""
    s.gpr[rt] = s.gpr[ra] * si & s.mask


def overflow(s: State, a: int, b: int, r: int) -> None:
    """OV and SO of the sum r = a + b: both addends differ in sign from the result."""
    s.ov = 1 if (a ^ r) & (b ^ r) & s.sign else 0
    s.so = s.so | s.ov


def add(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Add."""
    r = (s.gpr[ra] + s.gpr[rb]) & s.mask
    if oe:
        overflow(s, s.gpr[ra], s.gpr[rb], r)
    s.gpr[rt] = r
    if rc:
        record(s, r)


def subf(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Subtract from."""
    r = (s.gpr[rb] - s.gpr[ra]) & s.mask
    if oe:
        overflow(s, ~s.gpr[ra], s.gpr[rb], r)
    s.gpr[rt] = r
    if rc:
        record(s, r)


def neg(s: State, rt: int, ra: int, oe: int, rc: int) -> None:
    """Negate; only the most negative number overflows."""
    r = -s.gpr[ra] & s.mask
    if oe:
        s.ov = 1 if s.gpr[ra] & s.amask == s.sign else 0
        s.so = s.so | s.ov
    s.gpr[rt] = r
    if rc:
        record(s, r)


def _add_carrying(s: State, rt: int, a: int, b: int, c: int, oe: int, rc: int) -> None:
    r = (a + b + c) & s.mask
    s.ca = 1 if (a & s.amask) + (b & s.amask) + c > s.amask else 0
    if oe:
        overflow(s, a, b, r)
    s.gpr[rt] = r
    if rc:
        record(s, r)


def addc(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Add carrying."""
    _add_carrying(s, rt, s.gpr[ra], s.gpr[rb], 0, oe, rc)


def subfc(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Subtract from carrying."""
    _add_carrying(s, rt, ~s.gpr[ra], s.gpr[rb], 1, oe, rc)


def adde(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Add extended."""
    _add_carrying(s, rt, s.gpr[ra], s.gpr[rb], s.ca, oe, rc)


def subfe(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Subtract from extended."""
    _add_carrying(s, rt, ~s.gpr[ra], s.gpr[rb], s.ca, oe, rc)


def addme(s: State, rt: int, ra: int, oe: int, rc: int) -> None:
    """Add to minus one extended."""
    _add_carrying(s, rt, s.gpr[ra], -1, s.ca, oe, rc)


def addze(s: State, rt: int, ra: int, oe: int, rc: int) -> None:
    """Add to zero extended."""
    _add_carrying(s, rt, s.gpr[ra], 0, s.ca, oe, rc)


def subfme(s: State, rt: int, ra: int, oe: int, rc: int) -> None:
    """Subtract from minus one extended."""
    _add_carrying(s, rt, ~s.gpr[ra], -1, s.ca, oe, rc)


def subfze(s: State, rt: int, ra: int, oe: int, rc: int) -> None:
    """Subtract from zero extended."""
    _add_carrying(s, rt, ~s.gpr[ra], 0, s.ca, oe, rc)


def mullw(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Multiply low word: on 64 bits, the whole product of the low words."""
    r = signed32(s.gpr[ra]) * signed32(s.gpr[rb])
    if oe:
        s.ov = 0 if -0x8000_0000 <= r < 0x8000_0000 else 1
        s.so = s.so | s.ov
    r = r & s.mask
    s.gpr[rt] = r
    if rc:
        record(s, r)


def mulhw(s: State, rt: int, ra: int, rb: int, rc: int) -> None:
    """Multiply high word signed (the high half of RT is undefined on 64 bits: zero here)."""
    r = signed32(s.gpr[ra]) * signed32(s.gpr[rb]) >> 32 & M32
    s.gpr[rt] = r
    if rc:
        record(s, r)


def mulhwu(s: State, rt: int, ra: int, rb: int, rc: int) -> None:
    """Multiply high word unsigned."""
    r = (s.gpr[ra] & M32) * (s.gpr[rb] & M32) >> 32
    s.gpr[rt] = r
    if rc:
        record(s, r)


def quotient(s: State, rt: int, r: int, overflows: bool, oe: int, rc: int) -> None:
    """Write a quotient, with OV where OE says so."""
    if oe:
        s.ov = 1 if overflows else 0
        s.so = s.so | s.ov
    s.gpr[rt] = r
    if rc:
        record(s, r)


def divide_signed(a: int, b: int) -> int:
    """Divide, rounding toward zero."""
    return a // b if (a < 0) == (b < 0) else -(-a // b)


def divw(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Divide word.

    The undefined quotients are those of the 74xx (0, or all ones for a negative dividend), on 64 bits the
    dividend.
    """
    a = signed32(s.gpr[ra])
    b = signed32(s.gpr[rb])
    bad = b == 0 or (b == -1 and a == -0x8000_0000)
    if bad:
        quotient(s, rt, a & M32 if s.mask > M32 else M32 if a < 0 else 0, bad, oe, rc)
    else:
        quotient(s, rt, divide_signed(a, b) & M32, bad, oe, rc)


def divwu(s: State, rt: int, ra: int, rb: int, oe: int, rc: int) -> None:
    """Divide word unsigned; dividing by zero gives zero, on 64 bits the dividend."""
    a = s.gpr[ra] & M32
    b = s.gpr[rb] & M32
    quotient(s, rt, a // b if b else a if s.mask > M32 else 0, b == 0, oe, rc)


def compare(s: State, bf: int, a: int, b: int) -> None:
    """Record in a CR field how two numbers compare."""
    s.crf[bf] = (8 if a < b else 4 if a > b else 2) | s.so


def cmpw(s: State, bf: int, ra: int, rb: int) -> None:
    """Compare words, signed."""
    compare(s, bf, signed32(s.gpr[ra]), signed32(s.gpr[rb]))


def cmpwi(s: State, bf: int, ra: int, si: int) -> None:
    """Compare word with immediate, signed."""
    compare(s, bf, signed32(s.gpr[ra]), si)


def cmplw(s: State, bf: int, ra: int, rb: int) -> None:
    """Compare words, unsigned."""
    compare(s, bf, s.gpr[ra] & M32, s.gpr[rb] & M32)


def cmplwi(s: State, bf: int, ra: int, ui: int) -> None:
    """Compare word with immediate, unsigned."""
    compare(s, bf, s.gpr[ra] & M32, ui)


def andi_record(s: State, ra: int, rs: int, ui: int) -> None:
    """AND immediate and record."""
    r = s.gpr[rs] & ui
    s.gpr[ra] = r
    record(s, r)


def andis_record(s: State, ra: int, rs: int, ui: int) -> None:
    """AND immediate shifted and record."""
    r = s.gpr[rs] & ui << 16
    s.gpr[ra] = r
    record(s, r)


def ori(s: State, ra: int, rs: int, ui: int) -> None:
    """OR immediate."""
    s.gpr[ra] = s.gpr[rs] | ui


def oris(s: State, ra: int, rs: int, ui: int) -> None:
    """OR immediate shifted."""
    s.gpr[ra] = s.gpr[rs] | ui << 16


def xori(s: State, ra: int, rs: int, ui: int) -> None:
    """XOR immediate."""
    s.gpr[ra] = s.gpr[rs] ^ ui


def xoris(s: State, ra: int, rs: int, ui: int) -> None:
    """XOR immediate shifted."""
    s.gpr[ra] = s.gpr[rs] ^ ui << 16


def result(s: State, ra: int, r: int, rc: int) -> None:
    """Write a result, and record it where Rc says so."""
    s.gpr[ra] = r
    if rc:
        record(s, r)


def and_(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """AND."""
    result(s, ra, s.gpr[rs] & s.gpr[rb], rc)


def or_(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """OR."""
    result(s, ra, s.gpr[rs] | s.gpr[rb], rc)


def xor(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """XOR."""
    result(s, ra, s.gpr[rs] ^ s.gpr[rb], rc)


def nand(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """NAND."""
    result(s, ra, ~(s.gpr[rs] & s.gpr[rb]) & s.mask, rc)


def nor(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """NOR."""
    result(s, ra, ~(s.gpr[rs] | s.gpr[rb]) & s.mask, rc)


def eqv(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """Equivalent."""
    result(s, ra, ~(s.gpr[rs] ^ s.gpr[rb]) & s.mask, rc)


def andc(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """AND with complement."""
    result(s, ra, s.gpr[rs] & ~s.gpr[rb], rc)


def orc(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """OR with complement."""
    result(s, ra, (s.gpr[rs] | ~s.gpr[rb]) & s.mask, rc)


def extsb(s: State, ra: int, rs: int, rc: int) -> None:
    """Extend sign of byte."""
    result(s, ra, (s.gpr[rs] & 0xFF ^ 0x80) - 0x80 & s.mask, rc)


def extsh(s: State, ra: int, rs: int, rc: int) -> None:
    """Extend sign of halfword."""
    result(s, ra, (s.gpr[rs] & 0xFFFF ^ 0x8000) - 0x8000 & s.mask, rc)


def cntlzw(s: State, ra: int, rs: int, rc: int) -> None:
    """Count leading zeros of word."""
    result(s, ra, 32 - (s.gpr[rs] & M32).bit_length(), rc)


def rotate_mask(mb: int, me: int) -> int:
    """Ones from IBM bit mb to me of a word, around the end where mb > me."""
    ones = M32 >> mb ^ (M32 >> me) >> 1
    return ones if mb <= me else ones ^ M32


def twice(v: int) -> int:
    """Repeat a word in both halves of a doubleword, which is what word rotations rotate on 64 bits."""
    return (v & M32) * 0x1_0000_0001


def rlwinm(s: State, ra: int, rs: int, sh: int, mb: int, me: int, rc: int) -> None:
    """Rotate left word immediate, then AND with mask."""
    v = s.gpr[rs] & M32
    m = rotate_mask(mb, me)
    if mb > me and s.mask > M32:
        r = twice(v << sh | v >> 32 - sh) & (m | HIGH)
    elif m & (1 << sh) - 1 == 0:
        r = v << sh & m
    elif m >> sh == 0:
        r = v >> 32 - sh & m
    else:
        r = (v << sh | v >> 32 - sh) & m
    result(s, ra, r, rc)


def rlwnm(s: State, ra: int, rs: int, rb: int, mb: int, me: int, rc: int) -> None:
    """Rotate left word, then AND with mask."""
    v = s.gpr[rs] & M32
    n = s.gpr[rb] & 31
    if mb > me and s.mask > M32:
        result(s, ra, twice(v << n | v >> 32 - n) & (rotate_mask(mb, me) | HIGH), rc)
    else:
        result(s, ra, (v << n | v >> 32 - n) & rotate_mask(mb, me), rc)


def rlwimi(s: State, ra: int, rs: int, sh: int, mb: int, me: int, rc: int) -> None:
    """Rotate left word immediate, then insert under mask."""
    v = s.gpr[rs] & M32
    m = rotate_mask(mb, me)
    if mb > me and s.mask > M32:
        result(s, ra, twice(v << sh | v >> 32 - sh) & (m | HIGH) | s.gpr[ra] & ~(m | HIGH), rc)
    else:
        result(s, ra, (v << sh | v >> 32 - sh) & m | s.gpr[ra] & ~m, rc)


def slw(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """Shift left word; 32 and more gives zero."""
    result(s, ra, s.gpr[rs] << (s.gpr[rb] & 63) & M32, rc)


def srw(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """Shift right word; 32 and more gives zero."""
    result(s, ra, (s.gpr[rs] & M32) >> (s.gpr[rb] & 63), rc)


def _shift_right_algebraic(s: State, ra: int, v: int, n: int, rc: int) -> None:
    s.ca = 1 if v < 0 and v & (1 << n) - 1 else 0
    result(s, ra, v >> n & s.mask, rc)


def sraw(s: State, ra: int, rs: int, rb: int, rc: int) -> None:
    """Shift right algebraic word; CA says whether ones were lost from a negative number."""
    _shift_right_algebraic(s, ra, signed32(s.gpr[rs]), s.gpr[rb] & 63, rc)


def srawi(s: State, ra: int, rs: int, sh: int, rc: int) -> None:
    """Shift right algebraic word immediate."""
    _shift_right_algebraic(s, ra, signed32(s.gpr[rs]), sh, rc)
