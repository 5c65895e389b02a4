# SPDX-License-Identifier: GPL-2.0-or-later
"""One section as a walk over code reads it: words, what they refer to, and where functions begin and end."""

import struct
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property

from bisectd.kernel.image import Binding, Fixup, Flag, Image, Relocation, Section

# Bytes of an entry: a function descriptor (64-bit ELFv1 ABI, section 3.2.1), an address in the TOC.
_ENTRIES = {".opd": 24, ".toc": 8}


class Contents:
    """A section of an image, indexed when first asked."""

    def __init__(self, image: Image, index: int) -> None:
        self.section: Section = image.sections[index]
        self._image = image
        self._index = index

    @cached_property
    def words(self) -> Sequence[int]:
        """Instruction words."""
        data = self.section.data
        order = "<" if self._image.endian == "little" else ">"
        return struct.unpack(f"{order}{len(data) // 4}I", data[: len(data) & ~3])

    @cached_property
    def relocations(self) -> Mapping[int, list[Relocation]]:
        """Relocations by the offset of the word that they are in."""
        found: dict[int, list[Relocation]] = {}
        for relocation in self.section.relocations:
            found.setdefault(relocation.offset & ~3, []).append(relocation)
        return found

    @cached_property
    def fixups(self) -> Mapping[int, list[Fixup]]:
        """Feature fixups by the offset of each word that they may replace."""
        found: dict[int, list[Fixup]] = {}
        for fixup in self._image.fixups:
            if fixup.start.section == self._index:
                for offset in range(fixup.start.offset, min(fixup.end.offset, len(self.section.data)), 4):
                    found.setdefault(offset, []).append(fixup)
        return found

    @cached_property
    def names(self) -> Mapping[int, list[str]]:
        """Global names by offset, in alphabetical order."""
        found: dict[int, list[str]] = {}
        for symbol in sorted(self._image.symbols):
            if symbol.section == self._index and symbol.name and symbol.binding != Binding.LOCAL:
                found.setdefault(symbol.offset, []).append(symbol.name)
        return found

    @cached_property
    def ends(self) -> frozenset[int]:
        """Offsets that control does not run across: ends of alternatives."""
        return frozenset(
            fixup.alt_end.offset
            for fixup in self._image.fixups
            if fixup.alt_end.section == self._index and fixup.alt_end != fixup.alt_start
        )

    @cached_property
    def _bounds(self) -> Sequence[int]:
        labels = {symbol.offset for symbol in self._image.symbols if symbol.section == self._index}
        return sorted(labels | self.ends | {0, len(self.section.data)})

    def function(self, offset: int) -> range:
        """Offsets of the words of the function around `offset`, from one label to the next."""
        after = bisect_right(self._bounds, offset)
        if not 0 < after < len(self._bounds):
            return range(0)
        return range(self._bounds[after - 1] + 3 & ~3, self._bounds[after], 4)

    def extent(self, offset: int) -> tuple[int, int]:
        """Start and end of the data that a reference to `offset` can reach.

        A string, a mergeable constant, a function descriptor and a TOC entry stand alone; else it is the
        whole section, since compilers address one variable from the start of its neighbour.
        """
        section, size = self.section, max(self.section.entry_size, 1)
        entry = _ENTRIES.get(section.name)
        if entry:
            return offset - offset % entry, offset - offset % entry + entry
        if not section.flags & Flag.MERGE or not 0 <= offset < section.size:
            return 0, section.size
        start = offset - offset % size
        if not section.flags & Flag.STRINGS:
            return start, start + size
        end = start
        while any(section.data[end : end + size]):
            end += size
        return start, end
