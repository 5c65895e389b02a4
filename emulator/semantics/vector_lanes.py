# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector registers as lanes: one 128-bit int holds all elements, element 0 in the high bits.

A *function* of this family is pure: it maps register values to a register value, and to whether an element
saturated where its name says so. The wrappers at the end make semantics of functions.
"""

from collections.abc import Callable
from struct import Struct

from emulator.state import M128, State

SAT, NJ = 1, 0x0001_0000  # bits of VSCR

One = Callable[[int], int]
Two = Callable[[int, int], int]
Three = Callable[[int, int, int], int]
TwoSaturating = Callable[[int, int], tuple[int, bool]]
ThreeSaturating = Callable[[int, int, int], tuple[int, bool]]
Semantics1 = Callable[[State, int, int], None]
Semantics2 = Callable[[State, int, int, int], None]
Semantics3 = Callable[[State, int, int, int, int], None]

WIDTHS = (8, 16, 32, 64)
LOW = {width: M128 // ((1 << width) - 1) for width in WIDTHS}  # the lowest bit of every lane
HIGH = {width: LOW[width] << width - 1 for width in WIDTHS}
UNSIGNED = {8: Struct(">16B"), 16: Struct(">8H"), 32: Struct(">4I"), 64: Struct(">2Q")}
SIGNED = {8: Struct(">16b"), 16: Struct(">8h"), 32: Struct(">4i"), 64: Struct(">2q")}


def unsigned(width: int) -> Callable[[int], tuple[int, ...]]:
    """Return the function that reads a register as unsigned elements, element 0 first."""
    unpack = UNSIGNED[width].unpack
    return lambda v: unpack(v.to_bytes(16))


def signed(width: int) -> Callable[[int], tuple[int, ...]]:
    """Return the function that reads a register as signed elements, element 0 first."""
    unpack = SIGNED[width].unpack
    return lambda v: unpack(v.to_bytes(16))


def join(width: int) -> Callable[[list[int]], int]:
    """Return the function that makes a register of elements, each reduced to the width."""
    pack = UNSIGNED[width].pack
    mask = (1 << width) - 1
    return lambda elements: int.from_bytes(pack(*[e & mask for e in elements]))


def spread(high: int, width: int) -> int:
    """Fill each lane whose highest bit is set; only highest bits may be set."""
    return (high << 1) - (high >> width - 1)


def clamp(low: int, high: int, elements: list[int]) -> tuple[list[int], bool]:
    """Saturate: the elements within the bounds, and whether one was outside."""
    if min(elements) >= low and max(elements) <= high:
        return elements, False
    return [low if e < low else min(e, high) for e in elements], True


def clamp_unsigned(width: int, elements: list[int]) -> tuple[list[int], bool]:
    """Saturate to an unsigned width."""
    return clamp(0, (1 << width) - 1, elements)


def clamp_signed(width: int, elements: list[int]) -> tuple[list[int], bool]:
    """Saturate to a signed width."""
    return clamp(-1 << width - 1, (1 << width - 1) - 1, elements)


def of_one(f: One) -> Semantics1:
    """VRT = f(VRB)."""

    def run(s: State, vrt: int, vrb: int) -> None:
        s.vr[vrt] = f(s.vr[vrb])

    return run


def of_two(f: Two) -> Semantics2:
    """VRT = f(VRA, VRB)."""

    def run(s: State, vrt: int, vra: int, vrb: int) -> None:
        s.vr[vrt] = f(s.vr[vra], s.vr[vrb])

    return run


def of_three(f: Three) -> Semantics3:
    """VRT = f(VRA, VRB, VRC)."""

    def run(s: State, vrt: int, vra: int, vrb: int, vrc: int) -> None:
        s.vr[vrt] = f(s.vr[vra], s.vr[vrb], s.vr[vrc])

    return run


def saturating_two(f: TwoSaturating) -> Semantics2:
    """VRT = f(VRA, VRB); VSCR[SAT] is sticky."""

    def run(s: State, vrt: int, vra: int, vrb: int) -> None:
        s.vr[vrt], saturated = f(s.vr[vra], s.vr[vrb])
        s.vscr |= saturated

    return run


def saturating_three(f: ThreeSaturating) -> Semantics3:
    """VRT = f(VRA, VRB, VRC); VSCR[SAT] is sticky."""

    def run(s: State, vrt: int, vra: int, vrb: int, vrc: int) -> None:
        s.vr[vrt], saturated = f(s.vr[vra], s.vr[vrb], s.vr[vrc])
        s.vscr |= saturated

    return run


def record(s: State, r: int) -> None:
    """CR6 of a comparison: 8 where it holds for all elements, 2 where for none."""
    s.crf[6] = 8 if r == M128 else 2 if not r else 0


def comparing(f: Two) -> Semantics3:
    """VRT = f(VRA, VRB), elements of all ones or zeros; CR6 where Rc is set."""

    def run(s: State, vrt: int, vra: int, vrb: int, rc: int) -> None:
        r = s.vr[vrt] = f(s.vr[vra], s.vr[vrb])
        if rc:
            record(s, r)

    return run
