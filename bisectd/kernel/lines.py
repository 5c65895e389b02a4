# SPDX-License-Identifier: GPL-2.0-or-later
"""Line tables (.debug_line, DWARF versions 2 to 5, section 6.2) → where each source line starts."""

import posixpath
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bisectd.kernel.elf import Elf
from bisectd.kernel.image import LineRow, LineTable, Place, Unlinkable

_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE, _CONST_ADD_PC, _FIXED_ADVANCE_PC = 1, 2, 3, 4, 8, 9
_END_SEQUENCE, _SET_ADDRESS = 1, 2
_PATH, _DIRECTORY = 1, 2  # DW_LNCT_*
_OLDEST, _NEWEST, _V5 = 2, 5, 5
# Bytes of the fixed-size forms that file tables use; DW_FORM_udata, _block and _string vary.
_UDATA, _BLOCK, _STRING, _STRP, _LINE_STRP = 0x0F, 0x09, 0x08, 0x0E, 0x1F
_FIXED = {0x0B: 1, 0x05: 2, 0x06: 4, 0x07: 8, 0x1E: 16}


class Cursor:
    """Reads forward through bytes."""

    def __init__(self, data: bytes, at: int, order: str) -> None:
        self.data, self.at, self.order = data, at, order

    def take(self, layout: str) -> int:
        """Read one number of a `struct` layout."""
        number: int
        (number,) = struct.unpack_from(self.order + layout, self.data, self.at)
        self.at += struct.calcsize(self.order + layout)
        return number

    def uleb(self) -> int:
        """Read an unsigned LEB128 number."""
        number = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - no more bytes follow
                return number
            shift += 7

    def sleb(self) -> int:
        """Read a signed LEB128 number."""
        start = self.at
        number = self.uleb()
        sign = 1 << 7 * (self.at - start) - 1
        return (number ^ sign) - sign

    def string(self) -> str:
        """Read a NUL-terminated string."""
        start = self.at
        self.at = self.data.index(0, start) + 1
        return text(self.data, start)


def text(data: bytes, start: int) -> str:
    """Return the NUL-terminated string at `start`."""
    return data[start : data.index(0, start)].decode("utf-8", "backslashreplace")


@dataclass(frozen=True)
class Header:
    """What a line program needs to know; `files` by file number."""

    step: int
    line_base: int
    line_range: int
    opcode_lengths: tuple[int, ...]
    files: Mapping[int, str]

    @property
    def opcode_base(self) -> int:
        """The first special opcode."""
        return len(self.opcode_lengths) + 1


def read_lines(elf: Elf, sections: Mapping[int, int]) -> LineTable:
    """Read all line programs; `sections` maps ELF section indices to those of the image."""
    index = elf.find(".debug_line")
    if index is None:
        return LineTable((), b"")
    addresses = {
        offset: Place(sections.get(elf.symbols[symbol].section, -1), elf.symbols[symbol].offset + addend)
        for offset, _, symbol, addend in elf.relocations(index)
    }
    strings = {_STRP: elf.patched(".debug_str"), _LINE_STRP: elf.patched(".debug_line_str")}
    cursor = Cursor(elf.patched(".debug_line"), 0, elf.order)
    starts: dict[Place, tuple[str, int]] = {}
    while cursor.at < len(cursor.data):
        for place, file, line in _read_program(cursor, addresses, strings, elf.bits // 8):
            starts[place] = (file, line)  # the last row at an address is the one with code
    return _pack(starts)


def _pack(starts: Mapping[Place, tuple[str, int]]) -> LineTable:
    numbers: dict[str, int] = {}
    rows: list[LineRow] = []
    for place in sorted(starts):
        file, line = starts[place]
        number = numbers.setdefault(file, len(numbers))
        last = rows[-1] if rows else None
        if last is None or (last.section, last.file, last.line) != (place.section, number, line):
            rows.append(LineRow(place.section, number, place.offset, line))
    return LineTable.of(list(numbers), rows)


def _read_program(
    cursor: Cursor, addresses: Mapping[int, Place], strings: Mapping[int, bytes], long: int
) -> Iterator[tuple[Place, str, int]]:
    length = cursor.take("I")
    end = cursor.at + length
    version = cursor.take("H")
    if not _OLDEST <= version <= _NEWEST:
        raise Unlinkable(f"line tables of DWARF {version} are not read: compile with -gdwarf-4")
    header = _read_header(cursor, version, strings)
    for place, file, line in _run(cursor, end, header, addresses, long):
        if place.section >= 0 and line and file in header.files:
            yield place, header.files[file], line
    cursor.at = end


def _read_header(cursor: Cursor, version: int, strings: Mapping[int, bytes]) -> Header:
    if version >= _V5:
        cursor.take("H")  # address and segment selector sizes
    length = cursor.take("I")
    program = cursor.at + length
    step = cursor.take("B")
    if version > 3:  # noqa: PLR2004 - DWARF 4 added the number of operations of a VLIW instruction
        cursor.take("B")
    cursor.take("B")  # default_is_stmt
    line_base, line_range, base = cursor.take("b"), cursor.take("B"), cursor.take("B")
    lengths = tuple(cursor.take("B") for _ in range(base - 1))
    files = _read_files_v5(cursor, strings) if version >= _V5 else _read_files(cursor)
    cursor.at = program
    return Header(step, line_base, line_range, lengths, files)


def _read_files(cursor: Cursor) -> Mapping[int, str]:
    directories = [""]
    while name := cursor.string():
        directories.append(name)
    files: dict[int, str] = {}
    while name := cursor.string():
        directory = cursor.uleb()
        cursor.uleb(), cursor.uleb()  # time and length
        files[len(files) + 1] = _join(directories[directory], name)
    return files


def _read_files_v5(cursor: Cursor, strings: Mapping[int, bytes]) -> Mapping[int, str]:
    directories = [entry.get(_PATH, "") for entry in _read_entries(cursor, strings)]
    root = str(directories[0]) if directories else ""
    files = {}
    for number, entry in enumerate(_read_entries(cursor, strings)):
        directory = str(directories[int(entry.get(_DIRECTORY, 0))])
        inside = "" if directory == root else directory.removeprefix(root + "/")
        files[number] = _join(inside, str(entry.get(_PATH, "")))
    return files


def _join(directory: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(directory, name))


def _read_entries(cursor: Cursor, strings: Mapping[int, bytes]) -> list[dict[int, int | str]]:
    formats = [(cursor.uleb(), cursor.uleb()) for _ in range(cursor.take("B"))]
    return [
        {content: _read_form(cursor, form, strings) for content, form in formats}
        for _ in range(cursor.uleb())
    ]


def _read_form(cursor: Cursor, form: int, strings: Mapping[int, bytes]) -> int | str:
    if form in strings:
        return text(strings[form], cursor.take("I"))
    if form == _STRING:
        return cursor.string()
    if form == _UDATA:
        return cursor.uleb()
    size = cursor.uleb() if form == _BLOCK else _FIXED[form]
    start, cursor.at = cursor.at, cursor.at + size
    return int.from_bytes(cursor.data[start : cursor.at], "little" if cursor.order == "<" else "big")


@dataclass
class Row:
    """The registers of the line machine; `section` is -1 outside the sections that are kept."""

    section: int = -1
    offset: int = 0
    file: int = 1
    line: int = 1


def _run(
    cursor: Cursor, end: int, header: Header, addresses: Mapping[int, Place], long: int
) -> Iterator[tuple[Place, int, int]]:
    """Run one line program: (place, file number, line) for each row."""
    row = Row()
    base, line_base, line_range, step = header.opcode_base, header.line_base, header.line_range, header.step
    while cursor.at < end:
        opcode = cursor.data[cursor.at]
        cursor.at += 1
        if opcode >= base:
            advance, change = divmod(opcode - base, line_range)
            row.offset += advance * step
            row.line += line_base + change
        elif opcode == 0:
            row = _extended(cursor, row, addresses, long)
        else:
            _standard(cursor, row, header, opcode)
        if opcode >= base or opcode == _COPY:
            yield Place(row.section, row.offset), row.file, row.line


def _standard(cursor: Cursor, row: Row, header: Header, opcode: int) -> None:
    if opcode == _ADVANCE_PC:
        row.offset += cursor.uleb() * header.step
    elif opcode == _ADVANCE_LINE:
        row.line += cursor.sleb()
    elif opcode == _SET_FILE:
        row.file = cursor.uleb()
    elif opcode == _CONST_ADD_PC:
        row.offset += (255 - header.opcode_base) // header.line_range * header.step
    elif opcode == _FIXED_ADVANCE_PC:
        row.offset += cursor.take("H")
    else:
        for _ in range(header.opcode_lengths[opcode - 1]):
            cursor.uleb()


def _extended(cursor: Cursor, row: Row, addresses: Mapping[int, Place], long: int) -> Row:
    length = cursor.uleb()
    opcode, cursor.at = cursor.data[cursor.at], cursor.at + length
    if opcode == _END_SEQUENCE:
        return Row()
    if opcode == _SET_ADDRESS:
        row.section, row.offset = addresses.get(cursor.at - long, Place(-1, 0))
    return row
