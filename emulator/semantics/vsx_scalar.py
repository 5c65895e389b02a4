# SPDX-License-Identifier: GPL-2.0-or-later
"""VSX scalar floating point (Power ISA 2.07 Book I, chapter 7.6).

A scalar instruction sets FPRF, FR and FI. An enabled invalid operation or zero divide leaves the target as
it is; the other enabled exceptions do not. Where all operands are FPRs and nothing is enabled, the result is
that of the older instruction on FPRs, which is faster.
"""

from collections.abc import Callable

from emulator.semantics import float_operations as op
from emulator.semantics.float_exact import BELOW_SINGLE, SINGLE, Format, Result, classify, finish
from emulator.semantics.float_move import narrow, widen
from emulator.semantics.float_status import FI, FPRF, FR, VE, VX_CAUSES, ZE, ZX
from emulator.semantics.vsx_registers import read_high, write_high
from emulator.state import M32, SIGN64, State

ENABLES = 0xF8

OnFprs = Callable[..., None]
Semantics1 = Callable[[State, int, int], None]
Semantics2 = Callable[[State, int, int, int], None]


def _suppressed(flags: int, f: int) -> bool:
    return bool((flags & VX_CAUSES and f & VE) or (flags & ZX and f & ZE))


def _itself(v: int) -> int:
    return v


def _word_twice(v: int) -> int:
    return narrow(v) * (1 << 32 | 1)


def settle(s: State, xt: int, result: Result, to: Format, make: Callable[[int], int] = _itself) -> None:
    """Write the target, as `make` has it, and FPSCR. A single has no room for the low bits of a NaN."""
    v, flags = result
    f = s.fpscr & ~(FR | FI)
    if not _suppressed(flags, f):
        if to is SINGLE:
            v &= ~BELOW_SINGLE
        write_high(s, xt, make(v))
        f = f & ~FPRF | classify(v, to) | flags & (FR | FI)
    finish(s, f, flags, 0)


def of_one(f: op.Unary, to: Format, fast: OnFprs | None = None) -> Semantics1:
    """XT = f(XB)."""

    def run(s: State, xt: int, xb: int) -> None:
        if fast and xt | xb < 32 and not s.fpscr & ENABLES:
            fast(s, xt, xb, 0)
            s.vsr_low[xt] = 0
        else:
            settle(s, xt, f(read_high(s, xb), to, s.fpscr), to)

    return run


def of_two(f: op.Binary, to: Format, fast: OnFprs | None = None) -> Semantics2:
    """XT = f(XA, XB)."""

    def run(s: State, xt: int, xa: int, xb: int) -> None:
        if fast and xt | xa | xb < 32 and not s.fpscr & ENABLES:
            fast(s, xt, xa, xb, 0)
            s.vsr_low[xt] = 0
        else:
            settle(s, xt, f(read_high(s, xa), read_high(s, xb), to, s.fpscr), to)

    return run


def fused(f: op.Ternary, to: Format, fast: OnFprs | None = None, *, into_addend: bool) -> Semantics2:
    """XT = f(XA, XB, XT) in the A form, where XT is the addend, and f(XA, XT, XB) in the M form."""

    def run(s: State, xt: int, xa: int, xb: int) -> None:
        factor, addend = (xb, xt) if into_addend else (xt, xb)
        if fast and xt | xa | xb < 32 and not s.fpscr & ENABLES:
            fast(s, xt, xa, addend, factor, 0)
            s.vsr_low[xt] = 0
        else:
            result = f(read_high(s, xa), read_high(s, factor), read_high(s, addend), to, s.fpscr)
            settle(s, xt, result, to)

    return run


def extreme(f: op.Binary, to: Format) -> Semantics2:
    """XT = f(XA, XB) for maximum and minimum: FPRF, FR and FI stay."""

    def run(s: State, xt: int, xa: int, xb: int) -> None:
        v, flags = f(read_high(s, xa), read_high(s, xb), to, s.fpscr)
        if not _suppressed(flags, s.fpscr):
            write_high(s, xt, v)
        finish(s, s.fpscr, flags, 0)

    return run


def _compare(s: State, bf: int, xa: int, xb: int, *, ordered: bool) -> None:
    a, b = read_high(s, xa), read_high(s, xb)
    c = s.crf[bf] = op.relation(a, b)
    f = s.fpscr & ~0xF000 | c << 12
    finish(s, f, op.invalid_comparison(a, b, f, ordered=ordered) if c == 1 else 0, 0)


def xscmpodp(s: State, bf: int, xa: int, xb: int) -> None:
    """Compare ordered: any NaN is invalid."""
    _compare(s, bf, xa, xb, ordered=True)


def xscmpudp(s: State, bf: int, xa: int, xb: int) -> None:
    """Compare unordered: only a signalling NaN is invalid."""
    _compare(s, bf, xa, xb, ordered=False)


def test_divide(to: Format) -> Semantics2:
    """CR field from a test of XA / XB; its first bit says that estimates are good to 14 bits."""

    def run(s: State, bf: int, xa: int, xb: int) -> None:
        s.crf[bf] = 8 | op.test_divide(read_high(s, xa), read_high(s, xb), to)

    return run


def test_square_root(to: Format) -> Semantics1:
    """CR field from a test of XB's root."""

    def run(s: State, bf: int, xb: int) -> None:
        s.crf[bf] = 8 | op.test_square_root(read_high(s, xb), to)

    return run


# Conversion


def to_integer(f: op.Unary, to: Format, width: int) -> Semantics1:
    """XT = the integer f(XB). FPRF, undefined, stays; a word stands in words 0 and 1, as since ISA 3.0."""

    def run(s: State, xt: int, xb: int) -> None:
        v, flags = f(read_high(s, xb), to, s.fpscr)
        if not _suppressed(flags, s.fpscr):
            write_high(s, xt, v if width == 64 else (v & M32) * (1 << 32 | 1))
        finish(s, s.fpscr & ~(FR | FI) | flags & (FR | FI), flags, 0)

    return run


def from_unsigned(to: Format) -> Semantics1:
    """XT = XB, an unsigned integer."""

    def run(s: State, xt: int, xb: int) -> None:
        settle(s, xt, op.from_integer(read_high(s, xb), to, s.fpscr), to)

    return run


def from_signed(to: Format) -> Semantics1:
    """XT = XB, a signed integer."""

    def run(s: State, xt: int, xb: int) -> None:
        b = read_high(s, xb)
        settle(s, xt, op.from_integer(b - ((b & SIGN64) << 1), to, s.fpscr), to)

    return run


def xscvdpsp(s: State, xt: int, xb: int) -> None:
    """Round to single precision and format: the word stands in words 0 and 1, as since ISA 3.0."""
    settle(s, xt, op.to_single(read_high(s, xb), SINGLE, s.fpscr), SINGLE, _word_twice)


def xscvdpspn(s: State, xt: int, xb: int) -> None:
    """Convert to single format without rounding or exceptions; also a signalling NaN stays what it is."""
    write_high(s, xt, _word_twice(read_high(s, xb)))


def from_single(f: op.Unary, to: Format) -> Semantics1:
    """XT = f(word 0 of XB)."""

    def run(s: State, xt: int, xb: int) -> None:
        settle(s, xt, f(widen(read_high(s, xb) >> 32), to, s.fpscr), to)

    return run


def xscvspdpn(s: State, xt: int, xb: int) -> None:
    """Convert word 0 from single format without exceptions."""
    write_high(s, xt, widen(read_high(s, xb) >> 32))
