# SPDX-License-Identifier: GPL-2.0-or-later
"""From images to a `Program`: laid out at fixed addresses, relocated, feature fixups applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bisectd.domain.errors import UserError
from bisectd.domain.program import Program
from bisectd.domain.target import Target
from bisectd.kernel.addresses import Lines
from bisectd.kernel.fixups import Code, Patch, apply_patches
from bisectd.kernel.image import ABSOLUTE, COMMON, UNDEFINED, Fixup, Image, Relocation, Symbol, Unlinkable
from bisectd.kernel.layout import PAGE, Layout, lay_out
from bisectd.kernel.relocate import BRANCHES, REL14, REL24, Kind, field, kind, reaches
from bisectd.kernel.resolve import TOC, Definition, Names, plain, resolve, target
from bisectd.kernel.structures import Members, merged

EXTERNS = 16 << 20  # bytes from the start of the program to the names that nobody defines
_MOST_EXTERNS = 2000  # keeps them within reach of a branch

_BRANCH = 0x48000000  # b
_DESCRIPTORS = ".opd"  # function descriptors (64-bit ELFv1 ABI, section 3.2.1)


def link(images: Sequence[Image], features: Mapping[str, int], for_target: Target) -> Program:
    """Link the images of a unit.

    `features` holds what the commit's headers gave: "cpu", "mmu", and CPU_FTR_LWSYNC where it exists.
    Raises Unlinkable for what the objects lack, UserError where they are for another kind of machine.
    """
    _check(images, for_target)
    names = resolve(images)
    layout = lay_out(images, names)
    linker = _Linker(images, names, layout, _externs(images, names, layout.base))
    for number, index in layout.addresses:
        for relocation in images[number].sections[index].relocations:
            linker.relocate(number, index, relocation)
    code = Code(layout.memory, layout.base, "<" if for_target.endian == "little" else ">")
    applied = apply_patches(code, linker.patches(), features)
    structures = merged(image.structures for image in images)
    return Program(
        segments=layout.segments(),
        symbols=linker.symbols(),
        externs=linker.externs,
        members=Members(structures),
        sizes={name: structure.size for name, structure in structures.items() if "." not in name},
        lines=Lines([image.lines for image in images], layout.addresses, applied),
        features=dict(features),
        toc=layout.toc,
    )


def _check(images: Sequence[Image], for_target: Target) -> None:
    for image in images:
        if (image.bits, image.endian) != (for_target.bits, for_target.endian):
            raise UserError(
                f"target {for_target.name} is {for_target.bits}-bit {for_target.endian}-endian, but its "
                f"compiler flags make {image.bits}-bit {image.endian}-endian objects: correct arch_flags"
            )


def _externs(images: Sequence[Image], names: Names, base: int) -> Mapping[str, int]:
    undefined = {
        plain(symbol.name)
        for image in images
        for symbol in image.symbols
        if symbol.section == UNDEFINED and not names.keys() & {symbol.name, plain(symbol.name)}
    } - {TOC, ""}
    if len(undefined) > _MOST_EXTERNS:
        raise Unlinkable(f"{len(undefined)} names are defined nowhere: more than {_MOST_EXTERNS}")
    return {name: base + EXTERNS + PAGE * position for position, name in enumerate(sorted(undefined))}


@dataclass(frozen=True)
class _Linker:
    images: Sequence[Image]
    names: Names
    layout: Layout
    externs: Mapping[str, int]

    def relocate(self, number: int, index: int, relocation: Relocation) -> None:
        """Apply one relocation of a section."""
        image = self.images[number]
        how = kind(image.bits, relocation.type)
        place = self.layout.addresses[number, index] + relocation.offset
        value = self._value(number, relocation, how)
        value -= {"": 0, "place": place, "toc": self.layout.toc}[how.relative]
        stub = self.layout.stubs.get((number, index, relocation.symbol))
        if stub and relocation.type == REL14 and not reaches(how, value):
            self._write(number, stub, relocation._replace(type=REL24), value + place - stub, _BRANCH)
            value = stub - place
        self._write(number, place, relocation, value)

    def _write(
        self, number: int, place: int, relocation: Relocation, value: int, word: int | None = None
    ) -> None:
        """Fill in the field of the word at an address, or of another word to be put there."""
        image = self.images[number]
        how, name = kind(image.bits, relocation.type), image.symbols[relocation.symbol].name
        at = place - self.layout.base
        where = slice(at, at + how.size)
        if word is None:
            word = int.from_bytes(self.layout.memory[where], image.endian)
        if len(self.layout.memory[where]) != how.size:
            raise Unlinkable("a relocation lies outside its section")
        written = word & ~how.mask | field(how, value, image.bits, name or "a section")
        self.layout.memory[where] = written.to_bytes(how.size, image.endian)

    def _value(self, number: int, relocation: Relocation, how: Kind) -> int:
        """S + A, where S of a branch is where the function's code begins."""
        addend = relocation.addend
        name = self.images[number].symbols[relocation.symbol].name
        if TOC in {name, f".{how.name}."}:
            return self.layout.toc + addend
        found = target(self.images, self.names, number, relocation.symbol)
        if found is None:
            return (self.externs[plain(name)] if name else 0) + addend
        if how.name in BRANCHES:
            return self.entry(found, addend) + _local_entry(found.symbol)
        return self.address(found.image, found.symbol) + addend

    def entry(self, found: Definition, distance: int = 0) -> int:
        """Address of a function's code: what its descriptor in .opd points at (ELFv1), else its own.

        An assembler may name the descriptor of a static function by its distance from the start of .opd.
        """
        number, symbol = found
        section = self.images[number].sections[symbol.section] if symbol.section >= 0 else None
        if section is not None and section.name == _DESCRIPTORS:
            for offset, _, code, addend in section.relocations:
                if offset == symbol.offset + distance:
                    return self.address(number, self.images[number].symbols[code]) + addend
        return self.address(number, symbol) + distance

    def address(self, number: int, symbol: Symbol) -> int:
        """Address of a defined symbol."""
        if symbol.section == ABSOLUTE:
            return symbol.offset
        if symbol.section == COMMON:
            return self.layout.commons[symbol.name]
        return self.layout.addresses[number, symbol.section] + symbol.offset

    def patches(self) -> list[Patch]:
        """Every feature fixup at its addresses."""
        return [
            self._patch(number, fixup) for number, image in enumerate(self.images) for fixup in image.fixups
        ]

    def _patch(self, number: int, fixup: Fixup) -> Patch:
        places = fixup.start, fixup.end, fixup.alt_start, fixup.alt_end
        return Patch(
            fixup, *(self.layout.addresses[number, place.section] + place.offset for place in places)
        )

    def symbols(self) -> Mapping[str, int]:
        """All names: static ones too, unless a global one or an earlier static one hides them."""
        found = {name: self.entry(definition) for name, definition in self.names.items()}
        for number, image in enumerate(self.images):
            for symbol in image.symbols:
                if symbol.name and symbol.section != UNDEFINED and symbol.name not in found:
                    found[symbol.name] = self.entry(Definition(number, symbol))
        return found


def _local_entry(symbol: Symbol) -> int:
    """Bytes from a function's global to its local entry point (ELFv2 ABI, section 3.4.1)."""
    code = symbol.other >> 5
    return 1 << code & ~1 if code > 1 else 0
