# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads what is needed to run or disassemble an ELF file: the header, segments, and sections of code."""

import struct
from dataclasses import dataclass
from typing import NamedTuple

from emulator.errors import EmulatorError

_PPC, _PPC64 = 20, 21
_LOAD, _EXECUTABLE_SEGMENT, _PROGBITS, _EXECUTABLE_SECTION = 1, 1, 1, 4


class Piece(NamedTuple):
    """Bytes at an address; a segment is filled with zeros up to `size`."""

    address: int
    data: bytes
    size: int
    executable: bool


@dataclass(frozen=True)
class Elf:
    """An ELF file for PowerPC. `endian`: "big" or "little"; `code`: executable sections, else segments."""

    bits: int
    endian: str
    entry: int
    segments: tuple[Piece, ...]
    code: tuple[Piece, ...]


def parse(data: bytes) -> Elf:
    """Parse a file. EmulatorError where it is no ELF file for PowerPC or is cut off."""
    if data[:4] != b"\x7fELF" or len(data) < 52 or data[4] not in {1, 2} or data[5] not in {1, 2}:
        raise EmulatorError("not an ELF file")
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2
    try:
        return _parse(data, order, wide=wide)
    except struct.error:
        raise EmulatorError("the ELF file is cut off") from None


def _parse(data: bytes, order: str, *, wide: bool) -> Elf:
    address = "QQQ" if wide else "III"
    _, machine, _, entry, phoff, shoff, _, _, phsize, phnum, shsize, shnum, _ = struct.unpack_from(
        f"{order}HHI{address}IHHHHHH", data, 16
    )
    if machine not in {_PPC, _PPC64}:
        raise EmulatorError(
            f"an ELF file for another processor (machine {machine}, PowerPC is {_PPC} or {_PPC64})"
        )
    segments = tuple(
        piece
        for i in range(phnum)
        if (piece := _segment(data, phoff + i * phsize, order, wide=wide)) is not None
    )
    sections = tuple(
        piece
        for i in range(shnum)
        if (piece := _section(data, shoff + i * shsize, order, wide=wide)) is not None
    )
    code = sections or tuple(piece for piece in segments if piece.executable)
    return Elf(64 if wide else 32, "little" if order == "<" else "big", entry, segments, code)


def _segment(data: bytes, at: int, order: str, *, wide: bool) -> Piece | None:
    if wide:
        kind, flags, offset, address, _, filesz, memsz = struct.unpack_from(f"{order}IIQQQQQ", data, at)
    else:
        kind, offset, address, _, filesz, memsz, flags = struct.unpack_from(f"{order}IIIIIII", data, at)
    if kind != _LOAD:
        return None
    return Piece(address, data[offset : offset + filesz], memsz, bool(flags & _EXECUTABLE_SEGMENT))


def _section(data: bytes, at: int, order: str, *, wide: bool) -> Piece | None:
    layout = f"{order}IIQQQQ" if wide else f"{order}IIIIII"
    _, kind, flags, address, offset, size = struct.unpack_from(layout, data, at)
    if kind != _PROGBITS or not flags & _EXECUTABLE_SECTION or not size:
        return None
    return Piece(address, data[offset : offset + size], size, executable=True)
