# SPDX-License-Identifier: GPL-2.0-or-later
"""Embedded floating point: SPEFSCR, its interrupts, and how instructions are made of `spe_exact`.

`efs` works on the lower word and leaves the upper one alone, `evfs` on both words, `efd` on the doubleword.
"""

from collections.abc import Callable

from emulator.errors import Interrupt
from emulator.semantics.spe_exact import (
    DOUBLE,
    DOWNWARD,
    FDBZ,
    FG,
    FINV,
    FOVF,
    FUNF,
    FX,
    SINGLE,
    Format,
    Mode,
    Result,
    is_invalid,
    order,
)  # fmt: skip
from emulator.semantics.spe_lanes import HIGH, read, write
from emulator.sprs_e500 import EFP_DATA, EFP_ROUND, SPEFSCR
from emulator.state import M32, State

FINXS, FINXE, FRMC = 0x0020_0000, 0x40, 3
UPWARD = 2
ERRORS = FINV | FDBZ | FUNF | FOVF
STATUS = (FG | FX | ERRORS) * (1 << HIGH | 1)
INEXACT = (FG | FX | FUNF | FOVF) * (1 << HIGH | 1)
STICKY, ENABLE = 9, 6  # FINVS … FOVFS and FINVE … FOVFE are this much higher and lower than FINV … FOVF

Semantics2 = Callable[[State, int, int], None]
Semantics3 = Callable[[State, int, int, int], None]
Unary = Callable[[int, Mode], Result]
Binary = Callable[[int, int, Format, Mode], Result]


def mode(s: State) -> Mode:
    """How the hardware rounds: it truncates where a round interrupt may finish the work."""
    f = s.special[SPEFSCR]
    return Mode(truncates=bool(f & (FINXE | FRMC)), downward=f & FRMC == DOWNWARD)


def report(s: State, flags: int, *, rounds: bool) -> bool:
    """Put status into SPEFSCR; data interrupt for an enabled error. Tell whether a round interrupt is due.

    `rounds`: whether the instruction rounds by FRMC. The e500 rounds up and down by means of the round
    interrupt, which then comes whatever the result.
    """
    errors = (flags | flags >> HIGH) & ERRORS
    f = s.special[SPEFSCR] & ~STATUS | flags | errors << STICKY
    s.special[SPEFSCR] = f
    if errors & f << ENABLE:
        raise Interrupt(EFP_DATA)
    inexact = flags & INEXACT
    if inexact:
        s.special[SPEFSCR] = f | FINXS
    return bool((inexact and f & FINXE) or (rounds and f & UPWARD))


def interrupt(*, due: bool) -> None:
    """Take the round interrupt after the instruction."""
    if due:
        raise Interrupt(EFP_ROUND, completed=True)


def settle_low(s: State, rt: int, result: Result, *, rounds: bool) -> None:
    """Finish an instruction on lower words."""
    value, flags = result
    due = report(s, flags, rounds=rounds)
    s.gpr[rt] = value & M32
    interrupt(due=due)


def settle_both(s: State, rt: int, high: Result, low: Result, *, rounds: bool) -> None:
    """Finish an instruction on both words."""
    due = report(s, high[1] << HIGH | low[1], rounds=rounds)
    s.gprh[rt] = high[0] & M32
    s.gpr[rt] = low[0] & M32
    interrupt(due=due)


def settle_double(s: State, rt: int, result: Result, *, rounds: bool) -> None:
    """Finish an instruction on a doubleword."""
    value, flags = result
    due = report(s, flags, rounds=rounds)
    write(s, rt, value)
    interrupt(due=due)


# Arithmetic


def low_two(f: Binary) -> Semantics3:
    """Single precision, lower words."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        settle_low(s, rt, f(s.gpr[ra], s.gpr[rb], SINGLE, mode(s)), rounds=True)

    return run


def both_two(f: Binary) -> Semantics3:
    """Single precision, both words."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        m = mode(s)
        high, low = f(s.gprh[ra], s.gprh[rb], SINGLE, m), f(s.gpr[ra], s.gpr[rb], SINGLE, m)
        settle_both(s, rt, high, low, rounds=True)

    return run


def double_two(f: Binary) -> Semantics3:
    """Double precision."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        settle_double(s, rt, f(read(s, ra), read(s, rb), DOUBLE, mode(s)), rounds=True)

    return run


# Signs: operations on a bit, which still report an invalid operand


def absolute(v: int, to: Format) -> int:
    """Clear the sign."""
    return v & ~to.sign


def negative(v: int, to: Format) -> int:
    """Set the sign."""
    return v | to.sign


def negate(v: int, to: Format) -> int:
    """Turn the sign."""
    return v ^ to.sign


Sign = Callable[[int, Format], int]


def low_sign(f: Sign) -> Semantics2:
    """Single precision, lower word."""

    def run(s: State, rt: int, ra: int) -> None:
        v = s.gpr[ra]
        settle_low(s, rt, (f(v, SINGLE), is_invalid(v, SINGLE)), rounds=False)

    return run


def both_sign(f: Sign) -> Semantics2:
    """Single precision, both words."""

    def run(s: State, rt: int, ra: int) -> None:
        high, low = s.gprh[ra], s.gpr[ra]
        high_result = f(high, SINGLE), is_invalid(high, SINGLE)
        settle_both(s, rt, high_result, (f(low, SINGLE), is_invalid(low, SINGLE)), rounds=False)

    return run


def double_sign(f: Sign) -> Semantics2:
    """Double precision."""

    def run(s: State, rt: int, ra: int) -> None:
        v = read(s, ra)
        settle_double(s, rt, (f(v, DOUBLE), is_invalid(v, DOUBLE)), rounds=False)

    return run


# Conversions: `rounds` says whether the result depends on FRMC


def low_convert(f: Unary, *, rounds: bool) -> Semantics2:
    """Lower word to lower word."""

    def run(s: State, rt: int, rb: int) -> None:
        settle_low(s, rt, f(s.gpr[rb], mode(s)), rounds=rounds)

    return run


def both_convert(f: Unary, *, rounds: bool) -> Semantics2:
    """Both words, each by itself."""

    def run(s: State, rt: int, rb: int) -> None:
        m = mode(s)
        settle_both(s, rt, f(s.gprh[rb], m), f(s.gpr[rb], m), rounds=rounds)

    return run


def double_to_low(f: Unary, *, rounds: bool) -> Semantics2:
    """Doubleword to lower word."""

    def run(s: State, rt: int, rb: int) -> None:
        settle_low(s, rt, f(read(s, rb), mode(s)), rounds=rounds)

    return run


def low_to_double(f: Unary) -> Semantics2:
    """Lower word to doubleword: always exact."""

    def run(s: State, rt: int, rb: int) -> None:
        settle_double(s, rt, f(s.gpr[rb], mode(s)), rounds=False)

    return run


# Comparisons

Compare = Callable[[int, int], bool]


def greater(a: int, b: int) -> bool:
    """Compare."""
    return a > b


def less(a: int, b: int) -> bool:
    """Compare."""
    return a < b


def equal(a: int, b: int) -> bool:
    """Compare."""
    return a == b


def low_compare(f: Compare, *, quiet: bool) -> Semantics3:
    """Compare lower words into the second bit of a CR field; `quiet` ones (tests) report nothing."""

    def run(s: State, bf: int, ra: int, rb: int) -> None:
        a, b = s.gpr[ra], s.gpr[rb]
        if not quiet:
            report(s, is_invalid(a, SINGLE) | is_invalid(b, SINGLE), rounds=False)
        s.crf[bf] = f(order(a, SINGLE), order(b, SINGLE)) << 2

    return run


def double_compare(f: Compare, *, quiet: bool) -> Semantics3:
    """Compare doublewords."""

    def run(s: State, bf: int, ra: int, rb: int) -> None:
        a, b = read(s, ra), read(s, rb)
        if not quiet:
            report(s, is_invalid(a, DOUBLE) | is_invalid(b, DOUBLE), rounds=False)
        s.crf[bf] = f(order(a, DOUBLE), order(b, DOUBLE)) << 2

    return run


def both_compare(f: Compare, *, quiet: bool) -> Semantics3:
    """Compare both words: upper, lower, either, both."""

    def run(s: State, bf: int, ra: int, rb: int) -> None:
        if not quiet:
            report(s, _invalid(s.gprh, ra, rb) << HIGH | _invalid(s.gpr, ra, rb), rounds=False)
        high = f(order(s.gprh[ra], SINGLE), order(s.gprh[rb], SINGLE))
        low = f(order(s.gpr[ra], SINGLE), order(s.gpr[rb], SINGLE))
        s.crf[bf] = high << 3 | low << 2 | (high | low) << 1 | (high & low)

    return run


def _invalid(words: list[int], a: int, b: int) -> int:
    return is_invalid(words[a], SINGLE) | is_invalid(words[b], SINGLE)
