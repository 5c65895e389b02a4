# SPDX-License-Identifier: GPL-2.0-or-later
"""What several families need: results recorded in CR, memory accesses, interrupts."""

from collections.abc import Callable
from typing import TypeVar

from emulator.cpus import FE
from emulator.errors import Interrupt
from emulator.state import M32, State

PROGRAM = 0x700
ALIGNMENT = 0x600
FACILITY_UNAVAILABLE = 0xF60
FP_ENABLED = 0x0010_0000
ILLEGAL = 0x0008_0000
PRIVILEGED = 0x0004_0000
TRAP = 0x0002_0000
SUBSEQUENT = 0x0001_0000
FEX = 0x4000_0000


F = TypeVar("F", bound=Callable[..., None])


def out_of_line(function: F) -> F:
    """Mark a helper that translated code calls instead of taking in: it is long, or seldom reached."""
    function.out_of_line = True  # type: ignore[attr-defined]
    return function


def record(s: State, r: int) -> None:
    """CR0 from a result and SO."""
    s.crf[0] = (8 if r & s.sign else 4 if r & s.amask else 2) | s.so


def signed32(v: int) -> int:
    """Read the low 32 bits of a non-negative number as two's complement."""
    return (v & M32 ^ 0x8000_0000) - 0x8000_0000


def load1(s: State, a: int) -> int:
    """Load a byte."""
    return s.r1[a >> 12][a & 4095 ^ s.flip1]


def load2(s: State, a: int) -> int:
    """Load a halfword of any alignment."""
    return s.memory.load(a, 2) if a & 1 else s.r2[a >> 12][a >> 1 & 2047 ^ s.flip2]


def load4(s: State, a: int) -> int:
    """Load a word of any alignment."""
    return s.memory.load(a, 4) if a & 3 else s.r4[a >> 12][a >> 2 & 1023 ^ s.flip4]


def load8(s: State, a: int) -> int:
    """Load a doubleword of any alignment."""
    return s.memory.load(a, 8) if a & 7 else s.r8[a >> 12][a >> 3 & 511]


def store1(s: State, a: int, v: int) -> None:
    """Store a byte."""
    s.w1[a >> 12][a & 4095 ^ s.flip1] = v & 255


def store2(s: State, a: int, v: int) -> None:
    """Store a halfword of any alignment."""
    if a & 1:
        s.memory.store(a, 2, v & 0xFFFF)
    else:
        s.w2[a >> 12][a >> 1 & 2047 ^ s.flip2] = v & 0xFFFF


def store4(s: State, a: int, v: int) -> None:
    """Store a word of any alignment; `v` has no more than 32 bits."""
    if a & 3:
        s.memory.store(a, 4, v)
    else:
        s.w4[a >> 12][a >> 2 & 1023 ^ s.flip4] = v


def store8(s: State, a: int, v: int) -> None:
    """Store a doubleword of any alignment."""
    if a & 7:
        s.memory.store(a, 8, v)
    else:
        s.w8[a >> 12][a >> 3 & 511] = v


def check_alignment(s: State, a: int, kind: str) -> None:
    """Take the alignment interrupt where the model wants such accesses word-aligned."""
    if a & 3 and kind in s.cpu.strict_alignment:
        raise Interrupt(ALIGNMENT, address=a)


def fp_enabled_interrupt(s: State) -> None:
    """Take the interrupt that an instruction owes when it has left FEX set with exceptions on."""
    if s.fpscr & FEX and s.msr & FE:
        raise Interrupt(PROGRAM, FP_ENABLED)
