# SPDX-License-Identifier: GPL-2.0-or-later
"""What Power ISA 2.02 to 2.07 added for server processors, without floating point and vectors."""

from emulator.opcodes.line import a, ds, form, line, with_bits, x, x_record, xo
from emulator.semantics import integer_64 as i
from emulator.semantics import load_store_64 as m
from emulator.semantics import load_store_inhibited as c
from emulator.semantics import system as y
from emulator.semantics import system_64 as z

_S = "isa207"
_ODD_PAIR = "w >> 21 & 1"
_LOAD_PAIR = "w >> 21 & 1 or w >> 16 & 31 == w >> 21 & 31"
_LOAD_PAIR_INDEXED = "w >> 21 & 1 or w >> 21 & 31 in (w >> 16 & 31, w >> 11 & 31)"
_CONDITIONAL = "RS RA0 RB so reservation > memory cr0 reservation"
_PAIR_CONDITIONAL = "RS RA0 RB gpr so reservation > memory cr0 reservation"
_TM = "msr > cr0"

# fmt: off
LINES = (
    line("isel",    a(31, 15),   "RT RA0 RB BC",   "RA0 RB BC > RT",  i.isel, "isel"),
    line("addg6s",  xo(31, 74),  "RT RA RB",       "RA RB > RT",      i.addg6s, _S),
    line("popcntb", x(31, 122),  "RA RS",          "RS > RA",         i.popcntb, _S),
    line("prtyw",   x(31, 154),  "RA RS",          "RS > RA",         i.prtyw, _S),
    line("prtyd",   x(31, 186),  "RA RS",          "RS > RA",         i.prtyd, _S),
    line("bpermd",  x(31, 252),  "RA RS RB",       "RS RB > RA",      i.bpermd, _S),
    line("cdtbcd",  x(31, 282),  "RA RS",          "RS > RA",         i.cdtbcd, _S),
    line("cbcdtd",  x(31, 314),  "RA RS",          "RS > RA",         i.cbcdtd, _S),
    line("popcntw", x(31, 378),  "RA RS",          "RS > RA",         i.popcntw, _S),
    line("divdeu",  xo(31, 393), "RT RA RB OE Rc", "RA RB > RT",      i.divdeu, _S),
    line("divweu",  xo(31, 395), "RT RA RB OE Rc", "RA RB > RT",      i.divweu, _S),
    line("divde",   xo(31, 425), "RT RA RB OE Rc", "RA RB > RT",      i.divde, _S),
    line("divwe",   xo(31, 427), "RT RA RB OE Rc", "RA RB > RT",      i.divwe, _S),
    line("popcntd", x(31, 506),  "RA RS",          "RS > RA",         i.popcntd, _S),
    line("cmpb",    x(31, 508),  "RA RS RB",       "RS RB > RA",      i.cmpb, _S),

    line("lq",      form(56),    "RT RA0 DQ", "RA0 memory > RT gpr", m.lq, _S, invalid=_LOAD_PAIR),
    line("stq",     ds(62, 2),   "RS RA0 DS", "RS RA0 gpr > memory", m.stq, _S, invalid=_ODD_PAIR),
    line("lbarx",   x(31, 52),   "RT RA0 RB", "RA0 RB memory > RT reservation", m.lbarx, _S),
    line("lharx",   x(31, 116),  "RT RA0 RB", "RA0 RB memory > RT reservation", m.lharx, _S),
    line("stqcx.",  x_record(31, 182), "RS RA0 RB", _PAIR_CONDITIONAL, m.stqcx, _S, invalid=_ODD_PAIR),
    line("lqarx",   x(31, 276),  "RT RA0 RB", "RA0 RB memory > RT gpr reservation", m.lqarx, _S, invalid=_LOAD_PAIR_INDEXED),
    line("ldbrx",   x(31, 532),  "RT RA0 RB", "RA0 RB memory > RT", m.ldbrx, _S),
    line("stdbrx",  x(31, 660),  "RS RA0 RB", "RS RA0 RB > memory", m.stdbrx, _S),
    line("stbcx.",  x_record(31, 694), "RS RA0 RB", _CONDITIONAL,   m.stbcx, _S),
    line("sthcx.",  x_record(31, 726), "RS RA0 RB", _CONDITIONAL,   m.sthcx, _S),

    line("lwzcix",  x(31, 789),  "RT RA0 RB", "RA0 RB msr memory > RT", c.lwzcix, _S, privileged=True),
    line("lhzcix",  x(31, 821),  "RT RA0 RB", "RA0 RB msr memory > RT", c.lhzcix, _S, privileged=True),
    line("lbzcix",  x(31, 853),  "RT RA0 RB", "RA0 RB msr memory > RT", c.lbzcix, _S, privileged=True),
    line("ldcix",  x(31, 885),  "RT RA0 RB", "RA0 RB msr memory > RT", c.ldcix, _S, privileged=True),
    line("stwcix",  x(31, 917),  "RS RA0 RB", "RS RA0 RB msr > memory", c.stwcix, _S, privileged=True),
    line("sthcix",  x(31, 949),  "RS RA0 RB", "RS RA0 RB msr > memory", c.sthcix, _S, privileged=True),
    line("stbcix",  x(31, 981),  "RS RA0 RB", "RS RA0 RB msr > memory", c.stbcix, _S, privileged=True),
    line("stdcix",  x(31, 1013),  "RS RA0 RB", "RS RA0 RB msr > memory", c.stdcix, _S, privileged=True),

    line("rfebb",   x(19, 146),  "S",        "spr > spr pc",        z.rfebb, _S, ends="1"),
    line("bctar",   x(19, 560),  "BO BI LK", "BI ctr spr > ctr pc", z.bctar, _S, ends="1"),
    line("doze",    x(19, 402),  "",         ">",                   None, _S, privileged=True),
    line("nap",     x(19, 434),  "",         ">",                   None, _S, privileged=True),
    line("sleep",   x(19, 466),  "",         ">",                   None, _S, privileged=True),
    line("rvwinkle", x(19, 498), "",         ">",                   None, _S, privileged=True),
    line("icbt",    x(31, 22),   "",         ">",                   y.hint, _S),
    line("msgsndp", x(31, 142),  "RB",       "RB >",                None, _S, privileged=True),
    line("msgclrp", x(31, 174),  "RB",       "RB >",                None, _S, privileged=True),
    line("msgsnd",  x(31, 206),  "RB",       "RB >",                None, _S, privileged=True),
    line("msgclr",  x(31, 238),  "RB",       "RB >",                None, _S, privileged=True),
    line("mfbhrbe", x(31, 302),  "RT",       "> RT",                None, _S),
    line("icswx",   x(31, 406),  "RS RA0 RB Rc", "RS RA0 RB > memory", None, _S),
    line("clrbhrb", x(31, 430),  "",         ">",                   None, _S),
    line("slbfee.", x_record(31, 979), "RT RB", "RB > RT cr0",      None, _S, privileged=True),

    line("tbegin.",   x_record(31, 654), "",   "msr > cr0 spr", z.tbegin, "tm", ends="1"),
    line("tend.",     x_record(31, 686), "",   _TM, z.outside_transaction, "tm"),
    line("tcheck",    with_bits(x(31, 718), 0, 1), "BF", "msr > BF", z.tcheck, "tm"),
    line("tsr.",      x_record(31, 750), "",   _TM, z.outside_transaction, "tm"),
    line("tabortwc.", x_record(31, 782), "",   _TM, z.outside_transaction, "tm"),
    line("tabortdc.", x_record(31, 814), "",   _TM, z.outside_transaction, "tm"),
    line("tabortwci.", x_record(31, 846), "",  _TM, z.outside_transaction, "tm"),
    line("tabortdci.", x_record(31, 878), "",  _TM, z.outside_transaction, "tm"),
    line("tabort.",   x_record(31, 910), "",   _TM, z.outside_transaction, "tm"),
    line("treclaim.", x_record(31, 942), "",   "msr >", z.treclaim, "tm", privileged=True),
    line("trechkpt.", x_record(31, 1006), "",  "msr spr >", z.trechkpt, "tm", privileged=True, ends="1"),
)
# fmt: on
