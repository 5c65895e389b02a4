# SPDX-License-Identifier: GPL-2.0-or-later
"""A probe's file, read: what its cases set up, do, and want to hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from bisectd.probes.facilities import Facility
from bisectd.probes.own.places import Group, Memory, Object, Place
from bisectd.probes.own.values import Expected, Reference, Value


@dataclass(frozen=True)
class Pattern:
    """A value of its own for every register of a group (`facilities.pattern`)."""

    seed: int = 0


@dataclass(frozen=True)
class Kept:
    """The registers are what they were before the first step: live, or as they are saved for a task."""

    saved_in: str | None = None


@dataclass(frozen=True)
class Assignment:
    """A place and what is put there. `key` is how the file writes the place."""

    key: str
    place: Place
    value: Value | Pattern


@dataclass(frozen=True)
class Wanted:
    """A place and what must be there."""

    key: str
    place: Place
    value: Expected | Pattern | Kept


@dataclass(frozen=True)
class Wish:
    """What must hold at one point.

    `quiet`: no user program took an interrupt that the kernel answers with a signal.
    """

    places: tuple[Wanted, ...] = ()
    quiet: bool = False


@dataclass(frozen=True)
class Call:
    """A call of the first of these functions that the unit defines. `text`: its arguments as written."""

    functions: tuple[str, ...]
    arguments: tuple[Value, ...]
    returns: Value | None
    text: str


@dataclass(frozen=True)
class User:
    """The current task's user program runs these instructions and enters the kernel again."""

    words: tuple[int, ...]


@dataclass(frozen=True)
class Switch:
    """The kernel's own switch to another task."""

    to: str


@dataclass(frozen=True)
class Set:
    """Something outside of the code under test changes state."""

    assignments: tuple[Assignment, ...]


@dataclass(frozen=True)
class Expect:
    """What must hold at this point."""

    wish: Wish


Step: TypeAlias = Call | User | Switch | Set | Expect


@dataclass(frozen=True)
class CaseSpec:
    """One case: what there is, its state, what happens, what must hold after."""

    name: str
    objects: Mapping[str, Object]
    contents: Mapping[str, Value]  # of objects that are data
    before: tuple[Assignment, ...]
    steps: tuple[Step, ...]
    after: Wish

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks, the one that is current at first at the head."""
        return tuple(name for name, found in self.objects.items() if found.kind == "task")

    @property
    def switches(self) -> bool:
        """Whether tasks are switched."""
        return any(isinstance(step, Switch) for step in self.steps)

    @property
    def wishes(self) -> Iterator[Wish]:
        """Everything that must hold at some point."""
        yield from (step.wish for step in self.steps if isinstance(step, Expect))
        yield self.after

    @property
    def assignments(self) -> Iterator[Assignment]:
        """Everything that is set at some point."""
        yield from self.before
        for step in self.steps:
            yield from step.assignments if isinstance(step, Set) else ()

    def facilities(self) -> set[Facility]:
        """The groups of registers that the case is about."""
        places: list[Place] = [wanted.place for wish in self.wishes for wanted in wish.places]
        places += [assignment.place for assignment in self.assignments]
        return {place.facility for place in places if isinstance(place, Group)}

    def paths(self) -> set[str]:
        """Every member that is reached into, from the name of its structure on."""
        return {".".join((found.structure, *rest)) for found, rest in self._reached() if found.structure}

    def _reached(self) -> Iterator[tuple[Object, tuple[str, ...]]]:
        places: list[Place] = [wanted.place for wish in self.wishes for wanted in wish.places]
        places += [assignment.place for assignment in self.assignments]
        values: list[object] = [wanted.value for wish in self.wishes for wanted in wish.places]
        values += [assignment.value for assignment in self.assignments]
        values += [
            value
            for step in self.steps
            if isinstance(step, Call)
            for value in (*step.arguments, step.returns)
        ]
        for place in places:
            if isinstance(place, Memory):
                yield self.objects[place.object], place.members
        for value in values:
            if isinstance(value, Reference):
                first, *rest = value.path.split(".")
                yield self.objects[first], tuple(rest)
