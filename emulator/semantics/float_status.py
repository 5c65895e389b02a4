# SPDX-License-Identifier: GPL-2.0-or-later
"""The floating-point status and control register (Power ISA Book I, chapters 4.2.2 and 4.6.10)."""

from emulator.semantics.common import fp_enabled_interrupt
from emulator.state import State

FX, FEX, VX, OX, UX, ZX, XX = (1 << bit for bit in range(31, 24, -1))
VXSNAN, VXISI, VXIDI, VXZDZ, VXIMZ, VXVC, FR, FI = (1 << bit for bit in range(24, 16, -1))
VXSOFT, VXSQRT, VXCVI = 0x400, 0x200, 0x100
VE, OE, UE, ZE, XE, NI = 0x80, 0x40, 0x20, 0x10, 0x08, 0x04
FPRF = 0x1F000
VX_CAUSES = VXSNAN | VXISI | VXIDI | VXZDZ | VXIMZ | VXVC | VXSOFT | VXSQRT | VXCVI
EXCEPTIONS = OX | UX | ZX | XX | VX_CAUSES
WRITABLE = 0xFFFF_FFFF & ~(FEX | VX | 0x800)  # bit 20 is reserved


def summarize(f: int) -> int:
    """Derive VX (the OR of its causes) and FEX (the OR of each exception with its enable)."""
    f &= WRITABLE
    if f & VX_CAUSES:
        f |= VX
    return f | FEX if f >> 22 & f & 0xF8 else f


def _finish(s: State, f: int, rc: int) -> None:
    s.fpscr = summarize(f)
    if rc:
        s.crf[1] = s.fpscr >> 28
    fp_enabled_interrupt(s)


def mffs(s: State, frt: int, rc: int) -> None:
    """Move from FPSCR; the high word is 0, as since ISA 2.05 (undefined before)."""
    s.fpr[frt] = s.fpscr
    if rc:
        s.crf[1] = s.fpscr >> 28


def mtfsf(s: State, flm: int, frb: int, rc: int) -> None:
    """Move to FPSCR fields: FX and OX come from FRB, and no exception bit sets FX."""
    m = 0
    for i in range(8):
        if flm & 1 << i:
            m |= 15 << 4 * i
    _finish(s, s.fpscr & ~m | s.fpr[frb] & m, rc)


def mtfsfi(s: State, bf: int, u: int, rc: int) -> None:
    """Move to FPSCR field immediate."""
    shift = 28 - 4 * bf
    _finish(s, s.fpscr & ~(15 << shift) | u << shift, rc)


def mtfsb0(s: State, bt: int, rc: int) -> None:
    """Clear an FPSCR bit; FEX and VX cannot be cleared by hand."""
    _finish(s, s.fpscr & ~(0x8000_0000 >> bt), rc)


def mtfsb1(s: State, bt: int, rc: int) -> None:
    """Set an FPSCR bit; an exception that was clear sets FX too."""
    new = 0x8000_0000 >> bt & WRITABLE
    _finish(s, s.fpscr | new | (FX if new & EXCEPTIONS & ~s.fpscr else 0), rc)


def mcrfs(s: State, bf: int, bfa: int) -> None:
    """Move an FPSCR field to CR, and clear the exceptions in it."""
    shift = 28 - 4 * bfa
    s.crf[bf] = s.fpscr >> shift & 15
    s.fpscr = summarize(s.fpscr & ~(15 << shift & (FX | EXCEPTIONS)))
