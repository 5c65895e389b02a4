# SPDX-License-Identifier: GPL-2.0-or-later
"""The memory that a user's file names: objects, members through pointers, and what must be there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from bisectd.domain.errors import UserError
from bisectd.probes.bits import Bits
from bisectd.probes.checks import Check, Finding, Kind, Place
from bisectd.probes.kernel import Kernel
from bisectd.probes.own.model import Kept, Pattern, Wanted
from bisectd.probes.own.places import Memory, Object, Objects
from bisectd.probes.own.values import (
    BEFORE,
    TABLES,
    TYPES,
    Array,
    BitNames,
    Bytes,
    Expected,
    Number,
    Reference,
    Unchanged,
    Value,
    combine,
)
from bisectd.probes.scenario import PAGE, Inconclusive, Missing
from emulator.errors import MemoryFault

_SCALARS = {1, 2, 4, 8, 16}
_ALL_SHOWN, _MOST_SHOWN = 16, 8  # elements of an array in evidence; the rest is judged by the same bytes
_WORD = 8  # bytes that one check is about where many are compared


@dataclass(frozen=True)
class Returned(Check):
    """The result of a call: `size` in bytes; `before` is what its register held when the call was made."""

    size: int = 4
    signed: bool = False

    def reason(self) -> str:
        """What it returned, as C would print it."""
        if self.bits is not None:
            return super().reason()
        return f"{self.name} returned {self._number(self.after)}, expected {self._number(self.expected)}"

    def row(self) -> dict[str, Any]:
        """The row of a value, and the numbers as C would print them."""
        if self.bits is not None:
            return super().row()
        numbers = {"after_number": self._number(self.after), "expected_number": self._number(self.expected)}
        return super().row() | {key: str(number) for key, number in numbers.items()}

    def _number(self, value: int) -> int:
        negative = self.signed and value >> 8 * self.size - 1
        return value - (1 << 8 * self.size) if negative else value


@dataclass
class Cells:
    """Where the objects of a case are, and what their members hold."""

    kernel: Kernel
    objects: Objects
    addresses: dict[str, int] = field(default_factory=dict)

    def make(self, contents: Mapping[str, Value]) -> None:
        """Make every object that is not made yet; their contents last, since they may name each other."""
        for name, found in self.objects.items():
            if name not in self.addresses:
                self.addresses[name] = self._make(found)
        for name, value in contents.items():
            size = self._content_size(value)
            self._put(self.addresses[name], size, value, name)

    def _make(self, found: Object) -> int:
        if found.variable:
            return self._variable(found)
        if found.kind == "struct":
            return self.kernel.new(found.type)
        return self.kernel.allocate(max(found.size, 1), found.name)

    def _variable(self, found: Object) -> int:
        """Its address in the unit; in a page of zeros where the unit only looks for it."""
        program = self.kernel.program
        address = program.symbols.get(found.variable)
        if address is not None:
            return address
        address = program.externs.get(found.variable)
        size = program.sizes.get(found.type, 0) if found.kind == "struct" else found.size
        if size > PAGE:
            raise Inconclusive(f"{found.variable} of {size} bytes is defined in no source of the unit")
        if address is None:
            if found.optional:
                return self.kernel.allocate(max(size, 16), found.variable)
            raise Missing(f"the unit has no variable {found.variable}")
        self.kernel.machine.memory.map(address, PAGE)
        return address

    # -- where things are -----------------------------------------------------------------------------------

    def find(self, memory: Memory) -> tuple[int, int]:
        """Address and size. Missing where this version has no such member; Inconclusive behind a NULL."""
        found = self.objects[memory.object]
        address, members = self.addresses[memory.object], self.kernel.program.members
        if not memory.members:
            return address, self._object_size(found)
        path, size = found.structure, 0
        for position, name in enumerate(memory.members):
            path = f"{path}.{name}"
            member = members.get(path)
            if member is None:
                raise Missing(f"the unit has no member {path}")
            size = member.size
            if member.points_to and position + 1 < len(memory.members):
                pointer = self.kernel.read(address + member.offset, member.size)
                if not pointer:
                    raise Inconclusive(f"{path} is NULL, so there is no {memory.name}")
                address, path = pointer, member.points_to
            else:
                offset = member.offset
        return address + offset, size

    def _object_size(self, found: Object) -> int:
        if found.structure:
            return self.kernel.program.sizes.get(found.structure, 0)
        return found.size or self.kernel.width

    def size(self, type_: str, default: int) -> int:
        """Bytes of a type of the file."""
        return (TYPES[type_] or self.kernel.width) if type_ else default

    def _content_size(self, value: Value) -> int:
        match value:
            case Array(values, type_):
                return len(values) * self.size(type_, 0)
            case Bytes(data):
                return len(data)
            case Number(_, type_):
                return self.size(type_, self.kernel.width)
            case _:
                return self.kernel.width

    def _has(self, memory: Memory) -> bool:
        try:
            self.find(memory)
        except Missing:
            return False
        return True

    # -- values ---------------------------------------------------------------------------------------------

    def store(self, memory: Memory, value: Value, key: str) -> None:
        """Put a value into an object or member."""
        if memory.optional and not self._has(memory):
            return
        self._put(*self.find(memory), value, key)

    def _put(self, address: int, room: int, value: Value, key: str) -> None:
        size = self._content_size(value) if isinstance(value, Array | Bytes) else room
        if size > room:
            raise Inconclusive(f"{key} has {room} bytes, too few for {size}")
        if isinstance(value, Bytes):
            self.kernel.machine.memory.write(address, value.data)
        elif isinstance(value, Array):
            each = self.size(value.type, 0)
            for number, element in enumerate(value.values):
                self.kernel.write(address + number * each, element, each)
        elif size not in _SCALARS:
            raise Inconclusive(f"{key} has {size} bytes and is no number: give it {{ u64 = [1, 2] }} or hex")
        else:
            self.kernel.write(address, self.number(value, key, size), size)

    def number(self, value: Value, key: str, size: int, before: int = 0) -> int:
        """The number that a value stands for. UserError where it does not fit `size` bytes (0: any)."""
        match value:
            case Number(number, type_):
                bits = 8 * (self.size(type_, size) or 16)
                if not -(1 << bits - 1) <= number < 1 << bits:
                    raise UserError(
                        f"{key}: {number} does not fit {bits} bits on {self.kernel.target.name}: "
                        "give it a type, as { u64 = … }, or make it smaller"
                    )
                return number
            case BitNames(table):
                return combine(value, self._bits(table), self._states(before))
            case Reference(path, address):
                return self._reference(path, address=address)
            case _:
                raise TypeError(value)

    def _reference(self, path: str, *, address: bool) -> int:
        first, *rest = path.split(".")
        place, size = self.find(Memory(first, tuple(rest)))
        if address or not rest:
            return place
        if size not in _SCALARS:
            raise Inconclusive(f"{path} has {size} bytes and is no number: name its address, &{path}")
        return self.kernel.read(place, size)

    def _states(self, before: int) -> Mapping[str, int]:
        return {BEFORE: before, "user": self.kernel.user_msr, "kernel": self.kernel.kernel_msr}

    def _bits(self, table: str) -> Bits:
        return self.kernel.msr_names if table == "MSR" else TABLES[table]

    def bits(self, value: object) -> Bits | None:
        """The names of the bits of a value that is written by names."""
        return self._bits(value.table) if isinstance(value, BitNames) else None

    def glimpse(self, memory: Memory) -> bytes:
        """What is there now; nothing where there is no such place (a pointer may be set later)."""
        try:
            address, size = self.find(memory)
            return self.kernel.machine.memory.read(address, size)
        except (Inconclusive, MemoryFault):
            return b""


class Pair(NamedTuple):
    """A number before the first step, and now."""

    before: int
    after: int
    place: Place


class Seen(NamedTuple):
    """Bytes at an address before the first step, and now."""

    address: int
    before: bytes
    after: bytes

    def part(self, at: int, size: int, order: Literal["big", "little"]) -> Pair:
        """The number at an offset, before and now, and where it is."""
        before, after = (int.from_bytes(data[at : at + size], order) for data in (self.before, self.after))
        return Pair(before, after, Place(self.address + at, size))


def compare(cells: Cells, wanted: Wanted, place: Memory, before: bytes) -> Iterator[Finding]:
    """Hold what is at a place against what must be there. `before`: its bytes before the first step."""
    try:
        address, size = cells.find(place)
    except Missing:
        if place.optional:
            return
        raise
    seen = Seen(address, before, cells.kernel.machine.memory.read(address, size))
    value = wanted.value
    if isinstance(value, Kept | Pattern):
        raise TypeError(wanted)
    if isinstance(value, Array | Bytes):
        yield from _compare_many(cells, wanted.key, value, seen)
    elif isinstance(value, Unchanged) and (size not in _SCALARS or not place.members):
        yield from _compare_bytes(cells, wanted.key, seen)
    elif size in _SCALARS:
        yield compare_number(cells, wanted.key, value, seen.part(0, size, cells.kernel.target.endian))
    else:
        raise Inconclusive(f"{wanted.key} has {size} bytes and is no number")


def compare_number(cells: Cells, key: str, value: Expected, seen: Pair) -> Check:
    """Hold one number against what it must be."""
    before, after, place = seen
    size = place.size
    expected = before if isinstance(value, Unchanged) else cells.number(value, key, size, before)
    width = 8 * size if size else max(after.bit_length(), 64)
    return Check(key, before, after, expected & (1 << width) - 1, cells.bits(value), place=place)


def _compare_many(cells: Cells, key: str, value: Array | Bytes, seen: Seen) -> Iterator[Finding]:
    """Hold integers against each other, each by its number; of many only the first that are wrong."""
    each = cells.size(value.type, 0) if isinstance(value, Array) else 1
    values = value.values if isinstance(value, Array) else tuple(value.data)
    if len(seen.after) < len(values) * each:
        raise Inconclusive(f"{key} has {len(seen.after)} bytes, too few for {len(values) * each}")
    wrong = 0
    for number, wanted in enumerate(values):
        before, after, place = seen.part(number * each, each, cells.kernel.target.endian)
        expected = wanted & (1 << 8 * each) - 1
        wrong += after != expected
        if len(values) <= _ALL_SHOWN or (after != expected and wrong <= _MOST_SHOWN):
            yield Check(f"{key}[{number}]", before, after, expected, place=place)


def _compare_bytes(cells: Cells, key: str, seen: Seen) -> Iterator[Finding]:
    """Bytes that must be as they were, a doubleword at a time."""
    for offset in range(0, len(seen.after), _WORD):
        size = min(_WORD, len(seen.after) - offset)
        before, after, place = seen.part(offset, size, cells.kernel.target.endian)
        yield Check(f"{key}+{offset:#x}", before, after, before, kind=Kind.KEPT, place=place)
