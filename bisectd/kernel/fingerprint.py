# SPDX-License-Identifier: GPL-2.0-or-later
"""What the compiled roots do, as one hash.

The walk starts at the roots and follows control flow, calls and relocations through all images. It numbers
instructions and data in the order in which it meets them, so that where they lie does not matter, nor does
anything that it never meets. Code that only the exception table leads to is not followed.
"""

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bisectd.kernel.contents import Contents
from bisectd.kernel.fixups import branch_displacement, branch_field
from bisectd.kernel.image import ABSOLUTE, COMMON, Fixup, Image, Relocation
from bisectd.kernel.relocate import BRANCHES, KINDS
from bisectd.kernel.resolve import Definition, find, plain, resolve, target
from bisectd.kernel.structures import Members, merged

# Part of every fingerprint. It rises too when the same objects are linked to another program.
VERSION = "bisectd fingerprint 2"

_BC, _B, _XL = 16, 18, 19  # primary opcodes
_BCCTR = 528
_BRANCHES = {16, _BCCTR, 560}  # bclr, bcctr, bctar
_RETURNS = {18, 38, 39, 50, 51, 82, 274}  # rfid, rfmci, rfdi, rfi, rfci, rfebb, hrfid
_ALWAYS = 0x14  # BO: neither CR nor CTR decides


def fingerprint(
    images: Sequence[Image], roots: Sequence[str], members: Sequence[str], features: Mapping[str, int]
) -> str:
    """Hash (hex) of what the roots do, with where the named structure members lie.

    Covers code bytes, relocations, feature fixups with their alternatives, the content of the data that is
    reached, names that nobody defines, and the features. `members` are dotted as in `Program.members`, or
    name a structure, for its size. What does not exist counts as absent.
    """
    structures = merged(image.structures for image in images)
    dotted = Members(structures)
    text = [VERSION, *(f"feature {name} {features[name]:x}" for name in sorted(features))]
    for name in sorted(set(members)):
        member, structure = dotted.get(name), structures.get(name)
        size = structure.size if structure else "absent"
        text.append(f"member {name} {member.offset} {member.size}" if member else f"size {name} {size}")
    text += _Walk(images).run(sorted(set(roots)))
    return hashlib.sha256("\n".join(text).encode()).hexdigest()


class _Position(NamedTuple):
    image: int
    section: int
    offset: int


class _Data(NamedTuple):
    image: int
    section: int
    start: int
    end: int


class _Walk:
    """A reference to code is the number of an instruction seen before, or joins the queue.

    The queue is worked off in order: the n-th reference that is not a number is the n-th entry of the text.
    """

    def __init__(self, images: Sequence[Image]) -> None:
        self._images = images
        self._names = resolve(images)
        self._contents: dict[tuple[int, int], Contents] = {}
        self._seen: dict[_Position, int] = {}
        self._fixups: dict[tuple[int, Fixup], int] = {}
        self._data: dict[_Data, int] = {}
        self._functions: dict[_Position, int] = {}
        self._queue: deque[_Position | _Data] = deque()

    def run(self, roots: Sequence[str]) -> Iterator[str]:
        """Describe everything that the roots reach."""
        for root in roots:
            found = find(self._images, self._names, root)
            yield f"root {root} {self._symbol(found, 0) if found else 'absent'}"
        while self._queue:
            entry = self._queue.popleft()
            yield "next"
            yield from self._describe_data(entry) if isinstance(entry, _Data) else self._describe_code(entry)

    def _open(self, image: int, section: int) -> Contents:
        contents = self._contents.get((image, section))
        if contents is None:
            contents = self._contents[image, section] = Contents(self._images[image], section)
        return contents

    def _describe_code(self, position: _Position) -> Iterator[str]:
        """Describe instructions in a row, up to one that control does not run across."""
        image, section, offset = position
        contents = self._open(image, section)
        words, names, fixups, ends = contents.words, contents.names, contents.fixups, contents.ends
        while True:
            here = _Position(image, section, offset)
            if here in self._seen:
                yield f"at {self._seen[here]}"
                return
            if offset % 4 or not 0 <= offset < 4 * len(words):
                yield "end"
                return
            self._seen[here] = len(self._seen)
            for name in names.get(offset, ()):
                yield f"name {name}"
            for fixup in fixups.get(offset, ()):
                yield self._fixup(image, offset, fixup)
            yield self._word(contents, here, words[offset // 4])
            offset += 4
            if _leaves(words[offset // 4 - 1]):
                return
            if offset in ends:
                yield "end"
                return

    def _word(self, contents: Contents, here: _Position, word: int) -> str:
        """Describe one instruction, with references in place of distances and addresses."""
        relocations = contents.relocations.get(here.offset)
        field = branch_field(word)
        if relocations:
            references = [self._relocation(here.image, relocation) for relocation in relocations]
            return f"{word & ~(field or 0):x} {' '.join(references)}"
        if field is not None:
            there = here._replace(offset=here.offset + branch_displacement(word))
            return f"{word & ~field:x} {self._code(there)}"
        if word >> 26 == _XL and word >> 1 & 0x3FF == _BCCTR and not word & 1:
            self._around(here)  # a jump table leads to any label of the function
        return f"{word:x}"

    def _relocation(self, image: int, relocation: Relocation) -> str:
        """Describe a reference from code; the field itself is zero, since the addend is in the relocation."""
        how = KINDS[self._images[image].bits].get(relocation.type)
        branch = how is not None and how.name in BRANCHES  # which an assembler may fill in
        reference = self._reference(image, relocation)
        return reference if branch else f"{relocation.type}@{relocation.offset & 3} {reference}"

    def _reference(self, image: int, relocation: Relocation) -> str:
        found = target(self._images, self._names, image, relocation.symbol)
        if found is None:
            return f"extern {plain(self._images[image].symbols[relocation.symbol].name)}+{relocation.addend}"
        return self._symbol(found, relocation.addend)

    def _symbol(self, found: Definition, addend: int) -> str:
        symbol = found.symbol
        if symbol.section == ABSOLUTE:
            return f"absolute {symbol.offset + addend:x}"
        if symbol.section == COMMON:
            return f"common {symbol.name} {symbol.size}+{addend}"
        position = _Position(found.image, symbol.section, symbol.offset + addend)
        contents = self._open(found.image, symbol.section)
        if contents.section.executable:
            return self._code(position)
        start, end = contents.extent(position.offset)
        return self._datum(_Data(found.image, symbol.section, start, end), position.offset)

    def _code(self, position: _Position) -> str:
        if position in self._seen:
            return str(self._seen[position])
        self._queue.append(position)
        return "next"

    def _datum(self, data: _Data, offset: int) -> str:
        if data not in self._data:
            self._data[data] = len(self._data)
            self._queue.append(data)
        return f"data {self._data[data]}+{offset - data.start}"

    def _fixup(self, image: int, offset: int, fixup: Fixup) -> str:
        """Describe a fixup at the first word of it that is met; both ways through it are followed."""
        if (image, fixup) in self._fixups:
            return f"fixup {self._fixups[image, fixup]}"
        self._fixups[image, fixup] = len(self._fixups)
        room, length = fixup.end.offset - fixup.start.offset, fixup.alt_end.offset - fixup.alt_start.offset
        places = [fixup.start, fixup.end, *([fixup.alt_start] if length else [])]
        references = " ".join(self._code(_Position(image, *place)) for place in places)
        at = offset - fixup.start.offset
        return f"fixup {fixup.kind} {fixup.mask:x} {fixup.value:x} {room} {length} {at} {references}"

    def _describe_data(self, data: _Data) -> Iterator[str]:
        contents = self._open(data.image, data.section)
        section = contents.section
        content = hashlib.sha256(section.data[data.start : data.end]).hexdigest()
        yield f"data {self._data[data]} {data.end - data.start} {content}"
        for offset, names in sorted(contents.names.items()):
            if data.start <= offset < data.end:
                yield f"name {' '.join(names)} {offset - data.start}"
        for relocation in section.relocations:
            if data.start <= relocation.offset < data.end:
                pointer = self._pointer(data.image, relocation)
                yield f"{relocation.type} {relocation.offset - data.start} {pointer}"

    def _pointer(self, image: int, relocation: Relocation) -> str:
        """Describe a reference from data.

        A distance may be counted from elsewhere, as in a jump table: what it points at is only known to be
        near, so all that is around is followed.
        """
        how = KINDS[self._images[image].bits].get(relocation.type)
        found = target(self._images, self._names, image, relocation.symbol)
        if found is None or found.symbol.section < 0 or how is None or how.relative != "place":
            return self._reference(image, relocation)
        section, offset = found.symbol.section, found.symbol.offset + relocation.addend
        contents = self._open(found.image, section)
        if not contents.section.executable:
            return self._datum(_Data(found.image, section, 0, contents.section.size), offset)
        return self._around(_Position(found.image, section, offset))

    def _around(self, position: _Position) -> str:
        """Follow the whole function, and describe a place in it."""
        function = self._open(position.image, position.section).function(position.offset)
        start = position._replace(offset=function.start)
        if start not in self._functions:
            self._functions[start] = len(self._functions)
            self._queue += [position._replace(offset=offset) for offset in function]
        return f"near {self._functions[start]} {len(function)} {position.offset - function.start}"


def _leaves(word: int) -> bool:
    """Whether control never goes on to the next instruction: unconditional branches and returns."""
    opcode, extended = word >> 26, word >> 1 & 0x3FF
    if opcode == _XL and extended in _RETURNS:
        return True
    if word & 1:  # LK: it comes back
        return False
    always = word >> 21 & _ALWAYS == _ALWAYS
    return opcode == _B or (always and (opcode == _BC or (opcode == _XL and extended in _BRANCHES)))
