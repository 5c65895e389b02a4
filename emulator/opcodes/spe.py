# SPDX-License-Identifier: GPL-2.0-or-later
"""SPE: loads, stores, and instructions on two words (Power ISA 2.03 Book I, chapter 6)."""

from emulator.opcodes.line import form, line, vx
from emulator.semantics import spe_integer as i
from emulator.semantics import spe_memory as m
from emulator.semantics.spe_lanes import comparing, of_one, of_two, with_immediate
from emulator.semantics.spe_memory import BY_DISPLACEMENT as D
from emulator.semantics.spe_memory import BY_REGISTER as X

_AB, _A, _SHIFT, _CMP = "RT RA RB", "RT RA", "RT RA SH", "BF RA RB"
_OF_AB, _OF_A, _OF_B, _SETS_BF = "RA RB > RT", "RA > RT", "RB > RT", "RA RB > BF"
_LX, _L8, _L4, _L2 = "RT RA0 RB", "RT RA0 D8", "RT RA0 D4", "RT RA0 D2"
_SX, _S8, _S4 = "RS RA0 RB", "RS RA0 D8", "RS RA0 D4"
_LOADX, _LOAD, _STOREX, _STORE = (
    "RA0 RB memory > RT",
    "RA0 memory > RT",
    "RS RA0 RB > memory",
    "RS RA0 > memory",
)

# fmt: off
LINES = (
    line("evaddw",   vx(512), _AB,         _OF_AB, of_two(i.add), "spe"),
    line("evaddiw",  vx(514), "RT RB UIM", _OF_B,  with_immediate(i.add), "spe"),
    line("evsubfw",  vx(516), _AB,         _OF_AB, of_two(i.subtract_from), "spe"),
    line("evsubifw", vx(518), "RT RB UIM", _OF_B,  with_immediate(i.subtract), "spe"),
    line("evabs",    vx(520), _A,          _OF_A,  of_one(i.absolute), "spe"),
    line("evneg",    vx(521), _A,          _OF_A,  of_one(i.negate), "spe"),
    line("evextsb",  vx(522), _A,          _OF_A,  of_one(i.extend_byte), "spe"),
    line("evextsh",  vx(523), _A,          _OF_A,  of_one(i.extend_half), "spe"),
    line("evrndw",   vx(524), _A,          _OF_A,  of_one(i.round_half), "spe"),
    line("evcntlzw", vx(525), _A,          _OF_A,  of_one(i.leading_zeros), "spe"),
    line("evcntlsw", vx(526), _A,          _OF_A,  of_one(i.leading_signs), "spe"),
    line("brinc",    vx(527), _AB,         _OF_AB, i.brinc, "brinc"),
    line("evand",    vx(529), _AB,         _OF_AB, of_two(i.and_), "spe"),
    line("evandc",   vx(530), _AB,         _OF_AB, of_two(i.andc), "spe"),
    line("evxor",    vx(534), _AB,         _OF_AB, of_two(i.xor), "spe"),
    line("evor",     vx(535), _AB,         _OF_AB, of_two(i.or_), "spe"),
    line("evnor",    vx(536), _AB,         _OF_AB, of_two(i.nor), "spe"),
    line("eveqv",    vx(537), _AB,         _OF_AB, of_two(i.eqv), "spe"),
    line("evorc",    vx(539), _AB,         _OF_AB, of_two(i.orc), "spe"),
    line("evnand",   vx(542), _AB,         _OF_AB, of_two(i.nand), "spe"),
    line("evsrwu",   vx(544), _AB,         _OF_AB, of_two(i.shift_right), "spe"),
    line("evsrws",   vx(545), _AB,         _OF_AB, of_two(i.shift_right_signed), "spe"),
    line("evsrwiu",  vx(546), _SHIFT,      _OF_A,  with_immediate(i.shift_right), "spe"),
    line("evsrwis",  vx(547), _SHIFT,      _OF_A,  with_immediate(i.shift_right_signed), "spe"),
    line("evslw",    vx(548), _AB,         _OF_AB, of_two(i.shift_left), "spe"),
    line("evslwi",   vx(550), _SHIFT,      _OF_A,  with_immediate(i.shift_left), "spe"),
    line("evrlw",    vx(552), _AB,         _OF_AB, of_two(i.rotate), "spe"),
    line("evsplati", vx(553), "RT SIM",    "> RT", i.evsplati, "spe"),
    line("evrlwi",   vx(554), _SHIFT,      _OF_A,  with_immediate(i.rotate), "spe"),
    line("evsplatfi", vx(555), "RT SIM",   "> RT", i.evsplatfi, "spe"),
    line("evmergehi", vx(556), _AB,        _OF_AB, i.evmergehi, "spe"),
    line("evmergelo", vx(557), _AB,        _OF_AB, i.evmergelo, "spe"),
    line("evmergehilo", vx(558), _AB,      _OF_AB, i.evmergehilo, "spe"),
    line("evmergelohi", vx(559), _AB,      _OF_AB, i.evmergelohi, "spe"),
    line("evcmpgtu", vx(560), _CMP,        _SETS_BF, comparing(i.greater), "spe"),
    line("evcmpgts", vx(561), _CMP,        _SETS_BF, comparing(i.greater_signed), "spe"),
    line("evcmpltu", vx(562), _CMP,        _SETS_BF, comparing(i.less), "spe"),
    line("evcmplts", vx(563), _CMP,        _SETS_BF, comparing(i.less_signed), "spe"),
    line("evcmpeq",  vx(564), _CMP,        _SETS_BF, comparing(i.equal), "spe"),
    line("evsel",    form(4, 79, 8, low=3), "RT RA RB BFS", "RA RB cr > RT", i.evsel, "spe"),
    line("evdivws",  vx(1222), _AB,        "RA RB spefscr > RT spefscr", i.evdivws, "spe"),
    line("evdivwu",  vx(1223), _AB,        "RA RB spefscr > RT spefscr", i.evdivwu, "spe"),

    line("evlddx",   vx(768), _LX,         _LOADX, m.load_8(X), "spe"),
    line("evldd",    vx(769), _L8,         _LOAD,  m.load_8(D), "spe"),
    line("evldwx",   vx(770), _LX,         _LOADX, m.load_8(X), "spe"),
    line("evldw",    vx(771), _L8,         _LOAD,  m.load_8(D), "spe"),
    line("evldhx",   vx(772), _LX,         _LOADX, m.load_8(X), "spe"),
    line("evldh",    vx(773), _L8,         _LOAD,  m.load_8(D), "spe"),
    line("evlhhesplatx", vx(776), _LX,     _LOADX, m.load_2(X, m.splat_even), "spe"),
    line("evlhhesplat",  vx(777), _L2,     _LOAD,  m.load_2(D, m.splat_even), "spe"),
    line("evlhhousplatx", vx(780), _LX,    _LOADX, m.load_2(X, m.splat_odd), "spe"),
    line("evlhhousplat", vx(781), _L2,     _LOAD,  m.load_2(D, m.splat_odd), "spe"),
    line("evlhhossplatx", vx(782), _LX,    _LOADX, m.load_2(X, m.splat_odd_signed), "spe"),
    line("evlhhossplat", vx(783), _L2,     _LOAD,  m.load_2(D, m.splat_odd_signed), "spe"),
    line("evlwhex",  vx(784), _LX,         _LOADX, m.load_4(X, m.to_even), "spe"),
    line("evlwhe",   vx(785), _L4,         _LOAD,  m.load_4(D, m.to_even), "spe"),
    line("evlwhoux", vx(788), _LX,         _LOADX, m.load_4(X, m.to_odd), "spe"),
    line("evlwhou",  vx(789), _L4,         _LOAD,  m.load_4(D, m.to_odd), "spe"),
    line("evlwhosx", vx(790), _LX,         _LOADX, m.load_4(X, m.to_odd_signed), "spe"),
    line("evlwhos",  vx(791), _L4,         _LOAD,  m.load_4(D, m.to_odd_signed), "spe"),
    line("evlwwsplatx", vx(792), _LX,      _LOADX, m.load_4(X, m.splat_word), "spe"),
    line("evlwwsplat", vx(793), _L4,       _LOAD,  m.load_4(D, m.splat_word), "spe"),
    line("evlwhsplatx", vx(796), _LX,      _LOADX, m.load_4(X, m.splat_halves), "spe"),
    line("evlwhsplat", vx(797), _L4,       _LOAD,  m.load_4(D, m.splat_halves), "spe"),
    line("evstddx",  vx(800), _SX,         _STOREX, m.store_8(X), "spe"),
    line("evstdd",   vx(801), _S8,         _STORE, m.store_8(D), "spe"),
    line("evstdwx",  vx(802), _SX,         _STOREX, m.store_8(X), "spe"),
    line("evstdw",   vx(803), _S8,         _STORE, m.store_8(D), "spe"),
    line("evstdhx",  vx(804), _SX,         _STOREX, m.store_8(X), "spe"),
    line("evstdh",   vx(805), _S8,         _STORE, m.store_8(D), "spe"),
    line("evstwhex", vx(816), _SX,         _STOREX, m.store_4(X, m.from_even), "spe"),
    line("evstwhe",  vx(817), _S4,         _STORE, m.store_4(D, m.from_even), "spe"),
    line("evstwhox", vx(820), _SX,         _STOREX, m.store_4(X, m.from_odd), "spe"),
    line("evstwho",  vx(821), _S4,         _STORE, m.store_4(D, m.from_odd), "spe"),
    line("evstwwex", vx(824), _SX,         _STOREX, m.store_4(X, m.upper), "spe"),
    line("evstwwe",  vx(825), _S4,         _STORE, m.store_4(D, m.upper), "spe"),
    line("evstwwox", vx(828), _SX,         _STOREX, m.store_4(X, m.lower), "spe"),
    line("evstwwo",  vx(829), _S4,         _STORE, m.store_4(D, m.lower), "spe"),
)
# fmt: on
