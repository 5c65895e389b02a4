# SPDX-License-Identifier: GPL-2.0-or-later
"""Floating-point moves, arithmetic, conversion, comparison and status."""

from emulator.opcodes.line import a, line, x
from emulator.semantics import float_arithmetic as r
from emulator.semantics import float_convert as c
from emulator.semantics import float_move as f
from emulator.semantics import float_single as g
from emulator.semantics import float_status as t

_FMA = "FRT FRA FRB FRC Rc1"
_FMA_EFFECTS = "FRA FRB FRC fpscr msr > FRT fpscr"

# fmt: off
LINES = (
    line("fneg",    x(63, 40),  "FRT FRB Rc1", "FRB > FRT", f.fneg, "fp"),
    line("fmr",     x(63, 72),  "FRT FRB Rc1", "FRB > FRT", f.fmr, "fp"),
    line("fnabs",   x(63, 136), "FRT FRB Rc1", "FRB > FRT", f.fnabs, "fp"),
    line("fabs",    x(63, 264), "FRT FRB Rc1", "FRB > FRT", f.fabs, "fp"),

    line("fadd",    a(63, 21),  "FRT FRA FRB Rc1", "FRA FRB fpscr msr > FRT fpscr", r.fadd, "fp"),
    line("fsub",    a(63, 20),  "FRT FRA FRB Rc1", "FRA FRB fpscr msr > FRT fpscr", r.fsub, "fp"),
    line("fmul",    a(63, 25),  "FRT FRA FRC Rc1", "FRA FRC fpscr msr > FRT fpscr", r.fmul, "fp"),
    line("fdiv",    a(63, 18),  "FRT FRA FRB Rc1", "FRA FRB fpscr msr > FRT fpscr", r.fdiv, "fp"),
    line("fsqrt",   a(63, 22),  "FRT FRB Rc1",     "FRB fpscr msr > FRT fpscr",     r.fsqrt, "fsqrt"),
    line("fmadd",   a(63, 29),  _FMA, _FMA_EFFECTS, r.fmadd, "fp"),
    line("fmsub",   a(63, 28),  _FMA, _FMA_EFFECTS, r.fmsub, "fp"),
    line("fnmadd",  a(63, 31),  _FMA, _FMA_EFFECTS, r.fnmadd, "fp"),
    line("fnmsub",  a(63, 30),  _FMA, _FMA_EFFECTS, r.fnmsub, "fp"),
    line("fadds",   a(59, 21),  "FRT FRA FRB Rc1", "FRA FRB fpscr msr > FRT fpscr", g.fadds, "fp"),
    line("fsubs",   a(59, 20),  "FRT FRA FRB Rc1", "FRA FRB fpscr msr > FRT fpscr", g.fsubs, "fp"),
    line("fmuls",   a(59, 25),  "FRT FRA FRC Rc1", "FRA FRC fpscr msr > FRT fpscr", g.fmuls, "fp"),
    line("fdivs",   a(59, 18),  "FRT FRA FRB Rc1", "FRA FRB fpscr msr > FRT fpscr", g.fdivs, "fp"),
    line("fsqrts",  a(59, 22),  "FRT FRB Rc1",     "FRB fpscr msr > FRT fpscr",     g.fsqrts, "fsqrt"),
    line("fmadds",  a(59, 29),  _FMA, _FMA_EFFECTS, g.fmadds, "fp"),
    line("fmsubs",  a(59, 28),  _FMA, _FMA_EFFECTS, g.fmsubs, "fp"),
    line("fnmadds", a(59, 31),  _FMA, _FMA_EFFECTS, g.fnmadds, "fp"),
    line("fnmsubs", a(59, 30),  _FMA, _FMA_EFFECTS, g.fnmsubs, "fp"),

    line("frsp",    x(63, 12),  "FRT FRB Rc1", "FRB fpscr msr > FRT fpscr", c.frsp, "fp"),
    line("fctiw",   x(63, 14),  "FRT FRB Rc1", "FRB fpscr msr > FRT fpscr", c.fctiw, "fp"),
    line("fctiwz",  x(63, 15),  "FRT FRB Rc1", "FRB fpscr msr > FRT fpscr", c.fctiwz, "fp"),
    line("fctid",   x(63, 814), "FRT FRB Rc1", "FRB fpscr msr > FRT fpscr", c.fctid, "fp64"),
    line("fctidz",  x(63, 815), "FRT FRB Rc1", "FRB fpscr msr > FRT fpscr", c.fctidz, "fp64"),
    line("fcfid",   x(63, 846), "FRT FRB Rc1", "FRB fpscr msr > FRT fpscr", c.fcfid, "fp64"),
    line("fcmpu",   x(63, 0),   "BF FRA FRB",  "FRA FRB fpscr msr > BF fpscr", c.fcmpu, "fp"),
    line("fcmpo",   x(63, 32),  "BF FRA FRB",  "FRA FRB fpscr msr > BF fpscr", c.fcmpo, "fp"),
    line("fsel",    a(63, 23),  _FMA,          "FRA FRB FRC > FRT",         c.fsel, "graphics"),
    line("fres",    a(59, 24),  "FRT FRB Rc1", "FRB fpscr msr > FRT fpscr", c.fres, "graphics"),
    line("frsqrte", a(63, 26),  "FRT FRB Rc1", "FRB fpscr msr > FRT fpscr", c.frsqrte, "graphics"),

    line("mtfsb1",  x(63, 38),  "BT Rc1",      "fpscr msr > fpscr", t.mtfsb1, "fp"),
    line("mcrfs",   x(63, 64),  "BF BFA",      "fpscr > BF fpscr",  t.mcrfs, "fp"),
    line("mtfsb0",  x(63, 70),  "BT Rc1",      "fpscr msr > fpscr", t.mtfsb0, "fp"),
    line("mtfsfi",  x(63, 134), "BF U Rc1",    "fpscr msr > fpscr", t.mtfsfi, "fpscr32"),
    line("mffs",    x(63, 583), "FRT Rc1",     "fpscr > FRT",       t.mffs, "fpscr32"),
    line("mtfsf",   x(63, 711), "FLM FRB Rc1", "FRB fpscr msr > fpscr", t.mtfsf, "fpscr32"),
)
# fmt: on
