# SPDX-License-Identifier: GPL-2.0-or-later
"""ELF object files of either size and byte order, opened (System V gABI chapter 4)."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bisectd.kernel.image import ABSOLUTE, COMMON, UNDEFINED, Endian, Relocation, Symbol, Unlinkable

_SHT_SYMTAB, _SHT_RELA, _SHT_NOBITS = 2, 4, 8
_SHF_COMPRESSED = 0x800
_ADDR64 = 38  # R_PPC64_ADDR64 fills eight bytes; every other relocation of a debug section four
_ET_REL, _EM_PPC, _EM_PPC64 = 1, 20, 21
_SHN = {0: UNDEFINED, 0xFFF1: ABSOLUTE, 0xFFF2: COMMON}


class Layout(NamedTuple):
    """The structs of one ELF class: header (from e_type), section header, symbol, RELA entry."""

    header: str
    section: str
    symbol: str
    rela: str
    type_bits: int  # of r_info


_LAYOUTS = {
    1: Layout("HHIIIIIHHHHHH", "IIIIIIIIII", "IIIBBH", "IIi", 8),
    2: Layout("HHIQQQIHHHHHH", "IIQQQQIIQQ", "IBBHQQ", "QQq", 32),
}


class RawSection(NamedTuple):
    """A section header with its name resolved."""

    name: str
    type: int
    flags: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry_size: int


@dataclass(frozen=True)
class Elf:
    """An object file opened: headers and symbols read, contents on demand."""

    raw: bytes
    bits: int
    endian: Endian
    flags: int
    sections: tuple[RawSection, ...]
    symbols: tuple[Symbol, ...]  # `section` is an ELF section index or UNDEFINED, ABSOLUTE, COMMON
    relas: Mapping[int, RawSection]  # section index → its RELA section

    @property
    def order(self) -> str:
        """Byte order as `struct` writes it."""
        return "<" if self.endian == "little" else ">"

    def find(self, name: str) -> int | None:
        """Index of the first section of that name."""
        return next((index for index, section in enumerate(self.sections) if section.name == name), None)

    def data(self, index: int) -> bytes:
        """Contents of a section, nothing for .bss."""
        section = self.sections[index]
        if section.flags & _SHF_COMPRESSED:
            raise Unlinkable(f"section {section.name} is compressed: compile with -gz=none")
        if section.type == _SHT_NOBITS:
            return b""
        data = self.raw[section.offset : section.offset + section.size]
        if len(data) != section.size:
            raise Unlinkable(f"the object file is cut short in section {section.name}")
        return data

    def relocations(self, index: int) -> list[Relocation]:
        """Relocations of a section in the order they are stored."""
        return list(map(Relocation._make, self._relas(index)))

    def patched(self, name: str) -> bytes:
        """Contents of a debug section, section-relative addresses filled in; empty where there is none."""
        index = self.find(name)
        if index is None:
            return b""
        data, values = bytearray(self.data(index)), [symbol.offset for symbol in self.symbols]
        word, double = (struct.Struct(self.order + code).pack_into for code in "IQ")
        for offset, type_, symbol, addend in self._relas(index):
            if type_ == _ADDR64:
                double(data, offset, values[symbol] + addend & 0xFFFFFFFFFFFFFFFF)
            else:
                word(data, offset, values[symbol] + addend & 0xFFFFFFFF)
        return bytes(data)

    def _relas(self, index: int) -> Iterator[tuple[int, int, int, int]]:
        """Offset, type, symbol, addend."""
        rela = self.relas.get(index)
        if rela is None:
            return
        layout = _LAYOUTS[self.bits // 32]
        bits, mask = layout.type_bits, (1 << layout.type_bits) - 1
        raw = self.raw[rela.offset : rela.offset + rela.size]
        for offset, info, addend in struct.iter_unpack(self.order + layout.rela, raw):
            yield offset, info & mask, info >> bits, addend


def open_elf(raw: bytes) -> Elf:
    """Read headers and symbols. Raises Unlinkable for what is no PowerPC object file."""
    if raw[:4] != b"\x7fELF" or raw[4] not in _LAYOUTS or raw[5] not in {1, 2}:
        raise Unlinkable("the compiler did not write an ELF object file")
    layout, order = _LAYOUTS[raw[4]], "<" if raw[5] == 1 else ">"
    header = struct.unpack_from(order + layout.header, raw, 16)
    type_, machine, _, _, _, table, flags, _, _, _, size, count, names = header
    if type_ != _ET_REL or machine != (_EM_PPC, _EM_PPC64)[raw[4] - 1]:
        raise Unlinkable("the compiler did not write a PowerPC object file")
    heads = [struct.unpack_from(order + layout.section, raw, table + size * index) for index in range(count)]
    strings = heads[names][4]
    sections = tuple(
        RawSection(_string(raw, strings + head[0]), *head[1:3], *head[4:]) for head in heads
    )  # sh_addr is 0 in an object file
    return Elf(
        raw=raw,
        bits=32 * raw[4],
        endian="little" if order == "<" else "big",
        flags=flags,
        sections=sections,
        symbols=_read_symbols(raw, order + layout.symbol, sections),
        relas={section.info: section for section in sections if section.type == _SHT_RELA},
    )


def _string(raw: bytes, start: int) -> str:
    return raw[start : raw.index(0, start)].decode("ascii", "backslashreplace")


def _read_symbols(raw: bytes, layout: str, sections: Sequence[RawSection]) -> tuple[Symbol, ...]:
    table = next((section for section in sections if section.type == _SHT_SYMTAB), None)
    if table is None:
        return ()
    strings = sections[table.link].offset
    symbols = []
    for entry in struct.iter_unpack(layout, raw[table.offset : table.offset + table.size]):
        if layout.endswith("QQ"):
            name, info, other, section, value, size = entry
        else:
            name, value, size, info, other, section = entry
        place = _SHN.get(section, section)
        symbols.append(Symbol(_string(raw, strings + name), place, value, size, info >> 4, info & 15, other))
    return tuple(symbols)
