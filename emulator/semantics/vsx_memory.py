# SPDX-License-Identifier: GPL-2.0-or-later
"""VSX loads and stores, of any alignment (Power ISA 2.07 Book I, chapter 7.6).

Element 0 has the lowest address in either byte order; each element is in the byte order of the memory.
"""

from emulator.semantics.common import load4, load8, store4, store8
from emulator.semantics.float_move import narrow, widen
from emulator.semantics.load_store import eax
from emulator.semantics.vsx_registers import read, read_high, write, write_high
from emulator.state import M32, M64, State


def lxsdx(s: State, xt: int, ra: int, rb: int) -> None:
    """Load a scalar doubleword."""
    write_high(s, xt, load8(s, eax(s, ra, rb)))


def lxsspx(s: State, xt: int, ra: int, rb: int) -> None:
    """Load a scalar single, which becomes a double."""
    write_high(s, xt, widen(load4(s, eax(s, ra, rb))))


def lxsiwax(s: State, xt: int, ra: int, rb: int) -> None:
    """Load a word and extend its sign."""
    v = load4(s, eax(s, ra, rb))
    write_high(s, xt, (v ^ 0x8000_0000) - 0x8000_0000 & M64)


def lxsiwzx(s: State, xt: int, ra: int, rb: int) -> None:
    """Load a word with zeros above."""
    write_high(s, xt, load4(s, eax(s, ra, rb)))


def lxvd2x(s: State, xt: int, ra: int, rb: int) -> None:
    """Load two doublewords."""
    e = eax(s, ra, rb)
    write(s, xt, load8(s, e) << 64 | load8(s, e + 8 & s.amask))


def lxvdsx(s: State, xt: int, ra: int, rb: int) -> None:
    """Load a doubleword into both elements."""
    write(s, xt, load8(s, eax(s, ra, rb)) * (1 << 64 | 1))


def lxvw4x(s: State, xt: int, ra: int, rb: int) -> None:
    """Load four words."""
    e = eax(s, ra, rb)
    v = 0
    for i in range(0, 16, 4):
        v = v << 32 | load4(s, e + i & s.amask)
    write(s, xt, v)


def stxsdx(s: State, xs: int, ra: int, rb: int) -> None:
    """Store the scalar doubleword."""
    store8(s, eax(s, ra, rb), read_high(s, xs))


def stxsspx(s: State, xs: int, ra: int, rb: int) -> None:
    """Store the scalar as a single, without rounding."""
    store4(s, eax(s, ra, rb), narrow(read_high(s, xs)))


def stxsiwx(s: State, xs: int, ra: int, rb: int) -> None:
    """Store word 1."""
    store4(s, eax(s, ra, rb), read_high(s, xs) & M32)


def stxvd2x(s: State, xs: int, ra: int, rb: int) -> None:
    """Store two doublewords."""
    e, v = eax(s, ra, rb), read(s, xs)
    store8(s, e, v >> 64)
    store8(s, e + 8 & s.amask, v & M64)


def stxvw4x(s: State, xs: int, ra: int, rb: int) -> None:
    """Store four words."""
    e, v = eax(s, ra, rb), read(s, xs)
    for i in range(0, 16, 4):
        store4(s, e + i & s.amask, v >> 96 - 8 * i & M32)
