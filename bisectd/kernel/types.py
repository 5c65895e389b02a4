# SPDX-License-Identifier: GPL-2.0-or-later
"""C types as debug information describes them, and the layouts that they give structures."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import prod

from bisectd.kernel.image import Unlinkable
from bisectd.kernel.structures import Field, Structure, fields

# Debug information that inline assembly wrote could go round in circles or double at every level.
_DEEPEST = 100  # typedefs and qualifiers of one type
_MOST_MEMBERS = 100_000  # of one structure, those of anonymous members included


class Kind(Enum):
    """What layouts tell apart."""

    COMPOSITE = "structure or union"
    POINTER = "pointer"
    ARRAY = "array"
    ALIAS = "typedef or qualifier"
    SCALAR = "base type or enumeration"


@dataclass(slots=True)
class MemberEntry:
    """One member: `name` is empty for an anonymous one, `type` the offset of its type."""

    name: str
    offset: int
    type: int


@dataclass(slots=True)
class Type:
    """One type. `target` is the type pointed at, aliased or repeated; `size` None where it is not written."""

    kind: Kind
    name: str
    size: int | None
    target: int | None
    declaration: bool
    members: list[MemberEntry] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)  # elements in each dimension, 0 for a flexible one


@dataclass(frozen=True)
class Types:
    """All types of an object file by their offset in .debug_info; `named`: the top-level ones by C name.

    A tag hides a typedef of the same name.
    """

    by_offset: Mapping[int, Type]
    tags: Mapping[str, int]
    typedefs: Mapping[str, int]
    address_size: int

    def strip(self, offset: int | None) -> tuple[Type | None, str]:
        """Follow typedefs and qualifiers to what a type is, and the last typedef's name on the way."""
        alias = ""
        for _ in range(_DEEPEST):
            type_ = self.by_offset.get(offset) if offset is not None else None
            if type_ is None or type_.kind is not Kind.ALIAS:
                return type_, alias
            alias, offset = type_.name or alias, type_.target
        return None, alias

    def size(self, offset: int | None) -> int:
        """Bytes of a type, 0 where it has none (void, functions, flexible arrays)."""
        type_, _ = self.strip(offset)
        if type_ is None:
            return 0
        if type_.size is None and type_.kind is Kind.ARRAY:
            return prod(type_.bounds) * self.size(type_.target) if type_.bounds else 0
        return type_.size if type_.size is not None else self.address_size * (type_.kind is Kind.POINTER)

    def name(self, composite: Type, alias: str) -> str:
        """Return the name that C code uses for a structure, empty where it has none."""
        return composite.name or ("" if alias in self.tags else alias)


def layouts(types: Types, roots: Sequence[str]) -> Mapping[str, Structure]:
    """Lay out the named structures and all that they hold by value. What is not defined is left out.

    A root may go on with members, as in `task_struct.thread.regs.msr`: then the structures that the pointers
    on this way point at are laid out too.
    """
    table: dict[str, Structure] = {}
    for root in roots:
        structure, *names = root.split(".")
        _lay_out_named(types, structure, table)
        for name in names:
            found = fields(table[structure]).get(name) if structure in table else None
            structure = (found.embeds or found.points_to or "") if found else ""
            _lay_out_named(types, structure, table)
    return table


def _lay_out_named(types: Types, name: str, table: dict[str, Structure]) -> None:
    composite, _ = types.strip(types.tags.get(name, types.typedefs.get(name)))
    if composite is not None and composite.kind is Kind.COMPOSITE and not composite.declaration:
        _lay_out(types, name, composite, table, ())


def _lay_out(
    types: Types, key: str, composite: Type, table: dict[str, Structure], within: tuple[str, ...]
) -> None:
    if key in table:
        return
    within = (*within, key)
    laid_out = []
    for member, offset in _flat(types, composite):
        type_, alias = types.strip(member.type)
        embeds = points_to = None
        if type_ is not None and type_.kind is Kind.COMPOSITE:
            name = types.name(type_, alias) or f"{key}.{member.name}"
            if name not in within:  # no C structure holds itself, but inline assembly can write one
                _lay_out(types, name, type_, table, within)
                embeds = name
        elif type_ is not None and type_.kind is Kind.POINTER:
            target, alias = types.strip(type_.target)
            points_to = types.name(target, alias) if target and target.kind is Kind.COMPOSITE else None
        laid_out.append(Field(member.name, offset, types.size(member.type), embeds, points_to or None))
    table[key] = Structure.of(composite.size or 0, laid_out)


def _flat(types: Types, composite: Type) -> Iterator[tuple[MemberEntry, int]]:
    """Yield the members with those of anonymous structures and unions in place of these."""
    waiting = [(member, 0) for member in reversed(composite.members)]
    for _ in range(_MOST_MEMBERS):
        if not waiting:
            return
        member, base = waiting.pop()
        offset = base + member.offset
        if member.name:
            yield member, offset
            continue
        inner, _ = types.strip(member.type)
        if inner is not None and inner.kind is Kind.COMPOSITE:
            waiting += [(below, offset) for below in reversed(inner.members)]
    raise Unlinkable(f"a structure has more than {_MOST_MEMBERS} members")
