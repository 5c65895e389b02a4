# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the sections of a unit lie in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bisectd.domain.program import Segment
from bisectd.kernel.image import COMMON, Flag, Image, Section, Unlinkable
from bisectd.kernel.relocate import REL14
from bisectd.kernel.resolve import Names

# A kernel's addresses, above its interrupt vectors (the first 16 KiB; 32 KiB on 64-bit).
BASES = {32: 0xC0010000, 64: 0xC000000000010000}
# Everything is within reach of a branch (32 MiB): the program, then the names that nobody defines.
ROOM = 8 << 20
PAGE = 4096

_STUB = 4  # bytes of a branch
_TOC_BIAS = 0x8000  # the TOC pointer is in the middle of what a signed 16-bit displacement reaches
_CODE, _CONSTANTS, _TOC, _DATA, _ZERO = range(5)


@dataclass(frozen=True)
class Layout:
    """Memory from `base` on, with every section in its place: (image, section) → address.

    `commons`: names of common symbols → address. `stubs`: (image, section, symbol) → room for a branch of
    longer reach, near a section's own short branches to that symbol. `writable`: where the part starts that
    code may write. `toc`: what the TOC pointer holds.
    """

    base: int
    memory: bytearray
    addresses: Mapping[tuple[int, int], int]
    commons: Mapping[str, int]
    stubs: Mapping[tuple[int, int, int], int]
    writable: int
    toc: int

    def segments(self) -> tuple[Segment, ...]:
        """The program's bytes: code and constants, then data."""
        split = self.writable - self.base
        parts = (
            Segment(self.base, bytes(self.memory[:split])),
            Segment(self.writable, bytes(self.memory[split:])),
        )
        return tuple(part for part in parts if part.data)


def lay_out(images: Sequence[Image], names: Names) -> Layout:
    """Give every section an address. Raises Unlinkable where they need more than ROOM."""
    addresses: dict[tuple[int, int], int] = {}
    stubs: dict[tuple[int, int, int], int] = {}
    base = at = BASES[images[0].bits]
    starts: dict[int, int] = {}
    for group, number, index in _order(images):
        section = images[number].sections[index]
        at = _align(at, section.align if group in starts else max(section.align, PAGE))
        starts.setdefault(group, at)
        addresses[number, index] = at
        at = _align(at + section.size, _STUB)
        for symbol in _far(images[number], index):
            stubs[number, index, symbol] = at
            at += _STUB
        _checked(base, at)
    commons = {}
    for name, definition in names.items():
        if definition.symbol.section == COMMON:
            commons[name] = at = _align(at, max(definition.symbol.offset, 1))
            at = _checked(base, at + definition.symbol.size)
    memory = bytearray(at - base)
    for (number, index), address in addresses.items():
        data = images[number].sections[index].data
        memory[address - base : address - base + len(data)] = data
    writable = min((start for group, start in starts.items() if group >= _TOC), default=_align(at, PAGE))
    return Layout(base, memory, addresses, commons, stubs, writable, starts.get(_TOC, base) + _TOC_BIAS)


def _order(images: Sequence[Image]) -> list[tuple[int, int, int]]:
    """Group by group; within the code image by image, so that alternatives are near what they replace."""
    return sorted(
        (_group(section), number, index)
        for number, image in enumerate(images)
        for index, section in enumerate(image.sections)
    )


def _far(image: Image, index: int) -> list[int]:
    """Symbols in other sections that conditional branches of a section go to: these reach only 32 KiB."""
    return sorted(
        {
            relocation.symbol
            for relocation in image.sections[index].relocations
            if relocation.type == REL14 and image.symbols[relocation.symbol].section != index
        }
    )


def _group(section: Section) -> int:
    if section.executable:
        return _CODE
    if section.name in {".toc", ".got"}:
        return _TOC
    if not section.flags & Flag.WRITE:
        return _CONSTANTS
    return _DATA if section.data else _ZERO


def _align(address: int, alignment: int) -> int:
    return -(-address // alignment) * alignment


def _checked(base: int, end: int) -> int:
    if end - base > ROOM:
        raise Unlinkable(f"the program needs more than {ROOM >> 20} MiB of memory")
    return end
