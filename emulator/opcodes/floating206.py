# SPDX-License-Identifier: GPL-2.0-or-later
"""Floating point that ISA 2.02 to 2.06 added, and decimal floating point, which is not implemented."""

from emulator.opcodes.line import Line, Pattern, a, ds, form, line, x
from emulator.semantics import float_206 as f

_FP = "FRB fpscr msr > FRT fpscr"
_ODD_PAIR = "w >> 21 & 1"


def z22(primary: int, extended: int) -> Pattern:
    """Z22 form: nine bits."""
    return form(primary, extended, 9)


def z23(primary: int, extended: int) -> Pattern:
    """Z23 form: eight bits."""
    return form(primary, extended, 8)


# The same numbers mean long operands under primary opcode 59, and quadwords under 63.
_DECIMAL_X = {
    "dadd": 2, "dmul": 34, "dcmpo": 130, "dtstex": 162, "dctdp": 258, "dctfix": 290, "ddedpd": 322, "dxex": 354,
    "dsub": 514, "ddiv": 546, "dcmpu": 642, "dtstsf": 674, "drsp": 770, "dcffix": 802, "denbcd": 834, "diex": 866,
}  # fmt: skip
_DECIMAL_Z22 = {"dscli": 66, "dscri": 98, "dtstdc": 194, "dtstdg": 226}
_DECIMAL_Z23 = {"dqua": 3, "drrnd": 35, "dquai": 67, "drintx": 99, "drintn": 227}
_DECIMAL = (
    {name: (x, number) for name, number in _DECIMAL_X.items()}
    | {name: (z22, number) for name, number in _DECIMAL_Z22.items()}
    | {name: (z23, number) for name, number in _DECIMAL_Z23.items()}
)


def _decimal() -> tuple[Line, ...]:
    return tuple(
        line(
            name + suffix,
            pattern(primary, number),
            "FRT FRA FRB Rc1",
            "FRA FRB fpscr > FRT fpscr",
            None,
            "dfp",
        )
        for primary, suffix in ((59, ""), (63, "q"))
        for name, (pattern, number) in _DECIMAL.items()
    )


# fmt: off
LINES = (
    line("fcpsgn",   x(63, 8),   "FRT FRA FRB Rc1", "FRA FRB > FRT", f.fcpsgn, "fp206"),
    line("fre",      a(63, 24),  "FRT FRB Rc1", _FP, f.fre, "fp206"),
    line("frsqrtes", a(59, 26),  "FRT FRB Rc1", _FP, f.frsqrtes, "fp206"),
    line("frin",     x(63, 392), "FRT FRB Rc1", _FP, f.frin, "fp206"),
    line("friz",     x(63, 424), "FRT FRB Rc1", _FP, f.friz, "fp206"),
    line("frip",     x(63, 456), "FRT FRB Rc1", _FP, f.frip, "fp206"),
    line("frim",     x(63, 488), "FRT FRB Rc1", _FP, f.frim, "fp206"),
    line("fctiwu",   x(63, 142), "FRT FRB Rc1", _FP, f.fctiwu, "fp206"),
    line("fctiwuz",  x(63, 143), "FRT FRB Rc1", _FP, f.fctiwuz, "fp206"),
    line("fctidu",   x(63, 942), "FRT FRB Rc1", _FP, f.fctidu, "fp206"),
    line("fctiduz",  x(63, 943), "FRT FRB Rc1", _FP, f.fctiduz, "fp206"),
    line("fcfids",   x(59, 846), "FRT FRB Rc1", _FP, f.fcfids, "fp206"),
    line("fcfidu",   x(63, 974), "FRT FRB Rc1", _FP, f.fcfidu, "fp206"),
    line("fcfidus",  x(59, 974), "FRT FRB Rc1", _FP, f.fcfidus, "fp206"),
    line("ftdiv",    x(63, 128), "BF FRA FRB",  "FRA FRB > BF", f.ftdiv, "fp206"),
    line("ftsqrt",   x(63, 160), "BF FRB",      "FRB > BF", f.ftsqrt, "fp206"),

    line("lfiwax",   x(31, 855), "FRT RA0 RB",  "RA0 RB memory > FRT", f.lfiwax, "fp206"),
    line("lfiwzx",   x(31, 887), "FRT RA0 RB",  "RA0 RB memory > FRT", f.lfiwzx, "fp206"),
    line("lfdp",     ds(57, 0),  "FRT RA0 DS",  "RA0 memory > FRT fpr", f.lfdp, "fp206", invalid=_ODD_PAIR),
    line("stfdp",    ds(61, 0),  "FRS RA0 DS",  "FRS RA0 fpr > memory", f.stfdp, "fp206", invalid=_ODD_PAIR),
    line("lfdpx",    x(31, 791), "FRT RA0 RB",  "RA0 RB memory > FRT fpr", f.lfdpx, "fp206", invalid=_ODD_PAIR),
    line("stfdpx",   x(31, 919), "FRS RA0 RB",  "FRS RA0 RB fpr > memory", f.stfdpx, "fp206", invalid=_ODD_PAIR),

    line("mffs",     x(63, 583), "FRT Rc1",     "fpscr > FRT", f.mffs, "fpscr64"),
    line("mtfsf",    x(63, 711), "FLM FRB LF W Rc1", "FRB fpscr msr > fpscr", f.mtfsf_wide, "fpscr64"),
    line("mtfsfi",   x(63, 134), "BF U W Rc1",  "fpscr msr > fpscr", f.mtfsfi_wide, "fpscr64"),
    *_decimal(),
)
# fmt: on
