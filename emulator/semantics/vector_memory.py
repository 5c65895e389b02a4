# SPDX-License-Identifier: GPL-2.0-or-later
"""AltiVec loads and stores: they ignore the low bits of the address (AltiVec PEM, chapter 6)."""

from emulator.semantics.common import load1, load2, load4, load8, store1, store2, store4, store8
from emulator.semantics.load_store import eax
from emulator.state import M32, M64, M128, State

_LVSL = [int.from_bytes(range(sh, sh + 16)) for sh in range(17)]


def lvsl(s: State, vrt: int, ra: int, rb: int) -> None:
    """Make the permutation that shifts left by the address's low bits."""
    s.vr[vrt] = _LVSL[eax(s, ra, rb) & 15]


def lvsr(s: State, vrt: int, ra: int, rb: int) -> None:
    """Make the permutation that shifts right by the address's low bits."""
    s.vr[vrt] = _LVSL[16 - (eax(s, ra, rb) & 15)]


def first_half(s: State, e: int) -> int:
    """Return the address of doubleword 0 of a vector at e: little-endian memory begins with doubleword 1."""
    return e if s.memory.endian == "big" else e + 8


def element(s: State, e: int, size: int) -> int:
    """Return the place (the shift) in a register of the element of `size` bytes that has the address e."""
    return 8 * (16 - size - (e & 15) if s.memory.endian == "big" else e & 15)


def lvx(s: State, vrt: int, ra: int, rb: int) -> None:
    """Load a vector."""
    e = first_half(s, eax(s, ra, rb) & ~15)
    s.vr[vrt] = load8(s, e) << 64 | load8(s, e ^ 8)


def stvx(s: State, vrs: int, ra: int, rb: int) -> None:
    """Store a vector."""
    e = first_half(s, eax(s, ra, rb) & ~15)
    store8(s, e, s.vr[vrs] >> 64)
    store8(s, e ^ 8, s.vr[vrs] & M64)


def _insert(s: State, vrt: int, v: int, shift: int, m: int) -> None:
    s.vr[vrt] = s.vr[vrt] & (M128 ^ m << shift) | v << shift


def lvebx(s: State, vrt: int, ra: int, rb: int) -> None:
    """Load a byte element (the other elements, undefined by the architecture, stay)."""
    e = eax(s, ra, rb)
    _insert(s, vrt, load1(s, e), element(s, e, 1), 0xFF)


def lvehx(s: State, vrt: int, ra: int, rb: int) -> None:
    """Load a halfword element."""
    e = eax(s, ra, rb) & ~1
    _insert(s, vrt, load2(s, e), element(s, e, 2), 0xFFFF)


def lvewx(s: State, vrt: int, ra: int, rb: int) -> None:
    """Load a word element."""
    e = eax(s, ra, rb) & ~3
    _insert(s, vrt, load4(s, e), element(s, e, 4), M32)


def stvebx(s: State, vrs: int, ra: int, rb: int) -> None:
    """Store a byte element."""
    e = eax(s, ra, rb)
    store1(s, e, s.vr[vrs] >> element(s, e, 1))


def stvehx(s: State, vrs: int, ra: int, rb: int) -> None:
    """Store a halfword element."""
    e = eax(s, ra, rb) & ~1
    store2(s, e, s.vr[vrs] >> element(s, e, 2))


def stvewx(s: State, vrs: int, ra: int, rb: int) -> None:
    """Store a word element."""
    e = eax(s, ra, rb) & ~3
    store4(s, e, s.vr[vrs] >> element(s, e, 4) & M32)
