# SPDX-License-Identifier: GPL-2.0-or-later
"""From a word to what it does: looked up in the tables once, remembered for every machine of the model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from emulator.cpus import FACILITIES, PR, Cpu
from emulator.errors import Interrupt, NotImplementedInstruction
from emulator.opcodes.line import Line, Semantics
from emulator.opcodes.tables import LINES
from emulator.semantics.common import ILLEGAL, PRIVILEGED, PROGRAM
from emulator.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.blocks import Block

Call = tuple[Semantics, tuple[int, ...]]
MOST_WORDS = 1 << 20  # bounds memory where code is random; about 200 bytes each
MOST_PAGES = 1 << 10  # the same for pages of code


class Index:
    """Finds the line of a word among those that a model has: one dict for each mask of a primary opcode."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        groups: list[dict[int, dict[int, Line]]] = [{} for _ in range(64)]
        for line in lines:
            groups[line.pattern.value >> 26].setdefault(line.pattern.mask, {})[line.pattern.value] = line
        self._groups = [tuple(group.items()) for group in groups]

    def find(self, word: int) -> Line | None:
        """Return the one line that the word matches, None for an illegal word."""
        for mask, lines in self._groups[word >> 26]:
            line = lines.get(word & mask)
            if line is not None:
                return None if line.invalid and line.is_invalid(word) else line
        return None


@cache
def index_of(facilities: frozenset[str]) -> Index:
    """Return the index of all lines whose facility is among these."""
    return Index(tuple(line for line in LINES if line.facility in facilities))


def illegal(_state: State) -> None:
    """Take the program interrupt of an illegal instruction."""
    raise Interrupt(PROGRAM, ILLEGAL)


def privileged(_state: State) -> None:
    """Take the program interrupt of a privileged instruction in problem state."""
    raise Interrupt(PROGRAM, PRIVILEGED)


def unavailable(_state: State, vector: int) -> None:
    """Take the interrupt of a facility that MSR has turned off."""
    raise Interrupt(vector)


class Plan(NamedTuple):
    """How to decode the words of a line in a mode: `semantics` and the function that extracts its operands.

    `fixed` stands where every word does the same (a facility that is off, a privileged instruction).
    """

    line: Line
    semantics: Semantics
    extract: Callable[[int], tuple[int, ...]]
    fixed: Call | None


class Decoder:
    """Decodes for one model in one mode (the bits of MSR in MODE_BITS). Shared by all machines.

    `plain` and `ending` map the words seen so far to calls, `function(state, *arguments)`; those in `ending`
    end their block. `pages` holds the blocks of the pages of code seen so far, by page number, whether the
    memory is swapped, and the page's content.
    """

    def __init__(self, cpu: Cpu, mode: int) -> None:
        self.cpu = cpu
        self.mode = mode
        self.plain: dict[int, Call] = {}
        self.ending: dict[int, Call] = {}
        self.pages: dict[tuple[int, bool, bytes], dict[int, Block]] = {}
        self._index = index_of(cpu.facilities)
        self._plans: dict[Line, Plan] = {}

    def decode(self, word: int) -> Call:
        """Find out what a word does. What is not implemented is raised when it runs, not here."""
        if len(self.plain) + len(self.ending) >= MOST_WORDS:
            self.plain.clear()
            self.ending.clear()
        line = self._index.find(word)
        if line is None:
            return self.ending.setdefault(word, (illegal, ()))
        _, semantics, extract, fixed = self._plans.get(line) or self._plan(line)
        if fixed is not None:
            return self.ending.setdefault(word, fixed)
        if line.semantics is None:
            return self.ending.setdefault(word, (_missing(line, word), ()))
        call = semantics, extract(word)
        if line.ends and line.is_end(word):
            self.ending[word] = call
        else:
            self.plain[word] = call
        return call

    def line(self, word: int) -> Line | None:
        """Return the line of a word, None where it is illegal."""
        return self._index.find(word)

    def open_page(self, number: int, swapped: bool, content: bytes) -> dict[int, Block]:
        """Return the blocks known of a page of code, by address."""
        if len(self.pages) >= MOST_PAGES:
            self.pages.clear()
        return self.pages.setdefault((number, swapped, content), {})

    def _plan(self, line: Line) -> Plan:
        facility = FACILITIES[line.facility]
        fixed: Call | None = None
        if line.privileged and self.mode & PR:
            fixed = privileged, ()
        elif facility.msr & ~self.mode:
            fixed = unavailable, (facility.vector,)
        return self._plans.setdefault(line, Plan(line, line.semantics or illegal, line.extract, fixed))


def _missing(line: Line, word: int) -> Semantics:
    def stop(state: State) -> None:
        raise NotImplementedInstruction(
            f"{describe(line, word)} ({word:#010x}) at {state.pc:#x} is valid on the {state.cpu.name}, "
            "but the emulator does not implement it"
        )

    return stop


def describe(line: Line, word: int) -> str:
    """Write an instruction as its mnemonic and its operands by name."""
    operands = zip(line.operands, line.extract(word), strict=True)
    return " ".join((line.mnemonic, *(f"{name}={value}" for name, value in operands)))


@cache
def decoder(cpu: Cpu, mode: int) -> Decoder:
    """Return the one decoder of a model in a mode."""
    return Decoder(cpu, mode)
