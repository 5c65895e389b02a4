# SPDX-License-Identifier: GPL-2.0-or-later
"""VSX vector floating point (Power ISA 2.07 Book I, chapter 7.6).

A vector instruction raises the exceptions of all its elements, and leaves FPRF, FR and FI alone. Where an
element has an enabled exception of any kind, the whole target stays as it is.
"""

from collections.abc import Callable
from typing import NamedTuple

from emulator.semantics import float_operations as op
from emulator.semantics.common import FEX, fp_enabled_interrupt
from emulator.semantics.float_exact import DOUBLE, SINGLE, Format, Result, raise_flags
from emulator.semantics.float_move import narrow, widen
from emulator.semantics.float_status import EXCEPTIONS, summarize
from emulator.semantics.vector_lanes import join, record, signed, unsigned
from emulator.semantics.vsx_registers import read, write
from emulator.semantics.vsx_scalar import ENABLES, Semantics1, Semantics2
from emulator.state import M32, M64, State

Split = Callable[[int], tuple[int, ...]]
Join = Callable[[list[int]], int]
Comparison = Callable[[int], bool]

doublewords, words = unsigned(64), unsigned(32)
signed_doublewords, signed_words = signed(64), signed(32)
join_doublewords, join_words = join(64), join(32)


def singles(v: int) -> tuple[int, ...]:
    """The elements in single precision, as raw doubles."""
    return tuple(map(widen, words(v)))


def even_words(v: int) -> tuple[int, ...]:
    """Words 0 and 2."""
    return v >> 96, v >> 32 & M32


def signed_even_words(v: int) -> tuple[int, ...]:
    """Words 0 and 2, signed."""
    return signed_words(v)[::2]


def even_singles(v: int) -> tuple[int, ...]:
    """Words 0 and 2 in single precision, as raw doubles."""
    return widen(v >> 96), widen(v >> 32 & M32)


def join_singles(values: list[int]) -> int:
    """Make a register of raw doubles that are singles."""
    return join_words([narrow(v) for v in values])


def join_even_words(values: list[int]) -> int:
    """Put two words at 0 and 2; 1 and 3, undefined before ISA 3.0, repeat them."""
    return join_words([v for v in values for _ in range(2)])


def join_even_singles(values: list[int]) -> int:
    """Put two raw doubles that are singles into words 0 and 2."""
    return join_even_words([narrow(v) for v in values])


class Lanes(NamedTuple):
    """How a register is read as elements and made of them, and their format."""

    split: Split
    join: Join
    to: Format


DOUBLES = Lanes(doublewords, join_doublewords, DOUBLE)
SINGLES = Lanes(singles, join_singles, SINGLE)
EVEN_SINGLES = Lanes(even_singles, join_even_singles, SINGLE)
DOUBLEWORDS = Lanes(doublewords, join_doublewords, DOUBLE)
WORDS = Lanes(words, join_words, SINGLE)
EVEN_WORDS = Lanes(even_words, join_even_words, SINGLE)


def _raise(s: State, flags: int) -> bool:
    """Set the exceptions; return whether one of them is enabled, before its interrupt is taken."""
    enabled = summarize(flags & EXCEPTIONS | s.fpscr & ENABLES) & FEX
    raise_flags(s, s.fpscr, flags)
    return bool(enabled)


def settle(s: State, xt: int, results: list[Result], make: Join) -> None:
    """Write the target and FPSCR."""
    flags = 0
    for _, raised in results:
        flags |= raised
    if not _raise(s, flags):
        write(s, xt, make([v for v, _ in results]))
    fp_enabled_interrupt(s)


def of_one(f: op.Unary, lanes: Lanes) -> Semantics1:
    """XT = f(XB)."""
    return converting(f, lanes.split, lanes)


def converting(f: op.Unary, split: Split, lanes: Lanes) -> Semantics1:
    """XT = f(XB), whose elements are of another kind than those of the result."""
    _, make, to = lanes

    def run(s: State, xt: int, xb: int) -> None:
        settle(s, xt, [f(v, to, s.fpscr) for v in split(read(s, xb))], make)

    return run


def of_two(f: op.Binary, lanes: Lanes) -> Semantics2:
    """XT = f(XA, XB)."""
    split, make, to = lanes

    def run(s: State, xt: int, xa: int, xb: int) -> None:
        pairs = zip(split(read(s, xa)), split(read(s, xb)), strict=True)
        settle(s, xt, [f(a, b, to, s.fpscr) for a, b in pairs], make)

    return run


def fused(f: op.Ternary, lanes: Lanes, *, into_addend: bool) -> Semantics2:
    """XT = f(XA, XB, XT) in the A form, where XT is the addend, and f(XA, XT, XB) in the M form."""
    split, make, to = lanes

    def run(s: State, xt: int, xa: int, xb: int) -> None:
        factor, addend = (xb, xt) if into_addend else (xt, xb)
        triples = zip(split(read(s, xa)), split(read(s, factor)), split(read(s, addend)), strict=True)
        settle(s, xt, [f(a, c, b, to, s.fpscr) for a, c, b in triples], make)

    return run


def comparing(relations: int, lanes: Lanes) -> Callable[[State, int, int, int, int], None]:
    """XT = ones where XA has one of the `relations` (8 less, 4 greater, 2 equal) to XB; CR6 where Rc is set.

    Only a test for equality takes quiet NaNs. With an enabled exception CR6, then undefined, stays too.
    """
    split, _, to = lanes
    ones, make = (M64, join_doublewords) if to is DOUBLE else (M32, join_words)

    def run(s: State, xt: int, xa: int, xb: int, rc: int) -> None:
        elements, flags = [], 0
        for a, b in zip(split(read(s, xa)), split(read(s, xb)), strict=True):
            c = op.relation(a, b)
            elements.append(ones if c & relations else 0)
            if c == 1:
                flags |= op.invalid_comparison(a, b, s.fpscr, ordered=relations != 2)
        if not _raise(s, flags):
            r = make(elements)
            write(s, xt, r)
            if rc:
                record(s, r)
        fp_enabled_interrupt(s)

    return run


def test_divide(lanes: Lanes) -> Semantics2:
    """CR field from tests of XA / XB; its first bit says that estimates are good to 14 bits."""
    split, _, to = lanes

    def run(s: State, bf: int, xa: int, xb: int) -> None:
        c = 8
        for a, b in zip(split(read(s, xa)), split(read(s, xb)), strict=True):
            c |= op.test_divide(a, b, to)
        s.crf[bf] = c

    return run


def test_square_root(lanes: Lanes) -> Semantics1:
    """CR field from tests of XB's roots."""
    split, _, to = lanes

    def run(s: State, bf: int, xb: int) -> None:
        c = 8
        for b in split(read(s, xb)):
            c |= op.test_square_root(b, to)
        s.crf[bf] = c

    return run
