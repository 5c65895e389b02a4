# SPDX-License-Identifier: GPL-2.0-or-later
"""64-bit registers of the e500 as two words: the upper ones are `gprh`, the lower ones `gpr`.

The wrappers make semantics of pure functions on words. Overflow is recorded in SPEFSCR: OVH and OV say
what the last such instruction did, SOVH and SOV are sticky.
"""

from collections.abc import Callable

from emulator.sprs_e500 import SPEFSCR
from emulator.state import M32, State

SOV, OV = 0x8000, 0x4000
HIGH = 16  # the upper word's bits of SPEFSCR are this much higher

One = Callable[[int], int]
Two = Callable[[int, int], int]
Semantics2 = Callable[[State, int, int], None]
Semantics3 = Callable[[State, int, int, int], None]


def read(s: State, r: int) -> int:
    """Return a whole register."""
    return s.gprh[r] << 32 | s.gpr[r]


def write(s: State, r: int, v: int) -> None:
    """Set a whole register from 64 bits."""
    s.gprh[r] = v >> 32
    s.gpr[r] = v & M32


def write_words(s: State, r: int, high: int, low: int) -> None:
    """Set both words of a register, each reduced to 32 bits."""
    s.gprh[r] = high & M32
    s.gpr[r] = low & M32


def set_overflow(s: State, high: bool, low: bool) -> None:
    """Record in SPEFSCR whether the words overflowed."""
    new = (OV | SOV) << HIGH if high else 0
    if low:
        new |= OV | SOV
    s.special[SPEFSCR] = s.special[SPEFSCR] & ~(OV << HIGH | OV) | new


def of_one(f: One) -> Semantics2:
    """RT = f(RA), word by word."""

    def run(s: State, rt: int, ra: int) -> None:
        write_words(s, rt, f(s.gprh[ra]), f(s.gpr[ra]))

    return run


def of_two(f: Two) -> Semantics3:
    """RT = f(RA, RB), word by word."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        write_words(s, rt, f(s.gprh[ra], s.gprh[rb]), f(s.gpr[ra], s.gpr[rb]))

    return run


def with_immediate(f: Two) -> Semantics3:
    """RT = f(register, immediate), word by word."""

    def run(s: State, rt: int, r: int, immediate: int) -> None:
        write_words(s, rt, f(s.gprh[r], immediate), f(s.gpr[r], immediate))

    return run


def comparing(f: Callable[[int, int], bool]) -> Semantics3:
    """Record in a CR field f of the upper words, f of the lower words, whether either holds, and both."""

    def run(s: State, bf: int, ra: int, rb: int) -> None:
        high, low = f(s.gprh[ra], s.gprh[rb]), f(s.gpr[ra], s.gpr[rb])
        s.crf[bf] = high << 3 | low << 2 | (high | low) << 1 | (high & low)

    return run
