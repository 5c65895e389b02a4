# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches, system call and condition register instructions."""

from emulator.opcodes.line import d, line, sc, with_bits, x
from emulator.semantics import branch as b

_ONE = 1 << 20  # mfocrf names one field
_DECREMENTS = "not w >> 23 & 1"

# fmt: off
LINES = (
    line("bc",     d(16),      "BO BI BD AA LK", "BI ctr > ctr pc", b.bc, ends="1"),
    line("sc",     sc(17),     "LEV",            "> pc",           b.sc, ends="1"),
    line("b",      d(18),      "LI AA LK",       "> pc",           b.b, ends="1"),
    line("bclr",   x(19, 16),  "BO BI LK",       "BI ctr lr > ctr pc", b.bclr, ends="1"),
    line("bcctr",  x(19, 528), "BO BI LK",       "BI ctr > pc",    b.bcctr, ends="1", invalid=_DECREMENTS),
    line("mcrf",   x(19, 0),   "BF BFA",         "BFA > BF",       b.mcrf),
    line("crnor",  x(19, 33),  "BT BA BB",       "BT BA BB > BT",  b.crnor),
    line("crandc", x(19, 129), "BT BA BB",       "BT BA BB > BT",  b.crandc),
    line("crxor",  x(19, 193), "BT BA BB",       "BT BA BB > BT",  b.crxor),
    line("crnand", x(19, 225), "BT BA BB",       "BT BA BB > BT",  b.crnand),
    line("crand",  x(19, 257), "BT BA BB",       "BT BA BB > BT",  b.crand),
    line("creqv",  x(19, 289), "BT BA BB",       "BT BA BB > BT",  b.creqv),
    line("crorc",  x(19, 417), "BT BA BB",       "BT BA BB > BT",  b.crorc),
    line("cror",   x(19, 449), "BT BA BB",       "BT BA BB > BT",  b.cror),
    line("mfcr",   with_bits(x(31, 19), 0, _ONE), "RT", "cr > RT",   b.mfcr),
    line("mfocrf", with_bits(x(31, 19), _ONE, _ONE), "RT FXM", "cr > RT", b.mfocrf),
    line("mtcrf",  x(31, 144), "FXM RS",         "RS > cr",        b.mtcrf),
    line("mcrxr",  x(31, 512), "BF",             "xer > BF xer",   b.mcrxr, "mcrxr"),
)
# fmt: on
