# SPDX-License-Identifier: GPL-2.0-or-later
"""Feature fixups: code that boot replaces by the processor's features (arch/powerpc/lib/feature-fixups.c)."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from bisectd.kernel.elf import Elf
from bisectd.kernel.image import Fixup, Place, Unlinkable

# Table section → the features that decide, in the order of boot (asm/feature-fixups.h). Barriers against
# speculation (__rfi_flush_fixup and the like) stay as compiled: firmware and command line decide on them.
FIXUP_SECTIONS = {
    "__ftr_fixup": "cpu",
    "__mmu_ftr_fixup": "mmu",
    "__lwsync_fixup": "lwsync",
    "__fw_ftr_fixup": "fw",
}
NOP, LWSYNC = 0x60000000, 0x7C2004AC

_LONGEST = 16 << 10  # bytes; what the kernel replaces is far shorter

_MASK, _VALUE, _START, _END, _ALT_START, _ALT_END, _FIELDS = range(7)


def read_fixups(elf: Elf, sections: Mapping[int, int]) -> tuple[Fixup, ...]:
    """Read every fixup table; `sections` maps ELF section indices to those of the image.

    An entry is mask, value and four distances from the entry itself, a `long` each; of an lwsync table one
    distance.
    """
    found: list[Fixup] = []
    for index, section in enumerate(elf.sections):
        kind = FIXUP_SECTIONS.get(section.name)
        if kind is not None and section.size:
            found += _read_table(elf, index, kind, sections)
    return tuple(found)


def _read_table(elf: Elf, index: int, kind: str, sections: Mapping[int, int]) -> Iterator[Fixup]:
    long = struct.Struct(elf.order + ("I" if elf.bits == 32 else "Q"))  # noqa: PLR2004 - bits
    entry = long.size * (1 if kind == "lwsync" else _FIELDS)
    data, places = elf.data(index), _places(elf, index, entry, sections)
    if len(data) % entry:
        raise Unlinkable(f"{elf.sections[index].name} is no table of feature fixups of a known layout")
    for at in range(0, len(data), entry):
        try:
            yield _entry(kind, data, at, long, places)
        except KeyError:
            raise Unlinkable(f"{elf.sections[index].name} has an entry that names no code") from None


def _places(elf: Elf, index: int, entry: int, sections: Mapping[int, int]) -> Mapping[int, Place]:
    """Where each relocated word of a table points.

    The relocation counts from the word and the table from its entry: the addend makes up for that.
    """
    places = {}
    for offset, _, number, addend in elf.relocations(index):
        symbol = elf.symbols[number]
        if symbol.section in sections:
            places[offset] = Place(sections[symbol.section], symbol.offset + addend - offset % entry)
    return places


def _entry(kind: str, data: bytes, at: int, long: struct.Struct, places: Mapping[int, Place]) -> Fixup:
    if kind == "lwsync":
        start = places[at]
        end = start._replace(offset=start.offset + 4)
        return Fixup(kind, 0, 0, start, end, start, start)
    (mask,) = long.unpack_from(data, at + _MASK * long.size)
    (value,) = long.unpack_from(data, at + _VALUE * long.size)
    start, end, alt_start, alt_end = (
        places[at + field * long.size] for field in (_START, _END, _ALT_START, _ALT_END)
    )
    for first, last in ((start, end), (alt_start, alt_end)):
        if first.section != last.section or not 0 <= last.offset - first.offset <= _LONGEST:
            raise Unlinkable("a feature fixup does not name a piece of code by its start and end")
    return Fixup(kind, mask, value, start, end, alt_start, alt_end)


class Patch(NamedTuple):
    """One fixup at its addresses in a linked program."""

    fixup: Fixup
    start: int
    end: int
    alt_start: int
    alt_end: int


class Code:
    """Instruction words of a linked program that starts at address `base`."""

    def __init__(self, memory: bytearray, base: int, order: str) -> None:
        self._memory = memory
        self._base = base
        self._word = struct.Struct(order + "I")

    def __getitem__(self, address: int) -> int:
        word: int = self._word.unpack_from(self._memory, address - self._base)[0]
        return word

    def __setitem__(self, address: int, word: int) -> None:
        self._word.pack_into(self._memory, address - self._base, word)


def applies(fixup: Fixup, features: Mapping[str, int]) -> bool:
    """Whether boot replaces the default code; raises Unlinkable where `features` does not name the kind.

    lwsync needs CPU_FTR_LWSYNC among the processor's features.
    """
    if fixup.kind == "lwsync":
        return bool(features.get("cpu", 0) & features.get("CPU_FTR_LWSYNC", 0))
    if fixup.kind not in features:
        raise Unlinkable(f"the code depends on {fixup.kind} features, which the target does not state")
    return features[fixup.kind] & fixup.mask != fixup.value


def apply_patches(code: Code, patches: Iterable[Patch], features: Mapping[str, int]) -> list[Patch]:
    """Do what boot does, table by table and in their order; return the patches that were applied."""
    ordered = sorted(patches, key=lambda patch: tuple(FIXUP_SECTIONS.values()).index(patch.fixup.kind))
    applied = [patch for patch in ordered if applies(patch.fixup, features)]
    for patch in applied:
        if patch.fixup.kind == "lwsync":
            code[patch.start] = LWSYNC
        else:
            _replace(code, patch)
    return applied


def _replace(code: Code, patch: Patch) -> None:
    length, room = patch.alt_end - patch.alt_start, patch.end - patch.start
    if not 0 <= length <= room or (length | room) % 4:
        raise Unlinkable(f"a feature alternative of {length} bytes does not fit the {room} bytes it replaces")
    for offset in range(0, length, 4):
        code[patch.start + offset] = _moved(code[patch.alt_start + offset], offset, patch)
    for address in range(patch.start + length, patch.end, 4):
        code[address] = NOP


def _moved(word: int, offset: int, patch: Patch) -> int:
    """Return the alternative's instruction at its new place: a branch that leaves it keeps its target.

    A branch to its end stays inside; boot did that wrong at first and no code relied on it.
    """
    field = branch_field(word)
    if field is None:
        return word
    target = patch.alt_start + offset + branch_displacement(word)
    if patch.alt_start <= target <= patch.alt_end:
        return word
    distance = target - (patch.start + offset)
    if not -(field + 4) // 2 <= distance < (field + 4) // 2:
        raise Unlinkable("a branch out of a feature alternative is too far from its target")
    return word & ~field | distance & field


def branch_field(word: int) -> int | None:
    """Return the displacement bits of a relative branch (b or bc with AA=0), None for the rest."""
    if word & 2:
        return None
    return {18: 0x03FFFFFC, 16: 0x0000FFFC}.get(word >> 26)


def branch_displacement(word: int) -> int:
    """Bytes from a relative branch to its target."""
    field = branch_field(word) or 0
    sign = (field + 4) // 2
    return ((word & field) ^ sign) - sign
