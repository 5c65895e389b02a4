# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixed-point instructions."""

from emulator.opcodes.line import d, line, with_bits, x, xo
from emulator.semantics import integer as i
from emulator.semantics import trap

_L = 1 << 21  # compare doublewords: fixed at 0 in the word forms

# fmt: off
LINES = (
    line("twi",    d(3),        "TO RA SI",         "RA >",           trap.twi),
    line("mulli",  d(7),        "RT RA SI",         "RA > RT",        i.mulli),
    line("subfic", d(8),        "RT RA SI",         "RA > RT ca",     i.subfic),
    line("cmplwi", with_bits(d(10), 0, _L), "BF RA UI", "RA so > BF", i.cmplwi),
    line("cmpwi",  with_bits(d(11), 0, _L), "BF RA SI", "RA so > BF", i.cmpwi),
    line("addic",  d(12),       "RT RA SI",         "RA > RT ca",     i.addic),
    line("addic.", d(13),       "RT RA SI",         "RA so > RT ca cr0", i.addic_record),
    line("addi",   d(14),       "RT RA0 SI",        "RA0 > RT",       i.addi),
    line("addis",  d(15),       "RT RA0 SI",        "RA0 > RT",       i.addis),
    line("rlwimi", d(20),       "RA RS SH MB ME Rc", "RS RA > RA",    i.rlwimi),
    line("rlwinm", d(21),       "RA RS SH MB ME Rc", "RS > RA",       i.rlwinm),
    line("rlwnm",  d(23),       "RA RS RB MB ME Rc", "RS RB > RA",    i.rlwnm),
    line("ori",    d(24),       "RA RS UI",         "RS > RA",        i.ori),
    line("oris",   d(25),       "RA RS UI",         "RS > RA",        i.oris),
    line("xori",   d(26),       "RA RS UI",         "RS > RA",        i.xori),
    line("xoris",  d(27),       "RA RS UI",         "RS > RA",        i.xoris),
    line("andi.",  d(28),       "RA RS UI",         "RS so > RA cr0", i.andi_record),
    line("andis.", d(29),       "RA RS UI",         "RS so > RA cr0", i.andis_record),

    line("cmpw",   with_bits(x(31, 0), 0, _L),  "BF RA RB", "RA RB so > BF", i.cmpw),
    line("tw",     x(31, 4),    "TO RA RB",         "RA RB >",        trap.tw),
    line("subfc",  xo(31, 8),   "RT RA RB OE Rc",   "RA RB > RT ca",  i.subfc),
    line("addc",   xo(31, 10),  "RT RA RB OE Rc",   "RA RB > RT ca",  i.addc),
    line("mulhwu", xo(31, 11),  "RT RA RB Rc",      "RA RB > RT",     i.mulhwu),
    line("slw",    x(31, 24),   "RA RS RB Rc",      "RS RB > RA",     i.slw),
    line("cntlzw", x(31, 26),   "RA RS Rc",         "RS > RA",        i.cntlzw),
    line("and",    x(31, 28),   "RA RS RB Rc",      "RS RB > RA",     i.and_),
    line("cmplw",  with_bits(x(31, 32), 0, _L), "BF RA RB", "RA RB so > BF", i.cmplw),
    line("subf",   xo(31, 40),  "RT RA RB OE Rc",   "RA RB > RT",     i.subf),
    line("andc",   x(31, 60),   "RA RS RB Rc",      "RS RB > RA",     i.andc),
    line("mulhw",  xo(31, 75),  "RT RA RB Rc",      "RA RB > RT",     i.mulhw),
    line("neg",    xo(31, 104), "RT RA OE Rc",      "RA > RT",        i.neg),
    line("nor",    x(31, 124),  "RA RS RB Rc",      "RS RB > RA",     i.nor),
    line("subfe",  xo(31, 136), "RT RA RB OE Rc",   "RA RB ca > RT ca", i.subfe),
    line("adde",   xo(31, 138), "RT RA RB OE Rc",   "RA RB ca > RT ca", i.adde),
    line("subfze", xo(31, 200), "RT RA OE Rc",      "RA ca > RT ca",  i.subfze),
    line("addze",  xo(31, 202), "RT RA OE Rc",      "RA ca > RT ca",  i.addze),
    line("subfme", xo(31, 232), "RT RA OE Rc",      "RA ca > RT ca",  i.subfme),
    line("addme",  xo(31, 234), "RT RA OE Rc",      "RA ca > RT ca",  i.addme),
    line("mullw",  xo(31, 235), "RT RA RB OE Rc",   "RA RB > RT",     i.mullw),
    line("add",    xo(31, 266), "RT RA RB OE Rc",   "RA RB > RT",     i.add),
    line("eqv",    x(31, 284),  "RA RS RB Rc",      "RS RB > RA",     i.eqv),
    line("xor",    x(31, 316),  "RA RS RB Rc",      "RS RB > RA",     i.xor),
    line("orc",    x(31, 412),  "RA RS RB Rc",      "RS RB > RA",     i.orc),
    line("or",     x(31, 444),  "RA RS RB Rc",      "RS RB > RA",     i.or_),
    line("divwu",  xo(31, 459), "RT RA RB OE Rc",   "RA RB > RT",     i.divwu),
    line("nand",   x(31, 476),  "RA RS RB Rc",      "RS RB > RA",     i.nand),
    line("divw",   xo(31, 491), "RT RA RB OE Rc",   "RA RB > RT",     i.divw),
    line("srw",    x(31, 536),  "RA RS RB Rc",      "RS RB > RA",     i.srw),
    line("sraw",   x(31, 792),  "RA RS RB Rc",      "RS RB > RA ca",  i.sraw),
    line("srawi",  x(31, 824),  "RA RS SH Rc",      "RS > RA ca",     i.srawi),
    line("extsh",  x(31, 922),  "RA RS Rc",         "RS > RA",        i.extsh),
    line("extsb",  x(31, 954),  "RA RS Rc",         "RS > RA",        i.extsb),
)
# fmt: on
