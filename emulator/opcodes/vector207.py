# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector instructions that Power ISA 2.07 added to AltiVec (Book I, chapter 6)."""

from emulator.opcodes.line import Pattern, form, line, va, vc, vx
from emulator.semantics import vector as v
from emulator.semantics import vector_bits as t
from emulator.semantics import vector_crypto as c
from emulator.semantics import vector_decimal as d
from emulator.semantics import vector_integer as i
from emulator.semantics import vector_multiply as p
from emulator.semantics import vector_pack as k
from emulator.semantics import vector_shift as h
from emulator.semantics.vector_lanes import comparing, of_one, of_three, of_two, saturating_two

_AB, _ABC, _B = "VRT VRA VRB", "VRT VRA VRB VRC", "VRT VRB"
_OF_AB, _OF_ABC, _OF_B = "VRA VRB > VRT", "VRA VRB VRC > VRT", "VRB > VRT"
_AB_SAT = "VRA VRB vscr > VRT vscr"
_CMP, _BCD, _SIGMA = "VRT VRA VRB Rc6", "VRT VRA VRB PS", "VRT VRA ST SIX"


def _bcd(extended: int) -> Pattern:
    """Bit 21 set, PS (bit 22) free, and nine bits."""
    return form(4, extended, 9, low=0, also=1 << 10, also_mask=1 << 10)


# fmt: off
LINES = (
    line("vorc",    vx(1348),   _AB,  _OF_AB,  v.vorc, "altivec207"),
    line("vnand",   vx(1412),   _AB,  _OF_AB,  v.vnand, "altivec207"),
    line("veqv",    vx(1668),   _AB,  _OF_AB,  v.veqv, "altivec207"),

    line("vaddudm", vx(192),    _AB,  _OF_AB,  of_two(i.add(64)), "altivec207"),
    line("vsubudm", vx(1216),   _AB,  _OF_AB,  of_two(i.subtract(64)), "altivec207"),
    line("vadduqm", vx(256),    _AB,  _OF_AB,  of_two(i.add_quad), "altivec207"),
    line("vaddcuq", vx(320),    _AB,  _OF_AB,  of_two(i.carry_quad), "altivec207"),
    line("vaddeuqm", va(60),    _ABC, _OF_ABC, of_three(i.add_quad), "altivec207"),
    line("vaddecuq", va(61),    _ABC, _OF_ABC, of_three(i.carry_quad), "altivec207"),
    line("vsubuqm", vx(1280),   _AB,  _OF_AB,  of_two(i.subtract_quad), "altivec207"),
    line("vsubcuq", vx(1344),   _AB,  _OF_AB,  of_two(i.carry_quad_difference), "altivec207"),
    line("vsubeuqm", va(62),    _ABC, _OF_ABC, of_three(i.subtract_quad), "altivec207"),
    line("vsubecuq", va(63),    _ABC, _OF_ABC, of_three(i.carry_quad_difference), "altivec207"),
    line("vmaxud",  vx(194),    _AB,  _OF_AB,  of_two(i.maximum(64)), "altivec207"),
    line("vmaxsd",  vx(450),    _AB,  _OF_AB,  of_two(i.maximum_signed(64)), "altivec207"),
    line("vminud",  vx(706),    _AB,  _OF_AB,  of_two(i.minimum(64)), "altivec207"),
    line("vminsd",  vx(962),    _AB,  _OF_AB,  of_two(i.minimum_signed(64)), "altivec207"),
    line("vcmpequd", vc(199),   _CMP, _OF_AB,  comparing(i.equal(64)), "altivec207"),
    line("vcmpgtud", vc(711),   _CMP, _OF_AB,  comparing(i.greater(64)), "altivec207"),
    line("vcmpgtsd", vc(967),   _CMP, _OF_AB,  comparing(i.greater_signed(64)), "altivec207"),
    line("vmulouw", vx(136),    _AB,  _OF_AB,  of_two(p.odd(32)), "altivec207"),
    line("vmuluwm", vx(137),    _AB,  _OF_AB,  of_two(p.low_word), "altivec207"),
    line("vmulosw", vx(392),    _AB,  _OF_AB,  of_two(p.odd_signed(32)), "altivec207"),
    line("vmuleuw", vx(648),    _AB,  _OF_AB,  of_two(p.even(32)), "altivec207"),
    line("vmulesw", vx(904),    _AB,  _OF_AB,  of_two(p.even_signed(32)), "altivec207"),
    line("bcdadd.", _bcd(1),    _BCD, "VRA VRB > VRT cr6", d.bcdadd, "altivec207"),
    line("bcdsub.", _bcd(65),   _BCD, "VRA VRB > VRT cr6", d.bcdsub, "altivec207"),

    line("vrld",    vx(196),    _AB,  _OF_AB,  of_two(h.rotate(64)), "altivec207"),
    line("vsrad",   vx(964),    _AB,  _OF_AB,  of_two(h.right_algebraic(64)), "altivec207"),
    line("vsld",    vx(1476),   _AB,  _OF_AB,  of_two(h.left(64)), "altivec207"),
    line("vsrd",    vx(1732),   _AB,  _OF_AB,  of_two(h.right(64)), "altivec207"),

    line("vmrgow",  vx(1676),   _AB,  _OF_AB,  of_two(k.merge_odd_words), "altivec207"),
    line("vmrgew",  vx(1932),   _AB,  _OF_AB,  of_two(k.merge_even_words), "altivec207"),
    line("vpkudum", vx(1102),   _AB,  _OF_AB,  of_two(k.pack(64)), "altivec207"),
    line("vpkudus", vx(1230),   _AB,  _AB_SAT, saturating_two(k.pack_unsigned(64)), "altivec207"),
    line("vpksdus", vx(1358),   _AB,  _AB_SAT, saturating_two(k.pack_signed_to_unsigned(64)), "altivec207"),
    line("vpksdss", vx(1486),   _AB,  _AB_SAT, saturating_two(k.pack_signed(64)), "altivec207"),
    line("vupkhsw", vx(1614),   _B,   _OF_B,   of_one(k.unpack_high(32)), "altivec207"),
    line("vupklsw", vx(1742),   _B,   _OF_B,   of_one(k.unpack_low(32)), "altivec207"),

    line("vgbbd",   vx(1292),   _B,   _OF_B,   of_one(t.gather_bits), "altivec207"),
    line("vbpermq", vx(1356),   _AB,  _OF_AB,  of_two(t.permute_bits), "altivec207"),
    line("vclzb",   vx(1794),   _B,   _OF_B,   of_one(t.leading_zeros(8)), "altivec207"),
    line("vclzh",   vx(1858),   _B,   _OF_B,   of_one(t.leading_zeros(16)), "altivec207"),
    line("vclzw",   vx(1922),   _B,   _OF_B,   of_one(t.leading_zeros(32)), "altivec207"),
    line("vclzd",   vx(1986),   _B,   _OF_B,   of_one(t.leading_zeros(64)), "altivec207"),
    line("vpopcntb", vx(1795),  _B,   _OF_B,   of_one(t.population(8)), "altivec207"),
    line("vpopcnth", vx(1859),  _B,   _OF_B,   of_one(t.population(16)), "altivec207"),
    line("vpopcntw", vx(1923),  _B,   _OF_B,   of_one(t.population(32)), "altivec207"),
    line("vpopcntd", vx(1987),  _B,   _OF_B,   of_one(t.population(64)), "altivec207"),

    line("vpermxor", va(45),    _ABC, _OF_ABC, of_three(t.permute_xor), "altivec207"),
    line("vpmsumb", vx(1032),   _AB,  _OF_AB,  of_two(c.polynomial_sums(8)), "altivec207"),
    line("vpmsumh", vx(1096),   _AB,  _OF_AB,  of_two(c.polynomial_sums(16)), "altivec207"),
    line("vpmsumw", vx(1160),   _AB,  _OF_AB,  of_two(c.polynomial_sums(32)), "altivec207"),
    line("vpmsumd", vx(1224),   _AB,  _OF_AB,  of_two(c.polynomial_sums(64)), "altivec207"),
    line("vcipher", vx(1288),   _AB,  _OF_AB,  of_two(c.cipher), "altivec207"),
    line("vcipherlast", vx(1289), _AB, _OF_AB, of_two(c.cipher_last), "altivec207"),
    line("vncipher", vx(1352),  _AB,  _OF_AB,  of_two(c.inverse_cipher), "altivec207"),
    line("vncipherlast", vx(1353), _AB, _OF_AB, of_two(c.inverse_cipher_last), "altivec207"),
    line("vsbox",   vx(1480),   "VRT VRA", "VRA > VRT", c.vsbox, "altivec207"),
    line("vshasigmaw", vx(1666), _SIGMA, "VRA > VRT", c.vshasigmaw, "altivec207"),
    line("vshasigmad", vx(1730), _SIGMA, "VRA > VRT", c.vshasigmad, "altivec207"),
)
# fmt: on
