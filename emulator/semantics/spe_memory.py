# SPDX-License-Identifier: GPL-2.0-or-later
"""SPE loads and stores (Power ISA 2.03 Book I, chapter 6): 8, 4 or 2 bytes over a register's halfwords.

Each opcode is a way to arrange what was loaded, or what is stored, and an access; the e500 interrupts
accesses that are not naturally aligned.
"""

from collections.abc import Callable

from emulator.errors import Interrupt
from emulator.semantics.common import ALIGNMENT, load2, load4, load8, store4, store8
from emulator.semantics.load_store import ea, eax
from emulator.semantics.spe_lanes import read, write
from emulator.state import State

Semantics3 = Callable[[State, int, int, int], None]
Address = Callable[[State, int, int], int]
Arrange = Callable[[int], int]


def aligned(a: int, size: int) -> int:
    """Return a naturally aligned address; alignment interrupt for any other."""
    if a & size - 1:
        raise Interrupt(ALIGNMENT, address=a)
    return a


def load_8(address: Address) -> Semantics3:
    """Load a doubleword; big-endian, its words and halfwords lie in the same order."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        write(s, rt, load8(s, aligned(address(s, ra, rb), 8)))

    return run


def load_4(address: Address, arrange: Arrange) -> Semantics3:
    """Load a word, arranged."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        write(s, rt, arrange(load4(s, aligned(address(s, ra, rb), 4))))

    return run


def load_2(address: Address, arrange: Arrange) -> Semantics3:
    """Load a halfword, arranged."""

    def run(s: State, rt: int, ra: int, rb: int) -> None:
        write(s, rt, arrange(load2(s, aligned(address(s, ra, rb), 2))))

    return run


def store_8(address: Address) -> Semantics3:
    """Store a register."""

    def run(s: State, rs: int, ra: int, rb: int) -> None:
        store8(s, aligned(address(s, ra, rb), 8), read(s, rs))

    return run


def store_4(address: Address, arrange: Arrange) -> Semantics3:
    """Store a word, gathered from the register."""

    def run(s: State, rs: int, ra: int, rb: int) -> None:
        store4(s, aligned(address(s, ra, rb), 4), arrange(read(s, rs)))

    return run


BY_REGISTER: Address = eax
BY_DISPLACEMENT: Address = ea


def extend(v: int) -> int:
    """Extend the sign of a halfword to a word."""
    return (v ^ 0x8000) - 0x8000 & 0xFFFF_FFFF


# From a word in memory: two halfwords h0, h1


def to_even(v: int) -> int:
    """Put the halfwords into the even places: h0, 0, h1, 0."""
    return (v & 0xFFFF_0000) << 32 | (v & 0xFFFF) << 16


def to_odd(v: int) -> int:
    """Put the halfwords into the odd places: 0, h0, 0, h1."""
    return (v >> 16) << 32 | v & 0xFFFF


def to_odd_signed(v: int) -> int:
    """Put the halfwords into the odd places, with their signs before them."""
    return extend(v >> 16) << 32 | extend(v & 0xFFFF)


def splat_word(v: int) -> int:
    """Put the word into both words."""
    return v * 0x1_0000_0001


def splat_halves(v: int) -> int:
    """Put the halfwords twice each: h0, h0, h1, h1."""
    return (v >> 16) * 0x1_0001 << 32 | (v & 0xFFFF) * 0x1_0001


# From a halfword in memory


def splat_even(v: int) -> int:
    """Put the halfword into the even places."""
    return v * 0x1_0000_0001 << 16


def splat_odd(v: int) -> int:
    """Put the halfword into the odd places."""
    return v * 0x1_0000_0001


def splat_odd_signed(v: int) -> int:
    """Put the halfword into both words, with its sign before it."""
    return extend(v) * 0x1_0000_0001


# To a word in memory


def from_even(v: int) -> int:
    """Gather the even halfwords."""
    return (v >> 48) << 16 | v >> 16 & 0xFFFF


def from_odd(v: int) -> int:
    """Gather the odd halfwords."""
    return (v >> 32 & 0xFFFF) << 16 | v & 0xFFFF


def upper(v: int) -> int:
    """Return the upper word."""
    return v >> 32


def lower(v: int) -> int:
    """Return the lower word."""
    return v & 0xFFFF_FFFF
