# SPDX-License-Identifier: GPL-2.0-or-later
"""Types from .debug_info (DWARF versions 2 to 5, sections 5 and 7.5), in one pass that skips all else."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from bisectd.kernel.elf import Elf
from bisectd.kernel.image import Unlinkable
from bisectd.kernel.lines import Cursor, text
from bisectd.kernel.structures import Structure
from bisectd.kernel.types import Kind, MemberEntry, Type, Types, layouts

Value: TypeAlias = int | bytes
Entry: TypeAlias = dict[int, Value]  # DW_AT_* → value

_COMPILE_UNIT, _MEMBER, _SUBRANGE, _TYPEDEF = 0x11, 0x0D, 0x21, 0x16
_KINDS = {
    0x13: Kind.COMPOSITE, 0x17: Kind.COMPOSITE, 0x02: Kind.COMPOSITE,  # structure, union, class
    0x0F: Kind.POINTER,
    0x01: Kind.ARRAY,
    0x16: Kind.ALIAS, 0x26: Kind.ALIAS, 0x35: Kind.ALIAS, 0x37: Kind.ALIAS, 0x47: Kind.ALIAS,
    0x24: Kind.SCALAR, 0x04: Kind.SCALAR,
}  # fmt: skip
_READ = {*_KINDS, _MEMBER, _SUBRANGE, _COMPILE_UNIT}

_NAME, _BYTE_SIZE, _UPPER_BOUND, _COUNT = 0x03, 0x0B, 0x2F, 0x37
_BIT_FIELD = {0x0C, 0x0D, 0x6B}  # bit_offset, bit_size, data_bit_offset
_LOCATION, _DECLARATION, _TYPE, _STR_OFFSETS_BASE = 0x38, 0x3C, 0x49, 0x72
_WANTED = {
    _NAME, _BYTE_SIZE, _UPPER_BOUND, _COUNT, _LOCATION, _DECLARATION, _TYPE, _STR_OFFSETS_BASE, *_BIT_FIELD,
}  # fmt: skip
_PLUS_UCONST = 0x23  # DW_OP_plus_uconst: how DWARF 2 and 3 write where a member lies

_ADDR, _BLOCK2, _BLOCK4, _STRING, _BLOCK, _BLOCK1, _SDATA = 0x01, 0x03, 0x04, 0x08, 0x09, 0x0A, 0x0D
_REF_ADDR, _INDIRECT, _EXPRLOC, _PRESENT, _IMPLICIT = 0x10, 0x16, 0x18, 0x19, 0x21
_ULEB = {0x0F, 0x15, 0x1A, 0x1B, 0x22, 0x23}  # udata, ref_udata, strx, addrx, loclistx, rnglistx
_BLOCKS = {_BLOCK1: "B", _BLOCK2: "H", _BLOCK4: "I"}
_UNIT_REFERENCES = {0x11, 0x12, 0x13, 0x14, 0x15}
_STRX = {0x1A, 0x25, 0x26, 0x27, 0x28}
# `struct` codes of the forms of fixed width: data, flag, ref, strx, addrx; strp, sec_offset, …
_FIXED = {
    0x0B: "B", 0x0C: "B", 0x11: "B", 0x25: "B", 0x29: "B",
    0x05: "H", 0x12: "H", 0x26: "H", 0x2A: "H",
    0x27: "3s", 0x2B: "3s",
    0x06: "I", 0x13: "I", 0x0E: "I", 0x17: "I", 0x1D: "I", 0x1F: "I", 0x28: "I", 0x2C: "I", 0x1C: "I",
    0x07: "Q", 0x14: "Q", 0x20: "Q", 0x24: "Q",
    0x1E: "16s", _PRESENT: "", _IMPLICIT: "",
}  # fmt: skip
_UNWRITTEN = {_PRESENT, _IMPLICIT}
_BYTE_ORDERS: Mapping[str, Literal["little", "big"]] = {"<": "little", ">": "big"}
_UNIT_HEADERS = {4: 8, 5: 8, 2: 12, 6: 12}  # DW_UT_* → bytes after the DWARF 5 header, of 32-bit DWARF


class Abbreviation(NamedTuple):
    """How one kind of entry is written: DW_TAG_*, whether children follow, (attribute, form, constant).

    Where no form varies in width, `fixed` unpacks the attributes that are wanted, in the order of `names`;
    `constants` are those whose value stands here. `relative`: the type is counted from the unit's start.
    """

    tag: int
    children: bool
    attributes: tuple[tuple[int, int, int], ...]
    fixed: struct.Struct | None
    names: tuple[int, ...]
    constants: Entry
    relative: bool
    indexed: bool  # the name is an index into .debug_str_offsets


@dataclass
class Reader:
    """The debug sections of an object file, and the types found so far."""

    order: str
    info: bytes
    abbreviations: bytes
    strings: bytes
    string_offsets: bytes
    types: dict[int, Type] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)
    typedefs: dict[str, int] = field(default_factory=dict)


@dataclass
class Unit:
    """One compilation unit while it is read."""

    reader: Reader
    start: int
    version: int
    address: str  # `struct` code
    string_offsets: int = 0  # DW_AT_str_offsets_base


def read_structures(elf: Elf, roots: Sequence[str]) -> Mapping[str, Structure]:
    """Lay out the structures named by `roots` (tags or typedefs) and those they hold by value."""
    reader = Reader(
        order=elf.order,
        info=elf.patched(".debug_info"),
        abbreviations=elf.patched(".debug_abbrev"),
        strings=elf.patched(".debug_str"),
        string_offsets=elf.patched(".debug_str_offsets"),
    )
    cursor = Cursor(reader.info, 0, elf.order)
    while roots and cursor.at < len(reader.info):
        _read_unit(reader, cursor)
    return layouts(Types(reader.types, reader.tags, reader.typedefs, elf.bits // 8), roots)


def _read_unit(reader: Reader, cursor: Cursor) -> None:
    start = cursor.at
    length = cursor.take("I")
    end = cursor.at + length
    version = cursor.take("H")
    if version not in {2, 3, 4, 5}:
        raise Unlinkable(f"debug information of DWARF {version} is not read: compile with -gdwarf-4")
    if version >= 5:  # noqa: PLR2004 - DWARF 5 moved the address size forward
        kind, size, table = cursor.take("B"), cursor.take("B"), cursor.take("I")
        cursor.at += _UNIT_HEADERS.get(kind, 0)
    else:
        table, size = cursor.take("I"), cursor.take("B")
    unit = Unit(reader, start, version, {4: "I", 8: "Q"}[size])
    _read_entries(unit, cursor, end, _read_abbreviations(unit, table))
    cursor.at = end


def _read_abbreviations(unit: Unit, start: int) -> Mapping[int, Abbreviation]:
    cursor = Cursor(unit.reader.abbreviations, start, unit.reader.order)
    table = {}
    while code := cursor.uleb():
        tag, children = cursor.uleb(), bool(cursor.take("B"))
        attributes = []
        while any(pair := (cursor.uleb(), cursor.uleb())):
            attributes.append((*pair, cursor.sleb() if pair[1] == _IMPLICIT else 1))
        table[code] = _abbreviation(unit, tag, children, attributes)
    return table


def _abbreviation(
    unit: Unit, tag: int, children: bool, attributes: Sequence[tuple[int, int, int]]
) -> Abbreviation:
    codes = [(attribute in _WANTED, _fixed_code(unit, form)) for attribute, form, _ in attributes]
    fixed = None
    if all(code is not None for _, code in codes):
        layout = [code if wanted else f"{struct.calcsize(code)}x" for wanted, code in codes if code]
        fixed = struct.Struct(unit.reader.order + "".join(layout))
    written = [(attribute, form) for attribute, form, _ in attributes if form not in _UNWRITTEN]
    return Abbreviation(
        tag=tag,
        children=children,
        attributes=tuple(attributes),
        fixed=fixed,
        names=tuple(attribute for attribute, _ in written if attribute in _WANTED),
        constants={attribute: constant for attribute, form, constant in attributes if form in _UNWRITTEN},
        relative=any(attribute == _TYPE and form in _UNIT_REFERENCES for attribute, form in written),
        indexed=any(attribute == _NAME and form in _STRX for attribute, form in written),
    )


def _fixed_code(unit: Unit, form: int) -> str | None:
    if form == _ADDR:
        return unit.address
    if form == _REF_ADDR:
        return unit.address if unit.version == 2 else "I"  # noqa: PLR2004 - DWARF 2 wrote an address
    return _FIXED.get(form)


def _read_entries(unit: Unit, cursor: Cursor, end: int, table: Mapping[int, Abbreviation]) -> None:
    """Walk the tree of entries, depth first as it is written."""
    parents: list[Type | None] = []
    info = cursor.data
    while cursor.at < end:
        offset = cursor.at
        code = info[offset]
        if code < 0x80:  # noqa: PLR2004 - a one-byte LEB128, by far the most
            cursor.at += 1
        else:
            code = cursor.uleb()
        if not code:
            if parents:
                parents.pop()
            continue
        abbreviation = table[code]
        type_ = None
        if abbreviation.tag in _READ:
            entry = _read_entry(unit, cursor, abbreviation)
            type_ = _note(unit, abbreviation.tag, offset, entry, parents)
        elif abbreviation.fixed is not None:
            cursor.at += abbreviation.fixed.size
        else:
            _read_entry(unit, cursor, abbreviation)
        if abbreviation.children:
            parents.append(type_)


def _read_entry(unit: Unit, cursor: Cursor, abbreviation: Abbreviation) -> Entry:
    """Read the attributes that are wanted, and move on to the next entry."""
    if abbreviation.fixed is not None:
        values = abbreviation.fixed.unpack_from(cursor.data, cursor.at)
        cursor.at += abbreviation.fixed.size
        entry: Entry = dict(zip(abbreviation.names, values, strict=True))
    else:
        entry = {
            attribute: _read_form(unit, cursor, form)
            for attribute, form, _ in abbreviation.attributes
            if form not in _UNWRITTEN
        }
    entry.update(abbreviation.constants)
    if abbreviation.relative:
        entry[_TYPE] = unit.start + _number(entry[_TYPE], 0)
    if abbreviation.indexed:
        entry[_NAME] = _indexed_string(unit, entry[_NAME])
    return entry


def _read_form(unit: Unit, cursor: Cursor, form: int) -> Value:
    code = _fixed_code(unit, form)
    if code and not code.endswith("s"):
        return cursor.take(code)
    if form in _ULEB:
        return cursor.uleb()
    if form == _SDATA:
        return cursor.sleb()
    if form == _INDIRECT:
        return _read_form(unit, cursor, cursor.uleb())
    return _read_block(cursor, form, code)


def _read_block(cursor: Cursor, form: int, code: str | None) -> bytes:
    if form == _STRING:
        size = cursor.data.index(0, cursor.at) + 1 - cursor.at
    elif code:
        size = struct.calcsize(code)
    elif form in _BLOCKS:
        size = cursor.take(_BLOCKS[form])
    elif form in {_BLOCK, _EXPRLOC}:
        size = cursor.uleb()
    else:
        raise Unlinkable(f"debug information uses the unknown form {form:#x}: compile with -gdwarf-4")
    start, cursor.at = cursor.at, cursor.at + size
    return cursor.data[start : cursor.at]


def _indexed_string(unit: Unit, value: Value) -> int:
    index = value if isinstance(value, int) else int.from_bytes(value, _BYTE_ORDERS[unit.reader.order])
    return Cursor(unit.reader.string_offsets, unit.string_offsets + 4 * index, unit.reader.order).take("I")


def _note(unit: Unit, tag: int, offset: int, entry: Entry, parents: Sequence[Type | None]) -> Type | None:
    """Keep what an entry says; return the type that its children belong to."""
    parent = parents[-1] if parents else None
    if tag == _COMPILE_UNIT:
        unit.string_offsets = _number(entry.get(_STR_OFFSETS_BASE), 0)
    elif tag == _MEMBER:
        if parent is not None and parent.kind is Kind.COMPOSITE and entry.keys().isdisjoint(_BIT_FIELD):
            member = MemberEntry(_name(unit.reader, entry), _location(entry), _number(entry.get(_TYPE), -1))
            parent.members.append(member)
    elif tag == _SUBRANGE:
        if parent is not None:
            parent.bounds.append(_elements(entry))
    else:
        return _note_type(unit.reader, tag, offset, entry, top=len(parents) == 1)
    return None


def _note_type(reader: Reader, tag: int, offset: int, entry: Entry, *, top: bool) -> Type:
    name, declaration = _name(reader, entry), _DECLARATION in entry
    size, target = entry.get(_BYTE_SIZE), entry.get(_TYPE)
    type_ = Type(
        kind=_KINDS[tag],
        name=name if _KINDS[tag] is not Kind.ALIAS or tag == _TYPEDEF else "",
        size=size if isinstance(size, int) else None,
        target=target if isinstance(target, int) else None,
        declaration=declaration,
    )
    reader.types[offset] = type_
    if top and name and not declaration:
        if type_.kind is Kind.COMPOSITE:
            reader.tags.setdefault(name, offset)
        elif tag == _TYPEDEF:
            reader.typedefs.setdefault(name, offset)
    return type_


def _number(value: Value | None, default: int) -> int:
    return value if isinstance(value, int) else default


def _name(reader: Reader, entry: Entry) -> str:
    value = entry.get(_NAME, b"\0")
    name = text(reader.strings, value) if isinstance(value, int) else text(value, 0)
    return name if name.isidentifier() else ""  # inline assembly may write anything


def _location(entry: Entry) -> int:
    value = entry.get(_LOCATION, 0)
    if isinstance(value, int):
        return value
    if value[:1] != bytes([_PLUS_UCONST]):
        raise Unlinkable("debug information computes where a structure member lies: compile with -gdwarf-4")
    return Cursor(value, 1, "<").uleb()


def _elements(entry: Entry) -> int:
    """Elements of one array dimension; 0 where it is flexible. GCC writes [0] as an upper bound of -1."""
    count, upper = entry.get(_COUNT), entry.get(_UPPER_BOUND)
    if isinstance(count, int):
        return count
    return max(upper + 1, 0) if isinstance(upper, int) else 0
