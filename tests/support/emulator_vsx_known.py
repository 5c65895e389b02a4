# SPDX-License-Identifier: GPL-2.0-or-later
"""Where qemu 7.2 is known to differ on VSX: docs/emulator-differences.md says what the manual has instead."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, replace

from emulator.cpus import FE0, FE1
from emulator.opcodes import vsx
from emulator.opcodes.line import Line
from emulator.semantics.float_move import narrow, widen
from emulator.semantics.float_status import (
    EXCEPTIONS,
    FEX,
    FI,
    FPRF,
    FR,
    FX,
    NI,
    OE,
    OX,
    UE,
    UX,
    VE,
    VXCVI,
    VXIMZ,
    VXSNAN,
    VXVC,
    XE,
    XX,
    ZE,
    ZX,
    summarize,
)  # fmt: skip
from tests.support.emulator_qemu import Sample

ENABLES = 0xF8
M64, M128 = (1 << 64) - 1, (1 << 128) - 1
_CLASS = 0x1_0000  # the bit of FPRF that tells denormalized numbers

# Scalar arithmetic in single precision.
SCALAR_SINGLES = frozenset(
    line.mnemonic for line in vsx.LINES
    if line.mnemonic.startswith("xs") and line.mnemonic.endswith("sp") and "cv" not in line.mnemonic
) - {"xsrsp"}  # fmt: skip
_LEAVE_LOW = frozenset({
    "lxsiwzx", "lxsiwax", "lxsspx", "lxsdx", "mtfprd", "mtvrd", "mtfprwa", "mtvrwa", "mtfprwz", "mtvrwz",
})  # fmt: skip
_ESTIMATES = ("resp", "redp", "rsqrtesp", "rsqrtedp")
_FROM_DOUBLEWORDS = ("xscvsxdsp", "xscvuxdsp")


def summary(f: int) -> int:
    """Return FPSCR with VX and FEX as the rest of it has them."""
    return summarize(f) | f & 0x800


@dataclass(frozen=True)
class Event:
    """One comparison: the instruction, the state before it, and both outcomes."""

    line: Line
    before: Sample
    mine: Sample
    theirs: Sample

    @property
    def name(self) -> str:
        return self.line.mnemonic

    @property
    def f(self) -> int:
        return self.before.fpscr

    @property
    def vector(self) -> bool:
        return self.name.startswith("xv")

    @property
    def raised(self) -> int:
        """The enables (in their places) of exceptions that stand in our FPSCR."""
        return self.mine.fpscr >> 22 & self.f & ENABLES

    def operands(self, *names: str) -> list[int]:
        """Return the registers of operands, as they were."""
        values = zip(self.line.operands, self.line.extract(self.before.words[0]), strict=True)
        return [self.before.vsr[v] for n, v in values if n in names]

    def is_estimate(self) -> bool:
        return self.name[2:] in _ESTIMATES

    def is_negative_fused(self) -> bool:
        return self.name[1:4] in {"snm", "vnm"}


@dataclass(frozen=True)
class Known:
    """One known difference: bits of FPSCR or of the target, or everything, that is not compared."""

    number: int
    applies: Callable[[Event], bool]
    fpscr: int = 0
    target: int = 0
    everything: bool = False


def _fits_single(v: int) -> bool:
    return widen(narrow(v >> 64)) == v >> 64


def _rounds_to_single(e: Event) -> bool:
    return e.name in SCALAR_SINGLES or e.name in {"xsrsp", "xscvdpsp", *_FROM_DOUBLEWORDS}


def _adjusts_other_numbers(e: Event) -> bool:
    """Tell an enabled overflow or underflow of single precision whose operands are no singles: undefined."""
    singles = all(map(_fits_single, e.operands("XT", "XA", "XB")))
    return e.name in SCALAR_SINGLES and bool(e.f & (OE | UE)) and not singles


def _old_exceptions(e: Event) -> bool:
    affected = any(part in e.name for part in ("max", "min", "cmp", "xvr"))
    return affected and bool(e.theirs.fpscr & ~e.f & ~e.mine.fpscr & (OX | UX | XX))


def _both_interrupt(e: Event) -> bool:
    return bool(e.before.msr & (FE0 | FE1)) and e.mine.vector == e.theirs.vector == 0x700


def _hides_underflow(e: Event) -> bool:
    return e.vector and bool(e.mine.fpscr & OX)


# The number of each stands in the document.
KNOWN = (
    Known(1, lambda e: e.name in _LEAVE_LOW, target=M64),
    Known(2, lambda _: True, fpscr=FR),
    Known(3, lambda e: bool(e.f & EXCEPTIONS), fpscr=FX),
    Known(4, lambda e: bool(e.f & NI), everything=True),
    Known(5, _rounds_to_single, fpscr=_CLASS),
    Known(6, lambda e: e.name in SCALAR_SINGLES, fpscr=UX),
    Known(7, lambda e: e.name in _FROM_DOUBLEWORDS, target=M128, fpscr=FPRF),
    Known(8, _adjusts_other_numbers, everything=True),
    Known(9, lambda e: bool(e.raised & (VE | ZE | OE | UE)), target=M128, fpscr=FPRF | FI),
    Known(10, lambda e: e.name == "xsrsp" and e.theirs.vector == 0x700, target=M128),
    Known(11, lambda e: e.vector and bool(e.raised), target=M128),
    Known(11, lambda e: e.name.startswith("xvcmp") and bool(e.raised & VE), everything=True),
    Known(12, lambda e: e.vector, fpscr=FI),
    Known(13, _hides_underflow, fpscr=UX),
    Known(
        13, lambda e: _hides_underflow(e) and bool(e.raised & UE and e.mine.vector == 0x700), everything=True
    ),
    Known(14, lambda e: e.vector and _both_interrupt(e), everything=True),
    Known(15, lambda e: e.name.startswith("xvcv") and bool(e.mine.fpscr & VXCVI), target=M128, fpscr=XX | FX),
    Known(16, lambda e: e.is_negative_fused() and bool(e.f & 2), target=M128, fpscr=FPRF | OX | UX | FX),
    Known(16, lambda e: e.is_negative_fused() and bool(e.f & 2 and e.f & (OE | UE)), everything=True),
    Known(17, lambda e: e.name.startswith("xvcmpg") and bool(e.f & VE), fpscr=VXVC),
    Known(18, _old_exceptions, everything=True),
    Known(19, lambda e: e.is_estimate(), fpscr=FI | XX | ZX | FX),
    Known(19, lambda e: e.is_estimate() and bool(e.f & (XE | ZE)), everything=True),
    Known(20, lambda e: e.name[2:5] in {"max", "min"} and bool(e.mine.fpscr & VXSNAN), target=M128),
    Known(21, lambda e: "m" in e.name[2:4] and bool(e.mine.fpscr & VXIMZ), fpscr=VXSNAN | FX),
)


def _close(a: int, b: int, code: str) -> int:
    """Return `a` where all its elements are estimates as good as those of `b`, else `b`."""
    pack = struct.Struct(">2d" if code == "d" else ">4f")
    pairs = zip(pack.unpack(a.to_bytes(16)), pack.unpack(b.to_bytes(16)), strict=True)
    near = all(x == y or (x != x and y != y) or abs(x - y) <= abs(x) * 2.0**-22 for x, y in pairs)  # noqa: PLR0124
    return a if near else b


def accept_known(line: Line, before: Sample, mine: Sample, theirs: Sample) -> Sample:
    """Replace by ours what qemu is known to have otherwise."""
    event = Event(line, before, mine, theirs)
    if "fpscr" not in line.writes and event.name not in _LEAVE_LOW:
        return theirs
    known = [k for k in KNOWN if k.applies(event)]
    if any(k.everything for k in known):
        return mine
    fpscr, target = 0, 0
    for k in known:
        fpscr, target = fpscr | k.fpscr, target | k.target
    f = summary(theirs.fpscr & ~fpscr & ~FEX & ~0x2000_0000 | mine.fpscr & fpscr)
    vsr = list(theirs.vsr)
    if line.operands[0] == "XT":
        n = line.extract(before.words[0])[0]
        vsr[n] = vsr[n] & ~target | mine.vsr[n] & target
        if event.is_estimate():
            vsr[n] = _close(mine.vsr[n], vsr[n], "f" if event.name[0:2] + event.name[-2:] == "xvsp" else "d")
    return replace(theirs, fpscr=f, vsr=tuple(vsr))
