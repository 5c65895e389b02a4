# SPDX-License-Identifier: GPL-2.0-or-later
"""Relocation types: 32-bit PowerPC ABI supplement (1995) table 4-8; 64-bit ELFv2 ABI (2016) table 3.15."""

from typing import NamedTuple

from bisectd.kernel.image import Unlinkable

_ALL, _BRANCH24, _BRANCH14, _HALF, _DS = (1 << 64) - 1, 0x03FFFFFC, 0x0000FFFC, 0xFFFF, 0xFFFC

# Branches to a function: they mean its code, where a symbol may stand for its descriptor.
BRANCHES = frozenset(("ADDR24", "ADDR14", "REL24", "REL14", "LOCAL24PC"))
REL24, REL14 = 10, 11


class Kind(NamedTuple):
    """How one type is applied: `relative` to "" (nothing), "place" or "toc"; then rounded, shifted, masked.

    `size` in bytes of the word that holds the field; `reach`: bits of a signed field that must not overflow,
    0 where the upper bits are dropped on purpose.
    """

    name: str
    size: int
    mask: int
    relative: str = ""
    shift: int = 0
    adjusted: bool = False  # for the sign of the half below (@ha)
    reach: int = 0


_COMMON = {
    1: Kind("ADDR32", 4, _ALL),
    2: Kind("ADDR24", 4, _BRANCH24, reach=26),
    3: Kind("ADDR16", 2, _HALF, reach=17),  # signed or unsigned
    4: Kind("ADDR16_LO", 2, _HALF),
    5: Kind("ADDR16_HI", 2, _HALF, shift=16),
    6: Kind("ADDR16_HA", 2, _HALF, shift=16, adjusted=True),
    7: Kind("ADDR14", 4, _BRANCH14, reach=16),
    REL24: Kind("REL24", 4, _BRANCH24, "place", reach=26),
    REL14: Kind("REL14", 4, _BRANCH14, "place", reach=16),
    24: Kind("UADDR32", 4, _ALL),
    25: Kind("UADDR16", 2, _HALF, reach=17),
    26: Kind("REL32", 4, _ALL, "place"),
    249: Kind("REL16", 2, _HALF, "place", reach=16),
    250: Kind("REL16_LO", 2, _HALF, "place"),
    251: Kind("REL16_HI", 2, _HALF, "place", shift=16),
    252: Kind("REL16_HA", 2, _HALF, "place", shift=16, adjusted=True),
}
KINDS = {
    32: {**_COMMON, 23: Kind("LOCAL24PC", 4, _BRANCH24, "place", reach=26)},
    64: {
        **_COMMON,
        38: Kind("ADDR64", 8, _ALL),
        39: Kind("ADDR16_HIGHER", 2, _HALF, shift=32),
        40: Kind("ADDR16_HIGHERA", 2, _HALF, shift=32, adjusted=True),
        41: Kind("ADDR16_HIGHEST", 2, _HALF, shift=48),
        42: Kind("ADDR16_HIGHESTA", 2, _HALF, shift=48, adjusted=True),
        43: Kind("UADDR64", 8, _ALL),
        44: Kind("REL64", 8, _ALL, "place"),
        47: Kind("TOC16", 2, _HALF, "toc", reach=16),
        48: Kind("TOC16_LO", 2, _HALF, "toc"),
        49: Kind("TOC16_HI", 2, _HALF, "toc", shift=16),
        50: Kind("TOC16_HA", 2, _HALF, "toc", shift=16, adjusted=True),
        51: Kind("TOC", 8, _ALL),
        56: Kind("ADDR16_DS", 2, _DS, reach=17),
        57: Kind("ADDR16_LO_DS", 2, _DS),
        63: Kind("TOC16_DS", 2, _DS, "toc", reach=16),
        64: Kind("TOC16_LO_DS", 2, _DS, "toc"),
    },
}


def kind(bits: int, type_: int) -> Kind:
    """Look up a relocation type; raises Unlinkable with its number for one that is not known."""
    known = KINDS[bits].get(type_)
    if known is None:
        raise Unlinkable(f"relocation type {type_} of {bits}-bit PowerPC is not known")
    return known


def reaches(how: Kind, distance: int) -> bool:
    """Whether the field can hold a signed value."""
    return not how.reach or -(1 << how.reach - 1) <= distance < 1 << how.reach - 1


def field(how: Kind, value: int, bits: int, name: str) -> int:
    """Return the bits that a relocation against `name` writes: `value` is S+A, less P or TOC."""
    half = 1 << bits - 1
    value = ((value + half) & (1 << bits) - 1) - half
    value = (value + 0x8000 * how.adjusted) >> how.shift
    if not reaches(how, value):
        raise Unlinkable(f"{name} is out of reach of a relocation of type {how.name}")
    if value & ~how.mask & 3 and how.mask in {_BRANCH24, _BRANCH14, _DS}:
        raise Unlinkable(f"{name} is not aligned as a relocation of type {how.name} needs it")
    return value & how.mask & (1 << 8 * how.size) - 1
