# SPDX-License-Identifier: GPL-2.0-or-later
"""What the file can name: objects and their members, registers, groups of registers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bisectd.domain.names import nearest
from bisectd.probes.facilities import Facility
from bisectd.probes.own.table import Table

GROUPS: Mapping[str, Facility] = {facility.value.lower(): facility for facility in Facility} | {
    "vec": Facility.VEC
}
SAVED = "saved"
INTERRUPTS = "interrupts"
_FILES = {"f": 32, "v": 32, "vs": 32, "r": 32}
_SPECIAL = ("FPSCR", "VSCR", "MSR", "ACC", "SPEFSCR")
REGISTERS = (*(f"{file}{number}" for file, count in _FILES.items() for number in range(count)), *_SPECIAL)
RESERVED = {*REGISTERS, *GROUPS, INTERRUPTS, SAVED, "before", "unchanged", "user", "kernel"}
_MEMBER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_DEEPEST = 32  # members of one path


@dataclass(frozen=True)
class Register:
    """A live register by its name."""

    name: str


@dataclass(frozen=True)
class Group:
    """All registers of a facility; `task`: as they are saved for that task, "" for the live ones."""

    facility: Facility
    task: str = ""


@dataclass(frozen=True)
class Memory:
    """An object, or the member of it that `members` lead to, through pointers where they are on the way.

    `optional`: passed over where the version of the code has no such member.
    """

    object: str
    members: tuple[str, ...] = ()
    optional: bool = False

    @property
    def name(self) -> str:
        """As the file writes it."""
        return ".".join((self.object, *self.members))


Place: TypeAlias = Register | Group | Memory


@dataclass(frozen=True)
class Object:
    """Something in memory. `kind`: task, struct, data or variable.

    `type`: the name of the structure, or of the integer.
    """

    name: str
    kind: str
    type: str = ""
    size: int = 0  # bytes of data
    variable: str = ""  # the global variable it is
    optional: bool = False

    @property
    def structure(self) -> str:
        """The name of the C structure that it is; "" where it is none."""
        return "task_struct" if self.kind == "task" else self.type if self.kind == "struct" else ""


Objects: TypeAlias = Mapping[str, Object]


def read_place(table: Table, key: str, objects: Objects) -> Place:
    """The place that a key names. UserError with the nearest names where there is none of that name."""
    first, *rest = key.removesuffix("?").split(".")
    if not rest and first in REGISTERS:
        return Register(first)
    if not rest and first in GROUPS:
        return Group(GROUPS[first])
    if len(rest) == 2 and rest[0] == SAVED:  # noqa: PLR2004 - TASK.saved.GROUP
        return _saved(table, key, first, rest[1], objects)
    return read_memory(table, key, key, objects)


def _saved(table: Table, key: str, task: str, group: str, objects: Objects) -> Group:
    if task not in objects or objects[task].kind != "task":
        tasks = [name for name, found in objects.items() if found.kind == "task"]
        raise table.error(key, f"there is no task {task!r}" + (f": {nearest(task, tasks)}" if tasks else ""))
    if group not in GROUPS:
        raise table.error(key, f"unknown group of registers {group!r}: {nearest(group, GROUPS)}")
    return Group(GROUPS[group], task)


def read_memory(table: Table, key: str, path: str, objects: Objects) -> Memory:
    """The object or member that a path names."""
    first, *rest = path.removesuffix("?").split(".")
    if first not in objects:
        known = [*objects, *GROUPS, *_SPECIAL]
        raise table.error(key, f"there is no object or register {first!r}: {nearest(first, known)}")
    if rest and not objects[first].structure:
        raise table.error(key, f"{first} is no structure, so it has no member {rest[0]!r}")
    for member in rest:
        if not _MEMBER.fullmatch(member):
            raise table.error(key, f"{member!r} is no name of a structure member")
    if len(rest) > _DEEPEST:
        raise table.error(key, f"has {len(rest)} members in one path: at most {_DEEPEST}")
    return Memory(first, tuple(rest), path.endswith("?"))
