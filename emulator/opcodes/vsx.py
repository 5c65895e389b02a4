# SPDX-License-Identifier: GPL-2.0-or-later
"""VSX (Power ISA 2.07 Book I, chapter 7)."""

from emulator.opcodes.line import Pattern, form, line, x
from emulator.semantics import float_arithmetic as r
from emulator.semantics import float_convert as c
from emulator.semantics import float_exact as e
from emulator.semantics import float_operations as o
from emulator.semantics import float_single as g
from emulator.semantics import vsx_memory as m
from emulator.semantics import vsx_move as v
from emulator.semantics import vsx_scalar as s
from emulator.semantics import vsx_vector as p
from emulator.semantics.float_exact import DOUBLE, SINGLE
from emulator.semantics.vsx_vector import DOUBLES, SINGLES

_AB, _B = "XT XA XB", "XT XB"
_OF_AB, _OF_B = "XA XB > XT", "XB > XT"
_FP_AB, _FP_B = "XA XB fpscr msr > XT fpscr", "XB fpscr msr > XT fpscr"
_FP_TAB = "XT XA XB fpscr msr > XT fpscr"

# Bounds of the integers that numbers are converted to.
SW, UW, SD, UD = (-1 << 31, (1 << 31) - 1), (0, (1 << 32) - 1), (-1 << 63, (1 << 63) - 1), (0, (1 << 64) - 1)


def xx1(extended: int, high: int | None = None) -> Pattern:
    """XX1 form: ten bits under primary opcode 31; the last bit, of the register number, may be fixed."""
    if high is None:
        return form(31, extended, 10)
    return form(31, extended << 1 | high, 11, low=0)


def xx2(extended: int) -> Pattern:
    """XX2 form: nine bits under primary opcode 60."""
    return form(60, extended, 9, low=2)


def xx3(extended: int) -> Pattern:
    """XX3 form: eight bits under primary opcode 60."""
    return form(60, extended, 8, low=3)


def xx3_dm(extended: int) -> Pattern:
    """XX3 form: a zero, two bits of operand, and five bits."""
    return form(60, extended, 5, low=3, also_mask=1 << 10)


def xx3_rc(extended: int) -> Pattern:
    """XX3 form: seven bits, Rc (bit 21) free."""
    return form(60, extended, 7, low=3)


def xx4(extended: int) -> Pattern:
    """XX4 form: two bits."""
    return form(60, extended, 2, low=4)


# fmt: off
LINES = (
    line("lxsiwzx",    xx1(12),       "XT RA0 RB", "RA0 RB memory > XT", m.lxsiwzx, "vsx"),
    line("lxsiwax",    xx1(76),       "XT RA0 RB", "RA0 RB memory > XT", m.lxsiwax, "vsx"),
    line("stxsiwx",    xx1(140),      "XS RA0 RB", "XS RA0 RB > memory", m.stxsiwx, "vsx"),
    line("lxvdsx",     xx1(332),      "XT RA0 RB", "RA0 RB memory > XT", m.lxvdsx, "vsx"),
    line("lxsspx",     xx1(524),      "XT RA0 RB", "RA0 RB memory > XT", m.lxsspx, "vsx"),
    line("lxsdx",      xx1(588),      "XT RA0 RB", "RA0 RB memory > XT", m.lxsdx, "vsx"),
    line("stxsspx",    xx1(652),      "XS RA0 RB", "XS RA0 RB > memory", m.stxsspx, "vsx"),
    line("stxsdx",     xx1(716),      "XS RA0 RB", "XS RA0 RB > memory", m.stxsdx, "vsx"),
    line("lxvw4x",     xx1(780),      "XT RA0 RB", "RA0 RB memory > XT", m.lxvw4x, "vsx"),
    line("lxvd2x",     xx1(844),      "XT RA0 RB", "RA0 RB memory > XT", m.lxvd2x, "vsx"),
    line("stxvw4x",    xx1(908),      "XS RA0 RB", "XS RA0 RB > memory", m.stxvw4x, "vsx"),
    line("stxvd2x",    xx1(972),      "XS RA0 RB", "XS RA0 RB > memory", m.stxvd2x, "vsx"),

    line("mffprd",     xx1(51, 0),    "RA XS", "XS > RA", v.mfvsrd, "vsx_fpr"),
    line("mfvrd",      xx1(51, 1),    "RA XS", "XS > RA", v.mfvsrd, "vsx_vr"),
    line("mffprwz",    xx1(115, 0),   "RA XS", "XS > RA", v.mfvsrwz, "vsx_fpr"),
    line("mfvrwz",     xx1(115, 1),   "RA XS", "XS > RA", v.mfvsrwz, "vsx_vr"),
    line("mtfprd",     xx1(179, 0),   "XT RA", "RA > XT", v.mtvsrd, "vsx_fpr"),
    line("mtvrd",      xx1(179, 1),   "XT RA", "RA > XT", v.mtvsrd, "vsx_vr"),
    line("mtfprwa",    xx1(211, 0),   "XT RA", "RA > XT", v.mtvsrwa, "vsx_fpr"),
    line("mtvrwa",     xx1(211, 1),   "XT RA", "RA > XT", v.mtvsrwa, "vsx_vr"),
    line("mtfprwz",    xx1(243, 0),   "XT RA", "RA > XT", v.mtvsrwz, "vsx_fpr"),
    line("mtvrwz",     xx1(243, 1),   "XT RA", "RA > XT", v.mtvsrwz, "vsx_vr"),

    line("fmrgow",     x(63, 838),    "FRT FRA FRB", "FRA FRB > FRT", v.fmrgow, "vsx_fpr"),
    line("fmrgew",     x(63, 966),    "FRT FRA FRB", "FRA FRB > FRT", v.fmrgew, "vsx_fpr"),

    line("xxsldwi",    xx3_dm(2),     "XT XA XB SHW", "XA XB > XT", v.xxsldwi, "vsx"),
    line("xxpermdi",   xx3_dm(10),    "XT XA XB DM", "XA XB > XT", v.xxpermdi, "vsx"),
    line("xxsel",      xx4(3),        "XT XA XB XC", "XA XB XC > XT", v.xxsel, "vsx"),
    line("xxspltw",    xx2(164),      "XT XB UIMW", "XB > XT", v.xxspltw, "vsx"),
    line("xxmrghw",    xx3(18),       _AB, _OF_AB, v.xxmrghw, "vsx"),
    line("xxmrglw",    xx3(50),       _AB, _OF_AB, v.xxmrglw, "vsx"),
    line("xxland",     xx3(130),      _AB, _OF_AB, v.xxland, "vsx"),
    line("xxlandc",    xx3(138),      _AB, _OF_AB, v.xxlandc, "vsx"),
    line("xxlor",      xx3(146),      _AB, _OF_AB, v.xxlor, "vsx"),
    line("xxlxor",     xx3(154),      _AB, _OF_AB, v.xxlxor, "vsx"),
    line("xxlnor",     xx3(162),      _AB, _OF_AB, v.xxlnor, "vsx"),
    line("xxlorc",     xx3(170),      _AB, _OF_AB, v.xxlorc, "vsx"),
    line("xxlnand",    xx3(178),      _AB, _OF_AB, v.xxlnand, "vsx"),
    line("xxleqv",     xx3(186),      _AB, _OF_AB, v.xxleqv, "vsx"),
    line("xscpsgndp",  xx3(176),      _AB, _OF_AB, v.xscpsgndp, "vsx"),
    line("xvcpsgnsp",  xx3(208),      _AB, _OF_AB, v.xvcpsgnsp, "vsx"),
    line("xvcpsgndp",  xx3(240),      _AB, _OF_AB, v.xvcpsgndp, "vsx"),
    line("xsabsdp",    xx2(345),      _B, _OF_B, v.xsabsdp, "vsx"),
    line("xsnabsdp",   xx2(361),      _B, _OF_B, v.xsnabsdp, "vsx"),
    line("xsnegdp",    xx2(377),      _B, _OF_B, v.xsnegdp, "vsx"),
    line("xvabssp",    xx2(409),      _B, _OF_B, v.xvabssp, "vsx"),
    line("xvnabssp",   xx2(425),      _B, _OF_B, v.xvnabssp, "vsx"),
    line("xvnegsp",    xx2(441),      _B, _OF_B, v.xvnegsp, "vsx"),
    line("xvabsdp",    xx2(473),      _B, _OF_B, v.xvabsdp, "vsx"),
    line("xvnabsdp",   xx2(489),      _B, _OF_B, v.xvnabsdp, "vsx"),
    line("xvnegdp",    xx2(505),      _B, _OF_B, v.xvnegdp, "vsx"),

    line("xsaddsp",    xx3(0),        _AB, _FP_AB, s.of_two(e.add, SINGLE, g.fadds), "vsx"),
    line("xssubsp",    xx3(8),        _AB, _FP_AB, s.of_two(e.subtract, SINGLE, g.fsubs), "vsx"),
    line("xsmulsp",    xx3(16),       _AB, _FP_AB, s.of_two(e.multiply, SINGLE, g.fmuls), "vsx"),
    line("xsdivsp",    xx3(24),       _AB, _FP_AB, s.of_two(e.divide, SINGLE, g.fdivs), "vsx"),
    line("xsadddp",    xx3(32),       _AB, _FP_AB, s.of_two(e.add, DOUBLE, r.fadd), "vsx"),
    line("xssubdp",    xx3(40),       _AB, _FP_AB, s.of_two(e.subtract, DOUBLE, r.fsub), "vsx"),
    line("xsmuldp",    xx3(48),       _AB, _FP_AB, s.of_two(e.multiply, DOUBLE, r.fmul), "vsx"),
    line("xsdivdp",    xx3(56),       _AB, _FP_AB, s.of_two(e.divide, DOUBLE, r.fdiv), "vsx"),
    line("xsmaddasp",  xx3(1),        _AB, _FP_TAB, s.fused(e.multiply_add, SINGLE, g.fmadds, into_addend=True), "vsx"),
    line("xsmaddmsp",  xx3(9),        _AB, _FP_TAB, s.fused(e.multiply_add, SINGLE, g.fmadds, into_addend=False), "vsx"),
    line("xsmsubasp",  xx3(17),       _AB, _FP_TAB, s.fused(o.multiply_subtract, SINGLE, g.fmsubs, into_addend=True), "vsx"),
    line("xsmsubmsp",  xx3(25),       _AB, _FP_TAB, s.fused(o.multiply_subtract, SINGLE, g.fmsubs, into_addend=False), "vsx"),
    line("xsnmaddasp", xx3(129),      _AB, _FP_TAB, s.fused(o.negative_multiply_add, SINGLE, g.fnmadds, into_addend=True), "vsx"),
    line("xsnmaddmsp", xx3(137),      _AB, _FP_TAB, s.fused(o.negative_multiply_add, SINGLE, g.fnmadds, into_addend=False), "vsx"),
    line("xsnmsubasp", xx3(145),      _AB, _FP_TAB, s.fused(o.negative_multiply_subtract, SINGLE, g.fnmsubs, into_addend=True), "vsx"),
    line("xsnmsubmsp", xx3(153),      _AB, _FP_TAB, s.fused(o.negative_multiply_subtract, SINGLE, g.fnmsubs, into_addend=False), "vsx"),
    line("xsmaddadp",  xx3(33),       _AB, _FP_TAB, s.fused(e.multiply_add, DOUBLE, r.fmadd, into_addend=True), "vsx"),
    line("xsmaddmdp",  xx3(41),       _AB, _FP_TAB, s.fused(e.multiply_add, DOUBLE, r.fmadd, into_addend=False), "vsx"),
    line("xsmsubadp",  xx3(49),       _AB, _FP_TAB, s.fused(o.multiply_subtract, DOUBLE, r.fmsub, into_addend=True), "vsx"),
    line("xsmsubmdp",  xx3(57),       _AB, _FP_TAB, s.fused(o.multiply_subtract, DOUBLE, r.fmsub, into_addend=False), "vsx"),
    line("xsnmaddadp", xx3(161),      _AB, _FP_TAB, s.fused(o.negative_multiply_add, DOUBLE, r.fnmadd, into_addend=True), "vsx"),
    line("xsnmaddmdp", xx3(169),      _AB, _FP_TAB, s.fused(o.negative_multiply_add, DOUBLE, r.fnmadd, into_addend=False), "vsx"),
    line("xsnmsubadp", xx3(177),      _AB, _FP_TAB, s.fused(o.negative_multiply_subtract, DOUBLE, r.fnmsub, into_addend=True), "vsx"),
    line("xsnmsubmdp", xx3(185),      _AB, _FP_TAB, s.fused(o.negative_multiply_subtract, DOUBLE, r.fnmsub, into_addend=False), "vsx"),
    line("xsmaxdp",    xx3(160),      _AB, _FP_AB, s.extreme(o.maximum, DOUBLE), "vsx"),
    line("xsmindp",    xx3(168),      _AB, _FP_AB, s.extreme(o.minimum, DOUBLE), "vsx"),
    line("xscmpudp",   xx3(35),       "BF XA XB", "XA XB fpscr msr > BF fpscr", s.xscmpudp, "vsx"),
    line("xscmpodp",   xx3(43),       "BF XA XB", "XA XB fpscr msr > BF fpscr", s.xscmpodp, "vsx"),
    line("xstdivdp",   xx3(61),       "BF XA XB", "XA XB > BF", s.test_divide(DOUBLE), "vsx"),
    line("xstsqrtdp",  xx2(106),      "BF XB", "XB > BF", s.test_square_root(DOUBLE), "vsx"),
    line("xsrsqrtesp", xx2(10),       _B, _FP_B, s.of_one(o.reciprocal_root, SINGLE), "vsx"),
    line("xssqrtsp",   xx2(11),       _B, _FP_B, s.of_one(e.square_root, SINGLE), "vsx"),
    line("xsresp",     xx2(26),       _B, _FP_B, s.of_one(o.reciprocal, SINGLE), "vsx"),
    line("xsrsqrtedp", xx2(74),       _B, _FP_B, s.of_one(o.reciprocal_root, DOUBLE), "vsx"),
    line("xssqrtdp",   xx2(75),       _B, _FP_B, s.of_one(e.square_root, DOUBLE, r.fsqrt), "vsx"),
    line("xsredp",     xx2(90),       _B, _FP_B, s.of_one(o.reciprocal, DOUBLE), "vsx"),
    line("xsrdpi",     xx2(73),       _B, _FP_B, s.of_one(o.rounding(o.AWAY), DOUBLE), "vsx"),
    line("xsrdpiz",    xx2(89),       _B, _FP_B, s.of_one(o.rounding(e.TOWARD_ZERO), DOUBLE), "vsx"),
    line("xsrdpip",    xx2(105),      _B, _FP_B, s.of_one(o.rounding(e.UPWARD), DOUBLE), "vsx"),
    line("xsrdpic",    xx2(107),      _B, _FP_B, s.of_one(o.rounding(o.CURRENT), DOUBLE), "vsx"),
    line("xsrdpim",    xx2(121),      _B, _FP_B, s.of_one(o.rounding(e.DOWNWARD), DOUBLE), "vsx"),
    line("xsrsp",      xx2(281),      _B, _FP_B, s.of_one(o.to_single, SINGLE, c.frsp), "vsx"),
    line("xscvdpuxws", xx2(72),       _B, _FP_B, s.to_integer(o.to_integer(*UW), DOUBLE, 32), "vsx"),
    line("xscvdpsxws", xx2(88),       _B, _FP_B, s.to_integer(o.to_integer(*SW), DOUBLE, 32), "vsx"),
    line("xscvdpuxds", xx2(328),      _B, _FP_B, s.to_integer(o.to_integer(*UD), DOUBLE, 64), "vsx"),
    line("xscvdpsxds", xx2(344),      _B, _FP_B, s.to_integer(o.to_integer(*SD), DOUBLE, 64), "vsx"),
    line("xscvuxdsp",  xx2(296),      _B, _FP_B, s.from_unsigned(SINGLE), "vsx"),
    line("xscvsxdsp",  xx2(312),      _B, _FP_B, s.from_signed(SINGLE), "vsx"),
    line("xscvuxddp",  xx2(360),      _B, _FP_B, s.from_unsigned(DOUBLE), "vsx"),
    line("xscvsxddp",  xx2(376),      _B, _FP_B, s.from_signed(DOUBLE), "vsx"),
    line("xscvdpsp",   xx2(265),      _B, _FP_B, s.xscvdpsp, "vsx"),
    line("xscvspdp",   xx2(329),      _B, _FP_B, s.from_single(o.quieted, DOUBLE), "vsx"),
    line("xscvdpspn",  xx2(267),      _B, _OF_B, s.xscvdpspn, "vsx"),
    line("xscvspdpn",  xx2(331),      _B, _OF_B, s.xscvspdpn, "vsx"),

    line("xvaddsp",    xx3(64),       _AB, _FP_AB, p.of_two(e.add, SINGLES), "vsx"),
    line("xvsubsp",    xx3(72),       _AB, _FP_AB, p.of_two(e.subtract, SINGLES), "vsx"),
    line("xvmulsp",    xx3(80),       _AB, _FP_AB, p.of_two(e.multiply, SINGLES), "vsx"),
    line("xvdivsp",    xx3(88),       _AB, _FP_AB, p.of_two(e.divide, SINGLES), "vsx"),
    line("xvmaddasp",  xx3(65),       _AB, _FP_TAB, p.fused(e.multiply_add, SINGLES, into_addend=True), "vsx"),
    line("xvmaddmsp",  xx3(73),       _AB, _FP_TAB, p.fused(e.multiply_add, SINGLES, into_addend=False), "vsx"),
    line("xvmsubasp",  xx3(81),       _AB, _FP_TAB, p.fused(o.multiply_subtract, SINGLES, into_addend=True), "vsx"),
    line("xvmsubmsp",  xx3(89),       _AB, _FP_TAB, p.fused(o.multiply_subtract, SINGLES, into_addend=False), "vsx"),
    line("xvnmaddasp", xx3(193),      _AB, _FP_TAB, p.fused(o.negative_multiply_add, SINGLES, into_addend=True), "vsx"),
    line("xvnmaddmsp", xx3(201),      _AB, _FP_TAB, p.fused(o.negative_multiply_add, SINGLES, into_addend=False), "vsx"),
    line("xvnmsubasp", xx3(209),      _AB, _FP_TAB, p.fused(o.negative_multiply_subtract, SINGLES, into_addend=True), "vsx"),
    line("xvnmsubmsp", xx3(217),      _AB, _FP_TAB, p.fused(o.negative_multiply_subtract, SINGLES, into_addend=False), "vsx"),
    line("xvmaxsp",    xx3(192),      _AB, _FP_AB, p.of_two(o.maximum, SINGLES), "vsx"),
    line("xvminsp",    xx3(200),      _AB, _FP_AB, p.of_two(o.minimum, SINGLES), "vsx"),
    line("xvcmpeqsp",  xx3_rc(67),    "XT XA XB Rc6", _FP_AB, p.comparing(2, SINGLES), "vsx"),
    line("xvcmpgtsp",  xx3_rc(75),    "XT XA XB Rc6", _FP_AB, p.comparing(4, SINGLES), "vsx"),
    line("xvcmpgesp",  xx3_rc(83),    "XT XA XB Rc6", _FP_AB, p.comparing(6, SINGLES), "vsx"),
    line("xvtdivsp",   xx3(93),       "BF XA XB", "XA XB > BF", p.test_divide(SINGLES), "vsx"),
    line("xvtsqrtsp",  xx2(170),      "BF XB", "XB > BF", p.test_square_root(SINGLES), "vsx"),
    line("xvrsqrtesp", xx2(138),      _B, _FP_B, p.of_one(o.reciprocal_root, SINGLES), "vsx"),
    line("xvsqrtsp",   xx2(139),      _B, _FP_B, p.of_one(e.square_root, SINGLES), "vsx"),
    line("xvresp",     xx2(154),      _B, _FP_B, p.of_one(o.reciprocal, SINGLES), "vsx"),
    line("xvrspi",     xx2(137),      _B, _FP_B, p.of_one(o.rounding(o.AWAY), SINGLES), "vsx"),
    line("xvrspiz",    xx2(153),      _B, _FP_B, p.of_one(o.rounding(e.TOWARD_ZERO), SINGLES), "vsx"),
    line("xvrspip",    xx2(169),      _B, _FP_B, p.of_one(o.rounding(e.UPWARD), SINGLES), "vsx"),
    line("xvrspic",    xx2(171),      _B, _FP_B, p.of_one(o.rounding(o.CURRENT), SINGLES), "vsx"),
    line("xvrspim",    xx2(185),      _B, _FP_B, p.of_one(o.rounding(e.DOWNWARD), SINGLES), "vsx"),
    line("xvadddp",    xx3(96),       _AB, _FP_AB, p.of_two(e.add, DOUBLES), "vsx"),
    line("xvsubdp",    xx3(104),      _AB, _FP_AB, p.of_two(e.subtract, DOUBLES), "vsx"),
    line("xvmuldp",    xx3(112),      _AB, _FP_AB, p.of_two(e.multiply, DOUBLES), "vsx"),
    line("xvdivdp",    xx3(120),      _AB, _FP_AB, p.of_two(e.divide, DOUBLES), "vsx"),
    line("xvmaddadp",  xx3(97),       _AB, _FP_TAB, p.fused(e.multiply_add, DOUBLES, into_addend=True), "vsx"),
    line("xvmaddmdp",  xx3(105),      _AB, _FP_TAB, p.fused(e.multiply_add, DOUBLES, into_addend=False), "vsx"),
    line("xvmsubadp",  xx3(113),      _AB, _FP_TAB, p.fused(o.multiply_subtract, DOUBLES, into_addend=True), "vsx"),
    line("xvmsubmdp",  xx3(121),      _AB, _FP_TAB, p.fused(o.multiply_subtract, DOUBLES, into_addend=False), "vsx"),
    line("xvnmaddadp", xx3(225),      _AB, _FP_TAB, p.fused(o.negative_multiply_add, DOUBLES, into_addend=True), "vsx"),
    line("xvnmaddmdp", xx3(233),      _AB, _FP_TAB, p.fused(o.negative_multiply_add, DOUBLES, into_addend=False), "vsx"),
    line("xvnmsubadp", xx3(241),      _AB, _FP_TAB, p.fused(o.negative_multiply_subtract, DOUBLES, into_addend=True), "vsx"),
    line("xvnmsubmdp", xx3(249),      _AB, _FP_TAB, p.fused(o.negative_multiply_subtract, DOUBLES, into_addend=False), "vsx"),
    line("xvmaxdp",    xx3(224),      _AB, _FP_AB, p.of_two(o.maximum, DOUBLES), "vsx"),
    line("xvmindp",    xx3(232),      _AB, _FP_AB, p.of_two(o.minimum, DOUBLES), "vsx"),
    line("xvcmpeqdp",  xx3_rc(99),    "XT XA XB Rc6", _FP_AB, p.comparing(2, DOUBLES), "vsx"),
    line("xvcmpgtdp",  xx3_rc(107),   "XT XA XB Rc6", _FP_AB, p.comparing(4, DOUBLES), "vsx"),
    line("xvcmpgedp",  xx3_rc(115),   "XT XA XB Rc6", _FP_AB, p.comparing(6, DOUBLES), "vsx"),
    line("xvtdivdp",   xx3(125),      "BF XA XB", "XA XB > BF", p.test_divide(DOUBLES), "vsx"),
    line("xvtsqrtdp",  xx2(234),      "BF XB", "XB > BF", p.test_square_root(DOUBLES), "vsx"),
    line("xvrsqrtedp", xx2(202),      _B, _FP_B, p.of_one(o.reciprocal_root, DOUBLES), "vsx"),
    line("xvsqrtdp",   xx2(203),      _B, _FP_B, p.of_one(e.square_root, DOUBLES), "vsx"),
    line("xvredp",     xx2(218),      _B, _FP_B, p.of_one(o.reciprocal, DOUBLES), "vsx"),
    line("xvrdpi",     xx2(201),      _B, _FP_B, p.of_one(o.rounding(o.AWAY), DOUBLES), "vsx"),
    line("xvrdpiz",    xx2(217),      _B, _FP_B, p.of_one(o.rounding(e.TOWARD_ZERO), DOUBLES), "vsx"),
    line("xvrdpip",    xx2(233),      _B, _FP_B, p.of_one(o.rounding(e.UPWARD), DOUBLES), "vsx"),
    line("xvrdpic",    xx2(235),      _B, _FP_B, p.of_one(o.rounding(o.CURRENT), DOUBLES), "vsx"),
    line("xvrdpim",    xx2(249),      _B, _FP_B, p.of_one(o.rounding(e.DOWNWARD), DOUBLES), "vsx"),

    line("xvcvspuxws", xx2(136),      _B, _FP_B, p.converting(o.to_integer(*UW), p.singles, p.WORDS), "vsx"),
    line("xvcvspsxws", xx2(152),      _B, _FP_B, p.converting(o.to_integer(*SW), p.singles, p.WORDS), "vsx"),
    line("xvcvuxwsp",  xx2(168),      _B, _FP_B, p.converting(o.from_integer, p.words, SINGLES), "vsx"),
    line("xvcvsxwsp",  xx2(184),      _B, _FP_B, p.converting(o.from_integer, p.signed_words, SINGLES), "vsx"),
    line("xvcvdpuxws", xx2(200),      _B, _FP_B, p.converting(o.to_integer(*UW), p.doublewords, p.EVEN_WORDS), "vsx"),
    line("xvcvdpsxws", xx2(216),      _B, _FP_B, p.converting(o.to_integer(*SW), p.doublewords, p.EVEN_WORDS), "vsx"),
    line("xvcvuxwdp",  xx2(232),      _B, _FP_B, p.converting(o.from_integer, p.even_words, DOUBLES), "vsx"),
    line("xvcvsxwdp",  xx2(248),      _B, _FP_B, p.converting(o.from_integer, p.signed_even_words, DOUBLES), "vsx"),
    line("xvcvspuxds", xx2(392),      _B, _FP_B, p.converting(o.to_integer(*UD), p.even_singles, p.DOUBLEWORDS), "vsx"),
    line("xvcvdpsp",   xx2(393),      _B, _FP_B, p.converting(o.to_single, p.doublewords, p.EVEN_SINGLES), "vsx"),
    line("xvcvspsxds", xx2(408),      _B, _FP_B, p.converting(o.to_integer(*SD), p.even_singles, p.DOUBLEWORDS), "vsx"),
    line("xvcvuxdsp",  xx2(424),      _B, _FP_B, p.converting(o.from_integer, p.doublewords, p.EVEN_SINGLES), "vsx"),
    line("xvcvsxdsp",  xx2(440),      _B, _FP_B, p.converting(o.from_integer, p.signed_doublewords, p.EVEN_SINGLES), "vsx"),
    line("xvcvdpuxds", xx2(456),      _B, _FP_B, p.converting(o.to_integer(*UD), p.doublewords, p.DOUBLEWORDS), "vsx"),
    line("xvcvspdp",   xx2(457),      _B, _FP_B, p.converting(o.quieted, p.even_singles, DOUBLES), "vsx"),
    line("xvcvdpsxds", xx2(472),      _B, _FP_B, p.converting(o.to_integer(*SD), p.doublewords, p.DOUBLEWORDS), "vsx"),
    line("xvcvuxddp",  xx2(488),      _B, _FP_B, p.converting(o.from_integer, p.doublewords, DOUBLES), "vsx"),
    line("xvcvsxddp",  xx2(504),      _B, _FP_B, p.converting(o.from_integer, p.signed_doublewords, DOUBLES), "vsx"),
)
# fmt: on
