# SPDX-License-Identifier: GPL-2.0-or-later
"""From a word to what it does: found in the tables once, remembered by word for every machine of the model."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from emulator.cpus import FACILITIES, PR, Cpu
from emulator.errors import Interrupt, NotImplementedInstruction
from emulator.opcodes.line import FIELDS, Line, Semantics
from emulator.opcodes.tables import LINES
from emulator.semantics.common import ILLEGAL, PRIVILEGED, PROGRAM
from emulator.state import State

Arguments = tuple[int, ...]


class Operation(NamedTuple):
    """A decoded instruction: `call[0](state, *call[1])` carries it out; `ends` its block. No line: illegal."""

    call: tuple[Semantics, Arguments]
    ends: bool
    line: Line | None


def _lambda(expression: str) -> Callable[[int], int]:
    function: Callable[[int], int] = eval(f"lambda w: {expression}")
    return function


@cache
def _extractor(operands: tuple[str, ...]) -> Callable[[int], Arguments]:
    fields = "".join(f"({FIELDS[name]})," for name in operands)
    function: Callable[[int], Arguments] = eval(f"lambda w: ({fields})")
    return function


_condition = cache(_lambda)


def extract(line: Line, word: int) -> Arguments:
    """Return the operands of a word that matches the line, in the line's order."""
    return _extractor(line.operands)(word)


class Index:
    """Finds the line of a word among those that a model has: one dict for each mask of a primary opcode."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self._groups: list[dict[int, dict[int, Line]]] = [{} for _ in range(64)]
        for line in lines:
            by_mask = self._groups[line.pattern.value >> 26]
            by_mask.setdefault(line.pattern.mask, {})[line.pattern.value] = line

    def find(self, word: int) -> Line | None:
        """Return the one line that the word matches, None for an illegal word."""
        for mask, lines in self._groups[word >> 26].items():
            line = lines.get(word & mask)
            if line is not None:
                invalid = line.invalid and _condition(line.invalid)(word)
                return None if invalid else line
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


class Decoder:
    """Decodes for one model in one mode (the bits of MSR in MODE_BITS). Shared by all machines."""

    def __init__(self, cpu: Cpu, mode: int) -> None:
        self.cpu = cpu
        self.mode = mode
        self.known: dict[int, Operation] = {}
        self._index = index_of(cpu.facilities)

    def decode(self, word: int) -> Operation:
        """Return what the word does. NotImplementedInstruction is raised when it runs, not here."""
        operation = self._decode(word)
        if len(self.known) >= MOST_WORDS:
            self.known.clear()
        self.known[word] = operation
        return operation

    def _decode(self, word: int) -> Operation:
        line = self._index.find(word)
        if line is None:
            return Operation((illegal, ()), True, None)
        if line.privileged and self.mode & PR:
            return Operation((privileged, ()), True, line)
        facility = FACILITIES[line.facility]
        if facility.msr & ~self.mode:
            return Operation((unavailable, (facility.vector,)), True, line)
        if line.semantics is None:
            return Operation((_missing(line, word), ()), True, line)
        ends = bool(line.ends) and bool(_condition(line.ends)(word))
        return Operation((line.semantics, extract(line, word)), ends, line)


def _missing(line: Line, word: int) -> Semantics:
    def stop(state: State) -> None:
        raise NotImplementedInstruction(
            f"{describe(line, word)} ({word:#010x}) at {state.pc:#x} is valid on the {state.cpu.name}, "
            "but the emulator does not implement it"
        )

    return stop


def describe(line: Line, word: int) -> str:
    """Write an instruction as its mnemonic and its operands by name."""
    values = extract(line, word)
    return (
        f"{line.mnemonic} {' '.join(f'{n}={v}' for n, v in zip(line.operands, values, strict=True))}".strip()
    )


MOST_WORDS = 1 << 20  # bounds memory on random words; about 200 bytes each


@cache
def decoder(cpu: Cpu, mode: int) -> Decoder:
    """Return the one decoder of a model in a mode."""
    return Decoder(cpu, mode)
