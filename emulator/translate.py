# SPDX-License-Identifier: GPL-2.0-or-later
"""Hot code becomes Python: the blocks of a loop, with registers as local variables, as one function.

A region starts at a block that has run often and takes in the blocks that direct branches lead to, within one
page, if they have run too. Its function keeps registers in local variables, counts instructions by blocks,
and returns at the first address outside, or where the budget could run out. A fault in the middle is mapped
from the line of the generated source to the instruction, with all registers as that instruction found them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from emulator.decode import Decoder
from emulator.errors import Interrupt, MemoryFault
from emulator.opcodes.line import CR_BIT_OPERANDS, CR_FIELD_OPERANDS, GPR_OPERANDS, Line
from emulator.semantics import branch
from emulator.specialize import ARRAYS, VIEWS, NotInlinable, Specializer, Text
from emulator.state import State

if TYPE_CHECKING:
    from emulator.blocks import Block

MOST_BLOCKS = 24
MOST_INSTRUCTIONS = 400
BRANCHES = (branch.b, branch.bc, branch.bclr, branch.bcctr)

_NAME = re.compile(r"\b(?:([rc])(\d+)|(lr|ctr|ca|so|ov))\b")
_TARGET = re.compile(r"^(\s*)npc = (\d+)$")
_GENERAL, _FIELDS = [f"r{i}" for i in range(32)], [f"c{i}" for i in range(8)]
_EFFECTS = {
    "gpr": _GENERAL, "cr": _FIELDS, "cr0": ["c0"], "cr1": ["c1"], "cr6": ["c6"], "xer": ["so", "ov", "ca"],
    "so": ["so"], "ov": ["ov"], "ca": ["ca"], "lr": ["lr"], "ctr": ["ctr"],
}  # fmt: skip

Function = Callable[[State, int, int], None]


class Instruction(NamedTuple):
    """A decoded word at its address."""

    pc: int
    word: int
    line: Line


@dataclass(frozen=True)
class Region:
    """Translated code. `function(state, budget, at)` runs at most `budget` instructions, `longest` or more.

    `entries` maps the addresses where it can be entered to `at`.
    """

    function: Function
    longest: int
    entries: dict[int, int]
    addresses: frozenset[int]


def translate(state: State, known: Decoder, start: int, seen: Mapping[int, "Block"]) -> Region | None:
    """Translate the region around a hot block; None where it would be no gain (a lone instruction).

    `seen` are the blocks of the page that have run.
    """
    blocks = discover(state, known, start, seen)
    addresses = frozenset(instruction.pc for block in blocks for instruction in block)
    if len(addresses) < 2:
        return None
    source = Source(state, blocks)
    return Region(source.compile(), len(addresses), source.entries, addresses)


# Which instructions


def discover(
    state: State, known: Decoder, start: int, seen: Mapping[int, "Block"]
) -> list[list[Instruction]]:
    """Collect the blocks of a region by ascending address; each ends before the next one starts."""
    leaders: dict[int, list[Instruction]] = {}
    waiting = [start]
    while waiting and len(leaders) < MOST_BLOCKS:
        pc = waiting.pop(0)
        if pc in leaders or pc not in seen:
            continue
        block = _straight(state, known, seen[pc])
        if block:
            leaders[pc] = block
            waiting.extend(successors(state, block))
    return _cut(leaders)


def _straight(state: State, known: Decoder, whole: "Block") -> list[Instruction]:
    """Return the instructions of a block up to its branch, without an end of another kind."""
    block: list[Instruction] = []
    page = state.r4[whole.start >> 12]
    for pc in range(whole.start, whole.end, 4):
        word = page[pc >> 2 & 1023 ^ state.flip4]
        line = known.line(word)
        if line is None or (word in known.ending and line.semantics not in BRANCHES):
            break
        block.append(Instruction(pc, word, line))
    return block


def successors(state: State, block: list[Instruction]) -> list[int]:
    """Return the addresses that a block leads to, as far as they are constants."""
    last = block[-1]
    following = (last.pc + 4) & state.amask
    if last.line.semantics not in {branch.b, branch.bc}:
        return [following]
    targets = [int(m[2]) for m in map(_TARGET.match, specialize(state, last).lines) if m]
    return targets if last.line.semantics is branch.b else [*targets, following]


def _cut(leaders: dict[int, list[Instruction]]) -> list[list[Instruction]]:
    blocks = []
    count = 0
    for pc in sorted(leaders):
        block = leaders[pc]
        length = next(
            (i for i, instruction in enumerate(block) if i and instruction.pc in leaders), len(block)
        )
        blocks.append(block[:length])
        count += length
    return blocks if count <= MOST_INSTRUCTIONS else []


# Their text


def specialize(state: State, instruction: Instruction) -> Text:
    """Return the text of an instruction: its semantics rewritten, or a call of them."""
    constants = {
        "mask": state.mask, "amask": state.amask, "sign": state.sign, "pc": instruction.pc,
        "flip1": state.flip1, "flip2": state.flip2, "flip4": state.flip4,
    }  # fmt: skip
    semantics = instruction.line.semantics
    assert isinstance(semantics, FunctionType)  # other words end blocks
    operands = instruction.line.extract(instruction.word)
    try:
        return Specializer(constants).instruction(semantics, operands)
    except NotInlinable:
        # By the mnemonic: semantics that were made by a function of one module all have one name.
        name = "call_" + instruction.line.mnemonic.replace(".", "_")
        arguments = "".join(f", {operand}" for operand in operands)
        return Text([f"{name}(s{arguments})"], set(), set(), {name: semantics}, escapes=True)


def registers(line: Line, word: int, effects: Iterable[str]) -> set[str]:
    """Return the names of the registers (as `specialize` has them) that effects of a line mean for a word."""
    values = dict(zip(line.operands, line.extract(word), strict=True))
    names: set[str] = set()
    for effect in effects:
        if effect in GPR_OPERANDS:
            names.add(f"r{values[effect]}")
        elif effect in CR_FIELD_OPERANDS:
            names.add(f"c{values[effect]}")
        elif effect in CR_BIT_OPERANDS:
            names.add(f"c{values[effect] >> 2}")
        else:
            names.update(_EFFECTS.get(effect, ()))
    return names


class Source:
    """Writes the function of a region."""

    def __init__(self, state: State, blocks: list[list[Instruction]]) -> None:
        self._blocks = blocks
        self.entries = {block[0].pc: i for i, block in enumerate(blocks)}
        self._amask = state.amask
        self._texts = {i.pc: specialize(state, i) for block in blocks for i in block}
        self._direct: set[str] = set()
        for block in blocks:
            for instruction in block:
                if self._texts[instruction.pc].escapes:
                    line = instruction.line
                    self._direct |= registers(line, instruction.word, line.reads | line.writes)
        self._lines: list[str] = []
        self._places: dict[int, tuple[int, int]] = {}

    def compile(self) -> Function:
        """Return the function."""
        objects: dict[str, Any] = {"Interrupt": Interrupt, "MemoryFault": MemoryFault, "PLACES": self._places}
        objects["WHERE"] = self.entries
        objects["STARTS"] = tuple(block[0].pc for block in self._blocks)
        for text in self._texts.values():
            objects.update(text.objects)
        self._write()
        exec(compile("\n".join(self._lines), "<region>", "exec"), objects)
        function: Function = objects["region"]
        return function

    def _names(self, *, written: bool) -> list[str]:
        names: set[str] = set()
        for text in self._texts.values():
            names |= text.written if written else text.registers | text.written
        return sorted(names - self._direct - {"npc"})

    def _write(self) -> None:
        total = sum(map(len, self._blocks))
        put = self._put
        put(0, "def region(s, budget, at):")
        put(1, "G = s.gpr; C = s.crf; n = 0")
        put(
            1,
            "".join(f"{short} = s.{name}; " for name, short in ARRAYS.items() if self._mentions(short))
            + "pass",
        )
        put(1, "".join(f"{v.upper()} = s.{v}; " for v in sorted(VIEWS) if self._mentions(v.upper())) + "pass")
        put(1, "".join(f"{name} = {_home(name)}; " for name in self._names(written=False)) + "pass")
        put(1, f"last = budget - {total}")
        put(1, "try:")
        put(2, "while n <= last:")
        self._write_blocks()
        put(2, "else:")
        put(3, "npc = STARTS[at]")
        put(1, "except (Interrupt, MemoryFault) as event:")
        put(2, "s.pc, done = PLACES[event.__traceback__.tb_lineno]")
        put(2, "n += done")
        put(2, "raise")
        put(1, "finally:")
        put(
            2,
            "".join(f"{_home(name)} = {name}; " for name in self._names(written=True))
            + "s.instructions += n",
        )
        put(1, "s.npc = npc")

    def _mentions(self, name: str) -> bool:
        pattern = re.compile(rf"\b{name}\b")
        return any(pattern.search(line) for text in self._texts.values() for line in text.lines)

    def _put(self, depth: int, line: str) -> None:
        self._lines.append("    " * depth + line)

    def _write_blocks(self) -> None:
        alone = len(self._blocks) == 1
        for i, block in enumerate(self._blocks):
            depth = 3
            if not alone:
                self._put(3, f"if at == {i}:")
                depth = 4
            self._write_block(depth, block)

    def _write_block(self, depth: int, block: list[Instruction]) -> None:
        last = block[-1]
        ends = last.line.semantics in BRANCHES
        for done, instruction in enumerate(block[:-1] if ends else block):
            self._write_text(depth, instruction, done)
        self._put(depth, f"n += {len(block)}")
        following = (last.pc + 4) & self._amask
        if ends:
            self._write_branch(depth, last, following)
        else:
            self._go(depth, following)

    def _write_text(self, depth: int, instruction: Instruction, done: int) -> None:
        for line in self._texts[instruction.pc].lines:
            self._put(depth, _NAME.sub(self._reach, line))
            self._places[len(self._lines)] = instruction.pc, done

    def _reach(self, match: re.Match[str]) -> str:
        return _home(match[0]) if match[0] in self._direct else match[0]

    def _go(self, depth: int, target: int) -> None:
        """Leave a block for an address: by its index inside the region, or out of it."""
        index = self.entries.get(target)
        if index is None:
            self._put(depth, f"npc = {target}; break")
        else:
            self._put(depth, "continue" if len(self._blocks) == 1 else f"at = {index}")

    def _write_branch(self, depth: int, instruction: Instruction, following: int) -> None:
        lines = [_NAME.sub(self._reach, line) for line in self._texts[instruction.pc].lines]
        if any("npc = " in line and not _TARGET.match(line) for line in lines):
            lines = [f"npc = {following}", *lines, "at = WHERE.get(npc, -1)", "if at < 0: break"]
        taken = False
        for line in lines:
            target = _TARGET.match(line) if lines[-1] is line else None
            if target is None:
                self._put(depth, line)
                continue
            self._go(depth + len(target[1]) // 4, int(target[2]))
            taken = not target[1]
            if target[1]:
                self._put(depth, "else:")
                self._go(depth + 1, following)
                taken = True
        if not taken and "WHERE" not in "".join(lines):
            self._go(depth, following)


def _home(name: str) -> str:
    if name[0] in "rc" and name[1:].isdigit():
        return f"{'G' if name[0] == 'r' else 'C'}[{name[1:]}]"
    return f"s.{name}"
