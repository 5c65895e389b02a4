# SPDX-License-Identifier: GPL-2.0-or-later
"""C structures as probes ask for them: `task_struct.thread.fp_state.fpr` → offset and size."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from bisectd.domain.program import Member


class Field(NamedTuple):
    """One member: `embeds` names the structure it is, `points_to` the one it points at."""

    name: str
    offset: int
    size: int
    embeds: str | None
    points_to: str | None


class Structure(NamedTuple):
    """One structure or union: bytes, and its members as text (`Fields`), read only where one is asked for.

    Members of anonymous members are its own; bit-fields have no address and are left out.
    """

    size: int
    fields: str

    @classmethod
    def of(cls, size: int, fields: Iterable[Field]) -> "Structure":
        """Write the members down, one a line: name, offset, size, then `.structure` or `*structure`."""
        return cls(size, "\n".join(_write(field) for field in fields))


def _write(field: Field) -> str:
    words = [field.name, str(field.offset), str(field.size)]
    words += [f".{field.embeds}"] if field.embeds else [f"*{field.points_to}"] if field.points_to else []
    return " ".join(words)


@lru_cache(maxsize=1024)
def fields(structure: Structure) -> Mapping[str, Field]:
    """Return the members of one structure by name."""
    table = {}
    for line in structure.fields.splitlines():
        name, offset, size, *type_ = line.split(" ")
        kind, target = (type_[0][0], type_[0][1:]) if type_ else ("", None)
        embeds, points_to = (target if kind == "." else None), (target if kind == "*" else None)
        table[name] = Field(name, int(offset), int(size), embeds, points_to)
    return table


class Members(Mapping[str, Member]):
    """Dotted name → Member, looked up when asked for. Iterating names every member of every structure.

    A structure without a name is stored under the dotted name of the member that it is: no root of its own.
    """

    def __init__(self, structures: Mapping[str, Structure]) -> None:
        self._structures = structures

    def __getitem__(self, dotted: str) -> Member:
        structure, *names = dotted.split(".")
        found = Member(0, 0)
        for name in names:
            field = self._field(structure, name)
            if field is None:
                raise KeyError(dotted)
            found = Member(found.offset + field.offset, field.size, field.points_to)
            structure = field.embeds or ""
        if not names:
            raise KeyError(dotted)
        return found

    def __iter__(self) -> Iterator[str]:
        for name in self._structures:
            if "." not in name:
                yield from self._below(name, name)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _field(self, structure: str, name: str) -> Field | None:
        known = self._structures.get(structure)
        return fields(known).get(name) if known else None

    def _below(self, prefix: str, structure: str) -> Iterator[str]:
        for field in fields(self._structures[structure]).values():
            yield f"{prefix}.{field.name}"
            if field.embeds:
                yield from self._below(f"{prefix}.{field.name}", field.embeds)


def hops(members: Mapping[str, Member], dotted: str) -> list[str]:
    """Split a name at the pointers on its way.

    "task_struct.thread.regs.msr" reads "task_struct.thread.regs", then "pt_regs.msr". The last part is one
    that `members` lacks where the way ends early.
    """
    structure, *names = dotted.split(".")
    parts, path = [], structure
    for position, name in enumerate(names):
        path = f"{path}.{name}"
        found = members.get(path)
        if found is not None and found.points_to and position + 1 < len(names):
            parts.append(path)
            path = found.points_to
    return [*parts, path]


def merged(tables: Iterable[Mapping[str, Structure]]) -> Mapping[str, Structure]:
    """Join the tables of several objects; they are of one commit, so the first to name a structure counts."""
    joined: dict[str, Structure] = {}
    for table in tables:
        for name, structure in table.items():
            joined.setdefault(name, structure)
    return joined
