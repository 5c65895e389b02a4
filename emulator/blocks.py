# SPDX-License-Identifier: GPL-2.0-or-later
"""Straight runs of instructions, decoded for one machine at one address."""

from emulator.cpus import LE
from emulator.decode import Arguments, decoder
from emulator.errors import NotImplementedInstruction
from emulator.opcodes.line import Semantics
from emulator.state import State

LONGEST = 64  # instructions


class Block:
    """The instructions from `start` up to one that ends the block, a page's end, or a place to stop at."""

    __slots__ = ("calls", "end", "heat", "last", "length", "start", "words")

    def __init__(self, start: int, words: list[int], calls: list[tuple[Semantics, Arguments]]) -> None:
        self.start = start
        self.words = words
        self.calls = calls
        self.length = len(calls)
        self.end = start + 4 * self.length
        self.last = self.end - 4
        self.heat = 0


def build(state: State, pc: int, stops: set[int]) -> Block:
    """Decode from pc on. MemoryFault where there is no memory at pc."""
    check_endian(state)
    known = decoder(state.cpu, state.mode)
    operations, decode = known.known, known.decode
    page = state.r4[pc >> 12]
    flip = state.flip4
    words: list[int] = []
    calls = []
    while True:
        word = page[pc >> 2 & 1023 ^ flip]
        call, ends, _line = operations.get(word) or decode(word)
        words.append(word)
        calls.append(call)
        pc += 4
        if ends or not pc & 0xFFF or pc in stops or len(words) == LONGEST:
            return Block(pc - 4 * len(words), words, calls)


def check_endian(state: State) -> None:
    """Refuse to run in a byte order other than the machine's."""
    if bool(state.mode & LE) != (state.memory.endian == "little"):
        raise NotImplementedInstruction(
            f"MSR[LE] at {state.pc:#x} asks for a byte order other than the machine's, which is fixed"
        )
