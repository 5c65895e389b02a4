# SPDX-License-Identifier: GPL-2.0-or-later
"""Straight runs of instructions, decoded once for all machines that hold the same page of code."""

from emulator.cpus import LE
from emulator.decode import Call, Decoder, decoder
from emulator.errors import NotImplementedInstruction
from emulator.state import State
from emulator.translate import Region, translate

LONGEST = 64  # instructions
HOT = 200  # runs after which a block is translated: about what the translation costs


class Block:
    """The instructions from `start` up to one that ends the block, or the page's end.

    `heat` counts its runs by any machine; once it is part of translated code, `region` is entered `at` it.
    """

    __slots__ = ("at", "calls", "end", "heat", "last", "length", "region", "start")

    def __init__(self, start: int, calls: list[Call]) -> None:
        self.start = start
        self.calls = calls
        self.length = len(calls)
        self.end = start + 4 * self.length
        self.last = self.end - 4
        self.heat = 0
        self.region: Region | None = None
        self.at = 0


def fetch(state: State, pc: int, stops: set[int]) -> Block:
    """Return the block at pc, cut short at a place to stop at. MemoryFault where there is no memory."""
    code = state.blocks
    shared = code.pages.get(pc >> 12)
    if shared is None:
        state.r4[pc >> 12][pc >> 2 & 1023 ^ state.flip4]  # faults where there is none
        shared = code.pages[pc >> 12] = _open_page(state, pc >> 12)
    block = shared.get(pc)
    if block is None:
        block = shared[pc] = _build(state, decoder(state.cpu, state.mode), pc)
    inside = [stop for stop in stops if pc < stop < block.end]
    if inside:
        block = Block(pc, block.calls[: min(inside) - pc >> 2])
    code[pc] = block
    return block


def _open_page(state: State, number: int) -> dict[int, Block]:
    _check_endian(state)
    content = state.r4[number].tobytes()
    return decoder(state.cpu, state.mode).open_page(number, state.memory.swapped, content)


def _build(state: State, known: Decoder, pc: int) -> Block:
    plain, ending, page, flip = known.plain, known.ending, state.r4[pc >> 12], state.flip4
    calls: list[Call] = []
    first = pc >> 2 & 1023
    for index in range(first, min(first + LONGEST, 1024)):
        word = page[index ^ flip]
        call = plain.get(word)
        if call is None:
            call = ending.get(word) or known.decode(word)
            calls.append(call)
            if word in ending:
                break
        else:
            calls.append(call)
    return Block(pc, calls)


def heat(state: State, block: Block) -> None:
    """Translate a block that is hot and about to run, and let all blocks of its region run that."""
    shared = state.blocks.pages[block.start >> 12]
    region = translate(state, decoder(state.cpu, state.mode), block.start, shared)
    if region is None:
        return
    for pc, at in region.entries.items():
        shared[pc].region, shared[pc].at = region, at


def _check_endian(state: State) -> None:
    """Refuse to run in a byte order other than the machine's."""
    if bool(state.mode & LE) != (state.memory.endian == "little"):
        raise NotImplementedInstruction(
            f"MSR[LE] at {state.pc:#x} asks for a byte order other than the machine's, which is fixed"
        )
