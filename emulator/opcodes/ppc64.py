# SPDX-License-Identifier: GPL-2.0-or-later
"""Instructions of 64-bit processors."""

from emulator.opcodes.line import d, ds, line, md, mds, with_bits, x, x_record, xo, xs
from emulator.semantics import integer_64 as i
from emulator.semantics import load_store_64 as m
from emulator.semantics import system as y
from emulator.semantics import system_64 as z

_L = 1 << 21  # compare doublewords
_STORE_UPDATE = "not w >> 16 & 31"
_LOAD_UPDATE = "w >> 16 & 31 in (0, w >> 21 & 31)"
_P = "ppc64"

# fmt: off
LINES = (
    line("tdi",    d(2),       "TO RA SI",        "RA >",           i.tdi, _P),
    line("cmpldi", with_bits(d(10), _L, _L), "BF RA UI", "RA so > BF", i.cmpldi, _P),
    line("cmpdi",  with_bits(d(11), _L, _L), "BF RA SI", "RA so > BF", i.cmpdi, _P),
    line("rldicl", md(0),      "RA RS SH6 MB6 Rc", "RS > RA",       i.rldicl, _P),
    line("rldicr", md(1),      "RA RS SH6 ME6 Rc", "RS > RA",       i.rldicr, _P),
    line("rldic",  md(2),      "RA RS SH6 MB6 Rc", "RS > RA",       i.rldic, _P),
    line("rldimi", md(3),      "RA RS SH6 MB6 Rc", "RA RS > RA",    i.rldimi, _P),
    line("rldcl",  mds(8),     "RA RS RB MB6 Rc", "RS RB > RA",     i.rldcl, _P),
    line("rldcr",  mds(9),     "RA RS RB ME6 Rc", "RS RB > RA",     i.rldcr, _P),

    line("cmpd",   with_bits(x(31, 0), _L, _L),  "BF RA RB", "RA RB so > BF", i.cmpd, _P),
    line("mulhdu", xo(31, 9),  "RT RA RB Rc",     "RA RB > RT",     i.mulhdu, _P),
    line("sld",    x(31, 27),  "RA RS RB Rc",     "RS RB > RA",     i.sld, _P),
    line("cmpld",  with_bits(x(31, 32), _L, _L), "BF RA RB", "RA RB so > BF", i.cmpld, _P),
    line("cntlzd", x(31, 58),  "RA RS Rc",        "RS > RA",        i.cntlzd, _P),
    line("td",     x(31, 68),  "TO RA RB",        "RA RB >",        i.td, _P),
    line("mulhd",  xo(31, 73), "RT RA RB Rc",     "RA RB > RT",     i.mulhd, _P),
    line("mulld",  xo(31, 233), "RT RA RB OE Rc", "RA RB > RT",     i.mulld, _P),
    line("divdu",  xo(31, 457), "RT RA RB OE Rc", "RA RB > RT",     i.divdu, _P),
    line("divd",   xo(31, 489), "RT RA RB OE Rc", "RA RB > RT",     i.divd, _P),
    line("srd",    x(31, 539), "RA RS RB Rc",     "RS RB > RA",     i.srd, _P),
    line("srad",   x(31, 794), "RA RS RB Rc",     "RS RB > RA ca",  i.srad, _P),
    line("sradi",  xs(31, 413), "RA RS SH6 Rc",   "RS > RA ca",     i.sradi, _P),
    line("extsw",  x(31, 986), "RA RS Rc",        "RS > RA",        i.extsw, _P),

    line("ld",     ds(58, 0),  "RT RA0 DS", "RA0 memory > RT",      m.ld, _P),
    line("ldu",    ds(58, 1),  "RT RA DS",  "RA memory > RT RA",    m.ldu, _P, invalid=_LOAD_UPDATE),
    line("lwa",    ds(58, 2),  "RT RA0 DS", "RA0 memory > RT",      m.lwa, _P),
    line("std",    ds(62, 0),  "RS RA0 DS", "RS RA0 > memory",      m.std, _P),
    line("stdu",   ds(62, 1),  "RS RA DS",  "RS RA > memory RA",    m.stdu, _P, invalid=_STORE_UPDATE),
    line("ldx",    x(31, 21),  "RT RA0 RB", "RA0 RB memory > RT",   m.ldx, _P),
    line("ldux",   x(31, 53),  "RT RA RB",  "RA RB memory > RT RA", m.ldux, _P, invalid=_LOAD_UPDATE),
    line("ldarx",  x(31, 84),  "RT RA0 RB", "RA0 RB memory > RT reservation", m.ldarx, _P),
    line("stdx",   x(31, 149), "RS RA0 RB", "RS RA0 RB > memory",   m.stdx, _P),
    line("stdux",  x(31, 181), "RS RA RB",  "RS RA RB > memory RA", m.stdux, _P, invalid=_STORE_UPDATE),
    line("stdcx.", x_record(31, 214), "RS RA0 RB", "RS RA0 RB so reservation > memory cr0 reservation", m.stdcx, _P),
    line("lwax",   x(31, 341), "RT RA0 RB", "RA0 RB memory > RT",   m.lwax, _P),
    line("lwaux",  x(31, 373), "RT RA RB",  "RA RB memory > RT RA", m.lwaux, _P, invalid=_LOAD_UPDATE),

    line("rfid",   x(19, 18),  "",     "spr fpscr > msr pc",   z.rfid, "book3s64", privileged=True, ends="1"),
    line("hrfid",  x(19, 274), "",     "spr fpscr > msr pc",   z.hrfid, "book3s64", privileged=True, ends="1"),
    line("mtmsr",  x(31, 146), "RS L", "RS msr fpscr > msr",   z.mtmsr, "book3s64", privileged=True, ends="1"),
    line("mtmsrd", x(31, 178), "RS L", "RS msr fpscr > msr",   z.mtmsrd, "book3s64", privileged=True, ends="1"),
    line("tlbiel", x(31, 274), "",     ">",                    y.hint, "book3s64", privileged=True),
    line("slbmte", x(31, 402), "",     ">",                    y.hint, "book3s64", privileged=True),
    line("slbie",  x(31, 434), "",     ">",                    y.hint, "book3s64", privileged=True),
    line("slbia",  x(31, 498), "",     ">",                    y.hint, "book3s64", privileged=True),
    line("slbmfev", x(31, 851), "RT RB", "RB > RT",            None, "book3s64", privileged=True),
    line("slbmfee", x(31, 915), "RT RB", "RB > RT",            None, "book3s64", privileged=True),
)
# fmt: on
