# SPDX-License-Identifier: GPL-2.0-or-later
"""Floating-point moves, arithmetic and status."""

from emulator.opcodes.line import line, x
from emulator.semantics import float_move as f
from emulator.semantics import float_status as t

# fmt: off
LINES = (
    line("fneg",   x(63, 40),  "FRT FRB Rc1", "FRB > FRT", f.fneg, "fp"),
    line("fmr",    x(63, 72),  "FRT FRB Rc1", "FRB > FRT", f.fmr, "fp"),
    line("fnabs",  x(63, 136), "FRT FRB Rc1", "FRB > FRT", f.fnabs, "fp"),
    line("fabs",   x(63, 264), "FRT FRB Rc1", "FRB > FRT", f.fabs, "fp"),

    line("mtfsb1", x(63, 38),  "BT Rc1",      "fpscr msr > fpscr", t.mtfsb1, "fp"),
    line("mcrfs",  x(63, 64),  "BF BFA",      "fpscr > BF fpscr",  t.mcrfs, "fp"),
    line("mtfsb0", x(63, 70),  "BT Rc1",      "fpscr msr > fpscr", t.mtfsb0, "fp"),
    line("mtfsfi", x(63, 134), "BF U Rc1",    "fpscr msr > fpscr", t.mtfsfi, "fp"),
    line("mffs",   x(63, 583), "FRT Rc1",     "fpscr > FRT",       t.mffs, "fp"),
    line("mtfsf",  x(63, 711), "FLM FRB Rc1", "FRB fpscr msr > fpscr", t.mtfsf, "fp"),
)
# fmt: on
