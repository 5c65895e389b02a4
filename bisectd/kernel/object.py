# SPDX-License-Identifier: GPL-2.0-or-later
"""From the bytes of an object file to an `Image`."""

import struct
from collections.abc import Iterable, Mapping, Sequence

from bisectd.kernel.dwarf import read_structures
from bisectd.kernel.elf import Elf, open_elf
from bisectd.kernel.fixups import FIXUP_SECTIONS, read_fixups
from bisectd.kernel.image import (
    ABSOLUTE,
    ALTERNATIVES,
    COMMON,
    Flag,
    Image,
    Relocation,
    Section,
    Symbol,
    Unlinkable,
)
from bisectd.kernel.lines import read_lines

_STT_SECTION, _STT_FILE = 3, 4

# Tables for the boot code, the module loader and the crash handler: the code of a unit never reads them.
_UNUSED = (
    ".eh_frame", ".note", ".comment", ".stab", ".discard", ".modinfo", "__ksymtab", "___ksymtab", "__kcrctab",
    "___kcrctab", "__bug_table", "__ex_table", ".init.setup", ".initcall", "__mcount_loc", ".vtop_fixup",
    ".ptov_fixup",
)  # fmt: skip


def read_object(elf: bytes, structures: Sequence[str]) -> Image:
    """Read an object file: its code, and of its debug information the named structures and the lines.

    A structure that the object does not define is absent from the image. Raises Unlinkable for what cannot
    be read: the bytes come from a compiler, but inline assembly in the commit may write anything into them.
    """
    try:
        return _read_object(open_elf(elf), structures)
    except (struct.error, IndexError, KeyError, ValueError, RecursionError) as error:
        raise Unlinkable(f"the object file is malformed ({error})") from error


def _read_object(elf: Elf, structures: Sequence[str]) -> Image:
    kept = _kept_sections(elf)
    places = {index: position for position, index in enumerate(kept)}
    relocations = {index: elf.relocations(index) for index in kept}
    symbols, numbers = _kept_symbols(elf, places, relocations.values())
    return Image(
        bits=elf.bits,
        endian=elf.endian,
        flags=elf.flags,
        sections=tuple(_section(elf, index, relocations[index], numbers) for index in kept),
        symbols=symbols,
        fixups=read_fixups(elf, places),
        structures=read_structures(elf, structures),
        lines=read_lines(elf, places),
    )


def _kept_sections(elf: Elf) -> list[int]:
    """Sections to load: allocatable, used by code (or referred to by one that is), and not a fixup table.

    Empty ones are left out, but for those that a name or a fixup may mean: most alternatives are empty.
    """
    loadable = {
        index
        for index, section in enumerate(elf.sections)
        if section.flags & Flag.ALLOC and section.name not in FIXUP_SECTIONS
    }
    kept = {index for index in loadable if not elf.sections[index].name.startswith(_UNUSED)}
    new = kept
    while new:
        reached = {
            elf.symbols[relocation.symbol].section for index in new for relocation in elf.relocations(index)
        }
        new = (reached & loadable) - kept
        kept |= new
    named = {symbol.section for symbol in elf.symbols if symbol.type != _STT_SECTION}
    named |= {index for index in kept if elf.sections[index].name.startswith(ALTERNATIVES)}
    return sorted(index for index in kept if elf.sections[index].size or index in named)


def _kept_symbols(
    elf: Elf, places: Mapping[int, int], relocations: Iterable[Sequence[Relocation]]
) -> tuple[tuple[Symbol, ...], Mapping[int, int]]:
    """Symbols that are referred to or name something, and their new numbers."""
    used = {relocation.symbol for section in relocations for relocation in section}
    symbols: list[Symbol] = []
    numbers = {}
    for index, symbol in enumerate(elf.symbols):
        named = symbol.name and symbol.type not in {_STT_SECTION, _STT_FILE}
        if index in used or (named and (symbol.section in places or symbol.section in {ABSOLUTE, COMMON})):
            numbers[index] = len(symbols)
            symbols.append(symbol._replace(section=places.get(symbol.section, symbol.section)))
    return tuple(symbols), numbers


def _section(elf: Elf, index: int, relocations: Sequence[Relocation], numbers: Mapping[int, int]) -> Section:
    raw = elf.sections[index]
    return Section(
        name=raw.name,
        flags=raw.flags,
        align=max(raw.align, 1),
        size=raw.size,
        entry_size=raw.entry_size,
        data=elf.data(index),
        relocations=tuple(
            relocation._replace(symbol=numbers[relocation.symbol]) for relocation in relocations
        ),
    )
