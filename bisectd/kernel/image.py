# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept of an object file: code, data, symbols, relocations, feature fixups, structures and lines.

An image is stored in SQL and read back by every later run, so it is small and quick to read.
"""

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, NamedTuple, TypeAlias

from bisectd.domain.errors import MachineError
from bisectd.kernel.structures import Structure

IMAGE_FORMAT = 1  # part of whatever key an image is stored under
_LIMIT = 64 << 20  # bytes unpacked: far above any object of these functions, far below a machine's memory
_ROW = struct.Struct(">HHII")

Endian: TypeAlias = Literal["big", "little"]

# Sections with the code that feature fixups put in place are named so (asm/feature-fixups.h).
ALTERNATIVES = "__ftr_alt_"

# Symbol.section of a symbol that lies in no section.
UNDEFINED, ABSOLUTE, COMMON = -1, -2, -3


class Unlinkable(Exception):
    """The unit's objects do not make a program; `str(error)` is the reason.

    That is a fact about the commit, as a compile error is: an UNTESTABLE verdict, no failure of the machine.
    """


class DamagedImage(MachineError):
    """Stored bytes are no image of this format."""


class Binding(IntEnum):
    """Symbol bindings (ELF gABI, STB_*)."""

    LOCAL = 0
    GLOBAL = 1
    WEAK = 2


class Flag(IntEnum):
    """Section flags (ELF gABI, SHF_*)."""

    WRITE = 0x1
    ALLOC = 0x2
    EXECUTE = 0x4
    MERGE = 0x10
    STRINGS = 0x20


class Relocation(NamedTuple):
    """One RELA entry: offset in its section, type (R_PPC_* or R_PPC64_*), index of the symbol, addend."""

    offset: int
    type: int
    symbol: int
    addend: int


class Symbol(NamedTuple):
    """One symbol: `section` is an index into `Image.sections`, or UNDEFINED, ABSOLUTE or COMMON.

    `offset` is the alignment of a COMMON symbol; `type` is STT_*; `other` is st_other, whose upper
    three bits give the distance of the local entry point (64-bit ELFv2 ABI, section 3.4.1).
    """

    name: str
    section: int
    offset: int
    size: int
    binding: int
    type: int
    other: int


class Place(NamedTuple):
    """A position in the sections of one image."""

    section: int
    offset: int


class Fixup(NamedTuple):
    """Code that boot replaces by what lies from `alt_start` to `alt_end` (arch/powerpc/lib/feature-fixups.c).

    It stays where `features[kind] & mask == value`. An lwsync fixup is an instruction that becomes lwsync.
    """

    kind: str  # "cpu", "mmu", "fw" or "lwsync"
    mask: int
    value: int
    start: Place
    end: Place
    alt_start: Place
    alt_end: Place


@dataclass(frozen=True)
class Section:
    """One allocatable section. `data` is empty where the section only takes room (.bss)."""

    name: str
    flags: int
    align: int
    size: int
    entry_size: int
    data: bytes
    relocations: tuple[Relocation, ...]

    @property
    def executable(self) -> bool:
        """Whether it holds instructions; alternatives do, though the kernel does not mark them so."""
        return bool(self.flags & Flag.EXECUTE) or self.name.startswith(ALTERNATIVES)


class LineRow(NamedTuple):
    """From `offset` in `section` on, instructions come from line `line` of `LineTable.files[file]`."""

    section: int
    file: int
    offset: int
    line: int


@dataclass(frozen=True)
class LineTable:
    """Where each line starts. `packed` holds LineRow after LineRow, 12 bytes each, sorted."""

    files: tuple[str, ...]
    packed: bytes

    @classmethod
    def of(cls, files: Sequence[str], rows: Sequence[LineRow]) -> "LineTable":
        """Pack rows."""
        return cls(tuple(files), b"".join(_ROW.pack(*row) for row in rows))

    def rows(self) -> list[LineRow]:
        """Unpack the rows."""
        return [LineRow(*row) for row in _ROW.iter_unpack(self.packed)]


@dataclass(frozen=True)
class Image:
    """An object file without what no run needs. `flags` is e_flags (its low two bits: the 64-bit ABI)."""

    bits: int
    endian: Endian
    flags: int
    sections: tuple[Section, ...]
    symbols: tuple[Symbol, ...]
    fixups: tuple[Fixup, ...]
    structures: Mapping[str, Structure]
    lines: LineTable

    def to_bytes(self) -> bytes:
        """Compact form: zlib over a JSON head, the sections' bytes and the line rows."""
        head = {
            "format": IMAGE_FORMAT,
            "elf": [self.bits, self.endian, self.flags],
            "sections": [_section_head(section) for section in self.sections],
            "symbols": self.symbols,
            "fixups": self.fixups,
            "structures": dict(self.structures),
            "files": self.lines.files,
        }
        text = json.dumps(head, separators=(",", ":")).encode()
        parts = [len(text).to_bytes(4, "big"), text, *(section.data for section in self.sections)]
        return zlib.compress(b"".join([*parts, self.lines.packed]), 9)

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Image":
        """Read what `to_bytes` wrote; raises DamagedImage for anything else."""
        try:
            return _read(stored)
        except (zlib.error, ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            raise DamagedImage("a stored object is damaged: delete it and run again") from error


def _section_head(section: Section) -> list[Any]:
    flat = [number for relocation in section.relocations for number in relocation]
    return [
        section.name,
        section.flags,
        section.align,
        section.size,
        section.entry_size,
        len(section.data),
        flat,
    ]


def _read(stored: bytes) -> Image:
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(stored, _LIMIT)
    if not unpacker.eof:
        raise ValueError("too long or cut short")
    end = 4 + int.from_bytes(raw[:4], "big")
    head = json.loads(raw[4:end])
    if head["format"] != IMAGE_FORMAT:
        raise ValueError("another format")
    sections, end = _read_sections(head["sections"], raw, end)
    bits, endian, flags = head["elf"]
    return Image(
        bits=bits,
        endian=endian,
        flags=flags,
        sections=sections,
        symbols=tuple(Symbol(*symbol) for symbol in head["symbols"]),
        fixups=tuple(
            Fixup(kind, mask, value, *(Place(*place) for place in places))
            for kind, mask, value, *places in head["fixups"]
        ),
        structures={name: Structure(*entry) for name, entry in head["structures"].items()},
        lines=LineTable(tuple(head["files"]), raw[end:]),
    )


def _read_sections(heads: Sequence[Sequence[Any]], raw: bytes, start: int) -> tuple[tuple[Section, ...], int]:
    sections = []
    for name, flags, align, size, entry_size, length, flat in heads:
        relocations = tuple(map(Relocation._make, zip(*[iter(flat)] * 4, strict=True)))
        sections.append(
            Section(name, flags, align, size, entry_size, raw[start : start + length], relocations)
        )
        start += length
    return tuple(sections), start
