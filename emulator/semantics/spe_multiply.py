# SPDX-License-Identifier: GPL-2.0-or-later
"""SPE multiplication and accumulation (Power ISA 2.03 Book I, chapter 6).

An opcode is put together from a way to multiply (`Kind`), a choice of the factors, and what happens to the
accumulator; `opcodes.spe_multiply` lists the combinations that exist.
"""

from collections.abc import Callable
from typing import NamedTuple

from emulator.semantics.spe_lanes import read, set_overflow, write, write_words
from emulator.state import M32, M64, State

Semantics2 = Callable[[State, int, int], None]
Semantics3 = Callable[[State, int, int, int], None]


class Kind(NamedTuple):
    """How numbers are read and sums are kept: `usi`, `ssf` … in the mnemonics."""

    signed: bool
    saturates: bool
    fraction: bool = False


KINDS = {
    "usi": Kind(signed=False, saturates=True),
    "ssi": Kind(signed=True, saturates=True),
    "ssf": Kind(signed=True, saturates=True, fraction=True),
    "umi": Kind(signed=False, saturates=False),
    "smi": Kind(signed=True, saturates=False),
    "smf": Kind(signed=True, saturates=False, fraction=True),
}


def number(kind: Kind, v: int, bits: int) -> int:
    """Read a factor or a sum of so many bits."""
    sign = 1 << bits - 1
    return (v ^ sign) - sign if kind.signed else v


def product(kind: Kind, a: int, b: int, bits: int) -> tuple[int, bool]:
    """Multiply factors of so many bits exactly; only -1 * -1 of saturating fractions overflows."""
    exact = number(kind, a, bits) * number(kind, b, bits)
    if not kind.fraction:
        return exact, False
    if kind.saturates and exact == 1 << 2 * bits - 2:
        return (1 << 2 * bits - 1) - 1, True
    return exact << 1, False


def clamp(kind: Kind, v: int) -> tuple[int, bool]:
    """Saturate to a word: the word's number, and whether it was outside."""
    least, most = (-0x8000_0000, 0x7FFF_FFFF) if kind.signed else (0, M32)
    return (least, True) if v < least else (most, True) if v > most else (v, False)


def even(v: int) -> int:
    """Return the upper halfword of a word."""
    return v >> 16


def odd(v: int) -> int:
    """Return the lower halfword of a word."""
    return v & 0xFFFF


def halves(kind: Kind, half: Callable[[int], int], *, accumulate: bool) -> Semantics3:
    """Multiply halfwords of each word into words; `accumulate` puts the result into the accumulator too."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        high, high_over = product(kind, half(s.gprh[ra]), half(s.gprh[rb]), 16)
        low, low_over = product(kind, half(s.gpr[ra]), half(s.gpr[rb]), 16)
        write_words(s, rt, high, low)
        if kind.saturates:
            set_overflow(s, high_over, low_over)
        if accumulate:
            s.acc = read(s, rt)

    return run


def add_word(kind: Kind, total: int, addend: int) -> tuple[int, bool]:
    """Add to a word of the accumulator."""
    result = number(kind, total, 32) + addend
    return clamp(kind, result) if kind.saturates else (result, False)


def accumulate_words(s: State, rt: int, kind: Kind, high: int, low: int, over: tuple[bool, bool]) -> None:
    """Add to both words of the accumulator; RT gets the sums. `over` says whether the addends overflowed."""
    high, high_over = add_word(kind, s.acc >> 32, high)
    low, low_over = add_word(kind, s.acc & M32, low)
    write_words(s, rt, high, low)
    s.acc = read(s, rt)
    if kind.saturates:
        set_overflow(s, high_over or over[0], low_over or over[1])


def halves_to_words(kind: Kind, half: Callable[[int], int], sign: int) -> Semantics3:
    """Multiply halfwords of each word, and add to (sign 1) or subtract from (-1) the accumulator's words."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        high, high_over = product(kind, half(s.gprh[ra]), half(s.gprh[rb]), 16)
        low, low_over = product(kind, half(s.gpr[ra]), half(s.gpr[rb]), 16)
        accumulate_words(s, rt, kind, sign * high, sign * low, (high_over, low_over))

    return run


def half_guarded(kind: Kind, half: Callable[[int], int], sign: int) -> Semantics3:
    """Multiply a halfword of the lower words, and add to or subtract from the whole accumulator."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        value, _ = product(kind, half(s.gpr[ra]), half(s.gpr[rb]), 16)
        s.acc = s.acc + sign * value & M64
        write(s, rt, s.acc)

    return run


def words_high(kind: Kind, *, accumulate: bool) -> Semantics3:
    """Multiply words; RT gets the upper words of the products."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        high, high_over = product(kind, s.gprh[ra], s.gprh[rb], 32)
        low, low_over = product(kind, s.gpr[ra], s.gpr[rb], 32)
        write_words(s, rt, high >> 32, low >> 32)
        if kind.saturates:
            set_overflow(s, high_over, low_over)
        if accumulate:
            s.acc = read(s, rt)

    return run


def words_low(kind: Kind, *, accumulate: bool) -> Semantics3:
    """Multiply words; RT gets the lower words of the products."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        high, _ = product(kind, s.gprh[ra], s.gprh[rb], 32)
        low, _ = product(kind, s.gpr[ra], s.gpr[rb], 32)
        write_words(s, rt, high, low)
        if accumulate:
            s.acc = read(s, rt)

    return run


def words_low_to_words(kind: Kind, sign: int) -> Semantics3:
    """Multiply words, and add the lower words of the products to the accumulator's, or subtract them."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        high, _ = product(kind, s.gprh[ra], s.gprh[rb], 32)
        low, _ = product(kind, s.gpr[ra], s.gpr[rb], 32)
        high, low = number(kind, high & M32, 32), number(kind, low & M32, 32)
        accumulate_words(s, rt, kind, sign * high, sign * low, (False, False))

    return run


def word(kind: Kind, *, accumulate: bool) -> Semantics3:
    """Multiply the lower words into a doubleword."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        value, over = product(kind, s.gpr[ra], s.gpr[rb], 32)
        write(s, rt, value & M64)
        if kind.saturates:
            set_overflow(s, high=False, low=over)
        if accumulate:
            s.acc = value & M64

    return run


def word_to_accumulator(kind: Kind, sign: int) -> Semantics3:
    """Multiply the lower words, and add to or subtract from the accumulator, which does not saturate."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        value, over = product(kind, s.gpr[ra], s.gpr[rb], 32)
        total = number(kind, s.acc, 64) + sign * value
        s.acc = total & M64
        write(s, rt, s.acc)
        if kind.saturates:
            set_overflow(s, high=False, low=over or total != number(kind, s.acc, 64))

    return run


def register_to_words(kind: Kind, sign: int) -> Semantics2:
    """Add the words of RA to the accumulator's, or subtract them."""

    def run(s: State, rt: int, ra: int) -> None:
        high, low = number(kind, s.gprh[ra], 32), number(kind, s.gpr[ra], 32)
        accumulate_words(s, rt, kind, sign * high, sign * low, (False, False))

    return run


def evmra(s: State, rt: int, ra: int) -> None:
    """Initialize the accumulator, and copy."""
    s.acc = read(s, ra)
    write(s, rt, s.acc)
