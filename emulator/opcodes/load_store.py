# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixed-point and floating-point loads and stores."""

from emulator.opcodes.line import d, line, x, x_record
from emulator.semantics import float_move as f
from emulator.semantics import load_store as m

# Update forms whose address register is 0, or is the register that is loaded, are invalid.
_STORE_UPDATE = "not w >> 16 & 31"
_LOAD_UPDATE = "w >> 16 & 31 in (0, w >> 21 & 31)"

# fmt: off
LINES = (
    line("lwz",    d(32),      "RT RA0 D",  "RA0 memory > RT",       m.lwz),
    line("lwzu",   d(33),      "RT RA D",   "RA memory > RT RA",     m.lwzu, invalid=_LOAD_UPDATE),
    line("lbz",    d(34),      "RT RA0 D",  "RA0 memory > RT",       m.lbz),
    line("lbzu",   d(35),      "RT RA D",   "RA memory > RT RA",     m.lbzu, invalid=_LOAD_UPDATE),
    line("stw",    d(36),      "RS RA0 D",  "RS RA0 > memory",       m.stw),
    line("stwu",   d(37),      "RS RA D",   "RS RA > memory RA",     m.stwu, invalid=_STORE_UPDATE),
    line("stb",    d(38),      "RS RA0 D",  "RS RA0 > memory",       m.stb),
    line("stbu",   d(39),      "RS RA D",   "RS RA > memory RA",     m.stbu, invalid=_STORE_UPDATE),
    line("lhz",    d(40),      "RT RA0 D",  "RA0 memory > RT",       m.lhz),
    line("lhzu",   d(41),      "RT RA D",   "RA memory > RT RA",     m.lhzu, invalid=_LOAD_UPDATE),
    line("lha",    d(42),      "RT RA0 D",  "RA0 memory > RT",       m.lha),
    line("lhau",   d(43),      "RT RA D",   "RA memory > RT RA",     m.lhau, invalid=_LOAD_UPDATE),
    line("sth",    d(44),      "RS RA0 D",  "RS RA0 > memory",       m.sth),
    line("sthu",   d(45),      "RS RA D",   "RS RA > memory RA",     m.sthu, invalid=_STORE_UPDATE),
    line("lmw",    d(46),      "RT RA0 D",  "RA0 memory > RT gpr",   m.lmw),
    line("stmw",   d(47),      "RS RA0 D",  "RS RA0 gpr > memory",   m.stmw),

    line("lwarx",  x(31, 20),  "RT RA0 RB", "RA0 RB memory > RT reservation", m.lwarx),
    line("lwzx",   x(31, 23),  "RT RA0 RB", "RA0 RB memory > RT",    m.lwzx),
    line("lwzux",  x(31, 55),  "RT RA RB",  "RA RB memory > RT RA",  m.lwzux, invalid=_LOAD_UPDATE),
    line("lbzx",   x(31, 87),  "RT RA0 RB", "RA0 RB memory > RT",    m.lbzx),
    line("lbzux",  x(31, 119), "RT RA RB",  "RA RB memory > RT RA",  m.lbzux, invalid=_LOAD_UPDATE),
    line("stwcx.", x_record(31, 150), "RS RA0 RB", "RS RA0 RB so reservation > memory cr0 reservation", m.stwcx),
    line("stwx",   x(31, 151), "RS RA0 RB", "RS RA0 RB > memory",    m.stwx),
    line("stwux",  x(31, 183), "RS RA RB",  "RS RA RB > memory RA",  m.stwux, invalid=_STORE_UPDATE),
    line("stbx",   x(31, 215), "RS RA0 RB", "RS RA0 RB > memory",    m.stbx),
    line("stbux",  x(31, 247), "RS RA RB",  "RS RA RB > memory RA",  m.stbux, invalid=_STORE_UPDATE),
    line("lhzx",   x(31, 279), "RT RA0 RB", "RA0 RB memory > RT",    m.lhzx),
    line("lhzux",  x(31, 311), "RT RA RB",  "RA RB memory > RT RA",  m.lhzux, invalid=_LOAD_UPDATE),
    line("lhax",   x(31, 343), "RT RA0 RB", "RA0 RB memory > RT",    m.lhax),
    line("lhaux",  x(31, 375), "RT RA RB",  "RA RB memory > RT RA",  m.lhaux, invalid=_LOAD_UPDATE),
    line("sthx",   x(31, 407), "RS RA0 RB", "RS RA0 RB > memory",    m.sthx),
    line("sthux",  x(31, 439), "RS RA RB",  "RS RA RB > memory RA",  m.sthux, invalid=_STORE_UPDATE),
    line("lswx",   x(31, 533), "RT RA0 RB", "RA0 RB xer memory > RT gpr", m.lswx, "string"),
    line("lwbrx",  x(31, 534), "RT RA0 RB", "RA0 RB memory > RT",    m.lwbrx),
    line("lswi",   x(31, 597), "RT RA0 NB", "RA0 memory > RT gpr",   m.lswi, "string"),
    line("stswx",  x(31, 661), "RS RA0 RB", "RS RA0 RB gpr xer > memory", m.stswx, "string"),
    line("stwbrx", x(31, 662), "RS RA0 RB", "RS RA0 RB > memory",    m.stwbrx),
    line("stswi",  x(31, 725), "RS RA0 NB", "RS RA0 gpr > memory",   m.stswi, "string"),
    line("lhbrx",  x(31, 790), "RT RA0 RB", "RA0 RB memory > RT",    m.lhbrx),
    line("sthbrx", x(31, 918), "RS RA0 RB", "RS RA0 RB > memory",    m.sthbrx),

    line("lfs",    d(48),      "FRT RA0 D",  "RA0 memory > FRT",      f.lfs, "fp"),
    line("lfsu",   d(49),      "FRT RA D",   "RA memory > FRT RA",    f.lfsu, "fp", invalid=_STORE_UPDATE),
    line("lfd",    d(50),      "FRT RA0 D",  "RA0 memory > FRT",      f.lfd, "fp"),
    line("lfdu",   d(51),      "FRT RA D",   "RA memory > FRT RA",    f.lfdu, "fp", invalid=_STORE_UPDATE),
    line("stfs",   d(52),      "FRS RA0 D",  "FRS RA0 > memory",      f.stfs, "fp"),
    line("stfsu",  d(53),      "FRS RA D",   "FRS RA > memory RA",    f.stfsu, "fp", invalid=_STORE_UPDATE),
    line("stfd",   d(54),      "FRS RA0 D",  "FRS RA0 > memory",      f.stfd, "fp"),
    line("stfdu",  d(55),      "FRS RA D",   "FRS RA > memory RA",    f.stfdu, "fp", invalid=_STORE_UPDATE),
    line("lfsx",   x(31, 535), "FRT RA0 RB", "RA0 RB memory > FRT",   f.lfsx, "fp"),
    line("lfsux",  x(31, 567), "FRT RA RB",  "RA RB memory > FRT RA", f.lfsux, "fp", invalid=_STORE_UPDATE),
    line("lfdx",   x(31, 599), "FRT RA0 RB", "RA0 RB memory > FRT",   f.lfdx, "fp"),
    line("lfdux",  x(31, 631), "FRT RA RB",  "RA RB memory > FRT RA", f.lfdux, "fp", invalid=_STORE_UPDATE),
    line("stfsx",  x(31, 663), "FRS RA0 RB", "FRS RA0 RB > memory",   f.stfsx, "fp"),
    line("stfsux", x(31, 695), "FRS RA RB",  "FRS RA RB > memory RA", f.stfsux, "fp", invalid=_STORE_UPDATE),
    line("stfdx",  x(31, 727), "FRS RA0 RB", "FRS RA0 RB > memory",   f.stfdx, "fp"),
    line("stfdux", x(31, 759), "FRS RA RB",  "FRS RA RB > memory RA", f.stfdux, "fp", invalid=_STORE_UPDATE),
    line("stfiwx", x(31, 983), "FRS RA0 RB", "FRS RA0 RB > memory",   f.stfiwx, "graphics"),
)
# fmt: on
